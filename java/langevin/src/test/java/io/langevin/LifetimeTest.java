package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever a program does with handles, in whatever order and from whatever thread, ends in a sentence, never in a crash, and leaves nothing behind.
class LifetimeTest {
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
        Device device = Device.cpu(1);
        Model model = Model.open(Mnist.FOLDER, device);
        Denoiser denoiser = model.denoiser(2);
        Slots slots = denoiser.join(SampleRequest.of(1));
        HostBuffer buffer = device.buffer(64);
        MemorySegment slice = buffer.segment().asSlice(8);
        buffer.close();
        denoiser.close();
        model.close();
        device.close();
        assertThrows(ClosedException.class, device::info);
        assertThrows(ClosedException.class, () -> device.buffer(8));
        assertThrows(ClosedException.class, () -> device.denoiser(1, 1));
        assertThrows(ClosedException.class, () -> Model.open(Mnist.FOLDER, device));
        assertThrows(ClosedException.class, () -> model.sample(SampleRequest.of(1)));
        assertThrows(ClosedException.class, () -> model.denoiser(1));
        assertThrows(ClosedException.class, () -> model.plan(1));
        assertThrows(ClosedException.class, () -> model.dump(1));
        assertThrows(ClosedException.class, model::weightBytes);
        assertThrows(ClosedException.class, () -> denoiser.join(SampleRequest.of(1)));
        assertThrows(ClosedException.class, () -> denoiser.leave(slots));
        assertThrows(ClosedException.class, () -> denoiser.step(slots, Step.at(1)));
        assertThrows(ClosedException.class, () -> denoiser.read(slots));
        assertThrows(ClosedException.class, () -> denoiser.write(slots, Plane.X, 0, new float[784]));
        assertThrows(ClosedException.class, denoiser::await);
        assertThrows(ClosedException.class, denoiser::profile);
        assertThrows(ClosedException.class, () -> denoiser.profiling(true));
        assertThrows(ClosedException.class, denoiser::free);
        assertThrows(ClosedException.class, denoiser::steps);
        assertThrows(ClosedException.class, buffer::segment);
        assertThrows(IllegalStateException.class, () -> slice.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals("read: this denoiser was closed", assertThrows(ClosedException.class, () -> denoiser.read(slots)).getMessage());
    }

    @Test
    void closing_twice_is_fine() {
        Device device = Device.cpu(1);
        Model model = Model.open(Mnist.FOLDER, device);
        Denoiser denoiser = model.denoiser(1);
        HostBuffer buffer = device.buffer(1);
        for (int i = 0; i < 2; i++) {
            buffer.close();
            denoiser.close();
            model.close();
            device.close();
        }
    }

    @Test
    void parents_may_be_closed_before_their_children() {
        Device device = Device.cpu(1);
        Model model = Model.open(Mnist.FOLDER, device);
        Denoiser denoiser = model.denoiser(1);
        HostBuffer buffer = device.buffer(4 * 784);
        device.close();
        model.close();
        Slots slots = denoiser.join(SampleRequest.of(1).withLabels(3));
        for (Step step : Sampler.ddim(0).plan(model.diffusion(), 2)) {
            denoiser.step(slots, step);
        }
        denoiser.read(slots, Plane.X, 0, buffer.segment());
        assertTrue(Float.isFinite(buffer.segment().get(ValueLayout.JAVA_FLOAT, 100)));
        denoiser.close();
        buffer.close();
    }

    @Test
    void closing_a_model_during_a_request_does_not_disturb_the_request() {
        var request = SampleRequest.of(2).withSteps(3).withLabels(4);
        Images expected;
        try (Model model = Model.open(Mnist.FOLDER)) {
            expected = model.sample(request);
        }
        Model model = Model.open(Mnist.FOLDER);
        assertEquals(expected, model.sample(request, progress -> {
            model.close();
            return true;
        }));
    }

    @Test
    void a_denoiser_in_use_refuses_other_threads_and_its_own_close() throws Exception {
        try (Model model = Model.open(Mnist.FOLDER); Denoiser denoiser = model.denoiser(16)) {
            Slots slots = denoiser.join(SampleRequest.of(16).withLabels(1));
            var started = new CountDownLatch(1);
            var task = new FutureTask<Void>(() -> {
                for (Step step : Sampler.ddim(0).plan(model.diffusion(), 12)) {
                    denoiser.step(slots, step);
                }
                started.countDown();
                while (true) {
                    try {
                        denoiser.await();
                        return null;
                    } catch (BusyException e) {
                        Thread.onSpinWait();      // the other thread's question came first
                    }
                }
            });
            Thread.ofPlatform().name("sampling").start(task);
            started.await();
            String message = null;
            while (message == null && !task.isDone()) {
                try {
                    denoiser.free();
                } catch (BusyException e) {
                    message = e.getMessage();
                    assertThrows(BusyException.class, denoiser::close);
                    assertThrows(BusyException.class, () -> denoiser.read(slots));
                }
            }
            assertEquals("free on thread " + Thread.currentThread().getName() + ": this denoiser is in await on thread sampling; a denoiser is used by one thread at a time", message);
            task.get();
            denoiser.read(slots);
        }
    }

