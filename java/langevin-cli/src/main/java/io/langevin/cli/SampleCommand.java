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
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
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

    /// The scheduler that such a network comes with.
    private static final Map<String, String> DISTILLED = Map.of("lcm", "LCMScheduler", "tcd", "TCDScheduler");

    @Mixin
    private Folder folder;

    @Option(names = "--count", paramLabel = "N", description = "Images. Default: one for each class and each picture of --from, or 8.")
    private Integer count;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "0", description = "Image i has seed S + i, and comes out alone with that seed. Default: 0.")
    private long seed;

    @Option(names = "--sampler", paramLabel = "NAME", defaultValue = "ddim",
            description = "ddim (the default), ddpm, euler, euler-a, heun, kdpm2, kdpm2-a, dpm, dpm++, dpm++-3, dpm++-sde, unipc, unipc-3, pndm, plms. lcm, tcd: for networks"
                    + " that were distilled for them. edm-euler, edm-dpm++, edm-dpm++-sde: for EDM networks. checkpoint: the one that the model's"
                    + " scheduler_config.json names, with its options.")
    private String sampler;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of the sampler. Most look at the network once in each, heun and kdpm2 twice. Default: 50.")
    private int steps;

    @Option(names = "--eta", paramLabel = "X", defaultValue = "0", description = "Of ddim: 0 is deterministic (the default), 1 as random as ddpm.")
    private double eta;

    @Mixin
    private Classes classes;

    @Option(names = "--guidance", paramLabel = "G", defaultValue = "1",
            description = "Weight of the class against none (classifier-free guidance). 1 is off (the default).")
    private double guidance;

    @Mixin
    private Start start;

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
        right(() -> {
            start.check();
            return null;
        });
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
        err.println(request.count() + (request.count() == 1 ? " image, " : " images, ") + samplerText(model) + ", seed " + seed + start.text());
        String distilled = DISTILLED.get(sampler);
        if (distilled != null && !diffusion.className().equals(distilled)) {
            err.println("note: " + sampler + " is for networks that were distilled for it; this one's scheduler is " + diffusion.className() + ", not " + distilled);
        }
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
        Classes.Wanted wanted = right(() -> classes.of(model, folder.name()));
        Images pictures = start.pictures(config);
        int asked = Math.max(wanted.size(), pictures == null ? 0 : pictures.count());
        int images = count != null ? count : asked > 0 ? asked : IMAGES_WITHOUT_CLASSES;
        if (source == NoiseSource.TORCH_BATCH && batch > 0 && batch < images) {
            throw wrong("--batch " + batch + ": with --noise torch-batch one generator draws all " + images + " images together; leave --batch away, or take --noise torch");
        }
        if (guidance != 1 && wanted.labels().isEmpty()) {
            throw wrong("--guidance " + guidance + ": " + folder.name() + " has no labels to be guided to");
        }
        if (guidance != 1 && classes.none() < 0 && config.noneLabel() < 0) {
            throw wrong("--guidance " + guidance + ": " + folder.name() + " does not say which label means none; say it with --none");
        }
        SampleRequest request = SampleRequest.of(images).withSeed(seed).withSteps(steps).withSampler(chosen(model)).withLabels(wanted.labels())
                .withConditions(wanted.conditions()).withGuidance(guidance).withNoneLabel(classes.none()).withNoise(source).withBatch(batch);
        return right(() -> start.into(request, pictures, config, folder.name()));
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
        return right(() -> Output.of(out));
    }

    /// What options say wrongly is wrong usage.
    private <T> T right(Supplier<T> read) {
        try {
            return read.get();
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
