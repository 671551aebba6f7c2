package io.langevin.cli;

import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.Diffusion;
import io.langevin.Images;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.NoiseSource;
import io.langevin.Progress;
import io.langevin.SampleRequest;
import io.langevin.Sampler;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "sample", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Draws pictures: noise from a seed, denoised step by step.")
final class SampleCommand implements Callable<Integer> {
    private static final String CHECKPOINT = "checkpoint";
    private static final int IMAGES_WITHOUT_CLASSES = 8;
    private static final int MOST_CLASSES_BY_DEFAULT = 100;

    @Mixin
    private Folder folder;

    @Option(names = "--count", paramLabel = "N", description = "Images. Default: one for each class asked for, or 8.")
    private Integer count;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "0", description = "Image i has seed S + i, and comes out alone with that seed. Default: 0.")
    private long seed;

    @Option(names = "--sampler", paramLabel = "NAME", defaultValue = "ddim",
            description = "ddim (the default), ddpm, euler, euler-a, heun, dpm++, dpm++-sde, unipc and others: an unknown name lists them. checkpoint: the one that the"
                    + " folder's scheduler_config.json names, with its options.")
    private String sampler;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "How often the network looks at an image. Default: 50.")
    private int steps;

    @Option(names = "--eta", paramLabel = "X", defaultValue = "0", description = "Of ddim: 0 is deterministic (the default), 1 as random as ddpm.")
    private double eta;

    @Option(names = "--class", paramLabel = "LIST", converter = Labels.Converter.class,
            description = "Classes to draw, over and over: 7, or 1,2,3, or 0-9. Default: all that the model has.")
    private Labels labels;

    @Option(names = "--guidance", paramLabel = "G", defaultValue = "1",
            description = "Weight of the class against none (classifier-free guidance). 1 is off (the default).")
    private double guidance;

    @Option(names = "--none", paramLabel = "LABEL", description = "The label that means \"no class\", where the model's config does not say.")
    private Integer none;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "0", description = "Images that are computed together. Changes no image.")
    private int batch;

    @Option(names = "--noise", paramLabel = "KIND", defaultValue = "philox",
            description = "philox (the default); torch: what PyTorch's CPU generator gives each image; torch-batch: one such generator for all.")
    private String noise;

    @Option(names = "--out", paramLabel = "WHERE", defaultValue = "samples.png",
            description = {"x.png: all of them in a grid (samples.png is the default).", "folder/: numbered pictures.",
                "x.safetensors: float32 images, shape [N, C, H, W], in [-1, 1]."})
    private String out;

    @Option(names = "--previews", paramLabel = "DIR", description = "Folder for the estimate of the finished pictures after each step. Steps are counted on through all batches.")
    private Path previews;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Output output = output();
        NoiseSource source = noiseSource();
        if (!sampler.equals(CHECKPOINT) && !Sampler.names().contains(sampler)) {
            throw wrong("--sampler " + sampler + ": there are " + String.join(", ", Sampler.names()) + " and " + CHECKPOINT);
        }
        if (eta != 0 && !sampler.equals("ddim")) {
            throw wrong("--eta " + eta + " is a number of ddim; --sampler is " + sampler);
        }
        try (var interrupt = new Interrupt(err)) {
            try (var device = folder.openDevice(); var model = folder.open(device)) {
                SampleRequest request = request(model, source);
                output.check(model.config().inChannels());
                if (previews != null) {
                    Output.checkFolder(previews);
                }
                introduce(err, model, device, request);
                spec.commandLine().getOut().println(output.write(draw(err, model, request, interrupt)));
                return Main.OK;
            } catch (CancelledException cancelled) {
                err.println(cancelled.getMessage() + "; " + out + " was not written");
                return Main.CANCELLED;
            }
        }
    }

    private void introduce(PrintWriter err, Model model, Device device, SampleRequest request) {
        Diffusion diffusion = model.diffusion();
        err.println("model " + folder.describe(model) + ", trained with " + Folder.levels(diffusion) + " ("
                + diffusion.prediction().name().toLowerCase(Locale.ROOT) + ")");
        err.println(Folder.describe(device.info()));
        err.println(request.count() + (request.count() == 1 ? " image, " : " images, ") + samplerText(model) + ", seed " + seed);
    }

    private Images draw(PrintWriter err, Model model, SampleRequest request, Interrupt interrupt) {
        var bar = new ProgressBar(err);
        var work = new AtomicLong();      // image-steps that are done
        try {
            bar.begin();
            return model.sample(request, progress -> {
                if (previews != null) {
                    writePreview(progress);
                }
                work.addAndGet(progress.images());
                bar.show(progress.step(), progress.steps(), work.get());
                if (interrupt.requested()) {
                    throw new CancelledException("cancelled after step " + progress.step() + " of " + progress.steps());
                }
                return true;
            });
        } finally {
            bar.end();
        }
    }

    private SampleRequest request(Model model, NoiseSource source) {
        ModelConfig config = model.config();
        if (none != null) {
            checkLabel("--none", none, config);
        }
        List<Integer> wanted = classes(config);
        int images = count != null ? count : wanted.isEmpty() ? IMAGES_WITHOUT_CLASSES : wanted.size();
        if (source == NoiseSource.TORCH_BATCH && batch > 0 && batch < images) {
            throw wrong("--batch " + batch + ": with --noise torch-batch one generator draws all " + images + " images together; leave --batch away, or take --noise torch");
        }
        if (guidance != 1 && wanted.isEmpty()) {
            throw wrong("--guidance " + guidance + ": " + folder.name() + " has no classes to be guided to");
        }
        if (guidance != 1 && none == null && config.noneLabel() < 0) {
            throw wrong("--guidance " + guidance + ": " + folder.name() + " does not say which label means none; say it with --none");
        }
        return SampleRequest.of(images).withSeed(seed).withSteps(steps).withSampler(chosen(model)).withLabels(wanted).withGuidance(guidance)
                .withNoneLabel(none != null ? none : -1).withNoise(source).withBatch(batch);
    }

    /// Those asked for, or all but the one that means none.
    private List<Integer> classes(ModelConfig config) {
        int meansNone = none != null ? none : config.noneLabel();
        if (labels != null) {
            labels.list().forEach(label -> checkLabel("--class", label, config));
            return labels.list();
        }
        var all = new ArrayList<Integer>();
        for (int label = 0; label < config.labels() && all.size() < MOST_CLASSES_BY_DEFAULT; label++) {
            if (label != meansNone) {
                all.add(label);
            }
        }
        return all;
    }

    private void checkLabel(String option, int label, ModelConfig config) {
        if (label < 0 || label >= config.labels()) {
            throw wrong(option + " " + label + ": " + folder.name() + " has " + (config.labels() == 0 ? "no classes" : Folder.classes(config)));
        }
    }

    private Sampler chosen(Model model) {
        if (sampler.equals(CHECKPOINT)) {
            return Sampler.of(model.diffusion());
        }
        return sampler.equals("ddim") ? Sampler.ddim(eta) : Sampler.named(sampler);
    }

    private String samplerText(Model model) {
        String name = sampler.equals(CHECKPOINT) ? model.diffusion().className() : sampler.toUpperCase(Locale.ROOT);
        return name + " " + steps + (steps == 1 ? " step" : " steps") + (eta != 0 ? ", eta " + eta : "") + (guidance != 1 ? ", guidance " + guidance : "");
    }

    private NoiseSource noiseSource() {
        return switch (noise) {
            case "philox" -> NoiseSource.PHILOX;
            case "torch" -> NoiseSource.TORCH;
            case "torch-batch" -> NoiseSource.TORCH_BATCH;
            default -> throw wrong("--noise " + noise + ": there are philox, torch and torch-batch");
        };
    }

    private Output output() {
        try {
            return Output.of(out);
        } catch (IllegalArgumentException mistake) {
            throw wrong(mistake.getMessage());
        }
    }

    private void writePreview(Progress progress) {
        Output.create(previews);
        Images preview = progress.preview();
        preview.grid(Output.Grid.columns(preview.count())).writePng(previews.resolve("step-%04d.png".formatted(progress.step())));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
