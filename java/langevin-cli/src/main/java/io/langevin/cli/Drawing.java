package io.langevin.cli;

import io.langevin.CancelledException;
import io.langevin.Diffusion;
import io.langevin.Images;
import io.langevin.Model;
import io.langevin.NoiseSource;
import io.langevin.Progress;
import io.langevin.SampleRequest;
import io.langevin.Sampler;
import io.langevin.samplers.Ddim;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/// How pictures are drawn, for the commands that draw: the options, the request that they make, and the drawing with its progress.
final class Drawing {
    private static final String CHECKPOINT = "checkpoint";

    /// The scheduler that such a network comes with.
    private static final Map<String, String> DISTILLED = Map.of("lcm", "LCMScheduler", "tcd", "TCDScheduler");

    @Option(names = "--seed", paramLabel = "S", defaultValue = "0", description = "Image i has seed S + i, and comes out alone with that seed. Default: 0.")
    long seed;

    @Option(names = "--sampler", paramLabel = "NAME", defaultValue = "ddim",
            description = "ddim (the default; guided, it takes its noise from the clipped estimate), ddpm, euler, euler-a, heun, kdpm2, kdpm2-a, dpm, dpm++, dpm++-3, dpm++-sde, unipc, unipc-3, pndm, plms. lcm, tcd: for networks"
                    + " that were distilled for them. edm-euler, edm-dpm++, edm-dpm++-sde: for EDM networks. checkpoint: the one that the model's"
                    + " scheduler_config.json names, with its options.")
    String sampler;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of the sampler. Most look at the network once in each, heun and kdpm2 twice. Default: 50.")
    int steps;

    @Option(names = "--eta", paramLabel = "X", defaultValue = "0", description = "Of ddim: 0 is deterministic (the default), 1 as random as ddpm.")
    double eta;

    @Option(names = "--guidance", paramLabel = "G",
            description = "Weight of the class against none (classifier-free guidance). 1 is off. Default: what the model's config says (langevin_guidance), or 1.")
    private Double guidance;

    @Option(names = "--none", paramLabel = "LABEL", description = "The label that means \"no class\", where the model's config does not say.")
    private Integer none;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "0", description = "Images that are computed together. Changes no image.")
    private int batch;

    @Option(names = "--noise", paramLabel = "KIND", defaultValue = "philox",
            description = "philox (the default); torch: what PyTorch's CPU generator gives each image; torch-batch: one such generator for all.")
    String noise;

    /// @throws IllegalArgumentException for what is wrong whatever the model
    void check() {
        source();
        if (!sampler.equals(CHECKPOINT) && !Sampler.names().contains(sampler)) {
            throw new IllegalArgumentException("--sampler " + sampler + ": there are " + String.join(", ", Sampler.names()) + " and " + CHECKPOINT);
        }
        if (eta != 0 && !sampler.equals("ddim")) {
            throw new IllegalArgumentException("--eta " + eta + " is a number of ddim; --sampler is " + sampler);
        }
    }

    /// The label that means none; -1: there is none.
    ///
    /// @throws IllegalArgumentException for one that the model does not have
    int none(Model model, Path name) {
        if (none == null) {
            return model.config().noneLabel();
        }
        Classes.checkLabel("--none " + none, none, model.config(), name);
        return none;
    }

    /// @throws IllegalArgumentException for options that do not go together, or with this model
    SampleRequest request(Model model, Path name, int images, Classes.Wanted wanted) {
        NoiseSource source = source();
        if (source == NoiseSource.TORCH_BATCH && batch > 0 && batch < images) {
            throw new IllegalArgumentException("--batch " + batch + ": with --noise torch-batch one generator draws all " + images
                    + " images together; leave --batch away, or take --noise torch");
        }
        boolean labelled = !wanted.labels().isEmpty();
        double guidance = this.guidance != null ? this.guidance : labelled && none(model, name) >= 0 ? model.config().guidance() : 1;
        if (guidance != 1 && !labelled) {
            throw new IllegalArgumentException("--guidance " + guidance + ": " + name + " has no labels to be guided to");
        }
        if (guidance != 1 && none(model, name) < 0) {
            throw new IllegalArgumentException("--guidance " + guidance + ": " + name + " does not say which label means none; say it with --none");
        }
        return SampleRequest.of(images).withSeed(seed).withSteps(steps).withSampler(chosen(model, guidance)).withLabels(wanted.labels())
                .withConditions(wanted.conditions()).withGuidance(guidance).withNoneLabel(none != null ? none : -1).withNoise(source).withBatch(batch);
    }

    /// Guided estimates leave the range of pictures far more often, and where they are clipped DDIM has to take its noise from what was clipped: noise and picture no longer
    /// belong together otherwise, and the drawings fall apart.
    private Sampler chosen(Model model, double guidance) {
        if (sampler.equals(CHECKPOINT)) {
            return Sampler.of(model.diffusion());
        }
        return sampler.equals("ddim") ? new Ddim().withEta(eta).withClippedOutput(guidance != 1) : Sampler.named(sampler);
    }

    private NoiseSource source() {
        return switch (noise) {
            case "philox" -> NoiseSource.PHILOX;
            case "torch" -> NoiseSource.TORCH;
            case "torch-batch" -> NoiseSource.TORCH_BATCH;
            default -> throw new IllegalArgumentException("--noise " + noise + ": there are philox, torch and torch-batch");
        };
    }

    /// `10 images, DDIM 50 steps, eta 0.5, guidance 2.0, seed 0`
    String text(Model model, SampleRequest request) {
        int images = request.count();
        String name = sampler.equals(CHECKPOINT) ? model.diffusion().className() : sampler.toUpperCase(Locale.ROOT);
        return images + (images == 1 ? " image, " : " images, ") + name + " " + steps + (steps == 1 ? " step" : " steps") + (eta != 0 ? ", eta " + eta : "")
                + (request.guidance() != 1 ? ", guidance " + request.guidance() : "") + ", seed " + seed;
    }

    /// Sentences that a user should read before drawing.
    List<String> notes(Diffusion diffusion) {
        String distilled = DISTILLED.get(sampler);
        return distilled == null || diffusion.className().equals(distilled) ? List.of()
                : List.of(sampler + " is for networks that were distilled for it; this one's scheduler is " + diffusion.className() + ", not " + distilled);
    }

    /// @param each is told of every step
    /// @throws CancelledException after an interrupt
    static Images draw(PrintWriter err, Model model, SampleRequest request, Interrupt interrupt, Consumer<? super Progress> each) {
        var bar = new ProgressBar(err);
        var work = new AtomicLong();      // image-steps that are done
        try {
            bar.begin();
            return model.sample(request, progress -> {
                each.accept(progress);
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
}
