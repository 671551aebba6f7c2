package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SymmetricEigenTest {
    private static double[] sorted(double[]... matrix) {
        double[] values = SymmetricEigen.of(matrix).values();
        Arrays.sort(values);
        return values;
    }

    @Test
    void small_matrices_have_the_eigenvalues_of_the_books() {
        assertArrayEquals(new double[] {1, 3}, sorted(new double[] {2, 1}, new double[] {1, 2}), 1e-15);
        assertArrayEquals(new double[] {-1, 1}, sorted(new double[] {0, 1}, new double[] {1, 0}), 1e-15);
        // the second difference of 3 points: 2 - sqrt 2, 2, 2 + sqrt 2
        assertArrayEquals(new double[] {2 - Math.sqrt(2), 2, 2 + Math.sqrt(2)}, sorted(new double[] {2, -1, 0}, new double[] {-1, 2, -1}, new double[] {0, -1, 2}), 1e-14);
        assertArrayEquals(new double[] {0, 0, 6}, sorted(new double[] {1, 1, 2}, new double[] {1, 1, 2}, new double[] {2, 2, 4}), 1e-14);
        assertArrayEquals(new double[3], sorted(new double[3], new double[3], new double[3]));
        assertArrayEquals(new double[] {7}, sorted(new double[] {7}));
    }

    /// 1e-12 of the largest entry: some 10 sweeps of 2^-53 each, a hundred of them in a row of 100.
    @ParameterizedTest
    @CsvSource({"2, 2", "5, 5", "17, 17", "100, 100", "40, 3", "64, 1"})
    void vectors_and_values_make_the_matrix_again(int n, int rank) {
        var random = new Random(n);
        var factors = new double[rank][n];
        for (double[] row : factors) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        var matrix = new double[n][n];
        for (double[] row : factors) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
        SymmetricEigen eigen = SymmetricEigen.of(matrix);
        double largest = Arrays.stream(eigen.values()).max().orElseThrow();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double again = 0;
                double product = 0;
                for (int k = 0; k < n; k++) {
                    again += eigen.vectors()[k][i] * eigen.values()[k] * eigen.vectors()[k][j];
                    product += eigen.vectors()[i][k] * eigen.vectors()[j][k];
                }
                assertEquals(matrix[i][j], again, 1e-12 * largest);
                assertEquals(i == j ? 1 : 0, product, 1e-12, "the vectors are not orthonormal");
            }
        }
        assertEquals(rank, Arrays.stream(eigen.values()).filter(value -> value > 1e-12 * largest).count());
    }
}
