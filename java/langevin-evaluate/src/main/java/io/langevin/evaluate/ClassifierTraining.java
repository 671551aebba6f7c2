package io.langevin.evaluate;

import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.InvalidArgumentException;
import io.langevin.LearningRate;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.TrainPlan;
import io.langevin.Trainer;
import io.langevin.data.Dataset;
import io.langevin.data.Loader;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A small classifier for the pictures of a data set, trained from scratch, whose features an evaluation compares. The same data gives the same bits.
///
/// @param epochs       how often each picture is seen
/// @param leastUpdates however few pictures there are
/// @param batch        pictures of an update
/// @param learningRate at its height, after a tenth of the updates; from there along half a cosine to 0
/// @param seed         of the first weights and the order of the pictures
public record ClassifierTraining(int epochs, int leastUpdates, int batch, double learningRate, long seed) {
    private static final int CHANNELS = 16;         // of the first level
    private static final int MOST_CHANNELS = 128;
    private static final int SMALLEST = 8;          // no side is halved that has at most so many pixels
    private static final int GROUPS = 8;
    private static final int FEATURES = 64;

    public ClassifierTraining {
        if (epochs < 1 || leastUpdates < 0 || batch < 1 || !(learningRate > 0)) {
            throw new InvalidArgumentException("a classifier trained for " + epochs + " epochs, " + leastUpdates + " updates at least, of " + batch + " pictures at a rate of " + learningRate);
        }
    }

    /// What reads 99 % of MNIST's test digits.
    public static ClassifierTraining usual() {
        return new ClassifierTraining(2, 600, 64, 2e-3, 0);
    }

    /// The network: 16 channels, twice as many each time that the pictures are halved, down to 8 pixels or fewer; 64 features.
    public static ModelConfig network(Dataset data) {
        int levels = 1;
        for (int side = Math.min(data.height(), data.width()); side > SMALLEST; side = (side + 1) / 2) {
            levels++;
        }
        String channels = IntStream.range(0, levels).mapToObj(level -> Integer.toString((int) Math.min(MOST_CHANNELS, (long) CHANNELS << level))).collect(Collectors.joining(", "));
        return ModelConfig.parse(String.format(Locale.ROOT, """
                {
                  "_class_name": "LangevinClassifier",
                  "act_fn": "silu",
                  "block_out_channels": [%s],
                  "features": %d,
                  "in_channels": %d,
                  "layers_per_block": 1,
                  "norm_num_groups": %d,
                  "num_classes": %d,
                  "sample_size": [%d, %d]
                }
                """, channels, FEATURES, data.channels(), GROUPS, data.labelNames().size(), data.height(), data.width()));
    }

    /// Trains on all of the pictures, which have labels. The caller closes what comes of it.
    ///
    /// @param listener false cancels
    /// @throws InvalidArgumentException for pictures without labels
    /// @throws CancelledException       when the listener says so
    public Model train(Device device, Dataset training, Predicate<? super EvaluationProgress> listener) {
        checkLabelled(training);
        long updates = Math.max(leastUpdates, Math.ceilDiv((long) epochs * training.size(), batch));
        TrainPlan plan = TrainPlan.classification().withLearningRate(LearningRate.cosine(learningRate, updates / 10, updates)).withEma().withSeed(seed)
                .withLabelNames(training.labelNames());
        try (Trainer trainer = Trainer.create(device, network(training), plan); Loader loader = training.shuffled(seed).batches(batch)) {
            tell(listener, 0, updates);
            while (trainer.step() < updates) {
                trainer.accumulate(loader.next());
                trainer.apply();
                tell(listener, trainer.step(), updates);
            }
            return trainer.model();
        }
    }

    private void tell(Predicate<? super EvaluationProgress> listener, long done, long updates) {
        if (!listener.test(new EvaluationProgress("training the classifier", done * batch, updates * batch))) {
            throw new CancelledException("cancelled after " + done + " of " + updates + " updates of the classifier");
        }
    }

    private static void checkLabelled(Dataset data) {
        if (data.labelNames().size() < 2) {
            throw new InvalidArgumentException("there is nothing to tell apart: these pictures have " + (data.labelNames().isEmpty() ? "no classes" : "one class") + " (" + data
                    + "); put them into a folder for each class");
        }
        for (int i = 0; i < data.size(); i++) {
            if (data.label(i) < 0) {
                throw new InvalidArgumentException(data.name(i) + " has no label, which a classifier has to be told; move it into a folder of its class");
            }
        }
    }

    /// Opens a classifier that was trained before, for pictures such as these.
    ///
    /// @throws InvalidArgumentException for a network that is none, or is one for other pictures
    public static Model open(Path file, Device device, Dataset data) {
        Model model = Model.open(file, device);
        String why = refusal(model, data);
        if (why.isEmpty()) {
            return model;
        }
        model.close();
        throw new InvalidArgumentException(file + " " + why + "; name another file, and a classifier is trained and written there");
    }

    private static String refusal(Model model, Dataset data) {
        ModelConfig config = model.config();
        if (!config.isClassifier()) {
            return "is a " + config.className() + ", which does not classify";
        }
        if (config.inChannels() != data.channels() || config.height() != data.height() || config.width() != data.width()) {
            return "classifies pictures of " + config.inChannels() + " x " + config.height() + " x " + config.width() + " (channels, height, width), these are " + data.channels() + " x "
                    + data.height() + " x " + data.width();
        }
        if (config.classes() != data.labelNames().size()) {
            return "tells " + config.classes() + " classes apart, these pictures have " + data.labelNames().size();
        }
        return model.labelNames().equals(data.labelNames()) ? "" : "has the classes " + String.join(", ", model.labelNames()) + ", these pictures " + String.join(", ", data.labelNames());
    }
}
