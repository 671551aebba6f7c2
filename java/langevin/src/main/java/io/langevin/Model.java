package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.bindings.lgv_error;
import io.langevin.bindings.lgv_model_description;
import io.langevin.bindings.lgv_plan_description;
import io.langevin.internal.Handle;
import io.langevin.internal.Json;
import io.langevin.internal.Native;
import io.langevin.internal.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/// A trained network on a [Device], immutable. May be used by any number of threads at once, virtual ones too. Most draw images; a classifier ([ModelConfig#isClassifier])
/// says what is on them.
///
/// ```java
/// try (var model = Model.open(Path.of("models/mnist.safetensors"))) {
///     Images images = model.sample(SampleRequest.of(10).withSeed(7).withLabels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
///     images.grid(5).writePng(Path.of("digits.png"));
/// }
/// ```
///
/// Every method throws [ClosedException] after close. Denoisers and requests that are running keep the network alive.
public final class Model implements AutoCloseable {
    private final Path path;
    private final Device device;
    private final boolean ownsDevice;
    private final Handle handle;
    private final ModelConfig config;
    private final long parameters;
    private final String scheduler;
    private final List<String> labelNames;
    private final ModelFiles files;
    private Diffusion diffusion;    // parsed when first asked for; two threads that both do find the same

    private Model(Path path, Device device, boolean ownsDevice) {
        this(path, device, ownsDevice, open(device, path));
    }

    /// A model that a trainer made.
    Model(Device device, MemorySegment pointer) {
        this(Path.of(""), device, false, pointer);
    }

