package io.langevin.evaluate;

import io.langevin.CancelledException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// The same work on several threads.
final class Parallel {
    private Parallel() {
    }

    /// Runs `work` for 0 to `threads - 1`, each on a thread of its own, and waits for all of them. What the first throws is thrown here.
    static void run(int threads, IntConsumer work) {
        try (var executor = Executors.newFixedThreadPool(threads)) {
            var running = IntStream.range(0, threads).<Future<?>>mapToObj(i -> executor.submit(() -> work.accept(i))).toList();
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException known -> throw known;
                case Error fault -> throw fault;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("cancelled by an interrupt");
        }
    }
}
