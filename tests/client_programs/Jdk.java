// The JDK's HttpClient with its CookieManager: each step's status as a line. Called as: URL, then name, method, path and body of
// each step.
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

class Jdk {
    public static void main(String[] args) throws Exception {
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).cookieHandler(new CookieManager()).build();
        var statuses = new StringBuilder("{");
        for (int step = 1; step < args.length; step += 4) {
            var body = args[step + 3];
            var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
            var request = HttpRequest.newBuilder(URI.create(args[0] + args[step + 2])).method(args[step + 1], publisher);
            if (!body.isEmpty()) {
                request.header("content-type", "application/json");
            }
            var status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
            statuses.append(step > 1 ? ", " : "").append('"').append(args[step]).append("\": ").append(status);
        }
        System.out.println(statuses.append('}'));
    }
}
