package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.langevin.internal.Goldens;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rules of [LifetimeTest], for trainers.
class TrainerLifetimeTest {
    private long before;

    @BeforeEach
    void count() {
        before = Engine.liveHandles();
    }

    @AfterEach
    void nothing_is_left() {
        assertEquals(before, Engine.liveHandles());
    }

    @Test
    void every_call_after_close_says_that_it_was_closed() {
        Trainer trainer = Trainer.create(Training.CONFIG, Training.PLAN);
        trainer.close();
        Batch batch = Training.squares(1, 0);
        assertThrows(ClosedException.class, () -> trainer.accumulate(batch));
        assertThrows(ClosedException.class, trainer::apply);
        assertThrows(ClosedException.class, trainer::step);
        assertThrows(ClosedException.class, trainer::metrics);
        assertThrows(ClosedException.class, trainer::await);
        assertThrows(ClosedException.class, () -> trainer.await(1));
        assertThrows(ClosedException.class, trainer::model);
        assertThrows(ClosedException.class, () -> trainer.model(0));
        assertThrows(ClosedException.class, trainer::weights);
        assertThrows(ClosedException.class, trainer::parameters);
        assertThrows(ClosedException.class, () -> trainer.read(TrainState.WEIGHTS));
        assertThrows(ClosedException.class, () -> trainer.write(TrainState.WEIGHTS, new float[(int) trainer.size()]));
        assertThrows(ClosedException.class, trainer::progress);
        assertThrows(ClosedException.class, () -> trainer.resume(new TrainProgress(0, 0, 0)));
        assertThrows(ClosedException.class, () -> trainer.plan(1));
        assertThrows(ClosedException.class, () -> trainer.dump(1));
        assertThrows(ClosedException.class, trainer::stateBytes);
        assertThrows(ClosedException.class, () -> trainer.profiling(true));
        assertThrows(ClosedException.class, trainer::profile);
        assertEquals("apply: this trainer was closed", assertThrows(ClosedException.class, trainer::apply).getMessage());
        trainer.close();
    }

    @Test
    void a_trainer_of_what_was_closed_is_refused() {
        Device device = Device.cpu(1);
        Model model = Model.open(Mnist.FOLDER, device);
        TrainPlan plan = TrainPlan.of(model.diffusion());
        model.close();
        device.close();
        assertThrows(ClosedException.class, () -> Trainer.create(device, Training.CONFIG, plan));
        assertThrows(ClosedException.class, () -> Trainer.from(model, plan));
    }

    @Test
    void parents_may_be_closed_before_their_children() {
        Device device = Device.cpu(1);
        Model parent = Model.open(Mnist.FOLDER, device);
        Trainer trainer = Trainer.from(parent, TrainPlan.of(parent.diffusion()));
        parent.close();
        device.close();
        trainer.accumulate(Batch.of(new byte[784], 1, 1, 28, 28).withLabels(7));
        trainer.apply();
        Model model = trainer.model();
        trainer.close();
        assertEquals(1, model.sample(SampleRequest.of(1).withSteps(1).withLabels(7)).count());
        model.close();

        Model orphan;
        try (Trainer own = Trainer.create(Training.CONFIG, Training.PLAN)) {      // with a device of its own
            orphan = own.weights();
        }
        assertEquals(1, orphan.sample(SampleRequest.of(1).withSteps(1)).count());
        orphan.close();
    }

    @Test
    void closing_drops_what_has_not_begun() {
        Batch batch = Training.squares(64, 1);
        long start = System.nanoTime();
        Trainer trainer = Trainer.create(Training.CONFIG, Training.PLAN);
        for (int i = 0; i < 3; i++) {
            trainer.accumulate(batch);
        }
        trainer.close();
        assertTrue(System.nanoTime() - start < 60e9);
    }

    @Test
    void a_trainer_in_use_refuses_other_threads_and_its_own_close() throws Exception {
        try (Trainer trainer = Trainer.create(Training.CONFIG, Training.PLAN)) {
            Batch batch = Training.squares(256, 2);
            var started = new CountDownLatch(1);
            var task = new FutureTask<Void>(() -> {
                for (int i = 0; i < 2; i++) {
                    trainer.accumulate(batch);
                    trainer.apply();
                }
                started.countDown();
                while (true) {
                    try {
                        trainer.await();
                        return null;
                    } catch (BusyException e) {
                        Thread.onSpinWait();      // the other thread's question came first
                    }
                }
            });
            Thread.ofPlatform().name("training").start(task);
            started.await();
            String message = null;
            while (message == null && !task.isDone()) {
                try {
                    trainer.step();
                } catch (BusyException e) {
                    message = e.getMessage();
                    assertThrows(BusyException.class, trainer::close);
                    assertThrows(BusyException.class, trainer::apply);
                }
            }
            assertEquals("step on thread " + Thread.currentThread().getName() + ": this trainer is in await on thread training; a trainer is used by one thread at a time", message);
            task.get();
            assertEquals(2, trainer.step());
        }
    }