    private Model(Path path, Device device, boolean ownsDevice, MemorySegment pointer) {
        this.path = path;
        this.device = device;
        this.ownsDevice = ownsDevice;
        this.handle = Handle.shared("model", pointer, Lgv::lgv_model_close);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment description = describe(arena);
            this.config = ModelConfig.of(description, text(Lgv::lgv_model_config));
            this.parameters = lgv_model_description.parameters(description);
            this.scheduler = text(Lgv::lgv_model_scheduler);
            String names = text(Lgv::lgv_model_labels);
            this.labelNames = names.isEmpty() ? List.of() : new Json.Arr(Json.parse("labels.json", names).array()).texts("labels.json");
            this.files = ModelFiles.parse(text(Lgv::lgv_model_files));
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    private static MemorySegment open(Device device, Path path) {
        MemorySegment parent = device.handle().acquire("open");
        try {
            return Native.open((arena, out, error) -> {
                MemorySegment name = arena.allocateFrom(path.toString());
                return device.waiter().call(() -> Lgv.lgv_model_open(parent, name, out, error));
            });
        } finally {
            device.handle().release();
        }
    }

    /// Opens a folder that diffusers wrote, of a pipeline or of a network, or what [#write] wrote, on the best device that is here. Closing the model closes
    /// that device.
    ///
    /// @throws BadModelException    when a file is missing, broken or contradicts another
    /// @throws UnsupportedException for a network that this version does not run
    /// @throws NativeLibraryException when the native library cannot be loaded
    public static Model open(Path folder) {
        Device device = Device.auto();
        try {
            return new Model(folder, device, true);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /// Opens such a folder or file on a device of the caller's, which stays the caller's to close.
    public static Model open(Path folder, Device device) {
        return new Model(folder, device, false);
    }

    /// Draws what the request asks for; image i of the result has seed `seed + i`. Blocks. A request larger than its batch is drawn in batches, which changes no
    /// image. It may begin with pictures ([SampleRequest#withStart]) and end early ([SampleRequest#withStop]).
    ///
    /// @throws InvalidArgumentException   before the first step, for what this model cannot do: images of a classifier, labels it does not have, more steps than it was trained with; and for
    ///                                    a request without what it needs: a condition, a size, a label where none means "no class"
    /// @throws UnsupportedException       when scheduler_config.json asks for something that this version lacks
    /// @throws OutOfDeviceMemoryException when the batch is too large for the device
    /// @throws CancelledException         when the thread is interrupted; its interrupt flag stays set
    public Images sample(SampleRequest request) {
        return sample(request, progress -> true);
    }

    /// The same with a listener, which is called after each step on the calling thread. Returning false cancels: the device drops what it has not begun.
    ///
    /// @throws CancelledException when the listener returns false
    public Images sample(SampleRequest request, Predicate<? super Progress> listener) {
        if (config.isClassifier()) {
            throw new InvalidArgumentException(name() + " classifies, it does not draw images; say classify(batch)");
        }
        return new Sampling(request, listener, diffusion()).run(this);
    }

    /// What a classifier sees on images: their classes and features. Of the batch counts what an image is; labels and noise are not read. Blocks. Large batches run in
    /// parts, and what is said of an image does not depend on the others.
    ///
    /// @throws InvalidArgumentException when this model is no classifier, or the images are not such as it takes
    public Classified classify(Batch images) {
        if (!config.isClassifier()) {
            throw new InvalidArgumentException(name() + " draws images, it does not classify; that takes a network of class LangevinClassifier, this is a " + config.className());
        }
        if (images.channels() != config.inChannels()) {
            throw new InvalidArgumentException("classify: images of " + images.channels() + " channels, this classifier takes " + config.inChannels());
        }
        int count = images.count();
        if ((long) count * Math.max(config.classes(), config.features()) > Integer.MAX_VALUE - 8) {
            throw new InvalidArgumentException("classify: what is said of " + count + " images is more than a Java array holds; classify them in parts (batch.batches(size))");
        }
        MemorySegment pointer = handle.acquire("classify");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment pictures = Waiter.reaches(images.images()) ? images.images() : arena.allocate(images.images().byteSize()).copyFrom(images.images());
            MemorySegment logits = arena.allocate(ValueLayout.JAVA_FLOAT, (long) count * config.classes());
            MemorySegment features = arena.allocate(ValueLayout.JAVA_FLOAT, (long) count * config.features());
            MemorySegment error = lgv_error.allocate(arena);
            Native.check(device.waiter().call(() -> Lgv.lgv_model_classify(pointer, pictures, images.pixels().ordinal(), images.height(), images.width(), count, logits,
                    features, error)), error);
            return new Classified(count, config.classes(), config.features(), logits.toArray(ValueLayout.JAVA_FLOAT), features.toArray(ValueLayout.JAVA_FLOAT));
        } finally {
            handle.release();
        }
    }

    /// A denoiser with room for `slots` images, 1 to 65,536, to take steps oneself. The memory of a slot is taken when an image joins.
    ///
    /// @throws InvalidArgumentException when this model is a classifier
    public Denoiser denoiser(int slots) {
        return Denoiser.of(device, handle, config, slots);
    }

    /// Writes the model, whole or not at all: under another name, flushed to the disk, then renamed. A file that is there is replaced. Blocks; any number of
    /// threads may write at once. What was written in float32 draws the same pictures when it is opened again.
    ///
    /// @throws InvalidArgumentException when the folder holds something already, or the path cannot be written
    public void write(Path path, ModelFormat format) {
        MemorySegment pointer = handle.acquire("write");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment error = lgv_error.allocate(arena);
            Native.check(device.waiter().call(() -> Lgv.lgv_model_write(pointer, name, format.ordinal(), error)), error);
        } finally {
            handle.release();
        }
    }

    /// What its scheduler_config.json says.
    ///
    /// @throws BadModelException    when the folder has none, or it is broken
    /// @throws UnsupportedException naming the key and its value, for what this version lacks
    public Diffusion diffusion() {
        Diffusion known = diffusion;
        if (known == null) {
            if (scheduler.isEmpty()) {
                throw new BadModelException(name() + " has no scheduler_config.json, so nothing says how the network was trained: put one there, or take the steps"
                        + " yourself with a Diffusion of your own");
            }
            known = Diffusion.parse(scheduler);
            diffusion = known;
        }
        return known;
    }

    /// The folder or file it was opened from; the empty path of a model that a trainer made.
    public Path path() {
        return path;
    }

    /// Where it computes.
    public Device device() {
        return device;
    }

    /// What the network is.
    public ModelConfig config() {
        return config;
    }

    /// Names of its labels or, of a classifier, of its classes, in their order: `labelNames().indexOf("cat")` is the label of cats. Empty where nothing names them (labels.json beside config.json); the
    /// label that means none may go without.
    public List<String> labelNames() {
        return labelNames;
    }

    /// The files it was read from.
    public ModelFiles files() {
        return files;
    }

    /// Text of its scheduler_config.json; empty: there is none.
    public String scheduler() {
        return scheduler;
    }

    /// Numbers in all weights.
    public long parameters() {
        return parameters;
    }

    /// Bytes of all weights as packed for the device so far: they are packed when a program first needs them.
    public long weightBytes() {
        try (Arena arena = Arena.ofConfined()) {
            return lgv_model_description.weight_bytes(describe(arena));
        }
    }

    /// What running `rows` images of the model's own size costs. Makes the program and packs its weights.
    public ModelPlan plan(int rows) {
        return plan(rows, 0, 0);
    }

    /// What running `rows` images of `height` x `width` costs; 0 x 0 is the model's own size.
    public ModelPlan plan(int rows, int height, int width) {
        MemorySegment pointer = handle.acquire("plan");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment plan = lgv_plan_description.allocate(arena);
            MemorySegment error = lgv_error.allocate(arena);
            Native.check(device.waiter().call(() -> Lgv.lgv_model_plan(pointer, rows, height, width, plan, (int) lgv_plan_description.sizeof(), error)), error);
            return new ModelPlan(lgv_plan_description.arena_bytes(plan), lgv_plan_description.weight_bytes(plan), lgv_plan_description.flops(plan),
                    lgv_plan_description.ops(plan), lgv_plan_description.rows(plan));
        } finally {
            handle.release();
        }
    }

