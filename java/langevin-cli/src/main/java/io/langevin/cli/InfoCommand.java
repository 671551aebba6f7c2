package io.langevin.cli;

import io.langevin.Diffusion;
import io.langevin.Diffusion.End;
import io.langevin.Diffusion.Sigmas;
import io.langevin.Diffusion.Spacing;
import io.langevin.LangevinException;
import io.langevin.Model;
import io.langevin.ModelFiles;
import io.langevin.ModelPlan;
import io.langevin.NoiseSchedule;
import io.langevin.internal.Json;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "info", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Tells what a model is, which files it was read from, and what running it costs.",
        footer = {"", "Exit code: 0; 1 where it cannot be opened or sampled, and why on stderr."})
final class InfoCommand implements Callable<Integer> {
    @Mixin
    private Folder folder;

    @Option(names = "--size", paramLabel = "HxW", converter = Size.Converter.class, description = "Of the images whose cost is told. Default: the model's own.")
    private Size size = Size.OWN;

    @Option(names = "--labels", description = "Prints the names of the model's labels, one a line, and nothing else.")
    private boolean labels;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (var device = folder.openDevice(); var model = folder.open(device)) {
            if (labels) {
                return names(out, model);
            }
            out.println(folder.describe(model));
            line(out, "parameters", "%,d".formatted(model.parameters()));
            boolean classifies = model.config().isClassifier();
            line(out, "channels", model.config().inChannels() + (classifies ? " in" : " in, " + model.config().outChannels() + " out"));
            if (classifies) {
                line(out, "classes", model.config().classes() + ", by " + model.config().features() + " features");
            }
            if (!model.labelNames().isEmpty()) {
                line(out, "labels", new LabelNames(model.labelNames()).toString());
            }
            files(out, model.files());
            String lacking = classifies ? "" : scheduler(out, model);
            line(out, "device", Folder.describe(device.info()).substring("device ".length()));
            if (model.config().height() == 0 && size == Size.OWN) {
                line(out, "size", "config.json does not say (sample_size); --size HxW tells what images of that size cost");
            } else {
                costs(out, model, size == Size.OWN ? new Size(model.config().height(), model.config().width()) : size);
            }
            return lacking.isEmpty() ? Main.OK : failed(lacking);
        }
    }

    private int failed(String why) {
        spec.commandLine().getErr().println("error: " + why);
        return Main.FAILED;
    }

    private int names(PrintWriter out, Model model) {
        if (model.labelNames().isEmpty()) {
            return failed(folder.name() + " does not name its labels: there is no labels.json beside its config.json");
        }
        model.labelNames().forEach(out::println);
        return Main.OK;
    }

    private static void files(PrintWriter out, ModelFiles files) {
        List<Path> weights = files.weights();
        line(out, "config", files.config());
        line(out, "weights", weights.getFirst() + (weights.size() > 1 ? " and " + (weights.size() - 1) + " more" : "") + ", " + String.join(" and ", files.types()));
        if (!files.note().isEmpty()) {
            line(out, "note", files.note());
        }
    }

    private static void costs(PrintWriter out, Model model, Size size) {
        ModelPlan plan = model.plan(1, size.height(), size.width());
        line(out, "work", String.format(Locale.ROOT, "%.3f GFLOP an image, %d ops", plan.flops() * 1e-9, plan.ops()));
        line(out, "packed", mebibytes(plan.weightBytes()) + " of weights");
        for (int rows = 1; plan.rows() == rows; plan = model.plan(rows, size.height(), size.width())) {
            line(out, "memory", mebibytes(plan.arenaBytes()) + " for " + rows + (rows == 1 ? " image of " : " images of ") + size.height() + "x" + size.width());
            rows *= 2;
        }
        line(out, "", "larger batches run in chunks of " + plan.rows());
    }

    /// What it was trained for, and how it is sampled. Returns why it cannot be; empty: it can.
    private static String scheduler(PrintWriter out, Model model) {
        if (model.scheduler().isEmpty()) {
            line(out, "scheduler", "none: without scheduler_config.json nothing says how it was trained, and sample cannot draw from it");
            return "";
        }
        try {
            Diffusion diffusion = model.diffusion();
            line(out, "trained", trained(diffusion, model.scheduler()));
            line(out, "scheduler", diffusion.className() + ": " + String.join(", ", settings(diffusion)));
            return "";
        } catch (LangevinException lacking) {
            line(out, "scheduler", "cannot be sampled by this version");
            return lacking.getMessage();
        }
    }

    /// `to predict epsilon with 1000 steps, linear betas 0.0001 to 0.02, alpha_bar 0.9999 to 0.00004036`
    private static String trained(Diffusion diffusion, String scheduler) {
        String text = "to predict " + word(diffusion.prediction()) + " with " + Folder.levels(diffusion);
        return diffusion.noise() instanceof NoiseSchedule schedule
                ? text + betas(Json.parse("scheduler_config.json", scheduler).object()) + ", alpha_bar " + digits(schedule.alphaBar(0)) + " to "
                        + digits(schedule.alphaBar(schedule.steps() - 1)) : text;
    }

    /// Empty where the config leaves it to the class.
    private static String betas(Json.Obj config) {
        if (!config.isNull("trained_betas")) {
            return ", betas of its own (trained_betas)";
        }
        String kind = config.text("beta_schedule", "");
        boolean ends = (kind.equals("linear") || kind.equals("scaled_linear") || kind.equals("sigmoid")) && !config.isNull("beta_start") && !config.isNull("beta_end");
        return kind.isEmpty() ? "" : ", " + kind + " betas" + (ends ? " " + digits(config.number("beta_start")) + " to " + digits(config.number("beta_end")) : "");
    }

    private static List<String> settings(Diffusion diffusion) {
        var settings = new ArrayList<String>();
        if (diffusion.noise() instanceof NoiseSchedule) {
            settings.add((diffusion.spacing() == Spacing.DEFAULT ? "each sampler's own" : word(diffusion.spacing())) + " spacing of timesteps"
                    + (diffusion.stepsOffset() > 0 ? " + " + diffusion.stepsOffset() : ""));
        }
        if (diffusion.quantile() > 0) {
            settings.add("thresholds at quantile " + diffusion.quantile());
        } else {
            settings.add(Double.isInfinite(diffusion.limit()) ? "does not clip" : "clips to " + diffusion.limit());
        }
        if (diffusion.className().equals("DDPMScheduler")) {
            settings.add("variance " + word(diffusion.variance()));
        }
        if (diffusion.sigmas() != Sigmas.SCHEDULE) {
            settings.add(word(diffusion.sigmas()) + " sigmas");
        }
        if (diffusion.end() == End.FIRST) {
            settings.add("ends at the level of timestep 0");
        }
        String own = diffusion.own().toString();      // a record: its options by name
        int options = own.indexOf('[') + 1;
        if (options > 0 && own.length() - 1 > options) {
            settings.add(own.substring(options, own.length() - 1));
        }
        return settings;
    }

    private static String digits(double value) {
        return new BigDecimal(value, new MathContext(4)).stripTrailingZeros().toPlainString();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf(Locale.ROOT, "  %-11s %s%n", what, value);
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }
}
