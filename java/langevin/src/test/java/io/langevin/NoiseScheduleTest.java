package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class NoiseScheduleTest {
    @Test
    void alpha_bar_and_timesteps_have_torchs_bits_in_every_recorded_schedule_that_this_version_has() {
        var seen = new ArrayList<String>();
        for (var golden : Goldens.ofKind("schedule")) {
            Diffusion diffusion;
            try {
                diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
            } catch (UnsupportedException later) {
                continue;
            }
            seen.add(golden.name());
            double[] expected = golden.tensors().get("alphas_cumprod").values();
            assertEquals(expected.length, diffusion.schedule().steps());
            for (int t = 0; t < expected.length; t++) {
                assertEquals(expected[t], diffusion.schedule().alphaBar(t), 0, golden.name() + ": alpha_bar at " + t);
            }
            for (int steps : golden.integers("steps")) {
                double[] timesteps = golden.tensors().get("timesteps." + steps).values();
                assertArrayEquals(timesteps, java.util.stream.IntStream.of(diffusion.timesteps(steps)).asDoubleStream().toArray(), golden.name() + " in " + steps);
            }
        }
        assertTrue(seen.contains("schedule-ddpm-linear") && seen.contains("schedule-ddim-leading-offset"), "the recorded schedules were not found: " + seen);
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
