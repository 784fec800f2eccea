package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where an agent can be reached, which has the node's network: docs/security.md refers to it. */
@NeedsApiServer
@Tag("kernel")
class AgentSocketsIT {
  /** 127.0.0.1, as proc_pid_net(5) has it, and the same as a socket of IPv6 has it. */
  private static final String LOOPBACK = "(0000000000000000FFFF0000)?0100007F";

  /** TCP_LISTEN of linux/tcp_states.h; sockets of UDP that anybody may send to are in state 7. */
  private static final String LISTENS = "0A";

  private static final String UNCONNECTED = "07";

  @Test
  void itListensOnTheLoopbackOnly() throws IOException {
    try (ClusterNode node = new ClusterNode();
        Program agent = node.agent()) {
      agent.awaitReady();

      assertThat(sockets(agent.pid(), List.of("tcp", "tcp6"), LISTENS))
          .singleElement()
          .asString()
          .matches(LOOPBACK);
      assertThat(sockets(agent.pid(), List.of("udp", "udp6"), UNCONNECTED)).isEmpty();
    }
  }

  /** The local addresses of a process's sockets in a state. */
  private static List<String> sockets(long pid, List<String> protocols, String state)
      throws IOException {
    Set<String> own = inodes(pid);
    Stream.Builder<String> lines = Stream.builder();
    for (String protocol : protocols) {
      Files.readAllLines(Path.of("/proc/" + pid + "/net/" + protocol)).stream()
          .skip(1)
          .forEach(lines);
    }
    return lines
        .build()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(fields -> fields[3].equals(state) && own.contains(fields[9]))
        .map(fields -> fields[1].substring(0, fields[1].indexOf(':')))
        .toList();
  }

  private static Set<String> inodes(long pid) throws IOException {
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path file : open.toList()) {
        try {
          String target = Files.readSymbolicLink(file).toString();
          if (target.startsWith("socket:[")) {
            inodes.add(target.substring("socket:[".length(), target.length() - 1));
          }
        } catch (NoSuchFileException e) {
          // It was closed meanwhile.
        }
      }
    }
    return inodes;
  }
}
