package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.internal.Handle;
import io.langevin.internal.Native;
import io.langevin.internal.Waiter;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntBiFunction;

/// What computes: a processor with a thread team, or a GPU, and one native worker that leads it. Work is queued and done in order. May be used by any number of
/// threads at once. Models, denoisers, tensors and buffers keep the native device alive, so it may be closed before them.
public final class Device implements AutoCloseable {
    private final Handle handle;
    private final Waiter waiter = new Waiter();

    private Device(String name, int threads) {
        Native.library();
        handle = Handle.shared("device", Native.open((arena, out, error) -> Lgv.lgv_device_open(arena.allocateFrom(name), threads, out, error)),
                Lgv::lgv_device_close);
    }

    /// The best device that is here; [#info] tells which and why.
    ///
    /// @throws NativeLibraryException when the native library cannot be loaded
    /// @throws NoDeviceException      when the processor lacks AVX2 and FMA
    public static Device auto() {
        return open("auto", 0);
    }

    /// The processor, with as many threads as this process may use.
    public static Device cpu() {
        return open("cpu", 0);
    }

    /// The processor with a team of `threads`, 1 to 1024; 0: as many as this process may use (affinity mask, cgroup quota).
    public static Device cpu(int threads) {
        return open("cpu", threads);
    }

    /// GPU number `index` of CUDA, which computes networks in bfloat16 with float32 sums.
    ///
    /// @throws NoDeviceException when there is none, with the reason: no driver, no GPU, or a library that was built without CUDA
    public static Device cuda(int index) {
        return open("cuda:" + index, 0);
    }

    /// The device called `name`: "auto", "cpu", "cuda" (the first), "cuda:1", or with "/float32" behind it ("cuda/float32") a GPU that computes in float32, by
    /// simple and slow kernels, to compare with.
    ///
    /// @param threads size of a processor's team, 1 to 1024; 0: as many as this process may use
    /// @throws NoDeviceException when it is not on this machine
    public static Device open(String name, int threads) {
        return new Device(name, threads);
    }

    /// What it is.
    public DeviceInfo info() {
        var pointer = handle.acquire("info");
        try {
            return DeviceInfo.parse(Native.text((buffer, capacity, length, error) -> Lgv.lgv_device_describe(pointer, buffer, capacity, length, error)));
        } finally {
            handle.release();
        }
    }

    /// Host memory of `bytes` bytes from which this device copies fastest, zeroed.
    public HostBuffer buffer(long bytes) {
        return new HostBuffer(this, bytes);
    }

    /// Memory of this device, zeroed.
    ///
    /// @param shape up to 8 lengths of at least 1, the outermost first; none: one number
    public DeviceTensor tensor(TensorType type, long... shape) {
        return DeviceTensor.open(this, type, shape);
    }

    /// Memory that somebody else made, as a tensor. It stays theirs, and has to stay valid until `onClose` is run, which is at the end of [DeviceTensor#close]: nothing here
    /// uses it any more then.
    ///
    /// @param pointer where it is: on a GPU a pointer to its memory, managed or pinned; a multiple of the type's size. On a processor nobody can check it
    /// @param onClose what frees it, or does nothing. It must not refer to the tensor
    /// @throws InvalidArgumentException where the GPU cannot use the memory; then `onClose` is not run
    public DeviceTensor wrap(long pointer, TensorType type, long[] shape, Runnable onClose) {
        return DeviceTensor.wrap(this, pointer, type, shape, onClose);
    }

    /// A tensor that another library handed on as DLPack 1.x: float32 or uint8, row-major, on this device. From here on it is ours: its deleter is called, on a thread of the
    /// device, when the tensor is closed and the work that was queued with it is done. One that is marked as read only can be read.
    ///
    /// @param managed a DLManagedTensorVersioned
    /// @throws InvalidArgumentException where it is on another device or broken; it stays the caller's then, whose business its deleter is
    /// @throws UnsupportedException     for other types, strides or versions, likewise
    public DeviceTensor fromDlpack(MemorySegment managed) {
        return DeviceTensor.fromDlpack(this, managed);
    }

    /// What is queued on this device from now on runs after what is on `stream` now. Returns without waiting for the GPU.
    ///
    /// @param stream a cudaStream_t of this GPU, 0 for its default stream; on a processor 0, and what the calling thread did before is done anyway
    public void runAfter(long stream) {
        order("runAfter", (pointer, error) -> Lgv.lgv_device_after_stream(pointer, stream, error));
    }

    /// What was queued on this device until now runs before what is put on `stream` from now on. Returns when all of it has been given to the GPU, which may be long before
    /// the GPU has done it; on a processor, when it is done.
    ///
    /// @param stream a cudaStream_t of this GPU, 0 for its default stream; on a processor 0
    public void runBefore(long stream) {
        order("runBefore", (pointer, error) -> Lgv.lgv_device_before_stream(pointer, stream, error));
    }

    private void order(String call, ToIntBiFunction<MemorySegment, MemorySegment> blocking) {
        MemorySegment pointer = handle.acquire(call);
        try {
            Native.call(error -> waiter.call(() -> blocking.applyAsInt(pointer, error)));
        } finally {
            handle.release();
        }
    }

    /// A denoiser without a network, for images of `channels` channels: the caller writes [Plane#OUT] before each step. For recorded outputs, and to drive a
    /// network that lives elsewhere. Requests that join it state their size.
    ///
    /// @param slots 1 to 65,536
    public Denoiser denoiser(int channels, int slots) {
        return denoiser(channels, channels, slots);
    }

    /// The same for outputs of another number of channels than the images: twice as many where they have learned variance.
    public Denoiser denoiser(int channels, int outChannels, int slots) {
        return Denoiser.bare(this, channels, outChannels, slots);
    }

    /// Returns at once. Closing again is fine.
    ///
    /// @throws BusyException during a call
    @Override
    public void close() {
        handle.close();
    }

    Handle handle() {
        return handle;
    }

    Waiter waiter() {
        return waiter;
    }
}
