package io.langevin.cli;

import io.langevin.Images;
import io.langevin.ModelConfig;
import io.langevin.SampleRequest;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where a run begins and ends: with noise or a picture, and at which step.
final class Start {
    private static final double USUAL_STRENGTH = 0.8;      // of diffusers' img2img

    @Option(names = "--from", paramLabel = "PATH", description = "Begins with pictures in place of noise (image to image): a .png or .jpg, a folder of them, or a .safetensors as --out"
            + " writes it. Image i begins with picture i, over and over.")
    private Path from;

    @Option(names = "--strength", paramLabel = "X", description = "With --from: how much of the run the pictures go through, above 0 to 1. They get the noise that belongs before the last X * steps"
            + " steps, and those are taken: 1 keeps little of them, 0.3 changes details. Default: 0.8.")
    private Double strength;

    @Option(names = "--stop-after", paramLabel = "N", description = "Ends after N looks at the network, as the progress counts them, and writes the images as they are, noise and all.")
    private Integer stop;

    @Option(names = "--size", paramLabel = "HxW", converter = Size.Converter.class, description = "Height and width of the images. Default: the model's own.")
    private Size size = Size.OWN;

    /// @throws IllegalArgumentException for options that do not go together
    void check() {
        if (strength != null && from == null) {
            throw new IllegalArgumentException("--strength " + strength + ": there is no picture to begin with; name one with --from");
        }
        if (strength != null && !(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("--strength " + strength + ": it is above 0 and at most 1");
        }
        if (stop != null && stop < 1) {
            throw new IllegalArgumentException("--stop-after " + stop + ": it is 1 or more");
        }
    }

    /// The pictures to begin with; null: noise.
    Images pictures(ModelConfig config) {
        return from == null ? null : new Pictures(config.inChannels(), size == Size.OWN && config.height() > 0 ? new Size(config.height(), config.width()) : size).read(from);
    }

    /// The request with what is said here.
    ///
    /// @throws IllegalArgumentException where neither the model nor anything here says a size
    SampleRequest into(SampleRequest request, Images pictures, ModelConfig config, Path name) {
        Size own = size != Size.OWN || config.height() > 0 || pictures == null ? size : new Size(pictures.height(), pictures.width());
        if (own == Size.OWN && config.height() == 0) {
            throw new IllegalArgumentException(name + " does not say the size of its images (sample_size in config.json); say it with --size 32x32");
        }
        SampleRequest sized = request.withSize(own.height(), own.width()).withStop(stop == null ? 0 : stop);
        return pictures == null ? sized : sized.withStart(pictures, strength());
    }

    /// `, from seven.png with strength 0.8, stopped after 5`
    String text() {
        return (from == null ? "" : ", from " + from + " with strength " + strength()) + (stop == null ? "" : ", stopped after " + stop);
    }

    private double strength() {
        return strength == null ? USUAL_STRENGTH : strength;
    }
}
