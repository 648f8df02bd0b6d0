import java.net.URI;
import java.net.http.*;

class Sample {
    public static void main(String[] arguments) throws Exception {
        HttpRequest request = HttpRequest.newBuilder()
            .uri(URI.create("https://luminus.azure-api.net/zoom/Meeting"))
            .header("Ocp-Apim-Subscription-Key", "YOUR_SUBSCRIPTION_KEY")
            .header("Content-Type", "application/json")
            .method("POST", HttpRequest.BodyPublishers.ofString("{\"moduleID\": \"0f8fad5b-d9cb-469f-a165-70867728950e\", \"name\": \"CS1010 lecture 3\", \"startDate\": \"2027-01-18T10:00:00+08:00\", \"duration\": 90}"))
            .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(response.body());
    }
}
