package io.langevin.cli;

import io.langevin.BadModelException;
import io.langevin.Device;
import io.langevin.DeviceInfo;
import io.langevin.Diffusion;
import io.langevin.EdmNoise;
import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.NoiseSchedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What every command that computes is told: the model, and where.
final class Folder {
    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "A diffusers folder, or a .safetensors that holds a whole model. Default: models/mnist.safetensors, which comes along.")
    Path model;

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto", description = "cpu, cuda, cuda:1, cuda/float32, or auto for the best that is here (the default).")
    String device;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "0", description = "Threads of the CPU. Default: as many as this process may use.")
    int threads;

    Device openDevice() {
        return Device.open(device, threads);
    }

    /// @throws BadModelException also when the model that comes along did not
    Model open(Device device) {
        if (model == null && !Files.exists(path())) {
            throw new BadModelException("the model that comes along is not in " + path() + ": name a model, or run the launcher of a checkout");
        }
        return Model.open(path(), device);
    }

    /// The same for what draws.
    ///
    /// @throws InvalidArgumentException for a classifier
    Model openToDraw(Device device) {
        Model opened = open(device);
        if (opened.config().isClassifier()) {
            opened.close();
            throw new InvalidArgumentException(name() + " classifies, it does not draw; give a model that does (evaluate takes this one as --classifier)");
        }
        return opened;
    }

    Path path() {
        return model != null ? model : Path.of(System.getProperty("langevin.home", ""), "models", "mnist.safetensors");
    }

    /// `models/mnist.safetensors: UNet2DModel 28x28x1, 2.7 M parameters, classes 0-9 (10 means none)`
    String describe(Model opened) {
        ModelConfig config = opened.config();
        var text = new StringBuilder().append(name()).append(": ").append(config.className()).append(' ')
                .append(config.height() > 0 ? config.height() + "x" + config.width() : "any size ").append('x').append(config.inChannels()).append(", ")
                .append(String.format(Locale.ROOT, opened.parameters() < 100_000 ? "%,.0f parameters" : "%.1f M parameters",
                        opened.parameters() / (opened.parameters() < 100_000 ? 1 : 1e6)));
        return text.append(switch (config.classInput()) {
            case NONE -> config.isClassifier() ? ", tells " + config.classes() + " classes apart" : "";
            case LABEL -> ", " + classes(config);
            case TIMESTEP -> ", a class timestep for each image";
            case EMBEDDING -> ", a class embedding of " + config.embeddingSize() + " numbers for each image";
        }).toString();
    }

    /// `device cpu (no CUDA driver found): AMD EPYC, 2 threads, avx512, float32`
    static String describe(DeviceInfo info) {
        return "device " + info.device() + (info.note().isEmpty() ? "" : " (" + info.note() + ")") + ": " + info.processor() + ", " + info.threads()
                + (info.threads() == 1 ? " thread, " : " threads, ") + info.isa() + ", " + info.type();
    }

    static String classes(ModelConfig config) {
        int none = config.noneLabel();
        if (none < 0) {
            return "classes 0-" + (config.labels() - 1);
        }
        return "classes " + (none == config.labels() - 1 ? "0-" + (none - 1) : none == 0 ? "1-" + (config.labels() - 1) : "0-" + (config.labels() - 1))
                + " (" + none + " means none)";
    }

    /// The folder as messages call it: relative to where the user stands, if it lies below.
    Path name() {
        Path here = Path.of("").toAbsolutePath();
        Path there = path().toAbsolutePath().normalize();
        return there.startsWith(here) && !there.equals(here) ? here.relativize(there) : path();
    }

    /// `trained with 1000 steps (epsilon)`
    static String trained(Diffusion diffusion) {
        return "trained with " + levels(diffusion) + " (" + diffusion.prediction().name().toLowerCase(Locale.ROOT) + ")";
    }

    /// The noise that it was trained with.
    static String levels(Diffusion diffusion) {
        return switch (diffusion.noise()) {
            case NoiseSchedule schedule -> schedule.steps() + " steps";
            case EdmNoise edm -> "noise from " + edm.sigmaMin() + " to " + edm.sigmaMax();
        };
    }
}
