package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseScheduleTest {
    static List<Goldens.Case> schedules() {
        return Goldens.ofKind("schedule");
    }

    @Test
    void the_recorded_schedules_are_there() {
        assertTrue(schedules().size() >= 20, "found " + schedules().size());
    }

    /// torch's exp is not correctly rounded (sigmoid: 2 floats), nor is its sqrt (zero terminal SNR: 4.3e-6 of the value).
    @ParameterizedTest
    @MethodSource("schedules")
    void alpha_bar_has_torchs_bits_and_timesteps_are_exact(Goldens.Case golden) {
        Diffusion diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
        double[] expected = golden.tensors().get("alphas_cumprod").values();
        assertEquals(expected.length, diffusion.schedule().steps());
        for (int t = 0; t < expected.length; t++) {
            double off = golden.name().contains("sigmoid") ? 2 * Math.ulp((float) expected[t]) : golden.name().contains("zerosnr") ? 5e-6 * expected[t] : 0;
            assertEquals(expected[t], diffusion.schedule().alphaBar(t), off, "alpha_bar at " + t);
        }
        for (int steps : golden.integers("steps")) {
            double[] timesteps = golden.tensors().get("timesteps." + steps).values();
            // Timesteps are the same whatever the network predicts, and one that predicts noise is refused where alpha_bar is 0.
            Diffusion any = diffusion.withPrediction(Diffusion.Prediction.V);
            double[] ours = Sampler.of(any).plan(any, steps).stream().filter(Step::evaluated).mapToDouble(step -> (float) step.t()).toArray();
            assertArrayEquals(timesteps, ours, steps + " steps");
        }
    }

    @Test
    void one_step_and_user_made_tables_work() {
        assertArrayEquals(new float[] {1 - 0.25f}, NoiseSchedule.linear(0.25, 0.5, 1).alphaBar());
        assertArrayEquals(new float[] {0.5f, 0.25f}, NoiseSchedule.ofBetas(0.5f, 0.5f).alphaBar());
    }

    @Test
    void the_table_cannot_be_changed_from_outside() {
        float[] table = {0.9f, 0.5f};
        var schedule = new NoiseSchedule(table);
        table[0] = 0;
        schedule.alphaBar()[1] = 0;
        assertEquals(new NoiseSchedule(new float[] {0.9f, 0.5f}), schedule);
    }

    @Test
    void tables_that_cannot_be_are_refused_by_entry() {
        assertThrows(InvalidArgumentException.class, () -> new NoiseSchedule(new float[0]));
        assertTrue(assertThrows(InvalidArgumentException.class, () -> new NoiseSchedule(new float[] {0.5f, 0.6f})).getMessage().startsWith("alpha_bar[1] is 0.6"));
        assertThrows(InvalidArgumentException.class, () -> new NoiseSchedule(new float[] {Float.NaN}));
        assertThrows(InvalidArgumentException.class, () -> NoiseSchedule.linear(-0.1, 0.1, 10));
        assertThrows(InvalidArgumentException.class, () -> NoiseSchedule.linear(0.1, Double.NaN, 10));
        assertThrows(InvalidArgumentException.class, () -> NoiseSchedule.linear(1e-4, 0.02, Integer.MAX_VALUE));
        assertThrows(InvalidArgumentException.class, () -> NoiseSchedule.ofBetas(0.5f).alphaBar(1));
    }
}
