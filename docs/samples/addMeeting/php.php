<?php

$curl = curl_init();

curl_setopt_array($curl, [
  CURLOPT_URL => "https://luminus.azure-api.net/zoom/Meeting",
  CURLOPT_RETURNTRANSFER => true,
  CURLOPT_ENCODING => "",
  CURLOPT_MAXREDIRS => 10,
  CURLOPT_TIMEOUT => 30,
  CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
  CURLOPT_CUSTOMREQUEST => "POST",
  CURLOPT_POSTFIELDS => json_encode([
    'moduleID' => '0f8fad5b-d9cb-469f-a165-70867728950e',
    'name' => 'CS1010 lecture 3',
    'startDate' => '2027-01-18T10:00:00+08:00',
    'duration' => 90
  ]),
  CURLOPT_HTTPHEADER => [
    "Content-Type: application/json",
    "Ocp-Apim-Subscription-Key: YOUR_SUBSCRIPTION_KEY"
  ],
]);

$response = curl_exec($curl);
$err = curl_error($curl);

curl_close($curl);

if ($err) {
  echo "cURL Error #:" . $err;
} else {
  echo $response;
}
