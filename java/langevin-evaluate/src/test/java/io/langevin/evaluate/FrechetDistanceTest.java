package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.InvalidArgumentException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
    private static Moments normal(double[] mean, double[]... covariance) {
        return new Moments(1000, mean, covariance);
    }

    private static float[] features(int count, int size, long seed) {
        var random = new Random(seed);
        var features = new float[count * size];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) (random.nextGaussian() * (1 + i % size) + i % 3);
        }
        return features;
    }

    @Test
    void moments_are_mean_and_covariance_of_the_sample() {
        Moments moments = Moments.of(new float[] {1, 10, 2, 20, 6, 60}, 3, 2);
        assertEquals(3, moments.mean()[0]);
        assertEquals(30, moments.mean()[1]);
        assertEquals(7, moments.covariance()[0][0], 1e-15);
        assertEquals(70, moments.covariance()[0][1], 1e-13);
        assertEquals(70, moments.covariance()[1][0], 1e-13);
        assertEquals(700, moments.covariance()[1][1], 1e-12);
        assertEquals("a covariance of 1 picture; it takes 2 or more", assertThrows(InvalidArgumentException.class, () -> Moments.of(new float[2], 1, 2)).getMessage());
    }

    /// The roots of eigenvalues that are rounded at 2^-53 are rounded at 2^-26 where they are zero: up to 2^-26 of a trace of 1,500 for each of 20.
    @Test
    void the_same_pictures_have_no_distance() {
        for (int count : new int[] {2, 7, 20, 500}) {
            Moments moments = Moments.of(features(count, 20, count), count, 20);
            assertEquals(0, FrechetDistance.of(moments, moments), 1e-4, count + " pictures");
        }
    }

    @Test
    void normal_distributions_of_one_shape_are_as_far_apart_as_their_means() {
        double[][] shape = {{2, 0.5, 0}, {0.5, 1, 0.25}, {0, 0.25, 3}};
        assertEquals(3 * 3 + 4 * 4 + 1, FrechetDistance.of(normal(new double[] {1, 2, 3}, shape), normal(new double[] {4, -2, 2}, shape)), 1e-12);
    }

    @Test
    void of_independent_features_the_deviations_are_compared() {
        Moments one = normal(new double[2], new double[] {4, 0}, new double[] {0, 9});
        Moments other = normal(new double[2], new double[] {1, 0}, new double[] {0, 25});
        assertEquals((2 - 1) * (2 - 1) + (3 - 5) * (3 - 5), FrechetDistance.of(one, other), 1e-13);
    }

    /// Of two by two matrices tr((AB)^(1/2)) = sqrt(tr(AB) + 2 sqrt(det(AB))).
    @Test
    void covariances_that_do_not_commute() {
        double[][] a = {{2, 1}, {1, 3}};
        double[][] b = {{5, -2}, {-2, 1}};
        double trace = 2 * 5 - 2 * 2 * 1 + 3 * 1;
        double root = Math.sqrt(trace + 2 * Math.sqrt(5.0 * 1));
        double wanted = 2 + 3 + 5 + 1 - 2 * root;
        assertEquals(wanted, FrechetDistance.of(normal(new double[2], a), normal(new double[2], b)), 1e-13);
        assertEquals(wanted, FrechetDistance.of(normal(new double[2], b), normal(new double[2], a)), 1e-13);
    }

    @Test
    void covariances_that_lack_rank() {
        Moments point = normal(new double[] {1, 1}, new double[2], new double[2]);
        Moments line = normal(new double[] {1, 1}, new double[] {1, 1}, new double[] {1, 1});
        Moments across = normal(new double[] {1, 1}, new double[] {1, -1}, new double[] {-1, 1});
        Moments full = normal(new double[] {1, 1}, new double[] {2, 1}, new double[] {1, 2});
        assertEquals(0, FrechetDistance.of(point, point));
        assertEquals(2, FrechetDistance.of(point, line), 1e-15);
        assertEquals(4, FrechetDistance.of(line, across), 1e-7, "lines at right angles have nothing in common");
        assertEquals(0, FrechetDistance.of(line, line), 1e-7);
        // line has the eigenvalue 2 in a direction in which full has 3: the root of the product is sqrt 6
        assertEquals(2 + 4 - 2 * Math.sqrt(6), FrechetDistance.of(line, full), 1e-7);
        assertEquals(2 + 4 - 2 * Math.sqrt(6), FrechetDistance.of(full, line), 1e-7);
    }

    @Test
    void fewer_pictures_than_features_have_a_distance_that_is_too_large_not_none() {
        Moments reference = Moments.of(features(20_000, 10, 1), 20_000, 10);
        double few = FrechetDistance.of(Moments.of(features(5, 10, 2), 5, 10), reference);
        double some = FrechetDistance.of(Moments.of(features(100, 10, 3), 100, 10), reference);
        double many = FrechetDistance.of(Moments.of(features(5000, 10, 4), 5000, 10), reference);
        assertTrue(few > 3 * some && some > 3 * many && many > 0, few + " " + some + " " + many);
    }
}
