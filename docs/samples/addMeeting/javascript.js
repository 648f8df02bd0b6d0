const options = {
  method: 'POST',
  headers: {
    'Ocp-Apim-Subscription-Key': 'YOUR_SUBSCRIPTION_KEY',
    'Content-Type': 'application/json'
  },
  body: JSON.stringify({
    moduleID: '0f8fad5b-d9cb-469f-a165-70867728950e',
    name: 'CS1010 lecture 3',
    startDate: '2027-01-18T10:00:00+08:00',
    duration: 90
  })
};

fetch('https://luminus.azure-api.net/zoom/Meeting', options)
  .then(res => res.json())
  .then(res => console.log(res))
  .catch(err => console.error(err));
