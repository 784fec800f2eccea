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
 * A way to an API server on which a test can act between a request and its being carried out: it
 * speaks plain HTTP, shows the test the head of each request before it is passed on, and leaves
 * everything else as it is.
 */
public final class ApiProxy implements AutoCloseable {
  private final URI server;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Hook hook = request -> {};

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

  public ApiProxy(String server) {
    this.server = URI.create(server);
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("api-proxy").start(this::accept);
  }

  public String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  public void before(Hook newHook) {
    hook = newHook;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket down = listener.accept();
        Socket up = connect();
        open.add(down);
        open.add(up);
        Thread.ofPlatform().daemon().start(() -> requests(down, up));
        Thread.ofPlatform().daemon().start(() -> copy(up, down));
      } catch (IOException e) {
        // The test has closed it, or the server is away: whoever asked sees a connection that ends.
        continue;
      }
    }
  }

  private Socket connect() throws IOException {
    if (server.getScheme().equals("http")) {
      return new Socket(server.getHost(), server.getPort());
    }
    return trusting().getSocketFactory().createSocket(server.getHost(), server.getPort());
  }

  private void requests(Socket down, Socket up) {
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
        hook.before(head.lines().findFirst().orElse(""));
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        out.write(in.readNBytes(length(head)));
        out.flush();
        upgraded = head.toLowerCase(Locale.ROOT).contains("\r\nupgrade: websocket");
      }
      in.transferTo(out);
    } catch (IOException | Dropped e) {
      // One of both sides has ended, or is to.
      return;
    }
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

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16_384];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // One of both sides has ended.
      return;
    }
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
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
