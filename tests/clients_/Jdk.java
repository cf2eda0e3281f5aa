import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The JDK's own client: sends what its standard input says, one request a line, with one cookie jar. */
public class Jdk {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            var parts = line.split("\t", 3);
            var request = HttpRequest.newBuilder(URI.create(parts[1]));
            if (parts[2].isEmpty()) {
                request.method(parts[0], BodyPublishers.noBody());
            } else {
                request.header("content-type", "application/json");
                request.method(parts[0], BodyPublishers.ofString(parts[2]));
            }
            client.send(request.build(), BodyHandlers.discarding());
        }
    }
}
