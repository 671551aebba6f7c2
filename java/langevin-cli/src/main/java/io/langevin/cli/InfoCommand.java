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
import picocli.CommandLine.Spec;

@Command(name = "info", mixinStandardHelpOptions = true, description = "Tells what a model is, and what running it costs.")
final class InfoCommand implements Callable<Integer> {
    private static final int[] ROWS = {1, 2, 4, 8};

    @Mixin
    private Folder folder;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (var device = folder.openDevice(); var model = Model.open(folder.path(), device)) {
            out.println(folder.describe(model));
            line(out, "parameters", "%,d".formatted(model.parameters()));
            line(out, "channels", model.config().inChannels() + " in, " + model.config().outChannels() + " out");
            line(out, "scheduler", scheduler(model));
            line(out, "device", Folder.describe(device.info()).substring("device ".length()));
            if (model.config().height() == 0) {
                line(out, "size", "config.json does not say (sample_size), so memory and work are not known");
                return Main.OK;
            }
            ModelPlan one = model.plan(1);
            line(out, "work", String.format(Locale.ROOT, "%.3f GFLOP an image, %d ops", one.flops() * 1e-9, one.ops()));
            line(out, "weights", mebibytes(one.weightBytes()) + " packed");
            int last = 0;
            for (int rows : ROWS) {
                ModelPlan plan = model.plan(rows);
                if (plan.rows() == last) {
                    break;      // larger batches run in chunks of so many
                }
                last = plan.rows();
                line(out, "memory", mebibytes(plan.arenaBytes()) + " for " + rows + (rows == 1 ? " image of " : " images of ") + model.config().width() + "x"
                        + model.config().height());
            }
            line(out, "", "larger batches run in chunks of " + last);
            return Main.OK;
        }
    }

    private static String scheduler(Model model) {
        if (model.scheduler().isEmpty()) {
            return "none in the folder";
        }
        try {
            Diffusion diffusion = model.diffusion();
            return diffusion.className() + ": " + diffusion.schedule().steps() + " steps, " + diffusion.prediction().name().toLowerCase(Locale.ROOT) + ", "
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
