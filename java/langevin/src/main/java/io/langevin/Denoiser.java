package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.bindings.lgv_condition;
import io.langevin.bindings.lgv_error;
import io.langevin.bindings.lgv_evaluation;
import io.langevin.bindings.lgv_image;
import io.langevin.bindings.lgv_update;
import io.langevin.internal.Handle;
import io.langevin.internal.Native;
import io.langevin.internal.Rows;
import io.langevin.internal.Scratch;
import io.langevin.internal.Waiter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;

/// Images on their way from noise to a picture, one in each slot. Slots are independent: each image may be at its own timestep, under its own sampler,
/// with its own seed and guidance, and its bits do not depend on the others.
///
/// ```java
/// try (var denoiser = model.denoiser(16)) {
///     Slots slots = denoiser.join(request);
///     for (Step step : Sampler.ddim(0.0).plan(model.diffusion(), 50)) denoiser.step(slots, step);
///     return denoiser.read(slots);
/// }
/// ```
///
/// [#step], [#write] and what has to do with [DeviceTensor]s queue work and return; [#read] to the host, [#await] and [#profile] block until it is done, also on virtual threads, whose carriers stay free.
/// Work that fails after it was queued is reported by a later call, once, as a [FaultException].
///
/// A denoiser is used by one thread at a time; a second one that comes during a call gets a [BusyException], and nothing is changed. Every method throws
/// [ClosedException] after close.
public final class Denoiser implements AutoCloseable {
    private final Device device;
    private final ModelConfig config;    // null: without a network
    private final int channels;
    private final int outChannels;    // of what the network says
    private final Handle handle;
    private final Memory memory;
    private final BitSet taken = new BitSet();
    // Labels that have their entry in the table of conditions, which has the label's own number. A model that takes other conditions takes no labels, and an
    // image's condition has the number of its slot.
    private final BitSet labels = new BitSet();
    private final int[] generation;
    private final int[] height;
    private final int[] width;
    private long steps;

    /// What calls write and read natively; freed with the handle.
    private static final class Memory {
        final Rows rows = new Rows();
        final Scratch error = new Scratch();
        final Scratch slots = new Scratch();
        final Scratch condition = new Scratch();
        final Scratch values = new Scratch();

        void close() {
            rows.close();
            error.close();
            slots.close();
            condition.close();
            values.close();
        }
    }

    private Denoiser(Device device, ModelConfig config, int channels, int outChannels, int slots, MemorySegment pointer) {
        this.device = device;
        this.config = config;
        this.channels = channels;
        this.outChannels = outChannels;
        this.generation = new int[slots];
        this.height = new int[slots];
        this.width = new int[slots];
        Memory own = new Memory();    // the cleaner must not see this denoiser
        this.memory = own;
        own.error.atLeast(lgv_error.sizeof());
        this.handle = Handle.exclusive("denoiser", pointer, address -> {
            Lgv.lgv_denoiser_close(address);
            own.close();
        });
    }

    static Denoiser of(Device device, Handle model, ModelConfig config, int slots) {
        MemorySegment parent = model.acquire("denoiser");
        try {
            return new Denoiser(device, config, config.inChannels(), config.outChannels(), slots,
                    Native.open((arena, out, error) -> Lgv.lgv_denoiser_open(parent, slots, out, error)));
        } finally {
            model.release();
        }
    }

    static Denoiser bare(Device device, int channels, int outChannels, int slots) {
        MemorySegment parent = device.handle().acquire("denoiser");
        try {
            return new Denoiser(device, null, channels, outChannels, slots,
                    Native.open((arena, out, error) -> Lgv.lgv_denoiser_open_bare(parent, channels, outChannels, slots, out, error)));
        } finally {
            device.handle().release();
        }
    }

    /// How many images it holds at most.
    public int slots() {
        return generation.length;
    }

    /// How many slots are free.
    public int free() {
        handle.acquire("free");
        try {
            return generation.length - taken.cardinality();
        } finally {
            handle.release();
        }
    }

