package io.langevin.parity;

import java.util.ArrayList;
import java.util.List;

/// Several comparisons under one verdict: the one that is furthest from the reference, by its own tolerance, decides.
final class Furthest {
    private final List<String> compared = new ArrayList<>();
    private String which;
    private double error;
    private double tolerance;

    void add(String name, double error, double tolerance) {
        if (compared.isEmpty() || share(error, tolerance) > share(this.error, this.tolerance)) {
            this.which = name;
            this.error = error;
            this.tolerance = tolerance;
        }
        compared.add(name);
    }

    Verdict verdict(String what, String remark) {
        String all = remark + ": " + String.join(", ", compared);
        return Verdict.of(what, error, tolerance, error == 0 ? all : all + "; furthest: " + which);
    }

    private static double share(double error, double tolerance) {
        if (Double.isNaN(error)) {
            return Double.POSITIVE_INFINITY;
        }
        return error == 0 ? 0 : error / tolerance;
    }

    /// Largest difference over the largest magnitude of `wanted`; NaN where either has one.
    static double relative(float[] ours, float[] wanted) {
        double magnitude = 0;
        for (float value : wanted) {
            magnitude = Math.max(magnitude, Math.abs((double) value));
        }
        double difference = absolute(ours, wanted);
        return difference == 0 ? 0 : difference / magnitude;
    }

    /// Largest difference; NaN where either has one.
    static double absolute(float[] ours, float[] wanted) {
        if (ours.length != wanted.length) {
            throw new BrokenCase(ours.length + " numbers where the case has " + wanted.length);
        }
        double difference = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference = Math.max(difference, Math.abs((double) ours[i] - wanted[i]));
        }
        return difference;
    }

    /// Largest distance in floats: neighbours are 1 apart.
    static double ulps(float[] ours, float[] wanted) {
        if (ours.length != wanted.length) {
            throw new BrokenCase(ours.length + " numbers where the case has " + wanted.length);
        }
        long furthest = 0;
        for (int i = 0; i < wanted.length; i++) {
            furthest = Math.max(furthest, Math.abs(rank(ours[i]) - rank(wanted[i])));
        }
        return furthest;
    }

    private static long rank(float value) {
        int bits = Float.floatToIntBits(value);
        return bits < 0 ? -(long) (bits & Integer.MAX_VALUE) : bits;
    }
}
