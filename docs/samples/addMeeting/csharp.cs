using System.Net.Http.Headers;
var client = new HttpClient();
var request = new HttpRequestMessage
{
    Method = HttpMethod.Post,
    RequestUri = new Uri("https://luminus.azure-api.net/zoom/Meeting"),
    Headers =
    {
        { "Ocp-Apim-Subscription-Key", "YOUR_SUBSCRIPTION_KEY" },
    },
    Content = new StringContent("{\"moduleID\": \"0f8fad5b-d9cb-469f-a165-70867728950e\", \"name\": \"CS1010 lecture 3\", \"startDate\": \"2027-01-18T10:00:00+08:00\", \"duration\": 90}")
    {
        Headers =
        {
            ContentType = new MediaTypeHeaderValue("application/json")
        }
    }
};
using (var response = await client.SendAsync(request))
{
    response.EnsureSuccessStatusCode();
    var body = await response.Content.ReadAsStringAsync();
    Console.WriteLine(body);
}
