package io.netattach.cli;

import io.netattach.cli.bench.Bench;
import io.netattach.cli.bench.Operation;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code netattach bench}. */
@Command(
    name = "bench",
    description = {
      "Measure attachments on this node: how many it can carry, and how fast it makes and removes"
          + " them. Each has a namespace, two addresses and two default routes.",
      "Item NUMBER is namespace pbNUMBER with link vethNUMBER on the node, six digits each. What"
          + " setup makes stays until teardown; other links and namespaces are left alone.",
      "",
      "Each operation prints a line of JSON: n items, c workers, how many failed; wall_s and per_s"
          + " for all of them, p50_us and p99_us for one; user_s and sys_s of processor time;"
          + " maxrss_kib of memory at most and rss_kib now, open fds and threads. It is warmed up"
          + " first, over other items."
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  private static final int MAX_WARM_UP = 1000;
  private static final int MAX_REPEAT = 1_000_000;

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "1",
      paramLabel = "OP",
      split = ",",
      defaultValue = "setup,verify,teardown",
      description = {
        "Operations in their order: setup attaches, verify reads all of an attachment and finds"
            + " nothing to do, teardown detaches, list lists the links of the node (N times), get"
            + " gets a link by its name. Default: ${DEFAULT-VALUE}."
      })
  List<Operation> operations = List.of();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many items. Default: ${DEFAULT-VALUE}.")
  int count;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "C",
      defaultValue = "1",
      description = "How many workers, each a thread. Default: ${DEFAULT-VALUE}.")
  int workers;

  @Parameters(
      index = "3",
      arity = "0..1",
      paramLabel = "BASE",
      defaultValue = "0",
      description = "The number of the first item. Default: ${DEFAULT-VALUE}.")
  int base;

  @Option(
      names = "--warm-up",
      paramLabel = "ROUNDS",
      defaultValue = "20",
      description = {
        "How often it is all done to 300 other items first, those numbered from 999700, so that what"
            + " is measured is compiled; 0 for never. Default: ${DEFAULT-VALUE}."
      })
  int warmUp;

  @Option(
      names = "--repeat",
      paramLabel = "TIMES",
      defaultValue = "1",
      description = {
        "How often all operations are done, in their order, as to see whether memory, descriptors and"
            + " threads stay as they are. Default: ${DEFAULT-VALUE}."
      })
  int repeat;

  @Override
  public Integer call() {
    Privileges.require("netattach bench");
    Bench.Load load = load();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Stop stop = Stop.onSignal(() -> {});
        Bench bench = new Bench(err::println, stop::isAsked)) {
      bench.warmUp(operations, workers, warmUp);
      boolean good = true;
      for (int time = 0; time < repeat; time++) {
        for (Operation operation : operations) {
          if (!stop.isAsked()) {
            Bench.Result result = bench.run(operation, load);
            good &= result.failed() == 0;
            out.println(result.json());
            out.flush();
          }
        }
      }
      if (stop.isAsked() && operations.contains(Operation.TEARDOWN)) {
        bench.clear(load);
      }
      return good && !stop.isAsked() ? NetattachCommand.OK : NetattachCommand.ERROR;
    }
  }

  private void within(String option, int value, int min, int max, String unit) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(),
          option + ": " + value + " is not within " + min + " to " + max + " " + unit);
    }
  }

  private Bench.Load load() {
    within("--warm-up", warmUp, 0, MAX_WARM_UP, "rounds");
    within("--repeat", repeat, 1, MAX_REPEAT, "times");
    try {
      return new Bench.Load(count, workers, base);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
