package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualThreadTest {
    private static final int THREADS = 8;
    private static final int STEPS = 6;

    /// A carrier that blocks in native code is not seen by JFR, so a ninth virtual thread counts how often it gets to run: with eight threads blocking all
    /// carriers of this machine it would run about once a step.
    @Test
    void eight_of_them_sample_from_one_model_with_the_right_bits_and_their_carriers_free(@TempDir Path folder) throws Exception {
        try (Model model = Model.open(Mnist.FOLDER); Recording recording = new Recording()) {
            var expected = new ArrayList<Images>();
            for (int i = 0; i < THREADS; i++) {
                expected.add(model.sample(request(i)));
            }
            recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ofMillis(1));
            recording.start();
            var ticks = new AtomicInteger();
            var over = new AtomicBoolean();
            Thread ticker = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    ticks.incrementAndGet();
                    LockSupport.parkNanos(1_000_000);
                }
            });
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var drawn = new ArrayList<Future<Images>>();
                for (int i = 0; i < THREADS; i++) {
                    SampleRequest request = request(i);
                    drawn.add(threads.submit(() -> model.sample(request)));
                }
                for (int i = 0; i < THREADS; i++) {
                    assertEquals(expected.get(i), drawn.get(i).get(), "thread " + i);
                }
            } finally {
                over.set(true);
                ticker.join();
            }
            assertTrue(ticks.get() > 4 * THREADS * STEPS, "carriers are blocked: the ticker ran " + ticks + " times in " + THREADS * STEPS + " steps");
            recording.stop();
            recording.dump(folder.resolve("recording.jfr"));
            for (RecordedEvent event : RecordingFile.readAllEvents(folder.resolve("recording.jfr"))) {
                assertTrue(event.getStackTrace() == null || event.getStackTrace().getFrames().stream().noneMatch(frame -> frame.getMethod().getType().getName().startsWith("io.langevin")),
                        event.toString());
            }
        }
    }

    private static SampleRequest request(int i) {
        return SampleRequest.of(8).withSeed(100 * i).withSteps(STEPS).withLabels(i).withSampler(i % 2 == 0 ? Sampler.ddim(0) : Sampler.ddpm());
    }
}