    /// The program for `rows` images of the model's own size, one line an op: name, op, shape, offset in the arena, bytes, flops, algorithm.
    public String dump(int rows) {
        return dump(rows, 0, 0);
    }

    /// The program for `rows` images of `height` x `width`; 0 x 0 is the model's own size.
    public String dump(int rows, int height, int width) {
        return text((pointer, buffer, capacity, length, error) ->
                device.waiter().call(() -> Lgv.lgv_model_dump(pointer, rows, height, width, buffer, capacity, length, error)));
    }

    /// What the program would cost on a GPU that need not be here, as text: a line for each launch with its bytes, flops and matrix instructions, counted from the
    /// kernels, its floor and a time that is predicted; then what they come to, and how. The model may be open on any device.
    ///
    /// @param gpu `a100`, `h100` or `h200`
    /// @throws InvalidArgumentException for another one, with the names there are
    /// @throws UnsupportedException by a library that was built without CUDA
    public String predict(String gpu, int rows, int height, int width) {
        return text((pointer, buffer, capacity, length, error) -> {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment name = arena.allocateFrom(gpu);
                return device.waiter().call(() -> Lgv.lgv_model_predict(pointer, name, rows, height, width, buffer, capacity, length, error));
            }
        });
    }

    /// Returns at once. Requests and denoisers that are running go on. Closing again is fine.
    ///
    /// @throws BusyException during a call of this model
    @Override
    public void close() {
        handle.close();
        if (ownsDevice) {
            device.close();
        }
    }

    Handle handle() {
        return handle;
    }

    private String name() {
        return path.toString().isEmpty() ? "this model" : path.toString();
    }

    private MemorySegment describe(Arena arena) {
        MemorySegment pointer = handle.acquire("describe");
        try {
            MemorySegment description = lgv_model_description.allocate(arena);
            MemorySegment error = lgv_error.allocate(arena);
            Native.check(Lgv.lgv_model_describe(pointer, description, (int) lgv_model_description.sizeof(), error), error);
            return description;
        } finally {
            handle.release();
        }
    }

    private interface ModelText {
        int write(MemorySegment model, MemorySegment buffer, long capacity, MemorySegment length, MemorySegment error);
    }

    private String text(ModelText text) {
        MemorySegment pointer = handle.acquire("read");
        try {
            return Native.text((buffer, capacity, length, error) -> text.write(pointer, buffer, capacity, length, error));
        } finally {
            handle.release();
        }
    }
}
