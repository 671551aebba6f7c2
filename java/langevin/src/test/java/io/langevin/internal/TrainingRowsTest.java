package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Batch;
import io.langevin.Diffusion;
import io.langevin.NoiseSchedule;
import io.langevin.TrainPlan;
import io.langevin.Weighting;
import io.langevin.bindings.lgv_training_row;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/// What is drawn for an image is frozen: another number is another run for every seed.
class TrainingRowsTest {
    private static final TrainPlan PLAN = TrainPlan.defaults().withSeed(7).withFlip(true).withLabelDropout(0.1);

    private static MemorySegment row(MemorySegment rows, int i) {
        return rows.asSlice(i * lgv_training_row.sizeof(), lgv_training_row.sizeof());
    }

    private static Batch batch(int count) {
        return Batch.of(new byte[count], count, 1, 1, 1);
    }

    /// Philox in Python gave these: floor(word 0 * 1000 / 2^32), word 1 / 2^32 < 0.1, top bit of word 2, of keys 7 to 11.
    @Test
    void timesteps_flips_and_dropped_labels_come_from_the_seed_of_the_image() {
        var rows = new TrainingRows();
        MemorySegment filled = rows.fill(PLAN, 0, batch(5).withLabels(5, 6, 7, 8, 9));
        int[] timesteps = {592, 799, 851, 98, 560};
        int[] labels = {5, -1, 7, 8, -1};
        int[] flips = {0, 1, 1, 0, 0};
        for (int i = 0; i < 5; i++) {
            MemorySegment row = row(filled, i);
            assertEquals(timesteps[i], lgv_training_row.t(row));
            assertEquals(labels[i], lgv_training_row.label(row));
            assertEquals(flips[i], lgv_training_row.flip(row));
            assertEquals(7 + i, lgv_training_row.seed(row));
            assertEquals((float) Math.sqrt(PLAN.diffusion().schedule().alphaBar(timesteps[i])), lgv_training_row.a(row));
            assertEquals((float) Math.sqrt(1 - PLAN.diffusion().schedule().alphaBar(timesteps[i])), lgv_training_row.b(row));
            assertEquals(1, lgv_training_row.s(row));
            assertEquals(1, lgv_training_row.w(row));
            assertEquals(0, lgv_training_row.u(row));
            assertEquals(1, lgv_training_row.v(row));
        }
        rows.close();
    }

    @Test
    void an_image_has_its_number_in_the_run_however_the_run_is_cut() {
        var rows = new TrainingRows();
        assertEquals(98, lgv_training_row.t(row(rows.fill(PLAN, 3, batch(1)), 0)));
        assertEquals(560, lgv_training_row.t(row(rows.fill(PLAN, 3, batch(2)), 1)));
        MemorySegment wrapped = rows.fill(PLAN.withSeed(-1), 0, batch(2));
        assertEquals(115, lgv_training_row.t(row(wrapped, 0)));
        assertEquals(940, lgv_training_row.t(row(wrapped, 1)), "seeds are 64 bits, and wrap");
        rows.close();
    }

    @Test
    void what_the_caller_says_is_taken() {
        var rows = new TrainingRows();
        TrainPlan plan = TrainPlan.of(Diffusion.of(NoiseSchedule.cosine(10)).withPrediction(Diffusion.Prediction.SAMPLE)).withWeighting(Weighting.minSnr(5));
        MemorySegment filled = rows.fill(plan, 0, batch(2).withTimesteps(9, 3).withClassTimesteps(1.5f, -2));
        assertEquals(9, lgv_training_row.t(row(filled, 0)));
        assertEquals(3, lgv_training_row.t(row(filled, 1)));
        assertEquals(-2, lgv_training_row.class_timestep(row(filled, 1)));
        assertEquals(-1, lgv_training_row.label(row(filled, 1)));
        assertEquals(0, lgv_training_row.flip(row(filled, 0)) + lgv_training_row.flip(row(filled, 1)), "nothing is mirrored unless the plan says so");
        double alphaBar = plan.diffusion().schedule().alphaBar(3);
        assertEquals((float) Math.min(5, alphaBar / (1 - alphaBar)), lgv_training_row.w(row(filled, 1)));
        assertEquals(1, lgv_training_row.u(row(filled, 1)));
        assertEquals(0, lgv_training_row.v(row(filled, 1)));
        // The memory held other rows before: nothing of them is left.
        filled = rows.fill(PLAN.withFlip(false).withLabelDropout(0), 0, batch(2));
        assertEquals(0, lgv_training_row.class_timestep(row(filled, 0)));
        rows.close();
    }

    /// Of 20,000 images: five standard deviations of a share are 0.011 at 0.1 and 0.018 at 1/2; of a mean of timesteps 10.
    @Test
    void shares_are_what_the_plan_says() {
        var rows = new TrainingRows();
        int count = 20_000;
        MemorySegment filled = rows.fill(PLAN, 1L << 40, batch(count).withLabels(new int[count]));
        double dropped = 0;
        double flipped = 0;
        double time = 0;
        for (int i = 0; i < count; i++) {
            dropped -= lgv_training_row.label(row(filled, i));
            flipped += lgv_training_row.flip(row(filled, i));
            time += lgv_training_row.t(row(filled, i));
        }
        assertEquals(0.1, dropped / count, 0.011);
        assertEquals(0.5, flipped / count, 0.018);
        assertEquals(499.5, time / count, 10.3);
        filled = rows.fill(PLAN.withLabelDropout(1), 0, batch(count).withLabels(new int[count]));
        for (int i = 0; i < count; i++) {
            assertTrue(lgv_training_row.label(row(filled, i)) == -1);
        }
        rows.close();
    }
}
