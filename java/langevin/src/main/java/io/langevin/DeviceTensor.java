package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.bindings.lgv_tensor_description;
import io.langevin.internal.Handle;
import io.langevin.internal.Native;
import io.langevin.internal.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Memory of a device with a type and a shape, row-major, to be handed on without a copy: by its address, or as DLPack. Made by [Device#tensor], [Device#wrap] and
/// [Device#fromDlpack], [Denoiser#tensor] and [Denoiser#pictures].
///
/// Java does not look into it: on a GPU the address is none of the processor's. [#read] and [#write] copy. Whoever else reads or writes the memory does so in an
/// order with the device's own work: [Device#runAfter] and [Device#runBefore].
///
/// Any thread may use one. Work that was queued with a tensor keeps its memory, so it may be closed as soon as nobody here needs it.
public final class DeviceTensor implements AutoCloseable {
    private static final Runnable NOTHING = () -> { };

    private final Device device;
    private final Handle handle;
    private final TensorType type;
    private final long[] shape;
    private final long bytes;
    private final long address;

    private DeviceTensor(Device device, MemorySegment pointer, Runnable onClose) {
        this.device = device;
        Waiter waiter = device.waiter();    // the cleaner must not see this tensor
        this.handle = Handle.shared("tensor", pointer, closing -> {
            waiter.call(() -> {
                Lgv.lgv_tensor_close(closing);
                return 0;
            });
            onClose.run();
        });
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment description = lgv_tensor_description.allocate(arena);
            Native.call(error -> Lgv.lgv_tensor_describe(pointer, description, (int) lgv_tensor_description.sizeof(), error));
            type = TensorType.values()[lgv_tensor_description.type(description)];
            shape = new long[lgv_tensor_description.rank(description)];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = lgv_tensor_description.shape(description, i);
            }
            bytes = lgv_tensor_description.bytes(description);
            address = lgv_tensor_description.address(description);
        }
    }

    static DeviceTensor open(Device device, TensorType type, long... shape) {
        return new DeviceTensor(device, opened(device, "tensor",
                (parent, arena, out, error) -> Lgv.lgv_tensor_open(parent, type.ordinal(), arena.allocateFrom(ValueLayout.JAVA_LONG, shape), shape.length, out, error)), NOTHING);
    }

    static DeviceTensor wrap(Device device, long address, TensorType type, long[] shape, Runnable onClose) {
        return new DeviceTensor(device, opened(device, "wrap", (parent, arena, out, error) ->
                Lgv.lgv_tensor_wrap(parent, address, type.ordinal(), arena.allocateFrom(ValueLayout.JAVA_LONG, shape), shape.length, out, error)), onClose);
    }

    static DeviceTensor fromDlpack(Device device, MemorySegment managed) {
        return new DeviceTensor(device, opened(device, "fromDlpack", (parent, arena, out, error) -> Lgv.lgv_tensor_from_dlpack(parent, managed, out, error)), NOTHING);
    }

    @FunctionalInterface
    private interface Open {
        int open(MemorySegment device, Arena arena, MemorySegment out, MemorySegment error);
    }

    private static MemorySegment opened(Device device, String call, Open open) {
        MemorySegment parent = device.handle().acquire(call);
        try {
            return Native.open((arena, out, error) -> open.open(parent, arena, out, error));
        } finally {
            device.handle().release();
        }
    }

    public TensorType type() {
        return type;
    }

    /// Its lengths, the outermost first; a copy.
    public long[] shape() {
        return shape.clone();
    }

    public long byteSize() {
        return bytes;
    }

    /// Where the memory is, and whose work is done with it.
    public Device device() {
        return device;
    }

    /// Where the first number is: for the GPU, or on a processor for anyone. A cudaMalloc'ed pointer to other libraries on the same GPU. Valid until close.
    ///
    /// @throws ClosedException after close
    public long devicePointer() {
        handle.acquire("devicePointer");
        try {
            return address;
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued on the device before is done, then copies everything to memory of the caller: fastest to a [HostBuffer]'s segment.
    ///
    /// @param destination exactly [#byteSize] bytes
    public void read(MemorySegment destination) {
        MemorySegment pointer = handle.acquire("read");
        try (Arena arena = Arena.ofShared()) {
            boolean direct = Waiter.reaches(destination);
            MemorySegment target = direct ? destination : arena.allocate(destination.byteSize());
            Native.call(error -> device.waiter().call(() -> Lgv.lgv_tensor_read(pointer, target, target.byteSize(), error)));
            if (!direct) {
                destination.copyFrom(target);
            }
        } finally {
            handle.release();
        }
    }

    /// The way back. Blocks likewise.
    ///
    /// @param source exactly [#byteSize] bytes
    public void write(MemorySegment source) {
        MemorySegment pointer = handle.acquire("write");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment values = Waiter.reaches(source) ? source : arena.allocate(source.byteSize()).copyFrom(source);
            Native.call(error -> device.waiter().call(() -> Lgv.lgv_tensor_write(pointer, values, values.byteSize(), error)));
        } finally {
            handle.release();
        }
    }

    /// The same memory as a DLManagedTensorVersioned of DLPack 1.x, a pointer without a length. Whoever takes it over calls its deleter once, on any thread (a library
    /// that imports DLPack does; [Device#fromDlpack] does); until then the memory and the native device stay, also after this tensor and its device are closed. A
    /// pointer that nobody takes is a leak. Of [Device#wrap]ped memory the owner has to wait for that deleter too.
    public MemorySegment toDlpack() {
        MemorySegment pointer = handle.acquire("toDlpack");
        try {
            return Native.open((arena, out, error) -> Lgv.lgv_tensor_to_dlpack(pointer, out, error));
        } finally {
            handle.release();
        }
    }

    /// Lets go of the memory. Of [Device#wrap]ped memory, blocks until the work that was queued with it is done. Closing again is fine.
    ///
    /// @throws BusyException during a call
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "DeviceTensor[" + type + " " + Arrays.toString(shape) + "]";
    }

    Handle handle() {
        return handle;
    }
}
