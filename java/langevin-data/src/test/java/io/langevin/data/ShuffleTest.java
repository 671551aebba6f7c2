package io.langevin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.InvalidArgumentException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShuffleTest {
    /// Frozen: a run that is resumed by a later version has to meet the same pictures.
    @Test
    void the_order_of_a_seed_never_changes() {
        assertEquals("[5, 0, 6, 2, 8, 9, 1, 4, 7, 3]", Arrays.toString(new Shuffle(10, 7).epoch(0)));
        assertEquals("[9, 6, 1, 2, 8, 3, 5, 7, 4, 0]", Arrays.toString(new Shuffle(10, 7).epoch(1)));
        assertEquals("[7, 8, 3, 6, 9, 2, 0, 1, 5, 4]", Arrays.toString(new Shuffle(10, -1).epoch(1L << 40)));
    }

    @Test
    void everything_comes_once_in_an_epoch() {
        for (int size : new int[] {1, 2, 3, 17, 1000, 65537}) {
            int[] sorted = new Shuffle(size, size).epoch(5);
            Arrays.sort(sorted);
            assertArrayEquals(IntStream.range(0, size).toArray(), sorted);
        }
    }

    @Test
    void epochs_and_seeds_have_different_orders() {
        int[] order = new Shuffle(100, 1).epoch(0);
        assertFalse(Arrays.equals(order, new Shuffle(100, 1).epoch(1)));
        assertFalse(Arrays.equals(order, new Shuffle(100, 1).epoch(1L << 32)));
        assertFalse(Arrays.equals(order, new Shuffle(100, 2).epoch(0)));
        assertArrayEquals(order, new Shuffle(100, 1).epoch(0));
    }

    /// All 24 orders of 4 things in 24000 epochs: 1000 each, with a deviation of 31; chi squared of 23 degrees of freedom is above 50 once in 1000 times, and the seed is fixed.
    @Test
    void every_order_is_as_likely_as_every_other() {
        var counts = new int[256];
        var shuffle = new Shuffle(4, 3);
        for (int epoch = 0; epoch < 24_000; epoch++) {
            int[] order = shuffle.epoch(epoch);
            counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
        }
        assertEquals(24, IntStream.of(counts).filter(n -> n > 0).count());
        double chi = IntStream.of(counts).filter(n -> n > 0).mapToDouble(n -> (n - 1000.0) * (n - 1000.0) / 1000).sum();
        assertTrue(chi < 50, "chi squared " + chi);
    }

    @Test
    void there_is_no_order_of_nothing() {
        assertThrows(InvalidArgumentException.class, () -> new Shuffle(0, 1));
    }
}
