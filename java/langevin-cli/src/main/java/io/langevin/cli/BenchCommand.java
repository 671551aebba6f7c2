package io.langevin.cli;

import io.langevin.Device;
import io.langevin.OpProfile;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "bench", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Times one step of a model: the network once for every image of a batch, or a step of training.")
final class BenchCommand implements Callable<Integer> {
    private static final int PROFILED_STEPS = 5;
    private static final int LINES_OF_PROFILE = 12;

    @Mixin
    private Folder folder;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "1", description = "Images. Default: 1.")
    private int batch;

    @Option(names = "--training", description = "Steps of training instead: noise, forward and backward pass, AdamW, a moving average. The model stays as it is.")
    private boolean training;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "3", description = "How long to measure, ten steps at least. Default: 3.")
    private double seconds;

    @Option(names = "--json", description = "One JSON object on stdout.")
    private boolean json;

    @Option(names = "--serve", description = "Stays, and does what lines on stdin say: check IN OUT, run K, quit. For tests/bench.")
    private boolean serve;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (batch < 1) {
            throw new ParameterException(spec.commandLine(), "--batch " + batch + ": it is 1 or more");
        }
        try (var device = folder.openDevice(); var model = folder.open(device); Timed bench = training ? new TrainingBench(model, batch) : new Bench(model, batch)) {
            if (serve) {
                return BenchServer.serve(model, bench, System.in, out, spec.commandLine().getErr());
            }
            bench.milliseconds(3);      // the first makes the program and packs the weights
            double milliseconds = Bench.median(bench.millisecondsFor(seconds));
            List<OpProfile> profile = bench.profile(PROFILED_STEPS);
            // Of a step of training Java's share is lost in the rest.
            Double java = bench instanceof Bench looks ? looks.millisecondsOfJava(device) : null;
            out.println(json ? asJson(device, milliseconds, java, profile) : asTable(device, milliseconds, java, profile));
            return Main.OK;
        }
    }

    private String asJson(Device device, double milliseconds, Double java, List<OpProfile> profile) {
        double total = total(profile);
        var text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "{\"milliseconds_per_step\": %.6f, \"images_per_second\": %.6f, \"rows\": %d, \"threads\": %d, \"dtype\": \"%s\", ", milliseconds,
                batch / milliseconds * 1e3, batch, device.info().threads(), device.info().type()));
        text.append(java == null ? "" : String.format(Locale.ROOT, "\"milliseconds_java\": %.6f, ", java)).append("\"profile\": [");
        String comma = "";
        for (OpProfile op : profile) {
            text.append(comma).append(String.format(Locale.ROOT, "{\"name\": \"%s\", \"op\": \"%s\", \"algorithm\": \"%s\", \"milliseconds\": %.6f, \"share\": %.5f, \"flops\": %.0f}",
                    op.name(), op.op(), op.algorithm(), op.milliseconds() / PROFILED_STEPS, op.milliseconds() / total, op.flops() / PROFILED_STEPS));
            comma = ", ";
        }
        return text.append("]}").toString();
    }

    private String asTable(Device device, double milliseconds, Double java, List<OpProfile> profile) {
        double total = total(profile);
        var text = new StringBuilder(Folder.describe(device.info()));
        text.append(String.format(Locale.ROOT, "%n%.3f ms a %sstep of %d image%s, %.3f ms an image, %.1f images/s%n", milliseconds, training ? "training " : "", batch,
                batch == 1 ? "" : "s", milliseconds / batch, batch / milliseconds * 1e3));
        text.append(java == null ? "" : String.format(Locale.ROOT, "%.4f ms of it are Java's own%n", java));
        text.append(String.format(Locale.ROOT, "%n%8s %7s %9s  op%n", "ms", "share", "GFLOP/s"));
        profile.stream().sorted(Comparator.comparingDouble(OpProfile::milliseconds).reversed()).limit(LINES_OF_PROFILE).forEach(op ->
                text.append(String.format(Locale.ROOT, "%8.3f %6.1f%% %9.1f  %s  %s, %s%n", op.milliseconds() / PROFILED_STEPS, 100 * op.milliseconds() / total,
                        op.flops() / op.milliseconds() * 1e-6, op.name(), op.op(), op.algorithm())));
        return text.append("the ").append(Math.min(LINES_OF_PROFILE, profile.size())).append(" slowest of ").append(profile.size()).append(" ops").toString();
    }

    private static double total(List<OpProfile> profile) {
        return profile.stream().mapToDouble(OpProfile::milliseconds).sum();
    }
}
