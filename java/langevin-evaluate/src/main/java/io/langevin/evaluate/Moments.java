package io.langevin.evaluate;

import io.langevin.InvalidArgumentException;

/// Mean [F] and covariance [F, F] (divided by N - 1) of N vectors of features, in double.
record Moments(int count, double[] mean, double[][] covariance) {
    /// @param features [count, size], one vector after the other
    static Moments of(float[] features, int count, int size) {
        if (count < 2) {
            throw new InvalidArgumentException("a covariance of " + count + " picture; it takes 2 or more");
        }
        var mean = new double[size];
        for (int n = 0; n < count; n++) {
            for (int f = 0; f < size; f++) {
                mean[f] += features[n * size + f];
            }
        }
        for (int f = 0; f < size; f++) {
            mean[f] /= count;
        }
        var covariance = new double[size][size];
        var centred = new double[size];
        for (int n = 0; n < count; n++) {
            for (int f = 0; f < size; f++) {
                centred[f] = features[n * size + f] - mean[f];
            }
            for (int f = 0; f < size; f++) {
                double[] row = covariance[f];
                double own = centred[f];
                for (int g = 0; g < size; g++) {
                    row[g] += own * centred[g];
                }
            }
        }
        for (double[] row : covariance) {
            for (int g = 0; g < size; g++) {
                row[g] /= count - 1;
            }
        }
        return new Moments(count, mean, covariance);
    }
}