    /// All images of a request take slots and draw their start noise. Of the request counts what an image is: count, seed, labels, conditions, guidance,
    /// noise, none label, size, and the pictures to begin with, which are in X then; the sampler and its steps are the caller's business.
    ///
    /// @throws InvalidArgumentException when there are too few free slots, or for a label or a condition that the model does not take; nobody joins then
    public Slots join(SampleRequest request) {
        return join(request, 0, request.count());
    }

    /// Images `first` to `first + count - 1` of a request join, with their own seeds and labels: how a large request is drawn in parts, or one image of it again.
    ///
    /// @throws InvalidArgumentException as above, and for a part of a [NoiseSource#TORCH_BATCH] request, whose images are drawn together
    public Slots join(SampleRequest request, int first, int count) {
        MemorySegment pointer = handle.acquire("join");
        try {
            Slots slots = place(request, first, count);
            for (int i = 0; i < count; i++) {
                if (request.conditions().isEmpty()) {
                    ensureLabel(pointer, slots.condition[i]);
                    ensureLabel(pointer, slots.none[i]);
                } else {
                    setCondition(pointer, slots.condition[i], request.condition(first + i));
                }
            }
            long bytes = lgv_image.sizeof();
            MemorySegment images = memory.values.atLeast(bytes * count);
            for (int i = 0; i < count; i++) {
                MemorySegment image = images.asSlice(i * bytes, bytes).fill((byte) 0);
                lgv_image.slot(image, slots.slot[i]);
                lgv_image.noise(image, request.noise().ordinal());
                lgv_image.height(image, request.height());
                lgv_image.width(image, request.width());
                lgv_image.seed(image, request.noise() == NoiseSource.TORCH_BATCH ? request.seed() : request.seed() + first + i);
                lgv_image.start(image, request.noise() == NoiseSource.WRITTEN || request.start() != null ? 0 : 1);
            }
            check(Lgv.lgv_denoiser_join(pointer, images, count, (int) bytes, error()));
            for (int slot : slots.slot) {
                taken.set(slot);
                height[slot] = request.height() > 0 ? request.height() : config.height();
                width[slot] = request.width() > 0 ? request.width() : config.width();
            }
            if (request.start() != null) {
                check(Lgv.lgv_denoiser_write(pointer, indices(slots), count, Plane.X.ordinal(), 0, pictures(request.start(), first, count),
                        (long) count * request.start().values().length / request.start().count(), error()));
            }
            return slots;
        } finally {
            handle.release();
        }
    }

