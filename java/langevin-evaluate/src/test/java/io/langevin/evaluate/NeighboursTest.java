package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeighboursTest {
    /// Pictures that are given, all of one shape.
    private record Given(int channels, int height, int width, byte[]... pictures) implements Dataset {
        @Override
        public int size() {
            return pictures.length;
        }

        @Override
        public void load(int index, MemorySegment out) {
            out.copyFrom(MemorySegment.ofArray(pictures[index]));
        }
    }

    private static byte[] shades(int... shades) {
        var bytes = new byte[shades.length];
        for (int i = 0; i < shades.length; i++) {
            bytes[i] = (byte) shades[i];
        }
        return bytes;
    }

    private static Given noise(int count, int channels, int height, int width, int spread, long seed) {
        var random = new Random(seed);
        var pictures = new byte[count][channels * height * width];
        for (byte[] picture : pictures) {
            for (int i = 0; i < picture.length; i++) {
                picture[i] = (byte) random.nextInt(spread);
            }
        }
        return new Given(channels, height, width, pictures);
    }

    @Test
    void pictures_made_by_hand() {
        var among = new Given(1, 1, 4, shades(0, 0, 0, 0), shades(255, 255, 255, 255), shades(100, 100, 100, 100), shades(100, 100, 100, 100));
        var queries = new Given(1, 1, 4, shades(0, 0, 0, 10), shades(250, 255, 255, 255), shades(100, 100, 100, 100), shades(255, 0, 255, 0), shades(51, 51, 51, 51));
        Nearest nearest = new Neighbours(List.of(queries), among).search(1, done -> { });
        assertArrayEquals(new int[] {0, 1, 2, 2, 2}, nearest.index(), "of equals the first");
        assertArrayEquals(new double[] {5, 2.5, 0, Math.sqrt((155 * 155 + 100 * 100) / 2.0), 49}, nearest.distance(), 1e-12);
    }

    /// Blocks and fours that are not full, more shades than one sum of floats holds, ties, the largest products there are.
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 1, 256", "3, 5, 1, 3, 5, 256", "9, 700, 3, 5, 7, 256", "30, 1100, 1, 2, 2, 4", "5, 600, 3, 20, 20, 256", "6, 520, 3, 40, 33, 2"})
    void the_nearest_is_that_of_a_plain_search_with_any_number_of_threads(int queries, int pictures, int channels, int height, int width, int spread) {
        Given some = noise(queries, channels, height, width, spread, 1);
        Given among = noise(pictures, channels, height, width, spread, 2);
        if (spread == 2) {
            for (Given given : List.of(some, among)) {
                for (byte[] picture : given.pictures) {
                    IntStream.range(0, picture.length).forEach(i -> picture[i] = (byte) (picture[i] * 255));        // 0 and 255
                }
            }
        }
        var index = new int[queries];
        var distance = new double[queries];
        for (int q = 0; q < queries; q++) {
            long best = Long.MAX_VALUE;
            for (int t = 0; t < pictures; t++) {
                long squared = 0;
                for (int i = 0; i < some.pictures[q].length; i++) {
                    int apart = (some.pictures[q][i] & 0xFF) - (among.pictures[t][i] & 0xFF);
                    squared += apart * apart;
                }
                if (squared < best) {
                    best = squared;
                    index[q] = t;
                }
            }
            distance[q] = Math.sqrt((double) best / some.pictures[q].length);
        }
        for (int threads : new int[] {1, 2, 5}) {
            Nearest nearest = new Neighbours(List.of(some), among).search(threads, done -> { });
            assertArrayEquals(index, nearest.index());
            assertArrayEquals(distance, nearest.distance(), "to the bit");
        }
    }

    @Test
    void several_sets_are_searched_for_at_once_and_progress_is_told() {
        Given one = noise(3, 1, 4, 4, 256, 1);
        Given other = noise(4, 1, 4, 4, 256, 2);
        Given among = noise(1300, 1, 4, 4, 256, 3);
        var told = new ArrayList<Integer>();
        Nearest both = new Neighbours(List.of(one, other), among).search(2, told::add);
        assertEquals(3, told.size());
        assertEquals(1300, told.getLast());
        Nearest second = new Neighbours(List.of(other), among).search(1, done -> { });
        assertArrayEquals(second.distance(), both.part(3, 7).distance());
        assertArrayEquals(second.index(), both.part(3, 7).index());
        assertThrows(CancelledException.class, () -> new Neighbours(List.of(one), among).search(2, done -> {
            throw new CancelledException("enough");
        }));
    }

    @Test
    void floats_are_rounded_as_a_png_rounds_them() {
        var values = new float[] {-1, 1, 0, 7};
        Dataset floats = new Dataset() {
            @Override
            public int size() {
                return 1;
            }

            @Override
            public int channels() {
                return 1;
            }

            @Override
            public int height() {
                return 1;
            }

            @Override
            public int width() {
                return 4;
            }

            @Override
            public Batch.Pixels pixels() {
                return Batch.Pixels.FLOAT32;
            }

            @Override
            public void load(int index, MemorySegment out) {
                out.copyFrom(MemorySegment.ofArray(values));
            }
        };
        assertArrayEquals(shades(0, 255, 128, 255), Shades.of(floats, 0));
        Nearest nearest = new Neighbours(List.of(floats), new Given(1, 1, 4, shades(0, 255, 126, 255))).search(1, done -> { });
        assertEquals(1, nearest.distance()[0]);
    }

    @Test
    void quantiles_are_linear_between_neighbours_in_rank() {
        var nearest = new Nearest(new int[5], new double[] {40, 10, 50, 20, 30});
        assertEquals(10, nearest.quantile(0));
        assertEquals(30, nearest.quantile(0.5));
        assertEquals(12, nearest.quantile(0.05), 1e-14);
        assertEquals(50, nearest.quantile(1));
        assertEquals(2, nearest.nearerThan(30));
        assertEquals("[1, 3, 4, 0, 2]", Arrays.toString(nearest.order()));
        assertEquals(7, new Nearest(new int[1], new double[] {7}).quantile(0.05));
    }
}
