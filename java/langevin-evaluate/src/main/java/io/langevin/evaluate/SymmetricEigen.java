package io.langevin.evaluate;

/// A = V diag(values) V^T of a symmetric matrix [n, n], by Jacobi's rotations: a[p][q] becomes 0 for each pair p < q in turn, sweep after sweep, until what is left beside the
/// diagonal is lost in rounding. Converges quadratically; about 8 sweeps of 6 n^3 operations. Chosen for its accuracy on small eigenvalues and on matrices of low rank.
///
/// @param values  eigenvalues, in no order
/// @param vectors row i is the eigenvector of value i
record SymmetricEigen(double[] values, double[][] vectors) {
    private static final int MOST_SWEEPS = 64;      // never met: 10 do for n = 1000

    /// @param matrix [n, n], of which the upper half is read
    static SymmetricEigen of(double[][] matrix) {
        int n = matrix.length;
        var a = new double[n][n];
        var vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                a[i][j] = matrix[i][j];
                a[j][i] = matrix[i][j];
            }
            vectors[i][i] = 1;
        }
        for (int sweep = 0; sweep < MOST_SWEEPS && sweep(a, vectors); sweep++) {
            // until a sweep finds nothing to turn
        }
        var values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = a[i][i];
        }
        return new SymmetricEigen(values, vectors);
    }

    /// Turns every pair that needs it, and tells whether there was one.
    private static boolean sweep(double[][] a, double[][] vectors) {
        boolean turned = false;
        for (int p = 0; p < a.length; p++) {
            for (int q = p + 1; q < a.length; q++) {
                if (Math.abs(a[p][q]) > 0x1p-53 * Math.sqrt(Math.abs(a[p][p] * a[q][q])) && Math.abs(a[p][q]) > Double.MIN_NORMAL) {
                    turned |= turn(a, vectors, p, q);
                }
            }
        }
        return turned;
    }

    /// The rotation of rows and columns p and q that makes a[p][q] zero: t = tan, c = cos, s = sin of its angle, the smaller of the two that do.
    private static boolean turn(double[][] a, double[][] vectors, int p, int q) {
        double pq = a[p][q];
        if (Math.abs(pq) <= 0x1p-60 * (Math.abs(a[p][p]) + Math.abs(a[q][q]))) {
            a[p][q] = 0;        // one of the two is (nearly) zero beside the other, and this is its rounding
            a[q][p] = 0;
            return false;
        }
        double theta = (a[q][q] - a[p][p]) / (2 * pq);
        double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        double pp = a[p][p] - t * pq;
        double qq = a[q][q] + t * pq;
        rotate(a[p], a[q], c, s);
        for (int i = 0; i < a.length; i++) {
            a[i][p] = a[p][i];
            a[i][q] = a[q][i];
        }
        a[p][p] = pp;
        a[q][q] = qq;
        a[p][q] = 0;
        a[q][p] = 0;
        rotate(vectors[p], vectors[q], c, s);
        return true;
    }

    private static void rotate(double[] p, double[] q, double c, double s) {
        for (int i = 0; i < p.length; i++) {
            double left = p[i];
            p[i] = c * left - s * q[i];
            q[i] = s * left + c * q[i];
        }
    }
}
