package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Memory of a device, handed on and taken: what comes back are the numbers, and whoever may free it does so once.
class DeviceTensorTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final long before = Engine.liveHandles();
    private final Device device = Device.cpu(1);
    private final Denoiser denoiser = device.denoiser(2, 4);

    @AfterEach
    void close() {
        denoiser.close();
        device.close();
        assertEquals(before, Engine.liveHandles());
    }

    private static float[] numbers(int count, double factor) {
        var numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (factor * Math.sin(i * 0.37 + 1));
        }
        return numbers;
    }

    private static float[] read(DeviceTensor tensor) {
        var values = new float[(int) (tensor.byteSize() / 4)];
        tensor.read(MemorySegment.ofArray(values));
        return values;
    }

    private static byte[] bytes(DeviceTensor tensor) {
        var values = new byte[(int) tensor.byteSize()];
        tensor.read(MemorySegment.ofArray(values));
        return values;
    }

    private Slots two() {
        return denoiser.join(SampleRequest.of(2).withSize(3, 5));
    }

    @Test
    void is_zeros_and_holds_what_is_written() {
        try (DeviceTensor tensor = device.tensor(TensorType.FLOAT32, 2, 3); HostBuffer buffer = device.buffer(24); DeviceTensor one = device.tensor(TensorType.UINT8)) {
            assertEquals(TensorType.FLOAT32, tensor.type());
            assertArrayEquals(new long[] {2, 3}, tensor.shape());
            assertEquals(24, tensor.byteSize());
            assertEquals("DeviceTensor[FLOAT32 [2, 3]]", tensor.toString());
            assertEquals(device, tensor.device());
            assertArrayEquals(new float[6], read(tensor));
            float[] values = numbers(6, 1);
            tensor.write(MemorySegment.ofArray(values));
            assertArrayEquals(values, read(tensor));
            tensor.read(buffer.segment());
            assertEquals(values[5], buffer.segment().getAtIndex(FLOAT, 5));
            assertEquals(1, one.byteSize());
            assertEquals("read: 20 bytes, the tensor float32 [2, 3] has 24",
                    assertThrows(InvalidArgumentException.class, () -> tensor.read(MemorySegment.ofArray(new float[5]))).getMessage());
        }
    }

    @Test
    void refuses_shapes_that_cannot_be() {
        assertThrows(InvalidArgumentException.class, () -> device.tensor(TensorType.FLOAT32, 2, 0));
        assertThrows(InvalidArgumentException.class, () -> device.tensor(TensorType.FLOAT32, new long[9]));
        assertThrows(OutOfDeviceMemoryException.class, () -> device.tensor(TensorType.UINT8, 1L << 60));
        assertThrows(InvalidArgumentException.class, () -> device.wrap(0, TensorType.FLOAT32, new long[] {1}, () -> { }));
    }

    @Test
    void takes_images_and_any_plane_and_gives_them_back() {
        Slots slots = two();
        float[] history = numbers(60, 3);
        denoiser.write(slots, Plane.HISTORY, 2, history);
        try (DeviceTensor x = denoiser.tensor(slots); DeviceTensor plane = device.tensor(TensorType.FLOAT32, 2, 2, 3, 5)) {
            assertArrayEquals(new long[] {2, 2, 3, 5}, x.shape());
            assertArrayEquals(denoiser.read(slots).values(), read(x));
            denoiser.read(slots, Plane.HISTORY, 2, plane);
            assertArrayEquals(history, read(plane));
            denoiser.write(slots, Plane.X, 0, plane);
            assertArrayEquals(history, denoiser.read(slots).values());
        }
    }

    /// Next to every half, where formulas part, and on what is no shade at all.
    @Test
    void pictures_are_the_bytes_of_Images() {
        var values = new ArrayList<Float>(List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -3f, 3f, 0x1.01018p-7f));
        for (int half = 0; half < 255; half++) {
            float x = (float) ((half + 0.5) / 127.5 - 1);
            for (int i = 0; i < 16; i++) {
                x = Math.nextDown(x);
            }
            for (int i = 0; i < 32; i++, x = Math.nextUp(x)) {
                values.add(x);
            }
        }
        for (int value = 0; value < 256; value++) {
            values.add(value / 127.5f - 1);
        }
        int wide = (values.size() + 1) / 2;
        var x = new float[2 * wide];
        for (int i = 0; i < values.size(); i++) {
            x[i] = values.get(i);
        }
        Slots slots = denoiser.join(SampleRequest.of(1).withNoise(NoiseSource.WRITTEN).withSize(1, wide));
        denoiser.write(slots, Plane.X, 0, x);
        byte[] expected = new Images(1, 2, 1, wide, x).pixels(0);
        try (DeviceTensor pictures = denoiser.pictures(slots); HostBuffer buffer = device.buffer(expected.length)) {
            assertArrayEquals(new long[] {1, 1, wide, 2}, pictures.shape());
            assertEquals(TensorType.UINT8, pictures.type());
            assertArrayEquals(expected, bytes(pictures));
            denoiser.readPictures(slots, buffer.segment());
            assertArrayEquals(expected, buffer.segment().toArray(ValueLayout.JAVA_BYTE));
            var onHeap = new byte[expected.length];
            denoiser.readPictures(slots, MemorySegment.ofArray(onHeap));
            assertArrayEquals(expected, onHeap);
        }
        for (int value = 0; value < 256; value++) {
            int at = values.size() - 256 + value;
            assertEquals((byte) value, expected[at < wide ? 2 * at : 2 * (at - wide) + 1], "a byte comes back");
        }
    }

    @Test
    void of_another_shape_type_or_device_is_refused() {
        Slots slots = two();
        Slots mixed = slots.plus(denoiser.join(SampleRequest.of(1).withSize(2, 2)));
        try (Device other = Device.cpu(1); DeviceTensor there = other.tensor(TensorType.FLOAT32, 2, 2, 3, 5); DeviceTensor flat = device.tensor(TensorType.FLOAT32, 60);
                DeviceTensor pixels = device.tensor(TensorType.UINT8, 2, 3, 5, 2)) {
            assertEquals("read_tensor: a tensor float32 [60] for X of 2 slots, wanted float32 [2, 2, 3, 5], or uint8 [2, 3, 5, 2] for pictures",
                    assertThrows(InvalidArgumentException.class, () -> denoiser.read(slots, Plane.X, 0, flat)).getMessage());
            assertThrows(InvalidArgumentException.class, () -> denoiser.write(slots, Plane.X, 0, pixels));
            assertThrows(InvalidArgumentException.class, () -> denoiser.write(slots, Plane.X0, 0, there));
            assertTrue(assertThrows(InvalidArgumentException.class, () -> denoiser.read(slots, Plane.X, 0, there)).getMessage().contains("another device"));
            assertThrows(InvalidArgumentException.class, () -> denoiser.tensor(mixed));
            assertThrows(InvalidArgumentException.class, () -> denoiser.pictures(mixed));
            assertThrows(InvalidArgumentException.class, () -> denoiser.readPictures(slots, MemorySegment.ofArray(new byte[59])));
            denoiser.read(slots, Plane.X, 0, pixels);
        }
    }

    @Test
    void goes_out_and_in_as_dlpack_after_everything_was_closed() {
        Device first = Device.cpu(1);
        DeviceTensor made = first.tensor(TensorType.FLOAT32, 2, 3);
        float[] values = numbers(6, 1);
        made.write(MemorySegment.ofArray(values));
        long address = made.devicePointer();
        MemorySegment managed = made.toDlpack();
        assertEquals(0, managed.byteSize());
        made.close();
        first.close();
        try (DeviceTensor taken = device.fromDlpack(managed)) {
            assertEquals(address, taken.devicePointer());
            assertArrayEquals(new long[] {2, 3}, taken.shape());
            assertArrayEquals(values, read(taken));
            try (DeviceTensor again = device.fromDlpack(taken.toDlpack())) {
                assertArrayEquals(values, read(again));
            }
        }
    }

    @Test
    void memory_of_others_is_used_in_place_and_given_back_once() {
        var given = new AtomicInteger();
        Slots slots = two();
        float[] x = denoiser.read(slots).values();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(4 * 60, 64);
            DeviceTensor tensor = device.wrap(memory.address(), TensorType.FLOAT32, new long[] {2, 2, 3, 5}, given::incrementAndGet);
            assertEquals(memory.address(), tensor.devicePointer());
            denoiser.read(slots, Plane.X, 0, tensor);
            tensor.close();
            tensor.close();
            assertEquals(1, given.get());
            assertArrayEquals(x, memory.toArray(FLOAT));        // all that was queued is there when close returns

            // In order with what the caller's thread does.
            try (DeviceTensor shared = device.wrap(memory.address(), TensorType.FLOAT32, new long[] {2, 2, 3, 5}, () -> { })) {
                float[] other = numbers(60, 2);
                MemorySegment.copy(other, 0, memory, FLOAT, 0, 60);
                device.runAfter(0);
                denoiser.write(slots, Plane.X, 0, shared);
                denoiser.read(slots, Plane.X, 0, shared);
                device.runBefore(0);
                assertArrayEquals(other, memory.toArray(FLOAT));
            }
            assertThrows(InvalidArgumentException.class, () -> device.wrap(memory.address() + 1, TensorType.FLOAT32, new long[] {1}, given::incrementAndGet));
            assertEquals(1, given.get());
        }
    }

    @Test
    void the_processor_has_no_streams_but_the_callers_thread() {
        assertEquals("stream 7: the CPU has none; 0 stands for the caller's thread", assertThrows(InvalidArgumentException.class, () -> device.runAfter(7)).getMessage());
        assertThrows(InvalidArgumentException.class, () -> device.runBefore(7));
    }

    @Test
    void every_call_after_close_says_that_it_was_closed() {
        Slots slots = two();
        DeviceTensor tensor = device.tensor(TensorType.FLOAT32, 2, 2, 3, 5);
        tensor.close();
        assertThrows(ClosedException.class, () -> tensor.read(MemorySegment.ofArray(new float[60])));
        assertThrows(ClosedException.class, () -> tensor.write(MemorySegment.ofArray(new float[60])));
        assertThrows(ClosedException.class, tensor::toDlpack);
        assertThrows(ClosedException.class, tensor::devicePointer);
        assertThrows(ClosedException.class, () -> denoiser.read(slots, Plane.X, 0, tensor));
        assertThrows(ClosedException.class, () -> denoiser.write(slots, Plane.X, 0, tensor));
        assertEquals(120 * 2, tensor.byteSize(), "what it was is known");
        assertFalse(Float.isNaN(denoiser.read(slots).values()[0]), "the denoiser goes on");
        denoiser.close();
        device.close();
        assertThrows(ClosedException.class, () -> device.tensor(TensorType.UINT8, 1));
        assertThrows(ClosedException.class, () -> device.wrap(64, TensorType.UINT8, new long[] {1}, () -> { }));
        assertThrows(ClosedException.class, () -> device.fromDlpack(MemorySegment.ofAddress(64)));
        assertThrows(ClosedException.class, () -> device.runAfter(0));
        assertThrows(ClosedException.class, () -> device.runBefore(0));
        assertThrows(ClosedException.class, () -> denoiser.tensor(slots));
        assertThrows(ClosedException.class, () -> denoiser.pictures(slots));
        assertThrows(ClosedException.class, () -> denoiser.readPictures(slots, MemorySegment.NULL));
    }

    @Test
    void outlives_its_device() {
        Device first = Device.cpu(1);
        DeviceTensor tensor = first.tensor(TensorType.FLOAT32, 4);
        first.close();
        float[] values = numbers(4, 1);
        tensor.write(MemorySegment.ofArray(values));
        assertArrayEquals(values, read(tensor));
        tensor.close();
    }

    @Test
    void serves_virtual_threads_with_memory_of_any_kind() throws Exception {
        Slots slots = two();
        float[] x = denoiser.read(slots).values();
        var task = new FutureTask<float[]>(() -> {
            try (Arena own = Arena.ofConfined(); DeviceTensor tensor = denoiser.tensor(slots)) {
                MemorySegment confined = own.allocate(4 * 60);
                tensor.read(confined);
                tensor.write(confined);
                device.runBefore(0);
                return read(tensor);
            }
        });
        Thread.ofVirtual().start(task);
        assertArrayEquals(x, task.get());
    }
}