    @Test
    void threads_that_do_as_they_please_get_sentences() throws Exception {
        for (int round = 0; round < 20; round++) {
            Device device = Device.cpu(1);
            Denoiser denoiser = device.denoiser(1, 64);
            var random = new Random(round);
            var tasks = new ArrayList<FutureTask<Void>>();
            for (int t = 0; t < 6; t++) {
                long seed = random.nextLong();
                var task = new FutureTask<Void>(() -> {
                    please(device, denoiser, new Random(seed));
                    return null;
                });
                tasks.add(task);
                (t % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform()).start(task);
            }
            for (FutureTask<Void> task : tasks) {
                task.get();
            }
            denoiser.close();
            device.close();
        }
    }

    /// Anything in any order; whatever it is told has to be one of our sentences.
    private static void please(Device device, Denoiser denoiser, Random random) {
        var request = SampleRequest.of(2).withSize(4, 4).withSeed(random.nextInt());
        Slots slots = null;
        for (int i = 0; i < 300; i++) {
            try {
                switch (random.nextInt(i < 100 ? 5 : 7)) {
                    case 0 -> slots = denoiser.join(request);
                    case 1 -> denoiser.step(slots == null ? denoiser.join(request) : slots, Step.withoutNetwork().withMove(1.5, 0, 0));
                    case 2 -> assertEquals(2, slots == null ? 2 : denoiser.read(slots).count());
                    case 3 -> denoiser.await();
                    case 4 -> {
                        device.buffer(16).close();
                        try (DeviceTensor tensor = slots == null ? device.tensor(TensorType.UINT8, 16) : denoiser.tensor(slots)) {
                            device.fromDlpack(tensor.toDlpack()).close();
                        }
                    }
                    case 5 -> denoiser.leave(slots == null ? denoiser.join(request) : slots);
                    default -> {
                        if (random.nextInt(20) == 0) {
                            denoiser.close();
                        }
                    }
                }
            } catch (BusyException | ClosedException | InvalidArgumentException said) {
                assertTrue(said.getMessage().length() > 20);
            }
        }
    }

    @Test
    void a_failed_open_leaves_nothing_behind(@TempDir Path empty) {
        assertThrows(BadModelException.class, () -> Model.open(empty));
        assertTrue(assertThrows(BadModelException.class, () -> Model.open(Path.of("no/such/folder"))).getMessage().contains("no/such/folder"));
        assertThrows(NoDeviceException.class, () -> Device.open("cuda", 0));
        assertThrows(InvalidArgumentException.class, () -> Device.cpu(-1));
        assertThrows(InvalidArgumentException.class, () -> Device.cpu(1_000_000));
        try (Device device = Device.cpu(1)) {
            assertThrows(InvalidArgumentException.class, () -> device.buffer(0));
            assertThrows(OutOfDeviceMemoryException.class, () -> device.buffer(1L << 60));
        }
    }

    @Test
    void what_was_forgotten_is_logged_with_its_place_and_freed(@TempDir Path folder) throws IOException, InterruptedException {
        String path = String.join(":", Goldens.ROOT.resolve("bindings/target/classes").toString(), Goldens.ROOT.resolve("java/langevin/target/classes").toString(),
                Goldens.ROOT.resolve("java/langevin/target/test-classes").toString());
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED", "-cp", path,
                "-Dlangevin.library=" + Engine.library(), Forgetful.class.getName(), Mnist.FOLDER.toString()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the JVM hangs");
        String said = Files.readString(output);
        for (String noun : new String[] {"device", "model", "denoiser", "buffer", "tensor"}) {
            assertTrue(said.contains("a " + noun + " was never closed"), said);
        }
        assertTrue(said.contains("Forgetful.forget"), said);
        assertTrue(said.endsWith("live handles: 0\n"), said);
    }

    @Test
    void an_interrupt_during_a_blocking_call_is_kept_for_later() throws ExecutionException, InterruptedException {
        try (Model model = Model.open(Mnist.FOLDER); Denoiser denoiser = model.denoiser(8)) {
            Slots slots = denoiser.join(SampleRequest.of(8).withLabels(1));
            var interrupted = new AtomicBoolean();
            var task = new FutureTask<Images>(() -> {
                for (Step step : Sampler.ddim(0).plan(model.diffusion(), 10)) {
                    denoiser.step(slots, step);
                }
                Images images = denoiser.read(slots);
                interrupted.set(Thread.currentThread().isInterrupted());
                return images;
            });
            Thread thread = Thread.ofVirtual().start(task);
            thread.interrupt();
            assertEquals(8, task.get().count());
            assertTrue(interrupted.get());
        }
    }
}
