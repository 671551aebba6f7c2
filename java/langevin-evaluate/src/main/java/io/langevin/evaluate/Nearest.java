package io.langevin.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// The nearest of other pictures to each of some.
///
/// @param index    of it, for each; of several equally near, the first
/// @param distance to it: root of the mean squared difference of the shades, 0 to 255
public record Nearest(int[] index, double[] distance) {

    /// The distance that the share `q` of them is below: linear between the two that are next to it, (N - 1) q places from the nearest.
    public double quantile(double q) {
        double[] sorted = distance.clone();
        Arrays.sort(sorted);
        double place = (sorted.length - 1) * q;
        int below = (int) place;
        return below + 1 == sorted.length ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }

    /// How many are nearer than that.
    public int nearerThan(double limit) {
        return (int) Arrays.stream(distance).filter(one -> one < limit).count();
    }

    /// The numbers of the pictures, the one with the nearest neighbour first.
    public int[] order() {
        return IntStream.range(0, distance.length).boxed().sorted(Comparator.comparingDouble(i -> distance[i])).mapToInt(Integer::intValue).toArray();
    }

    /// Entries `from` to `to - 1` of these.
    Nearest part(int from, int to) {
        return new Nearest(Arrays.copyOfRange(index, from, to), Arrays.copyOfRange(distance, from, to));
    }
}
