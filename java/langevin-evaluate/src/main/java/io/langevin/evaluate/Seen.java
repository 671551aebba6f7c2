package io.langevin.evaluate;

import io.langevin.Batch;
import io.langevin.Classified;
import io.langevin.data.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// What a classifier sees on the pictures of a data set.
///
/// @param size     numbers in the features of a picture
/// @param features [N, size]
/// @param labels   the class that it sees on each
record Seen(int size, float[] features, int[] labels) {
    private static final int BATCH = 256;

    /// @param classifier [io.langevin.Model#classify], for one
    /// @param looked     is told how many pictures were looked at
    static Seen of(Function<Batch, Classified> classifier, Dataset data, IntConsumer looked) {
        var labels = new int[data.size()];
        float[] features = {};
        int size = 0;
        for (int first = 0; first < data.size(); first += BATCH) {
            int count = Math.min(BATCH, data.size() - first);
            Classified seen = classifier.apply(data.batch(IntStream.range(first, first + count).toArray()));
            if (first == 0) {
                size = seen.featureSize();
                features = new float[Math.multiplyExact(data.size(), size)];
            }
            System.arraycopy(seen.features(), 0, features, first * size, count * size);
            for (int i = 0; i < count; i++) {
                labels[first + i] = seen.label(i);
            }
            looked.accept(first + count);
        }
        return new Seen(size, features, labels);
    }

    Moments moments() {
        return Moments.of(features, labels.length, size);
    }

    /// How often it sees the label that each picture has, by class.
    List<Score> scores(Dataset data) {
        var right = new int[data.labelNames().size()];
        var of = new int[right.length];
        for (int i = 0; i < labels.length; i++) {
            int label = data.label(i);
            if (label >= 0) {
                of[label]++;
                right[label] += labels[i] == label ? 1 : 0;
            }
        }
        var scores = new ArrayList<Score>();
        for (int label = 0; label < right.length; label++) {
            scores.add(new Score(right[label], of[label]));
        }
        return List.copyOf(scores);
    }
}
