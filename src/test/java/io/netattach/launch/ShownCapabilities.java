package io.netattach.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A program that gives up capabilities and says what it has then, and what it was called with. */
final class ShownCapabilities {
  private ShownCapabilities() {}

  public static void main(String... arguments) throws IOException {
    Capabilities.keepThoseOfAnAgent();
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
          if (line.matches("(Cap|NoNewPrivs).*")) {
            System.out.println(line.replace('\t', ' '));
          }
        }
      }
    }
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.toList()) {
        if (Files.isSymbolicLink(file)) {
          System.out.println("file " + Files.readSymbolicLink(file));
        }
      }
    }
    System.out.println("arguments " + List.of(arguments));
    System.out.println("variable " + System.getenv("SHOWN"));
  }
}