    @Test
    void threads_that_do_as_they_please_get_sentences() throws Exception {
        for (int round = 0; round < 6; round++) {
            Trainer trainer = Trainer.create(Training.CONFIG, Training.PLAN);
            var tasks = new ArrayList<FutureTask<Void>>();
            for (int t = 0; t < 6; t++) {
                var random = new Random(10 * round + t);
                var task = new FutureTask<Void>(() -> {
                    please(trainer, random);
                    return null;
                });
                tasks.add(task);
                (t % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform()).start(task);
            }
            for (FutureTask<Void> task : tasks) {
                task.get();
            }
            trainer.close();
        }
    }

    /// Anything in any order; whatever it is told has to be one of our sentences.
    private static void please(Trainer trainer, Random random) {
        Batch batch = Training.squares(2, 3);
        for (int i = 0; i < 60; i++) {
            try {
                switch (random.nextInt(9)) {
                    case 0, 1, 2 -> trainer.accumulate(batch);
                    case 3, 4 -> trainer.apply();
                    case 5 -> assertTrue(trainer.metrics().stream().allMatch(metrics -> metrics.update() > 0));
                    case 6 -> trainer.read(TrainState.FIRST_MOMENTS);
                    case 7 -> trainer.model().close();
                    default -> {
                        if (i > 40 && random.nextInt(20) == 0) {
                            trainer.close();
                        }
                    }
                }
            } catch (BusyException | ClosedException | InvalidArgumentException said) {
                assertTrue(said.getMessage().length() > 20, said.getMessage());
            }
        }
    }

    @Test
    void a_training_step_allocates_nothing_on_the_heap() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        TrainPlan plan = TrainPlan.defaults().withFlip(true).withLearningRate(LearningRate.cosine(1e-4, 100, 1_000_000)).withEma(Ema.warmup(0.9999), Ema.ramp(0.99));
        Batch bytes = Batch.of(new byte[2 * 4], 2, 1, 2, 2);
        Batch numbers = Batch.of(new float[2 * 4], 2, 1, 2, 2).withNoise(new float[2 * 4]).withTimesteps(3, 900);
        int steps = 300;
        try (Device device = Device.cpu(1); Trainer trainer = Trainer.create(device, Training.SMALLEST, plan)) {
            long least = Long.MAX_VALUE;
            // The compiler is at work in the first rounds; what a step itself needs shows in the best one.
            for (int round = 0; round < 60 && least > 0; round++) {
                long start = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < steps; i++) {
                    trainer.accumulate(bytes);
                    trainer.accumulate(numbers);
                    trainer.apply();
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - start);
                trainer.await();
            }
            assertEquals(0, least, "bytes in " + steps + " steps of two batches");
        }
    }

    /// What a process has in memory, in bytes (Linux: pages of 4096).
    private static long resident() throws IOException {
        return 4096 * Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
    }

    /// A kilobyte left behind by each update would be 10 MB.
    @Test
    void memory_stays_as_it_is_over_ten_thousand_updates() throws IOException {
        Batch batch = Batch.of(new byte[3 * 4], 3, 1, 2, 2);
        try (Device device = Device.cpu(1); Trainer trainer = Trainer.create(device, Training.SMALLEST, Training.PLAN)) {
            long start = 0;
            for (int update = 0; update < 15_000; update++) {
                if (update == 5_000) {
                    trainer.await();
                    start = resident();
                }
                trainer.accumulate(batch);
                trainer.apply();
            }
            trainer.await();
            long grown = resident() - start;
            assertTrue(grown < 8 << 20, "grown by " + grown + " bytes");
        }
    }

    @Test
    void what_was_forgotten_is_logged_with_its_place_and_freed(@TempDir Path folder) throws IOException, InterruptedException {
        String path = String.join(":", Goldens.ROOT.resolve("bindings/target/classes").toString(), Goldens.ROOT.resolve("java/langevin/target/classes").toString(),
                Goldens.ROOT.resolve("java/langevin/target/test-classes").toString());
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED", "-cp", path,
                "-Dlangevin.library=" + Engine.library(), "-Dlangevin.root=" + Goldens.ROOT, ForgetfulTrainer.class.getName()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the JVM hangs");
        String said = Files.readString(output);
        for (String noun : List.of("device", "model", "trainer")) {
            assertTrue(said.contains("a " + noun + " was never closed"), said);
        }
        assertTrue(said.contains("ForgetfulTrainer.forget(ForgetfulTrainer.java:"), said);
        assertTrue(said.contains("live handles: 0"), said);
    }
}
