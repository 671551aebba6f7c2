package io.langevin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.ClosedException;
import io.langevin.InvalidArgumentException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoaderTest {
    /// Picture i is 2 x 3 pixels that say i; `loading` is called first, and may dawdle or throw.
    private record Numbers(int size, IntConsumer loading) implements Dataset {
        @Override
        public int channels() {
            return 1;
        }

        @Override
        public int height() {
            return 2;
        }

        @Override
        public int width() {
            return 3;
        }

        @Override
        public void load(int index, MemorySegment out) {
            loading.accept(index);
            out.fill((byte) index);
        }

        @Override
        public List<String> labelNames() {
            return List.of("even", "odd");
        }

        @Override
        public int label(int index) {
            return index % 2;
        }
    }

    private static Dataset numbers(int size) {
        return new Numbers(size, _ -> { });
    }

    /// Some pictures take longer than others.
    private static Dataset uneven(int size) {
        return new Numbers(size, i -> LockSupport.parkNanos(i % 7 == 0 ? 300_000 : 1));
    }

    private static Dataset broken(int size, Set<Integer> which) {
        return new Numbers(size, i -> {
            if (which.contains(i)) {
                throw new InvalidArgumentException("picture " + i + " is broken");
            }
        });
    }

    /// The pictures of some batches, one number each.
    private static List<Integer> take(Loader loader, int batches) {
        var pictures = new ArrayList<Integer>();
        for (int b = 0; b < batches; b++) {
            Batch batch = loader.next();
            for (int i = 0; i < batch.count(); i++) {
                int value = batch.images().get(ValueLayout.JAVA_BYTE, i * 6L) & 0xFF;
                assertEquals(value, batch.images().get(ValueLayout.JAVA_BYTE, i * 6L + 5) & 0xFF);
                assertEquals(value % 2, batch.labels()[i]);
                pictures.add(value);
            }
        }
        return pictures;
    }

    private static List<Integer> wanted(int size, long seed, int from, int count) {
        var wanted = new ArrayList<Integer>();
        for (long p = from; p < from + count; p++) {
            wanted.add(new Shuffle(size, seed).epoch(p / size)[(int) (p % size)]);
        }
        return wanted;
    }

    @Test
    void batches_follow_the_order_over_the_ends_of_epochs_whatever_the_threads() {
        for (int threads : new int[] {1, 2, 3, 8}) {
            for (int ahead : new int[] {1, 4}) {
                try (Loader loader = uneven(50).shuffled(9).withThreads(threads).withAhead(ahead).batches(16)) {
                    assertEquals(wanted(50, 9, 0, 16 * 20), take(loader, 20), threads + " threads, " + ahead + " ahead");
                }
            }
        }
    }

    @Test
    void a_batch_may_be_larger_than_the_set() {
        try (Loader loader = uneven(5).shuffled(1).withThreads(3).batches(64)) {
            assertEquals(wanted(5, 1, 0, 64 * 10), take(loader, 10));
        }
    }

    @Test
    void a_loader_goes_on_from_any_position_as_if_it_had_never_stopped() {
        for (int from : new int[] {0, 1, 49, 50, 64, 1234}) {
            try (Loader loader = numbers(50).shuffled(9).from(from).withThreads(2).batches(7)) {
                assertEquals(from, loader.position());
                assertEquals(wanted(50, 9, from, 70), take(loader, 10));
                assertEquals(from + 70, loader.position());
            }
        }
    }

    @Test
    void far_into_a_run_it_begins_as_fast_as_anywhere() {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            try (Loader loader = numbers(10).shuffled(2).from(1L << 50).batches(3)) {
                int[] order = new Shuffle(10, 2).epoch((1L << 50) / 10);
                assertEquals(order[(int) ((1L << 50) % 10)], take(loader, 1).getFirst());
            }
        });
    }

    @Test
    void no_more_is_loaded_ahead_than_was_said() throws Exception {
        var loaded = new AtomicInteger();
        try (Loader loader = new Numbers(1000, _ -> loaded.incrementAndGet()).shuffled(1).withThreads(3).withAhead(2).batches(20)) {
            long since = System.nanoTime();
            while (loaded.get() < 40 && System.nanoTime() - since < 20_000_000_000L) {
                Thread.sleep(5);
            }
            Thread.sleep(50);           // time enough for more, if there were more
            assertEquals(40, loaded.get());
            loader.next();
            while (loaded.get() < 60 && System.nanoTime() - since < 20_000_000_000L) {
                Thread.sleep(5);
            }
            Thread.sleep(50);
            assertEquals(60, loaded.get());
        }
    }

    @Test
    void a_picture_that_cannot_be_read_stops_the_batch_that_needs_it_and_no_earlier_one() {
        List<Integer> order = wanted(50, 9, 0, 50);
        Set<Integer> bad = Set.of(order.get(20), order.get(23));
        for (int threads : new int[] {1, 3}) {
            try (Loader loader = broken(50, bad).shuffled(9).withThreads(threads).batches(16)) {
                assertEquals(order.subList(0, 16), take(loader, 1));
                for (int again = 0; again < 2; again++) {
                    assertEquals("picture " + order.get(20) + " is broken", assertThrows(InvalidArgumentException.class, loader::next).getMessage());
                }
                assertEquals(16, loader.position());
            }
        }
    }

    @Test
    void skipped_pictures_are_named_once_and_their_neighbours_stand_in() {
        Set<Integer> bad = Set.of(3, 4, 49);
        List<Integer> stood = wanted(50, 9, 0, 160).stream().map(i -> i == 3 || i == 4 ? 5 : i == 49 ? 0 : i).toList();
        for (int threads : new int[] {1, 3}) {
            try (Loader loader = broken(50, bad).shuffled(9).withThreads(threads).withSkipping(true).batches(16)) {
                assertEquals(stood, take(loader, 10));
                assertEquals(List.of("picture 3 is broken", "picture 4 is broken", "picture 49 is broken"), loader.skipped());
            }
        }
    }

    @Test
    void where_nothing_can_be_read_skipping_ends() {
        try (Loader loader = broken(3, Set.of(0, 1, 2)).shuffled(1).withSkipping(true).batches(2)) {
            String message = assertThrows(InvalidArgumentException.class, loader::next).getMessage();
            assertTrue(message.startsWith("none of the 3 pictures can be read; the last: picture "), message);
        }
    }

    @Test
    void whatever_a_data_set_throws_reaches_the_caller() {
        try (Loader loader = new Numbers(9, _ -> {
            throw new IllegalStateException("a fault");
        }).shuffled(1).withSkipping(true).withThreads(2).batches(4)) {
            assertEquals("a fault", assertThrows(IllegalStateException.class, loader::next).getMessage());
        }
        try (Loader loader = new Numbers(9, _ -> {
            throw new StackOverflowError("deep");
        }).shuffled(1).batches(4)) {
            assertThrows(StackOverflowError.class, loader::next);
        }
    }

    @Test
    void no_thread_is_left_after_close() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        var loaders = new ArrayList<Loader>();
        for (int i = 0; i < 3; i++) {
            loaders.add(uneven(100).shuffled(i).withThreads(3).batches(8));
        }
        loaders.getFirst().next();
        loaders.forEach(Loader::close);
        loaders.forEach(Loader::close);
        Set<Thread> left = new java.util.HashSet<>(Thread.getAllStackTraces().keySet());
        left.removeAll(before);
        left.removeIf(thread -> !thread.getName().startsWith("langevin-loader"));
        assertEquals(Set.of(), left);
        assertFalse(loaders.getFirst().hasNext());
        assertThrows(ClosedException.class, () -> loaders.getFirst().next());
    }

    @Test
    void an_interrupted_caller_stops_waiting_and_stays_interrupted() {
        try (Loader loader = new Numbers(9, _ -> LockSupport.parkNanos(50_000_000)).shuffled(1).batches(4)) {
            Thread.currentThread().interrupt();
            assertThrows(CancelledException.class, loader::next);
            assertTrue(Thread.interrupted());
            assertNotNull(loader.next());
        }
    }

    @Test
    void waiting_is_measured_on_both_sides() throws Exception {
        try (Loader slow = new Numbers(100, _ -> LockSupport.parkNanos(2_000_000)).shuffled(1).withThreads(1).batches(10)) {
            slow.next();
            Waiting waiting = slow.waiting();
            assertEquals(1, waiting.batches());
            assertTrue(waiting.consumer().toMillis() >= 15, waiting.toString());        // ten pictures of 2 ms, less what was done before the first call
        }
        try (Loader fast = numbers(100).shuffled(1).withThreads(1).withAhead(1).batches(10)) {
            for (int i = 0; i < 5; i++) {
                Thread.sleep(20);
                fast.next();
            }
            Thread.sleep(20);
            assertTrue(fast.waiting().loaders().toMillis() >= 40, fast.waiting().toString());        // 5 rests of 20 ms, less what a busy machine takes away
        }
    }

    @Test
    void labels_are_left_out_on_request_and_where_there_are_none() {
        try (Loader loader = numbers(10).shuffled(1).withLabels(false).batches(4)) {
            assertNull(loader.next().labels());
        }
    }

    @Test
    void a_batch_stays_as_it_is_when_the_next_ones_come() {
        try (Loader loader = numbers(50).shuffled(4).batches(8)) {
            Batch first = loader.next();
            byte[] before = first.images().toArray(ValueLayout.JAVA_BYTE);
            take(loader, 20);
            assertArrayEquals(before, first.images().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void pictures_in_memory_are_loaded_once_and_are_the_same() {
        var loads = new AtomicInteger();
        Dataset data = new Cached(new Numbers(20, _ -> loads.incrementAndGet()));
        try (Loader loader = data.shuffled(4).withThreads(1).batches(8)) {
            assertEquals(wanted(20, 4, 0, 160), take(loader, 20));
        }
        assertEquals(20, loads.get());
    }

    @Test
    void a_data_set_gives_batches_of_chosen_pictures_and_names_its_broken_ones() {
        Batch batch = numbers(10).batch(3, 0, 3);
        assertEquals("[1, 0, 1]", Arrays.toString(batch.labels()));
        assertEquals(3, batch.images().get(ValueLayout.JAVA_BYTE, 12));
        assertThrows(InvalidArgumentException.class, () -> numbers(10).batch());
        assertEquals(Map.of(2, "picture 2 is broken", 7, "picture 7 is broken"), broken(10, new TreeSet<>(Set.of(7, 2))).broken());
    }

    @Test
    void numbers_that_cannot_be_are_refused() {
        Shuffled order = numbers(10).shuffled(1);
        assertThrows(InvalidArgumentException.class, () -> order.batches(0));
        assertThrows(InvalidArgumentException.class, () -> order.batches(Integer.MAX_VALUE));
        assertThrows(InvalidArgumentException.class, () -> order.withThreads(0));
        assertThrows(InvalidArgumentException.class, () -> order.withAhead(0));
        assertThrows(InvalidArgumentException.class, () -> order.from(-1));
    }
}
