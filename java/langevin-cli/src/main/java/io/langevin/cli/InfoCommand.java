package io.langevin.cli;

import io.langevin.Diffusion;
import io.langevin.Model;
import io.langevin.ModelPlan;
import io.langevin.UnsupportedException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "info", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Tells what a model is, and what running it costs.")
final class InfoCommand implements Callable<Integer> {
    @Mixin
    private Folder folder;

    @Option(names = "--size", paramLabel = "HxW", converter = Size.Converter.class, description = "Of the images whose cost is told. Default: the model's own.")
    private Size size = Size.OWN;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (var device = folder.openDevice(); var model = folder.open(device)) {
            out.println(folder.describe(model));
            line(out, "parameters", "%,d".formatted(model.parameters()));
            line(out, "channels", model.config().inChannels() + " in, " + model.config().outChannels() + " out");
            line(out, "scheduler", scheduler(model));
            line(out, "device", Folder.describe(device.info()).substring("device ".length()));
            if (model.config().height() == 0 && size == Size.OWN) {
                line(out, "size", "config.json does not say (sample_size); --size HxW tells what images of that size cost");
                return Main.OK;
            }
            costs(out, model, size == Size.OWN ? new Size(model.config().height(), model.config().width()) : size);
            return Main.OK;
        }
    }

    private static void costs(PrintWriter out, Model model, Size size) {
        ModelPlan plan = model.plan(1, size.height(), size.width());
        line(out, "work", String.format(Locale.ROOT, "%.3f GFLOP an image, %d ops", plan.flops() * 1e-9, plan.ops()));
        line(out, "weights", mebibytes(plan.weightBytes()) + " packed");
        for (int rows = 1; plan.rows() == rows; plan = model.plan(rows, size.height(), size.width())) {
            line(out, "memory", mebibytes(plan.arenaBytes()) + " for " + rows + (rows == 1 ? " image of " : " images of ") + size.height() + "x" + size.width());
            rows *= 2;
        }
        line(out, "", "larger batches run in chunks of " + plan.rows());
    }

    private static String scheduler(Model model) {
        if (model.scheduler().isEmpty()) {
            return "none in the folder";
        }
        try {
            Diffusion diffusion = model.diffusion();
            return diffusion.className() + ": " + Folder.levels(diffusion) + ", " + diffusion.prediction().name().toLowerCase(Locale.ROOT) + ", "
                    + diffusion.spacing().name().toLowerCase(Locale.ROOT)
                    + (Double.isInfinite(diffusion.limit()) ? "" : ", clips to " + diffusion.limit());
        } catch (UnsupportedException lacking) {
            return "cannot be sampled by this version: " + lacking.getMessage();
        }
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf(Locale.ROOT, "  %-11s %s%n", what, value);
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }
}
