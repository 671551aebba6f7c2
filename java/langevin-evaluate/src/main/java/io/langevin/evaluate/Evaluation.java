package io.langevin.evaluate;

import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.Classified;
import io.langevin.InvalidArgumentException;
import io.langevin.data.Dataset;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/// How drawn pictures compare with those of training, and, as the yardstick, how as many held-out real ones do.
///
/// ```java
/// Split split = Split.of(Path.of("pictures"), 3, 32, 32, DataOptions.defaults());
/// Dataset real = split.yardstick(1000, true);
/// Images images = model.sample(SampleRequest.of(1000).withLabels(IntStream.range(0, 1000).map(real::label).toArray()));
/// try (Model classifier = ClassifierTraining.usual().train(device, split.training(), progress -> true)) {
///     Evaluation found = Evaluation.of(Drawn.asked(images, real), real, split, classifier::classify, 2, progress -> true);
/// }
/// ```
///
/// @param count      drawn pictures, and held-out ones beside them
/// @param training   pictures that both are compared with
/// @param features   numbers that the classifier makes of a picture; 0: there is none
/// @param classes    what they are called; empty: there is no classifier
/// @param classifier how many of all held-out pictures it sees right; null: there is none
/// @param drawn      what was found of the drawn pictures
/// @param heldOut    the same of the held-out ones
/// @param limit      a distance to the nearest training picture that 1 % of the held-out ones are below
/// @param nearest    the training picture that is nearest to each drawn one
public record Evaluation(int count, int training, int features, List<String> classes, Score classifier, Figures drawn, Figures heldOut, double limit, Nearest nearest) {
    private static final String CLASSIFYING = "classifying";
    private static final String NEIGHBOURS = "looking for neighbours";
    private static final double MEDIAN = 0.5;
    private static final double LOW = 0.05;
    private static final double LIMIT = 0.01;

    public Evaluation {
        classes = List.copyOf(classes);
    }

    /// @param drawn      what is judged; its labels are the classes that were asked for
    /// @param heldOut    as many real pictures, [Split#yardstick]
    /// @param classifier [io.langevin.Model#classify] of one that tells the data's classes apart; null: neighbours are all that is looked for
    /// @param threads    of the search for neighbours. Changes no figure
    /// @param listener   false cancels
    /// @throws InvalidArgumentException where the three do not have the same shape, or the two not the same number
    /// @throws CancelledException       when the listener says so
    public static Evaluation of(Dataset drawn, Dataset heldOut, Split split, Function<Batch, Classified> classifier, int threads, Predicate<? super EvaluationProgress> listener) {
        check(drawn, heldOut, split);
        Looks looks = classifier == null ? null : looks(drawn, heldOut, split, classifier, listener);
        tell(listener, NEIGHBOURS, 0, split.training().size());
        Nearest all = new Neighbours(List.of(drawn, heldOut), split.training()).search(threads, done -> tell(listener, NEIGHBOURS, done, split.training().size()));
        Nearest ofDrawn = all.part(0, drawn.size());
        Nearest ofHeldOut = all.part(drawn.size(), 2 * drawn.size());
        double limit = ofHeldOut.quantile(LIMIT);
        return new Evaluation(drawn.size(), split.training().size(), looks == null ? 0 : looks.drawn.size(), looks == null ? List.of() : split.classes(),
                looks == null ? null : Score.sum(looks.all.scores(split.heldOut())), figures(drawn, looks == null ? null : looks.drawn, looks, ofDrawn, limit),
                figures(heldOut, looks == null ? null : looks.heldOut, looks, ofHeldOut, limit), limit, ofDrawn);
    }

    private static void check(Dataset drawn, Dataset heldOut, Split split) {
        if (drawn.size() != heldOut.size()) {
            throw new InvalidArgumentException(drawn.size() + " drawn and " + heldOut.size() + " held-out pictures; they are as many, so that their figures can be compared");
        }
        for (Dataset data : List.of(heldOut, split.training(), split.heldOut())) {
            if (data.channels() != drawn.channels() || data.height() != drawn.height() || data.width() != drawn.width()) {
                throw new InvalidArgumentException("drawn pictures are " + shape(drawn) + ", " + data + " has pictures of " + shape(data) + " (channels, height, width); open it in that shape");
            }
        }
        if (!drawn.labelNames().isEmpty() && !drawn.labelNames().equals(split.training().labelNames())) {
            throw new InvalidArgumentException("drawn pictures have the classes " + drawn.labelNames() + ", the data " + split.training().labelNames());
        }
    }

    private static String shape(Dataset data) {
        return data.channels() + " x " + data.height() + " x " + data.width();
    }

    private record Looks(Seen drawn, Seen heldOut, Seen all, Moments training) {
    }

    private static Looks looks(Dataset drawn, Dataset heldOut, Split split, Function<Batch, Classified> classifier, Predicate<? super EvaluationProgress> listener) {
        long pictures = 2L * drawn.size() + split.heldOut().size() + split.training().size();
        int[] before = {0, drawn.size(), 2 * drawn.size(), 2 * drawn.size() + split.heldOut().size()};
        tell(listener, CLASSIFYING, 0, pictures);
        Seen ofDrawn = Seen.of(classifier, drawn, done -> tell(listener, CLASSIFYING, before[0] + done, pictures));
        Seen ofHeldOut = Seen.of(classifier, heldOut, done -> tell(listener, CLASSIFYING, before[1] + done, pictures));
        Seen all = Seen.of(classifier, split.heldOut(), done -> tell(listener, CLASSIFYING, before[2] + done, pictures));
        Seen training = Seen.of(classifier, split.training(), done -> tell(listener, CLASSIFYING, before[3] + done, pictures));
        return new Looks(ofDrawn, ofHeldOut, all, training.moments());
    }

    private static Figures figures(Dataset data, Seen seen, Looks looks, Nearest nearest, double limit) {
        return new Figures(seen == null ? Double.NaN : FrechetDistance.of(seen.moments(), looks.training), seen == null ? List.of() : seen.scores(data), nearest.quantile(MEDIAN),
                nearest.quantile(LOW), nearest.nearerThan(limit));
    }

    private static void tell(Predicate<? super EvaluationProgress> listener, String stage, long done, long all) {
        if (!listener.test(new EvaluationProgress(stage, done, all))) {
            throw new CancelledException("cancelled while " + stage + ", " + done + " of " + all + " pictures");
        }
    }
}
