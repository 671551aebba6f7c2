package io.langevin.cli;

import io.langevin.Device;
import io.langevin.ModelConfig;
import io.langevin.train.Estimate;
import io.langevin.train.Run;
import io.langevin.train.RunConfig;
import io.langevin.train.RunProgress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "train", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Trains a network on pictures, in a folder that is a model.",
        footer = {"", "Examples:",
            "  langevin train --data pictures/ --model models/configs/unet-32.json \\",
            "      --out runs/first",
            "  langevin train --out runs/first --resume",
            "  langevin sample runs/first",
            "  langevin train --data more/ --from runs/first --out runs/second",
            "", "Ctrl-C writes a checkpoint and ends.",
            "Exit codes: 0 finished; 1 failed; 2 wrong usage; 130 stopped, go on with --resume."})
final class TrainCommand implements Callable<Integer> {
    @Option(names = "--out", paramLabel = "RUN", description = "The run's folder: settings, checkpoints, samples, loss curve, and the model itself.")
    private Path out;

    @Option(names = "--resume", description = "Goes on with the run in that folder, or begins it where there is none. A finished one is left as it is.")
    private boolean resume;

    @Mixin
    private TrainSettings settings;

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "cpu", description = "cpu (the default); a GPU does not train yet.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "0", description = "Threads of the CPU. Changes no bit. Default: as many as this process may use.")
    private int threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        if (out == null) {
            throw new ParameterException(spec.commandLine(), "--out is missing: the folder that the run is to have, as --out runs/first");
        }
        try (var interrupt = new Interrupt(err); Device opened = Device.open(device, threads)) {
            boolean going = resume && Run.exists(out);
            try (Run run = going ? Run.resume(out, opened, settings.layers()) : Run.begin(out, RunConfig.of(settings.layers()), opened)) {
                introduce(err, run, opened);
                if (run.finished()) {
                    err.println("this run is finished: " + run.step() + " of " + run.config().steps() + " steps");
                    spec.commandLine().getOut().println(out + "  (" + run.step() + " steps)");
                    return Main.OK;
                }
                if (!interrupt.requested()) {
                    tell(err, run.estimate(), run);
                }
                return train(err, run, interrupt);
            }
        }
    }

    private void introduce(PrintWriter err, Run run, Device opened) {
        ModelConfig network = run.network();
        err.println("data " + run.data());
        run.notes().forEach(note -> err.println("note: " + note));
        err.println("network " + network.className() + " " + network.height() + "x" + network.width() + "x" + network.inChannels()
                + (network.labels() > 0 ? ", " + Folder.classes(network) : ""));
        err.println(Folder.describe(opened.info()));
    }

    private void tell(PrintWriter err, Estimate estimate, Run run) {
        err.println(String.format(Locale.ROOT, "%s parameters; %s of memory; checkpoints and model take up to %s of the disk",
                estimate.parameters() < 100_000 ? String.format(Locale.ROOT, "%,d", estimate.parameters()) : String.format(Locale.ROOT, "%.1f M", estimate.parameters() * 1e-6),
                bytes(estimate.memory()), bytes(estimate.disk())));
        long room = out.toFile().getUsableSpace();
        if (run.step() == 0 && room < estimate.disk()) {
            err.println("note: the disk of " + out + " has " + bytes(room) + " left, which may not do; --keep 1 keeps fewer checkpoints");
        }
        long begun = run.step();
        err.println(String.format(Locale.ROOT, "%s%,d steps of %d images: about %s at %.1f images/s%s", begun > 0 ? "from step " + begun + ", " : "", estimate.updates(),
                run.config().batch(), duration(estimate.time()), estimate.imagesPerSecond(), run.config().sampleEvery() > 0 ? ", and the time of the sample grids" : ""));
    }

    private int train(PrintWriter err, Run run, Interrupt interrupt) {
        var bar = new ProgressBar(err);
        var sentences = new ArrayList<String>();
        boolean finished;
        try {
            bar.begin();
            finished = run.train(progress -> {
                sayAll(err, bar, sentences);
                bar.show(progress.step(), progress.steps(), progress.first(), words(progress));
                return !interrupt.requested();
            }, sentences::add);
        } finally {
            sayAll(err, bar, sentences);
            bar.end();
        }
        if (!finished) {
            err.println("stopped after step " + run.step() + " of " + run.config().steps() + ", which is in a checkpoint. Go on with:  langevin train --out " + out + " --resume");
            return Main.CANCELLED;
        }
        spec.commandLine().getOut().println(out + "  (" + run.step() + " steps; try:  langevin sample " + out + ")");
        return Main.OK;
    }

    private static void sayAll(PrintWriter err, ProgressBar bar, List<String> sentences) {
        if (!sentences.isEmpty()) {
            bar.end();
            sentences.forEach(sentence -> err.println("note: " + sentence));
            sentences.clear();
        }
    }

    /// `loss 0.0431  112.4 images/s  lr 2e-04`
    private static String words(RunProgress progress) {
        return progress.latest() == null ? "" : String.format(Locale.ROOT, "loss %.4f  %.1f images/s  lr %.2g", progress.latest().loss(), progress.imagesPerSecond(),
                progress.latest().learningRate());
    }

    private static String bytes(long bytes) {
        return bytes < 1L << 30 ? String.format(Locale.ROOT, "%d MiB", Math.max(1, bytes >> 20)) : String.format(Locale.ROOT, "%.1f GiB", bytes * 0x1p-30);
    }

    /// `40 s`, `12 min`, `3 h 20 min`, `2 days 4 h`
    static String duration(Duration time) {
        long minutes = Math.round(time.toMillis() / 60000.0);
        if (time.toMillis() < 100_000) {
            return Math.max(1, Math.round(time.toMillis() * 1e-3)) + " s";
        }
        return minutes < 100 ? minutes + " min" : minutes < 48 * 60 ? minutes / 60 + " h " + minutes % 60 + " min" : minutes / 1440 + " days " + minutes / 60 % 24 + " h";
    }
}
