package io.langevin.cli;

import io.langevin.InvalidArgumentException;
import io.langevin.ModelConfig;
import io.langevin.data.DataOptions;
import io.langevin.data.Datasets;
import io.langevin.evaluate.Split;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The pictures that a model was trained on, and those that were held out.
final class RealPictures {
    @Option(names = "--data", paramLabel = "PATH", description = "The pictures that the model was trained on: a folder (its sub-folders are classes), MNIST's or CIFAR-10's files, a"
            + " .safetensors.")
    Path data;

    @Option(names = "--held-out", paramLabel = "PATH", description = "Real pictures that were not trained on. Default: the part of the data that is there to judge by (MNIST, CIFAR-10), else"
            + " every 10th picture.")
    Path heldOut;

    @Option(names = "--held-out-share", paramLabel = "X", description = "In its place: the share of the data that is taken for them. Best of a model that was trained without these.")
    Double share;

    @Option(names = "--background", paramLabel = "COLOUR", defaultValue = "white", description = "Behind transparent pixels, as in training: white (the default), black, gray or #rrggbb.")
    String background;

    @Option(names = "--skip-broken", description = "Skips pictures that cannot be read, and names them. Default: they are an error.")
    boolean skipBroken;

    /// @throws IllegalArgumentException for options that do not go together
    void check() {
        if (data == null) {
            throw new IllegalArgumentException("--data is missing: the pictures that the model was trained on, as --data pictures/");
        }
        if (heldOut != null && share != null) {
            throw new IllegalArgumentException("--held-out " + heldOut + " and --held-out-share " + share + ": the held-out pictures are one or the other");
        }
    }

    /// In the shape of the model's images, all of them readable.
    ///
    /// @throws InvalidArgumentException for a picture that is not, unless such are skipped
    Split split(ModelConfig config) {
        Split split = found(config);
        try {
            return split.readable(skipBroken);
        } catch (InvalidArgumentException broken) {
            throw new InvalidArgumentException(broken.getMessage() + (skipBroken ? "" : ". Mend it, or skip such pictures with --skip-broken"));
        }
    }

    private Split found(ModelConfig config) {
        DataOptions options = DataOptions.defaults().withBackground(DataOptions.colour(background));
        int channels = config.inChannels();
        if (heldOut != null) {
            return Split.of(data, heldOut, channels, config.height(), config.width(), options);
        }
        return share == null ? Split.of(data, channels, config.height(), config.width(), options)
                : Split.of(Datasets.open(data, channels, config.height(), config.width(), options), share);
    }
}
