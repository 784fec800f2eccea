package io.netattach.kube;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * A way to an API server on which a test decides what becomes of each request: it speaks plain
 * HTTP, shows the test the head of each request before it is passed on, and leaves everything else
 * as it is. It can be away, as a server that has ended, and come back at the same address.
 */
public final class ApiProxy implements AutoCloseable {
  private final URI server;
  private final int port;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private volatile Judge judge = request -> new Fate.Passed();
  private volatile ServerSocket listener;

  /** What a test does before a request goes on. */
  public interface Hook {
    /**
     * @param request its first line, such as {@code PATCH /apis/.../status HTTP/1.1}
     * @throws Dropped if it is not to go on
     */
    void before(String request);
  }

  /** A request is not passed on; the connection that it came by ends. */
  public static final class Dropped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Who decides; it may take its time. */
  public interface Judge {
    /**
     * @param request its first line
     * @throws Dropped if it is not to go on
     */
    Fate of(String request);
  }

  /** What becomes of a request. */
  public sealed interface Fate {
    /** It goes on, and its answer comes back. */
    record Passed() implements Fate {}

    /** It goes on with another first line. */
    record PassedAs(String request) implements Fate {}

    /** It is carried out, and the connection ends instead of an answer. */
    record AnswerLost() implements Fate {}

    /**
     * It does not go on: this is what a server says that refuses it.
     *
     * @param retryAfter in seconds; 0 for nothing about that
     */
    record Answered(int code, int retryAfter) implements Fate {}
  }

  public ApiProxy(String server) {
    this.server = URI.create(server);
    listener = listen(0);
    port = listener.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  public void before(Hook hook) {
    judge(request -> {
      hook.before(request);
      return new Fate.Passed();
    });
  }

  public void judge(Judge newJudge) {
    judge = newJudge;
  }

  /** From now on nobody listens here, and what was open has ended. */
  public void goAway() {
    try {
      listener.close();
      cut();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It listens again, if it does not. */
  public void comeBack() {
    if (listener.isClosed()) {
      listener = listen(port);
    }
  }

  /** Ends all connections, those of watches, too; new ones are taken. */
  public void cut() {
    open.forEach(Connection::close);
  }

  private ServerSocket listen(int at) {
    try {
      ServerSocket socket = new ServerSocket(at, 50, InetAddress.getLoopbackAddress());
      Thread.ofPlatform().daemon().name("api-proxy").start(() -> accept(socket));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket down = socket.accept();
        try {
          begin(new Connection(down, connect()));
        } catch (IOException e) {
          // The server is away: whoever asked sees a connection that ends.
          down.close();
        }
      } catch (IOException e) {
        // The test has closed it.
        continue;
      }
    }
  }

  private void begin(Connection connection) {
    open.add(connection);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          connection.requests();
          open.remove(connection);
        });
    Thread.ofPlatform().daemon().start(connection::answers);
    if (listener.isClosed()) {
      connection.close();
    }
  }

  private Socket connect() throws IOException {
    if (server.getScheme().equals("http")) {
      return new Socket(server.getHost(), server.getPort());
    }
    return trusting().getSocketFactory().createSocket(server.getHost(), server.getPort());
  }

  /** From the client to the server and back; it ends when one of both does. */
  private final class Connection {
    private final Socket down;
    private final Socket up;
    private volatile boolean lost;

    Connection(Socket down, Socket up) {
      this.down = down;
      this.up = up;
    }

    /** One after the other: a client waits for an answer before it asks again. */
    void requests() {
      try (down;
          up) {
        InputStream in = new BufferedInputStream(down.getInputStream());
        OutputStream out = up.getOutputStream();
        boolean upgraded = false;
        while (!upgraded) {
          String head = head(in);
          if (head.isEmpty()) {
            return;
          }
          String request = head.lines().findFirst().orElse("");
          Fate fate = judge.of(request);
          byte[] body = in.readNBytes(length(head));
          switch (fate) {
            case Fate.Answered(int code, int retryAfter) -> {
              down.getOutputStream().write(answer(code, retryAfter));
              continue;
            }
            case Fate.PassedAs(String other) -> head = head.replace(request, other);
            case Fate.AnswerLost() -> lost = true;
            case Fate.Passed() -> {}
          }
          out.write(head.getBytes(StandardCharsets.ISO_8859_1));
          out.write(body);
          out.flush();
          upgraded = head.toLowerCase(Locale.ROOT).contains("\r\nupgrade: websocket");
        }
        in.transferTo(out);
      } catch (IOException | Dropped e) {
        // One of both sides has ended, or is to.
        return;
      }
    }

    void answers() {
      try (down;
          up) {
        InputStream in = up.getInputStream();
        OutputStream out = down.getOutputStream();
        byte[] buffer = new byte[16_384];
        for (int n = in.read(buffer); n >= 0 && !lost; n = in.read(buffer)) {
          out.write(buffer, 0, n);
          out.flush();
        }
      } catch (IOException e) {
        // One of both sides has ended.
        return;
      }
    }

    void close() {
      try {
        down.close();
        up.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** As Kubernetes says it (meta/v1, Status). */
  private static byte[] answer(int code, int retryAfter) {
    String body =
        """
        {"kind":"Status","apiVersion":"v1","status":"Failure","message":"the test says no","code":%d}
        """
            .formatted(code);
    String retry = retryAfter == 0 ? "" : "Retry-After: " + retryAfter + "\r\n";
    return """
    HTTP/1.1 %d No\r
    Content-Type: application/json\r
    %sContent-Length: %d\r
    \r
    %s\
    """
        .formatted(code, retry, body.length(), body)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Up to the empty line; empty at the end of the connection. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int last = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.write(b);
      last = last << 8 | b;
      if (last == 0x0d0a0d0a) {
        return head.toString(StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }

  private static int length(String head) {
    return head.lines()
        .map(line -> line.toLowerCase(Locale.ROOT))
        .filter(line -> line.startsWith("content-length:"))
        .mapToInt(line -> Integer.parseInt(line.substring("content-length:".length()).strip()))
        .findFirst()
        .orElse(0);
  }

  /** The test has made the server, certificate and all. */
  private static SSLContext trusting() {
    X509TrustManager anybody =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {anybody}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    goAway();
  }
}