    /// Images `first` to `first + count - 1` of a request that begins with these, one after the other.
    private MemorySegment pictures(Images start, int first, int count) {
        int size = start.values().length / start.count();
        MemorySegment all = memory.values.atLeast(4L * size * count);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(start.values(), (first + i) % start.count() * size, all, ValueLayout.JAVA_FLOAT, 4L * size * i, size);
        }
        return all;
    }

    /// Frees the slots of these images; what they held is gone.
    public void leave(Slots slots) {
        MemorySegment pointer = handle.acquire("leave");
        try {
            own(slots);
            check(Lgv.lgv_denoiser_leave(pointer, indices(slots), slots.size(), error()));
            for (int slot : slots.slot) {
                taken.clear(slot);
                generation[slot]++;
            }
        } finally {
            handle.release();
        }
    }

    /// Queues one step for these images, and returns. Allocates nothing.
    public void step(Slots slots, Step step) {
        MemorySegment pointer = handle.acquire("step");
        try {
            own(slots);
            memory.rows.begin(slots.size());
            for (int i = 0; i < slots.size(); i++) {
                add(slots, i, step);
            }
            queue(pointer);
        } finally {
            handle.release();
        }
    }

    /// Queues one step, image i by `steps.get(i)`, and returns. The steps may come from different samplers and timesteps. Allocates nothing.
    public void step(Slots slots, List<Step> steps) {
        MemorySegment pointer = handle.acquire("step");
        try {
            own(slots);
            if (steps.size() != slots.size()) {
                throw new InvalidArgumentException("step: " + steps.size() + " steps for " + slots.size() + " images; there is one for each");
            }
            memory.rows.begin(slots.size());
            for (int i = 0; i < slots.size(); i++) {
                add(slots, i, steps.get(i));
            }
            queue(pointer);
        } finally {
            handle.release();
        }
    }

    /// How many steps were queued since this denoiser was opened.
    public long steps() {
        handle.acquire("steps");
        try {
            return steps;
        } finally {
            handle.release();
        }
    }

    /// Blocks until step number `step` is done; the first is 1.
    public void await(long step) {
        if (step < 1) {
            throw new InvalidArgumentException("await: steps count from 1, this is " + step);
        }
        await("await", step);
    }

    /// Blocks until everything that was queued is done.
    public void await() {
        await("await", 0);
    }

    /// Blocks until all that was queued is done, then copies the images.
    public Images read(Slots slots) {
        return read(slots, Plane.X, 0);
    }

    /// Blocks until all that was queued is done, then copies a plane of these images.
    public Images read(Slots slots, Plane plane) {
        return read(slots, plane, 0);
    }

    /// Blocks until all that was queued is done, then copies a plane of these images, which have one size.
    ///
    /// @param index the draw for [Plane#NOISE], the history slot for [Plane#HISTORY], else 0
    public Images read(Slots slots, Plane plane, int index) {
        MemorySegment pointer = handle.acquire("read");
        try {
            own(slots);
            int size = Math.toIntExact(imageSize(slots, plane));
            if ((long) size * slots.size() > Integer.MAX_VALUE - 8) {
                throw new InvalidArgumentException("read: " + slots.size() + " images of " + size + " numbers are more than a Java array holds; read fewer at once");
            }
            var values = new float[size * slots.size()];
            read(pointer, slots, plane, index, MemorySegment.ofArray(values));
            int slot = slots.slot[0];
            return new Images(slots.size(), channels(plane), height[slot], width[slot], values);
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then copies a plane of these images, one after the other, into memory of the caller: a [HostBuffer]'s
    /// segment, or any other.
    ///
    /// @param index       the draw for [Plane#NOISE], the history slot for [Plane#HISTORY], else 0
    /// @param destination room for all of them, float32 each, exactly
    public void read(Slots slots, Plane plane, int index, MemorySegment destination) {
        MemorySegment pointer = handle.acquire("read");
        try {
            own(slots);
            read(pointer, slots, plane, index, destination);
        } finally {
            handle.release();
        }
    }

    /// Queues the writing of a plane of these images, laid out as [#read] gives them, from a copy of `values`.
    ///
    /// @param plane X, OUT, HISTORY, KNOWN, MASK, or NOISE of images with [NoiseSource#WRITTEN]
    /// @param index the history slot for [Plane#HISTORY], else 0
    public void write(Slots slots, Plane plane, int index, float[] values) {
        write(slots, plane, index, MemorySegment.ofArray(values));
    }

    /// As above, from any memory of float32 numbers.
    public void write(Slots slots, Plane plane, int index, MemorySegment values) {
        MemorySegment pointer = handle.acquire("write");
        try {
            own(slots);
            MemorySegment source = values;
            if (!values.isNative()) {
                source = memory.values.atLeast(values.byteSize());
                MemorySegment.copy(values, 0, source, 0, values.byteSize());
            }
            check(Lgv.lgv_denoiser_write(pointer, indices(slots), slots.size(), plane.ordinal(), index, source, values.byteSize() / 4, error()));
        } finally {
            handle.release();
        }
    }

    /// Queues the copying of X of these images, which have one size, into a new tensor, float32 [N, C, H, W], and returns. The device must be open.
    public DeviceTensor tensor(Slots slots) {
        return taken(slots, "tensor", TensorType.FLOAT32);
    }

    /// Queues the making of pictures of these images, which have one size, in a new tensor, uint8 [N, H, W, C] (the bytes of [Images#pixels]), and returns. The device
    /// must be open.
    public DeviceTensor pictures(Slots slots) {
        return taken(slots, "pictures", TensorType.UINT8);
    }

    private DeviceTensor taken(Slots slots, String call, TensorType type) {
        MemorySegment pointer = handle.acquire(call);
        try {
            own(slots);
            imageSize(slots, Plane.X);      // one for all
            int n = slots.size();
            int tall = height[slots.slot[0]];
            int wide = width[slots.slot[0]];
            DeviceTensor tensor = type == TensorType.UINT8 ? device.tensor(type, n, tall, wide, channels) : device.tensor(type, n, channels, tall, wide);
            try {
                read(pointer, slots, Plane.X, 0, tensor);
            } catch (RuntimeException refused) {
                tensor.close();
                throw refused;
            }
            return tensor;
        } finally {
            handle.release();
        }
    }

    /// Queues the copying of a plane of these images, which have one size, into a tensor of this denoiser's device, and returns. Its shape is [N, C, H, W] (of [Plane#MASK],
    /// [N, H, W]), float32; of [Plane#X] it may be uint8 [N, H, W, C], which gets pictures.
    ///
    /// @param index the draw for [Plane#NOISE], the history slot for [Plane#HISTORY], else 0
    public void read(Slots slots, Plane plane, int index, DeviceTensor tensor) {
        MemorySegment pointer = handle.acquire("read");
        try {
            own(slots);
            read(pointer, slots, plane, index, tensor);
        } finally {
            handle.release();
        }
    }

    private void read(MemorySegment pointer, Slots slots, Plane plane, int index, DeviceTensor tensor) {
        MemorySegment to = tensor.handle().acquire("read");
        try {
            check(Lgv.lgv_denoiser_read_tensor(pointer, indices(slots), slots.size(), plane.ordinal(), index, to, error()));
        } finally {
            tensor.handle().release();
        }
    }

    /// Queues the writing of a plane of these images from a float32 tensor of this denoiser's device, shaped as [#read] wants it, and returns. What is in the tensor when the
    /// device comes to it is written.
    ///
    /// @param plane X, OUT, HISTORY, KNOWN, MASK, or NOISE of images with [NoiseSource#WRITTEN]
    /// @param index the history slot for [Plane#HISTORY], else 0
    public void write(Slots slots, Plane plane, int index, DeviceTensor tensor) {
        MemorySegment pointer = handle.acquire("write");
        try {
            own(slots);
            MemorySegment from = tensor.handle().acquire("write");
            try {
                check(Lgv.lgv_denoiser_write_tensor(pointer, indices(slots), slots.size(), plane.ordinal(), index, from, error()));
            } finally {
                tensor.handle().release();
            }
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then copies these images as pictures, bytes [N, H, W, C] as [Images#pixels] makes them: a quarter of what [#read] brings over.
    ///
    /// @param destination room for all of them, exactly: fastest a [HostBuffer]'s segment
    public void readPictures(Slots slots, MemorySegment destination) {
        MemorySegment pointer = handle.acquire("readPictures");
        try {
            own(slots);
            MemorySegment indices = indices(slots);
            download(destination, target -> Lgv.lgv_denoiser_read_pictures(pointer, indices, slots.size(), target, target.byteSize(), error()));
        } finally {
            handle.release();
        }
    }

    /// Starts a profile from zero, or ends it.
    public void profiling(boolean on) {
        MemorySegment pointer = handle.acquire("profiling");
        try {
            check(Lgv.lgv_denoiser_set_profiling(pointer, on ? 1 : 0, error()));
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then gives the profile since it was turned on, one entry an op.
    public List<OpProfile> profile() {
        MemorySegment pointer = handle.acquire("profile");
        try {
            return OpProfile.parse(Native.text((buffer, capacity, length, error) ->
                    device.waiter().call(() -> Lgv.lgv_denoiser_profile(pointer, buffer, capacity, length, error))));
        } finally {
            handle.release();
        }
    }

    /// Returns at once; work that has not begun is dropped. Closing again is fine.
    ///
    /// @throws BusyException during a call
    @Override
    public void close() {
        handle.close();
    }

    /// Slots for images `first` to `first + count - 1`; nobody has joined yet.
    private Slots place(SampleRequest request, int first, int count) {
        if (first < 0 || count < 1 || first > request.count() - count) {
            throw new InvalidArgumentException("join: images " + first + " to " + ((long) first + count - 1) + " of a request for " + request.count());
        }
        if (request.noise() == NoiseSource.TORCH_BATCH && count != request.count()) {
            throw new InvalidArgumentException("join: " + count + " of " + request.count() + " images; with noise TORCH_BATCH all are drawn by one generator, so they"
                    + " join together (with TORCH each has its own)");
        }
        if (request.height() == 0 && (config == null || config.height() == 0)) {
            throw new InvalidArgumentException("join: " + (config == null ? "a denoiser without a model has no size of its own"
                    : "this model's config.json does not say its size (sample_size)") + "; say withSize(height, width)");
        }
        if (count > generation.length - taken.cardinality()) {
            throw new InvalidArgumentException("join: " + count + " images, but " + (generation.length - taken.cardinality()) + " of " + generation.length
                    + " slots are free; let others leave, or open a denoiser with more slots");
        }
        Images start = request.start();
        if (start != null) {
            int tall = request.height() > 0 ? request.height() : config.height();
            int wide = request.width() > 0 ? request.width() : config.width();
            if (start.channels() != channels || start.height() != tall || start.width() != wide) {
                throw new InvalidArgumentException("join: pictures of " + start.channels() + " x " + start.height() + " x " + start.width() + " to begin with, but images are "
                        + channels + " x " + tall + " x " + wide + " (channels, height, width)");
            }
        }
        var slots = new Slots(this, new int[count], new int[count], new int[count], new int[count], new double[count]);
        int none = ClassCheck.check(config, request, first, count);
        int slot = -1;
        for (int i = 0; i < count; i++) {
            slot = taken.nextClearBit(slot + 1);
            int label = request.label(first + i);
            slots.slot[i] = slot;
            slots.generation[i] = generation[slot];
            slots.condition[i] = !request.conditions().isEmpty() ? slot : label >= 0 ? label : none;
            slots.none[i] = none;
            slots.guidance[i] = request.guidance();
        }
        return slots;
    }

    private void ensureLabel(MemorySegment pointer, int label) {
        if (label >= 0 && !labels.get(label)) {
            MemorySegment condition = memory.condition.atLeast(lgv_condition.sizeof());
            lgv_condition.kind(condition, Lgv.LGV_CONDITION_LABEL());
            lgv_condition.label(condition, label);
            check(Lgv.lgv_denoiser_set_condition(pointer, label, condition, (int) lgv_condition.sizeof(), error()));
            labels.set(label);
        }
    }

    private void setCondition(MemorySegment pointer, int entry, Condition given) {
        MemorySegment condition = memory.condition.atLeast(lgv_condition.sizeof());
        switch (given) {
            case Condition.Timestep(double value) -> {
                lgv_condition.kind(condition, Lgv.LGV_CONDITION_TIMESTEP());
                lgv_condition.timestep(condition, (float) value);
            }
            case Condition.Embedding(float[] values) -> {
                MemorySegment numbers = memory.values.atLeast(4L * values.length);
                MemorySegment.copy(values, 0, numbers, ValueLayout.JAVA_FLOAT, 0, values.length);
                lgv_condition.kind(condition, Lgv.LGV_CONDITION_EMBEDDING());
                lgv_condition.count(condition, values.length);
                lgv_condition.values(condition, numbers);
            }
        }
        check(Lgv.lgv_denoiser_set_condition(pointer, entry, condition, (int) lgv_condition.sizeof(), error()));
    }

    /// Refuses slots of another denoiser, and of images that have left.
    private void own(Slots slots) {
        if (slots.denoiser != this) {
            throw new InvalidArgumentException("these slots belong to another denoiser");
        }
        for (int i = 0; i < slots.slot.length; i++) {
            if (slots.generation[i] != generation[slots.slot[i]]) {
                throw new InvalidArgumentException("image " + i + " of these slots has left the denoiser");
            }
        }
    }

    private void add(Slots slots, int i, Step step) {
        Rows rows = memory.rows;
        int slot = slots.slot[i];
        if (step.evaluated() && config != null) {
            double guidance = slots.guidance[i];
            double says = step.variance() == Step.Variance.NONE ? 0 : 1;
            if (guidance == 1) {
                rows.evaluate(slot, slots.condition[i], step, 1, says);
            } else {
                rows.evaluate(slot, slots.condition[i], step, guidance, says);
                rows.evaluate(slot, slots.none[i], step, 1 - guidance, 0);      // the variance is what the label says alone
            }
        }
        rows.update(slot, step);
    }

    private void queue(MemorySegment pointer) {
        Rows rows = memory.rows;
        check(Lgv.lgv_denoiser_step(pointer, rows.evaluations(), rows.evaluationCount(), (int) lgv_evaluation.sizeof(), rows.updates(), rows.updateCount(),
                (int) lgv_update.sizeof(), error()));
        steps++;
    }

    private void await(String name, long step) {
        MemorySegment pointer = handle.acquire(name);
        try {
            check(device.waiter().call(() -> Lgv.lgv_denoiser_wait(pointer, step, error())));
        } finally {
            handle.release();
        }
    }

    private void read(MemorySegment pointer, Slots slots, Plane plane, int index, MemorySegment destination) {
        MemorySegment indices = indices(slots);
        download(destination, target -> Lgv.lgv_denoiser_read(pointer, indices, slots.size(), plane.ordinal(), index, target, target.byteSize() / 4, error()));
    }

    /// A blocking downcall that fills memory of the caller, itself where native code reaches it.
    private void download(MemorySegment destination, ToIntFunction<MemorySegment> call) {
        long bytes = destination.byteSize();
        boolean direct = Waiter.reaches(destination);
        MemorySegment target = direct ? destination : memory.values.atLeast(bytes).asSlice(0, bytes);
        check(device.waiter().call(() -> call.applyAsInt(target)));
        if (!direct) {
            MemorySegment.copy(target, 0, destination, 0, bytes);
        }
    }

    private int channels(Plane plane) {
        return switch (plane) {
            case OUT -> outChannels;
            case MASK -> 1;
            case X, X0, NOISE, HISTORY, KNOWN -> channels;
        };
    }

    private long imageSize(Slots slots, Plane plane) {
        int first = slots.slot[0];
        for (int slot : slots.slot) {
            if (height[slot] != height[first] || width[slot] != width[first]) {
                throw new InvalidArgumentException("read: images of " + width[first] + " x " + height[first] + " and " + width[slot] + " x " + height[slot]
                        + " do not fit one Images; read them one by one");
            }
        }
        return (long) channels(plane) * height[first] * width[first];
    }

    private MemorySegment indices(Slots slots) {
        MemorySegment indices = memory.slots.atLeast(4L * slots.size());
        for (int i = 0; i < slots.size(); i++) {
            indices.setAtIndex(ValueLayout.JAVA_INT, i, slots.slot[i]);
        }
        return indices;
    }

    private MemorySegment error() {
        return memory.error.atLeast(lgv_error.sizeof());
    }

    private void check(int status) {
        if (status != 0) {
            Native.check(status, error());
        }
    }
}
