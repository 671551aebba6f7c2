package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Diffusion.Prediction;
import org.junit.jupiter.api.Test;

class ObjectiveTest {
    private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(0.0001, 0.02, 1000);
    private static final double ROUNDING = 1e-12;      // of a few operations in double on numbers near 1

    private static Objective objective(Prediction prediction, Weighting weighting) {
        return Objective.of(Diffusion.of(SCHEDULE).withPrediction(prediction), weighting);
    }

    @Test
    void what_the_network_is_to_say_is_what_its_prediction_means() {
        double x0 = 0.3;
        double z = -1.7;
        for (int t : new int[] {0, 1, 500, 999}) {
            double alpha = Math.sqrt(SCHEDULE.alphaBar(t));
            double sigma = Math.sqrt(1 - SCHEDULE.alphaBar(t));
            for (Prediction prediction : Prediction.values()) {
                TrainingRow row = objective(prediction, Weighting.constant()).at(t);
                double x = row.s() * (row.a() * x0 + row.b() * z);
                double says = row.u() * x0 + row.v() * z;
                double estimate = switch (prediction) {      // of x0, as every sampler makes it
                    case EPSILON -> (x - sigma * says) / alpha;
                    case SAMPLE -> says;
                    case V -> alpha * x - sigma * says;
                };
                assertEquals(x0, estimate, ROUNDING / alpha, prediction + " at " + t);
                assertEquals(1, row.w());
                assertEquals(t, row.t());
            }
        }
    }

    @Test
    void weights_are_those_of_min_snr() {
        for (int t : new int[] {0, 10, 200, 999}) {
            double snr = SCHEDULE.alphaBar(t) / (1 - SCHEDULE.alphaBar(t));
            for (double gamma : new double[] {5, 0.01, Double.POSITIVE_INFINITY}) {
                Weighting weighting = gamma == Double.POSITIVE_INFINITY ? Weighting.snr() : Weighting.minSnr(gamma);
                double least = Math.min(snr, gamma);
                assertEquals(least / snr, objective(Prediction.EPSILON, weighting).at(t).w(), ROUNDING * least / snr);
                assertEquals(least, objective(Prediction.SAMPLE, weighting).at(t).w(), ROUNDING * least);
                assertEquals(least / (snr + 1), objective(Prediction.V, weighting).at(t).w(), ROUNDING);
            }
        }
    }

    @Test
    void where_nothing_is_left_of_the_image_the_weight_is_a_number() {
        var zero = Diffusion.of(SCHEDULE.withZeroTerminalSnr());
        assertEquals(1, Objective.of(zero, Weighting.minSnr(5)).at(999).w());
        assertEquals(0, Objective.of(zero.withPrediction(Prediction.V), Weighting.minSnr(5)).at(999).w());
    }

    @Test
    void timesteps_are_uniform_and_all_are_reached() {
        Objective objective = objective(Prediction.EPSILON, Weighting.constant());
        assertEquals(0, objective.row(0).t());
        assertEquals(999, objective.row(0xFFFFFFFFL * 0x1p-32).t());
        for (int t = 0; t < 1000; t++) {
            assertSame(objective.at(t), objective.row((t + 0.5) / 1000));
        }
        assertTrue(assertThrows(InvalidArgumentException.class, () -> objective.at(1000)).getMessage().contains("0 to 999"));
        assertThrows(InvalidArgumentException.class, () -> objective.at(-1));
    }

    @Test
    void a_lambda_is_an_objective() {
        Objective flow = u -> new TrainingRow(1 - u, u, 1, 1000 * u, 1, -1, 1);
        assertEquals(250, flow.row(0.25).t());
        assertTrue(assertThrows(InvalidArgumentException.class, () -> flow.at(3)).getMessage().contains("no timesteps"));
        assertThrows(InvalidArgumentException.class, () -> flow.row(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> new TrainingRow(1, 0, 1, 0, -1, 0, 1));
    }

    /// The table of docs/training.md against Karras et al. (2022), table 1: x_0 is c_skip x + c_out net, and the net sees c_in x.
    @Test
    void the_row_of_edm_is_that_of_its_paper() {
        double d = 0.5;
        for (double sigma : new double[] {0.002, 0.3, 80}) {
            double q = Math.sqrt(sigma * sigma + d * d);
            var row = new TrainingRow(1, sigma, 1 / q, Math.log(sigma) / 4, 1, sigma / (d * q), -d / q);
            double x0 = -0.7;
            double z = 1.3;
            double says = row.u() * x0 + row.v() * z;
            double x = row.a() * x0 + row.b() * z;
            assertEquals(x0, d * d / (q * q) * x + sigma * d / q * says, ROUNDING * Math.max(1, sigma));
            double lambda = (q * q) / (sigma * sigma * d * d);
            assertEquals(row.w(), lambda * Math.pow(sigma * d / q, 2), ROUNDING, "its weight times c_out^2 is 1");
        }
    }

    @Test
    void edm_noise_needs_an_objective_of_its_own() {
        Diffusion edm = Diffusion.parse("{\"_class_name\": \"EDMEulerScheduler\"}");
        assertTrue(assertThrows(InvalidArgumentException.class, () -> TrainPlan.of(edm)).getMessage().contains("EDMEulerScheduler"));
        assertEquals(edm, TrainPlan.of(edm, u -> new TrainingRow(1, u, 1, 0, 1, 0, 1)).diffusion());
    }

    @Test
    void plans_refuse_what_cannot_be() {
        TrainPlan plan = TrainPlan.defaults();
        assertThrows(InvalidArgumentException.class, () -> plan.withMaxGradNorm(0));
        assertThrows(InvalidArgumentException.class, () -> plan.withMaxGradNorm(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> plan.withLabelDropout(1.1));
        assertThrows(InvalidArgumentException.class, () -> plan.withOptimizer(null));
        assertThrows(InvalidArgumentException.class, () -> new Optimizer.AdamW(1, 0.9, 1e-8, 0));
        assertThrows(InvalidArgumentException.class, () -> new Optimizer.Adam(0.9, 0.9, 0, 0));
        assertThrows(InvalidArgumentException.class, () -> Weighting.minSnr(0));
        assertEquals("5 moving averages; at most 4 are kept", assertThrows(InvalidArgumentException.class, () -> plan.withEma(Ema.constant(0.1), Ema.constant(0.2),
                Ema.constant(0.3), Ema.constant(0.4), Ema.constant(0.5))).getMessage());
        assertEquals(plan.withEma(0.9999), plan);
        assertEquals(Objective.of(plan.diffusion(), Weighting.snr()), plan.withWeighting(Weighting.snr()).objective());
    }
}
