package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A denoiser without a model: the caller is the network. What a row does, number by number, and what is refused.
class DenoiserTest {
    private static final SampleRequest WRITTEN = SampleRequest.of(1).withNoise(NoiseSource.WRITTEN).withSize(3, 5);
    private static final int SIZE = 2 * 3 * 5;

    private final Device device = Device.cpu(1);
    private final Denoiser denoiser = device.denoiser(2, 4);
    private final Random random = new Random(1);

    @AfterEach
    void close() {
        denoiser.close();
        device.close();
    }

    private float[] numbers(int count) {
        var numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    @Test
    void a_row_computes_what_step_says_with_every_operand_in_its_place() {
        Slots slots = denoiser.join(WRITTEN);
        float[] x = numbers(SIZE);
        float[] out = numbers(SIZE);
        float[] noise = numbers(SIZE);
        var history = new float[4][];
        denoiser.write(slots, Plane.X, 0, x);
        denoiser.write(slots, Plane.OUT, 0, out);
        denoiser.write(slots, Plane.NOISE, 0, noise);
        for (int k = 0; k < 4; k++) {
            history[k] = numbers(SIZE);
            denoiser.write(slots, Plane.HISTORY, k, history[k]);
        }
        Step step = Step.at(7).withX0(0.9, -0.4, 0.75).withMove(0.31, 0.57, -0.23).withNoise(0.11, 3).withHistory(0.2, -0.3, 0.5, 0.7).withSave(2, 0.6, -0.8, 0.3, 0.25);
        denoiser.step(slots, step);
        Images result = denoiser.read(slots);
        Images x0 = denoiser.read(slots, Plane.X0);
        Images saved = denoiser.read(slots, Plane.HISTORY, 2);
        assertEquals("Images[1, 2, 3, 5]", result.toString());
        for (int i = 0; i < SIZE; i++) {
            double v = Math.clamp(0.9 * x[i] - 0.4 * out[i], -0.75, 0.75);
            double moved = 0.31 * x[i] + 0.57 * v - 0.23 * out[i] + 0.11 * noise[i] + 0.2 * history[0][i] - 0.3 * history[1][i] + 0.5 * history[2][i] + 0.7 * history[3][i];
            assertEquals(v, x0.values()[i], 1e-6);       // eight float32 operations on numbers of about 1: 8 * 2^-24
            assertEquals(moved, result.values()[i], 1e-6);
            assertEquals(0.6 * x[i] - 0.8 * v + 0.3 * out[i] + 0.25 * history[2][i], saved.values()[i], 1e-6);
        }
        assertArrayEquals(history[1], denoiser.read(slots, Plane.HISTORY, 1).values());
        assertArrayEquals(out, denoiser.read(slots, Plane.OUT).values());
        assertArrayEquals(noise, denoiser.read(slots, Plane.NOISE, 5).values());
    }

    /// Everything that a row can say, against the same in plain Java. About 20 float32 operations on numbers up to 10, exp and the quantile among them.
    @Test
    void random_rows_agree_with_the_reference() {
        try (Denoiser doubled = device.denoiser(2, 4, 1)) {
            Slots slots = doubled.join(WRITTEN);
            float[] mask = new float[15];
            for (int i = 0; i < 15; i++) {
                mask[i] = i % 3 / 2f;
            }
            float[] known = numbers(SIZE);
            doubled.write(slots, Plane.KNOWN, 0, known);
            doubled.write(slots, Plane.MASK, 0, mask);
            float[] x = numbers(SIZE);
            doubled.write(slots, Plane.X, 0, x);
            var reference = new ReferenceUpdate(x);
            for (int row = 0; row < 300; row++) {
                Step step = row(row);
                float[] out = numbers(2 * SIZE);
                for (int i = SIZE; i < 2 * SIZE; i++) {
                    out[i] = Math.clamp(Math.abs(out[i]), 0, 1);
                }
                float[] noise = numbers(SIZE);
                doubled.write(slots, Plane.OUT, 0, out);
                doubled.write(slots, Plane.NOISE, 0, noise);
                doubled.step(slots, step);
                reference.step(step, out, draw -> noise, mask, known);
                Images ours = doubled.read(slots);
                for (int i = 0; i < SIZE; i++) {
                    assertEquals(reference.x()[i], ours.values()[i], 1e-5, "row " + row + ": " + step);
                }
                reference.write(ours.values());
            }
        }
    }

    private Step row(int row) {
        Step.Variance variance = Step.Variance.values()[random.nextInt(3)];
        Step step = Step.at(1).withX0(some(), some(), random.nextBoolean() ? 0.8 : Double.POSITIVE_INFINITY).withMove(some(), some(), some()).withNoise(some(), 1)
                .withVariance(variance, -2, variance == Step.Variance.RANGE ? -0.5 : 0);
        if (random.nextBoolean()) {
            step = step.withX0(step.p(), step.q(), random.nextBoolean() ? 1.2 : Double.POSITIVE_INFINITY).withQuantile(0.9);
        }
        if (row > 3) {
            step = step.withHistory(some() / 4, some() / 4, some() / 4, some() / 4);
        }
        if (random.nextBoolean()) {
            step = step.withKnown(some(), some(), 2);
        }
        return step.withSave(row % 4, some(), some(), some(), row > 3 ? some() / 4 : 0);
    }

    /// 0 in one of four, else between -1 and 1.
    private double some() {
        return random.nextInt(4) == 0 ? 0 : random.nextDouble(-1, 1);
    }

    @Test
    void a_request_that_begins_with_pictures_joins_with_them() {
        float[] two = numbers(2 * SIZE);
        var request = SampleRequest.of(3).withSize(3, 5).withStart(new Images(2, 2, 3, 5, two), 0.5);
        Images x = denoiser.read(denoiser.join(request));
        for (int i = 0; i < SIZE; i++) {
            assertEquals(two[i], x.values()[i]);
            assertEquals(two[SIZE + i], x.values()[SIZE + i]);
            assertEquals(two[i], x.values()[2 * SIZE + i], "pictures come again in turn");
        }
        assertEquals("join: pictures of 2 x 3 x 5 to begin with, but images are 2 x 5 x 3 (channels, height, width)",
                assertThrows(InvalidArgumentException.class, () -> denoiser.join(request.withCount(1).withSize(5, 3))).getMessage());
        assertEquals(1, denoiser.free());
    }

    @Test
    void a_coefficient_of_0_does_not_read_its_operand() {
        Slots slots = denoiser.join(WRITTEN);
        var nan = new float[SIZE];
        java.util.Arrays.fill(nan, Float.NaN);
        float[] out = numbers(SIZE);
        denoiser.write(slots, Plane.X, 0, nan);
        denoiser.write(slots, Plane.OUT, 0, out);
        denoiser.write(slots, Plane.HISTORY, 0, nan);
        denoiser.write(slots, Plane.NOISE, 0, nan);
        denoiser.step(slots, Step.at(0).withX0(0, 1, Double.POSITIVE_INFINITY).withMove(0, 0, 1));
        assertArrayEquals(out, denoiser.read(slots).values());
    }

    @Test
    void every_slot_takes_its_own_step() {
        Slots slots = denoiser.join(WRITTEN.withCount(3));
        float[] x = numbers(3 * SIZE);
        denoiser.write(slots, Plane.X, 0, x);
        denoiser.step(slots, List.of(Step.withoutNetwork().withMove(2, 0, 0), Step.withoutNetwork(), Step.withoutNetwork().withMove(-1, 0, 0)));
        Images result = denoiser.read(slots);
        for (int i = 0; i < SIZE; i++) {
            assertEquals(2 * x[i], result.values()[i]);
            assertEquals(x[SIZE + i], result.values()[SIZE + i]);
            assertEquals(-x[2 * SIZE + i], result.values()[2 * SIZE + i]);
        }
        assertEquals(result.image(2), denoiser.read(slots.slice(2, 3)));
        Slots turned = slots.slice(2, 3).plus(slots.slice(0, 2));
        assertEquals(result.image(2), denoiser.read(turned).image(0));
        assertEquals(result.image(0), denoiser.read(turned).image(1));
    }

    @Test
    void memory_of_the_callers_is_read_into_and_written_from() {
        Slots slots = denoiser.join(WRITTEN.withCount(2));
        float[] x = numbers(2 * SIZE);
        try (Arena arena = Arena.ofConfined(); HostBuffer buffer = device.buffer(2 * SIZE * 4)) {
            MemorySegment mine = arena.allocateFrom(ValueLayout.JAVA_FLOAT, x);
            denoiser.write(slots, Plane.X, 0, mine);
            denoiser.read(slots, Plane.X, 0, buffer.segment());
            assertArrayEquals(x, buffer.segment().toArray(ValueLayout.JAVA_FLOAT));
            denoiser.read(slots, Plane.X, 0, mine.fill((byte) 0));
            assertArrayEquals(x, mine.toArray(ValueLayout.JAVA_FLOAT));
            var heap = new float[2 * SIZE];
            denoiser.read(slots, Plane.X, 0, MemorySegment.ofArray(heap));
            assertArrayEquals(x, heap);
            assertThrows(InvalidArgumentException.class, () -> denoiser.read(slots, Plane.X, 0, mine.asSlice(0, 4)));
        }
    }

    @Test
    void our_noise_is_a_function_of_the_seed_alone() {
        var request = SampleRequest.of(2).withSize(4, 4).withSeed(5);
        Images both = denoiser.read(denoiser.join(request));
        Images second = denoiser.read(denoiser.join(request.withCount(1).withSeed(6)));
        assertEquals(both.image(1), second);
        assertTrue(!both.image(0).equals(second));
    }

    @Test
    void slots_are_taken_and_given_back() {
        assertEquals(4, denoiser.free());
        Slots first = denoiser.join(WRITTEN.withCount(3));
        assertEquals(1, denoiser.free());
        assertEquals("join: 2 images, but 1 of 4 slots are free; let others leave, or open a denoiser with more slots",
                assertThrows(InvalidArgumentException.class, () -> denoiser.join(WRITTEN.withCount(2))).getMessage());
        assertEquals(1, denoiser.free());
        denoiser.leave(first.slice(1, 2));
        Slots next = denoiser.join(WRITTEN.withCount(2));
        assertEquals(0, denoiser.free());
        assertEquals("image 1 of these slots has left the denoiser", assertThrows(InvalidArgumentException.class, () -> denoiser.read(first)).getMessage());
        assertThrows(InvalidArgumentException.class, () -> denoiser.leave(first));
        denoiser.read(next);
    }

    @Test
    void what_cannot_be_is_refused_and_changes_nothing() {
        Slots slots = denoiser.join(WRITTEN.withCount(2));
        float[] x = numbers(2 * SIZE);
        denoiser.write(slots, Plane.X, 0, x);
        assertThrows(InvalidArgumentException.class, () -> denoiser.step(slots, List.of(Step.withoutNetwork())));
        assertThrows(InvalidArgumentException.class, () -> denoiser.step(slots.plus(slots), Step.withoutNetwork().withMove(2, 0, 0)));
        assertThrows(InvalidArgumentException.class, () -> denoiser.write(slots, Plane.X, 0, new float[3]));
        assertThrows(InvalidArgumentException.class, () -> denoiser.write(slots, Plane.X0, 0, x));
        assertThrows(InvalidArgumentException.class, () -> denoiser.read(slots, Plane.HISTORY, 4));
        assertThrows(InvalidArgumentException.class, () -> denoiser.await(0));
        assertThrows(InvalidArgumentException.class, () -> denoiser.await(1_000));
        assertThrows(InvalidArgumentException.class, () -> denoiser.join(SampleRequest.of(1)));
        assertThrows(InvalidArgumentException.class, () -> denoiser.join(WRITTEN.withLabels(1)));
        assertThrows(InvalidArgumentException.class, () -> denoiser.join(WRITTEN, 1, 1));
        assertThrows(InvalidArgumentException.class, () -> slots.slice(1, 1));
        assertThrows(InvalidArgumentException.class, () -> device.denoiser(2, 0));
        assertThrows(InvalidArgumentException.class, () -> device.denoiser(2, 65_537));
        assertThrows(InvalidArgumentException.class, () -> device.denoiser(0, 1));
        try (Denoiser other = device.denoiser(2, 1)) {
            assertThrows(InvalidArgumentException.class, () -> other.read(slots));
            assertThrows(InvalidArgumentException.class, () -> slots.plus(other.join(WRITTEN)));
        }
        assertArrayEquals(x, denoiser.read(slots).values());
        assertEquals(0, denoiser.steps());
    }

    @Test
    void images_of_two_sizes_sit_side_by_side_but_are_read_one_by_one() {
        Slots small = denoiser.join(WRITTEN);
        Slots large = denoiser.join(WRITTEN.withSize(6, 6));
        assertTrue(assertThrows(InvalidArgumentException.class, () -> denoiser.read(small.plus(large))).getMessage().contains("5 x 3 and 6 x 6"));
        assertEquals("Images[1, 2, 6, 6]", denoiser.read(large).toString());
    }

    @Test
    void virtual_threads_read_into_memory_of_any_kind() throws Exception {
        Slots slots = denoiser.join(SampleRequest.of(2).withSize(3, 5));
        float[] expected = denoiser.read(slots).values();
        var task = new FutureTask<Void>(() -> {
            try (Arena confined = Arena.ofConfined(); Arena shared = Arena.ofShared()) {
                for (Arena arena : List.of(confined, shared)) {
                    MemorySegment values = arena.allocate(4 * expected.length);
                    denoiser.read(slots, Plane.X, 0, values);
                    assertArrayEquals(expected, values.toArray(ValueLayout.JAVA_FLOAT));
                }
            }
            return null;
        });
        Thread.ofVirtual().start(task);
        task.get();
    }

    @Test
    void noise_for_the_whole_batch_is_drawn_together() {
        var request = SampleRequest.of(2).withNoise(NoiseSource.TORCH_BATCH).withSize(4, 4);
        assertThrows(InvalidArgumentException.class, () -> denoiser.join(request, 0, 1));
        Images batch = denoiser.read(denoiser.join(request));
        Images alone = denoiser.read(denoiser.join(request.withCount(1).withNoise(NoiseSource.TORCH)));
        // 64 numbers in one call against 32: the uniforms are the same ones, pairs of 16 too.
        assertEquals(alone, batch.image(0));
    }
}
