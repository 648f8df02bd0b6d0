require 'uri'
require 'net/http'

url = URI("https://luminus.azure-api.net/zoom/Meeting")

http = Net::HTTP.new(url.host, url.port)
http.use_ssl = url.scheme == 'https'

request = Net::HTTP::Post.new(url)
request["Ocp-Apim-Subscription-Key"] = 'YOUR_SUBSCRIPTION_KEY'
request["Content-Type"] = 'application/json'
request.body = "{\"moduleID\": \"0f8fad5b-d9cb-469f-a165-70867728950e\", \"name\": \"CS1010 lecture 3\", \"startDate\": \"2027-01-18T10:00:00+08:00\", \"duration\": 90}"

response = http.request(request)
puts response.read_body
