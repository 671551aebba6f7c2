package io.langevin.evaluate;

/// The distance between two normal distributions (Heusel et al., 2017, as the FID has it):
///
///     d^2 = |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1 C2)^(1/2))
///
/// C1 C2 has the eigenvalues of B = R^T C2 R with C1 = R R^T, which is symmetric and has none below zero, so the last trace is the sum of their roots. R = V diag(sqrt(values)) comes from
/// C1's own eigenvalues: that also holds where a covariance has not its full rank (fewer pictures than features, features that never move).
final class FrechetDistance {
    private FrechetDistance() {
    }

    /// d^2, which is what is called the distance; 0 or more.
    static double of(Moments one, Moments other) {
        double distance = 0;
        for (int f = 0; f < one.mean().length; f++) {
            double apart = one.mean()[f] - other.mean()[f];
            distance += apart * apart + one.covariance()[f][f] + other.covariance()[f][f];
        }
        return Math.max(0, distance - 2 * traceOfRoot(one.covariance(), other.covariance()));
    }

    private static double traceOfRoot(double[][] one, double[][] other) {
        SymmetricEigen eigen = SymmetricEigen.of(one);
        int n = one.length;
        double[][] root = eigen.vectors();      // R^T, row by row
        for (int i = 0; i < n; i++) {
            double scale = Math.sqrt(Math.max(0, eigen.values()[i]));
            for (int j = 0; j < n; j++) {
                root[i][j] *= scale;
            }
        }
        var between = new double[n][n];
        for (int i = 0; i < n; i++) {
            double[] left = product(root[i], other);
            for (int j = i; j < n; j++) {
                between[i][j] = dot(left, root[j]);
            }
        }
        double trace = 0;
        for (double value : SymmetricEigen.of(between).values()) {
            trace += Math.sqrt(Math.max(0, value));
        }
        return trace;
    }

    private static double[] product(double[] row, double[][] matrix) {
        var product = new double[row.length];
        for (int k = 0; k < row.length; k++) {
            for (int j = 0; j < row.length; j++) {
                product[j] += row[k] * matrix[k][j];
            }
        }
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
