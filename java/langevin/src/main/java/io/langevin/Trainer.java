package io.langevin;

import io.langevin.ModelConfig.ClassInput;
import io.langevin.bindings.Lgv;
import io.langevin.bindings.lgv_error;
import io.langevin.bindings.lgv_plan_description;
import io.langevin.bindings.lgv_trainer_description;
import io.langevin.bindings.lgv_trainer_settings;
import io.langevin.bindings.lgv_training_metrics;
import io.langevin.bindings.lgv_training_row;
import io.langevin.internal.Handle;
import io.langevin.internal.Json;
import io.langevin.internal.Native;
import io.langevin.internal.SchedulerText;
import io.langevin.internal.Scratch;
import io.langevin.internal.TrainingRows;
import io.langevin.internal.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A network in training: batches are accumulated, an update is applied.
///
/// ```java
/// try (var trainer = Trainer.create(config, TrainPlan.defaults().withLearningRate(2e-4).withEma(0.9999))) {
///     for (Batch batch : batches) {
///         trainer.accumulate(batch);
///         trainer.apply();
///     }
///     try (var model = trainer.model()) {
///         model.write(Path.of("trained.safetensors"), ModelFormat.FILE);
///     }
/// }
/// ```
///
/// [#accumulate] and [#apply] queue work and return; at most two batches wait, a third waits for its turn. [#await], [#read], [#model] and others that look at the result
/// block until all that was queued is done, also on virtual threads, whose carriers stay free. Work that fails after it was queued is reported by a later call,
/// once, as a [FaultException].
///
/// **Same seed, same weights.** The same plan and the same batches give the same bits, whatever the number of threads.
///
/// A trainer is used by one thread at a time; a second one that comes during a call gets a [BusyException], and nothing is changed. Every method throws
/// [ClosedException] after close.
public final class Trainer implements AutoCloseable {
    /// Metrics of so many updates are kept.
    public static final int METRICS_KEPT = 4096;

    private static final int METRICS_AT_ONCE = 256;

    private final Device device;
    private final boolean ownsDevice;
    private final TrainPlan plan;
    private final ModelConfig config;
    private final long size;
    private final Handle handle;
    private final Memory memory;
    private long updates;
    private long images;
    private long nextMetrics = 1;

    /// What calls write and read natively; freed with the handle.
    private static final class Memory {
        final TrainingRows rows = new TrainingRows();
        final Scratch error = new Scratch();
        final Scratch images = new Scratch();
        final Scratch noise = new Scratch();
        final Scratch embeddings = new Scratch();
        final Scratch decays = new Scratch();
        final Scratch metrics = new Scratch();
        final Scratch values = new Scratch();

        void close() {
            rows.close();
            error.close();
            images.close();
            noise.close();
            embeddings.close();
            decays.close();
            metrics.close();
            values.close();
        }
    }

    private Trainer(Device device, boolean ownsDevice, TrainPlan plan, String json, MemorySegment pointer) {
        this.device = device;
        this.ownsDevice = ownsDevice;
        this.plan = plan;
        Memory own = new Memory();    // the cleaner must not see this trainer
        this.memory = own;
        own.error.atLeast(lgv_error.sizeof());
        this.handle = Handle.exclusive("trainer", pointer, address -> {
            Lgv.lgv_trainer_close(address);
            own.close();
        });
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment description = describe(arena);
            this.config = ModelConfig.ofTrainer(description, json);
            this.size = lgv_trainer_description.parameters(description);
            checkObjective(config, plan.objective());
            if (plan.labelDropout() > 0 && config.noneLabel() < 0) {
                throw new InvalidArgumentException("labelDropout is " + plan.labelDropout() + ", but " + (config.labels() == 0 ? "this network takes no labels"
                        : "this network has no label that means none; say langevin_none_label in its config.json"));
            }
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    /// A fresh network, on the best device that is here. Closing the trainer closes that device; models made of it stay usable.
    ///
    /// @throws BadModelException        for a config that contradicts itself
    /// @throws UnsupportedException     for a network that this version does not train
    /// @throws InvalidArgumentException for a plan that the network cannot follow
    /// @throws NativeLibraryException   when the native library cannot be loaded
    public static Trainer create(ModelConfig config, TrainPlan plan) {
        Device device = Device.auto();
        try {
            return create(device, true, config, plan);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /// A fresh network on a device of the caller's, which stays the caller's to close.
    public static Trainer create(Device device, ModelConfig config, TrainPlan plan) {
        return create(device, false, config, plan);
    }

    private static Trainer create(Device device, boolean ownsDevice, ModelConfig config, TrainPlan plan) {
        String scheduler = config.isClassifier() ? null : SchedulerText.of(plan.diffusion());
        String labels = plan.labelNames().isEmpty() ? null : plan.labelNames().stream().map(Json::quote).collect(Collectors.joining(", ", "[", "]\n"));
        MemorySegment parent = device.handle().acquire("create");
        try {
            return new Trainer(device, ownsDevice, plan, config.json(), Native.open((arena, out, error) -> {
                MemorySegment settings = settings(arena, plan);
                MemorySegment network = arena.allocateFrom(config.json());
                MemorySegment noise = scheduler == null ? MemorySegment.NULL : arena.allocateFrom(scheduler);
                MemorySegment names = labels == null ? MemorySegment.NULL : arena.allocateFrom(labels);
                return device.waiter().call(() -> Lgv.lgv_trainer_open(parent, network, noise, names, settings, (int) lgv_trainer_settings.sizeof(), out, error));
            }));
        } finally {
            device.handle().release();
        }
    }

    /// The network of a model, from its weights on (fine-tuning), on its device. The model stays as it is, and may be closed.
    ///
    /// @throws InvalidArgumentException when the plan has another schedule or prediction than the model says it was trained with, or other label names
    public static Trainer from(Model model, TrainPlan plan) {
        checkFits(model, plan);
        MemorySegment parent = model.handle().acquire("train");
        try {
            return new Trainer(model.device(), false, plan, model.config().json(), Native.open((arena, out, error) -> {
                MemorySegment settings = settings(arena, plan);
                return model.device().waiter().call(() -> Lgv.lgv_trainer_open_from(parent, settings, (int) lgv_trainer_settings.sizeof(), out, error));
            }));
        } finally {
            model.handle().release();
        }
    }

    /// Classifiers are asked for classes, and nobody else is. An objective of the caller's may be anything: a classifier of noisy pictures, for one.
    private static void checkObjective(ModelConfig config, Objective objective) {
        if (config.isClassifier() && objective instanceof Objective.OnSchedule onSchedule) {
            throw new InvalidArgumentException("this network classifies, and the plan asks it for " + onSchedule.prediction() + " at a timestep; begin the plan with TrainPlan.classification()");
        }
        if (!config.isClassifier() && objective instanceof Objective.Classification) {
            throw new InvalidArgumentException("the plan's objective is classification, and this network makes images (" + config.className() + "); begin the plan with TrainPlan.of(diffusion)");
        }
    }

    /// Models made of the trainer say of themselves what the model says, so it has to be true.
    private static void checkFits(Model model, TrainPlan plan) {
        if (!model.scheduler().isEmpty()) {
            Diffusion was = model.diffusion();
            if (!was.noise().equals(plan.diffusion().noise()) || was.prediction() != plan.diffusion().prediction()) {
                throw new InvalidArgumentException("the model was trained to predict " + was.prediction() + " on " + was.noise() + ", the plan asks for "
                        + plan.diffusion().prediction() + " on " + plan.diffusion().noise() + "; begin the plan with TrainPlan.of(model.diffusion())");
            }
        }
        if (!plan.labelNames().isEmpty() && !plan.labelNames().equals(model.labelNames())) {
            throw new InvalidArgumentException("the plan names the labels " + plan.labelNames() + ", the model " + model.labelNames()
                    + ", and a model that is trained on keeps its names; leave withLabelNames out");
        }
    }

    private static MemorySegment settings(Arena arena, TrainPlan plan) {
        MemorySegment settings = lgv_trainer_settings.allocate(arena).fill((byte) 0);
        switch (plan.optimizer()) {
            case Optimizer.AdamW(double beta1, double beta2, double eps, double weightDecay) -> adam(settings, Lgv.LGV_OPTIMIZER_ADAMW(), beta1, beta2, eps, weightDecay);
            case Optimizer.Adam(double beta1, double beta2, double eps, double weightDecay) -> adam(settings, Lgv.LGV_OPTIMIZER_ADAM(), beta1, beta2, eps, weightDecay);
        }
        lgv_trainer_settings.initialisation(settings, plan.initialisation().ordinal());
        lgv_trainer_settings.seed(settings, plan.seed());
        lgv_trainer_settings.max_grad_norm(settings, plan.maxGradNorm());
        lgv_trainer_settings.averages(settings, plan.emas().size());
        return settings;
    }

    private static void adam(MemorySegment settings, int kind, double beta1, double beta2, double eps, double weightDecay) {
        lgv_trainer_settings.optimizer(settings, kind);
        lgv_trainer_settings.beta1(settings, beta1);
        lgv_trainer_settings.beta2(settings, beta2);
        lgv_trainer_settings.eps(settings, eps);
        lgv_trainer_settings.weight_decay(settings, weightDecay);
    }

    /// Queues a batch and returns; waits for its turn while two others are waiting. Its gradients are added to what was accumulated since the last update. Each image
    /// draws its noise, timestep, flip and dropout from its own seed, the plan's plus the number of the image in the run. Allocates nothing.
    ///
    /// @throws InvalidArgumentException when the images or what belongs to them are not what the network takes
    public void accumulate(Batch batch) {
        MemorySegment pointer = handle.acquire("accumulate");
        try {
            check(batch);
            MemorySegment rows = memory.rows.fill(plan, images, batch);
            MemorySegment pictures = reachable(batch.images(), memory.images);
            MemorySegment noise = batch.noise() == null ? MemorySegment.NULL : reachable(batch.noise(), memory.noise);
            MemorySegment embeddings = batch.embeddings() == null ? MemorySegment.NULL : reachable(batch.embeddings(), memory.embeddings);
            MemorySegment error = error();
            check(Waiter.elsewhere() ? device.waiter().call(() -> accumulate(pointer, batch, pictures, rows, noise, embeddings, error))
                    : accumulate(pointer, batch, pictures, rows, noise, embeddings, error));
            images += batch.count();
        } finally {
            handle.release();
        }
    }

    private static int accumulate(MemorySegment pointer, Batch batch, MemorySegment pictures, MemorySegment rows, MemorySegment noise, MemorySegment embeddings, MemorySegment error) {
        return Lgv.lgv_trainer_accumulate(pointer, pictures, batch.pixels().ordinal(), batch.height(), batch.width(), rows, batch.count(), (int) lgv_training_row.sizeof(), noise,
                embeddings, error);
    }

    /// Queues an update, with what was accumulated since the last one, and returns: the mean gradient over those images is clipped, the optimizer moves the weights,
    /// the averages follow. An update whose gradient is not finite is skipped, which its metrics tell. Allocates nothing.
    public void apply() {
        MemorySegment pointer = handle.acquire("apply");
        try {
            int count = plan.emas().size();
            MemorySegment decays = memory.decays.atLeast(8L * TrainPlan.MOST_EMAS);
            for (int i = 0; i < count; i++) {
                decays.setAtIndex(ValueLayout.JAVA_DOUBLE, i, plan.emas().get(i).decay(updates));
            }
            check(Lgv.lgv_trainer_apply(pointer, plan.learningRate().at(updates), decays, count, error()));
            updates++;
        } finally {
            handle.release();
        }
    }

    /// How many updates were queued, those before [#resume] among them.
    public long step() {
        handle.acquire("step");
        try {
            return updates;
        } finally {
            handle.release();
        }
    }

    /// Metrics of the updates that were done since the last call, in their order. Never waits. The last [#METRICS_KEPT] are kept: who asks more seldom than that misses
    /// the older ones.
    public List<TrainMetrics> metrics() {
        MemorySegment pointer = handle.acquire("metrics");
        try {
            long bytes = lgv_training_metrics.sizeof();
            MemorySegment found = memory.metrics.atLeast(8 + METRICS_AT_ONCE * bytes);
            MemorySegment entries = found.asSlice(8);
            var metrics = new ArrayList<TrainMetrics>();
            int count = METRICS_AT_ONCE;
            while (count == METRICS_AT_ONCE && nextMetrics <= updates) {
                nextMetrics = Math.max(nextMetrics, updates - METRICS_KEPT + 1);
                check(Lgv.lgv_trainer_metrics(pointer, nextMetrics, entries, METRICS_AT_ONCE, (int) bytes, found, error()));
                count = found.get(ValueLayout.JAVA_INT, 0);
                for (int i = 0; i < count; i++) {
                    MemorySegment one = entries.asSlice(i * bytes, bytes);
                    metrics.add(new TrainMetrics(lgv_training_metrics.update(one), lgv_training_metrics.loss(one), lgv_training_metrics.grad_norm(one),
                            lgv_training_metrics.learning_rate(one), lgv_training_metrics.images(one), lgv_training_metrics.skipped(one) != 0));
                }
                nextMetrics += count;
            }
            return metrics;
        } finally {
            handle.release();
        }
    }

    /// Blocks until everything that was queued is done.
    public void await() {
        await("await", 0);
    }

    /// Blocks until update number `update` is done; the first is 1.
    public void await(long update) {
        if (update < 1) {
            throw new InvalidArgumentException("await: updates count from 1, this is " + update);
        }
        await("await", update);
    }

    /// A model of the first moving average of the plan, or of the weights where it has none, as they are when all that was queued is done: a snapshot, which later
    /// updates leave as it is. The caller closes it. Blocks.
    public Model model() {
        return snapshot(plan.emas().isEmpty() ? -1 : 0);
    }

    /// The same of moving average `ema`, 0 for the first.
    public Model model(int ema) {
        if (ema < 0 || ema >= plan.emas().size()) {
            throw new InvalidArgumentException("model: average " + ema + " of " + plan.emas().size() + (plan.emas().isEmpty() ? "; the plan has none (withEma)" : "; the first is 0"));
        }
        return snapshot(ema);
    }

    /// The same of the weights themselves.
    public Model weights() {
        return snapshot(-1);
    }

    private Model snapshot(int average) {
        MemorySegment pointer = handle.acquire("model");
        try {
            return new Model(device, Native.open((arena, out, error) -> device.waiter().call(() -> Lgv.lgv_trainer_model(pointer, average, out, error))));
        } finally {
            handle.release();
        }
    }

    /// What the network is.
    public ModelConfig config() {
        return config;
    }

    /// Where it computes.
    public Device device() {
        return device;
    }

    /// Numbers in each of its arrays ([TrainState]).
    public long size() {
        return size;
    }

    /// The order of its arrays: each tensor's name, shape and place.
    public List<Parameter> parameters() {
        MemorySegment pointer = handle.acquire("parameters");
        try {
            return Parameter.parse(Native.text((buffer, capacity, length, error) -> Lgv.lgv_trainer_parameters(pointer, buffer, capacity, length, error)));
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then copies a whole array.
    public float[] read(TrainState state) {
        if (size > Integer.MAX_VALUE - 8) {
            throw new InvalidArgumentException("read: " + size + " numbers are more than a Java array holds; read them in parts, into memory");
        }
        var values = new float[(int) size];
        read(state, 0, MemorySegment.ofArray(values));
        return values;
    }

    /// Blocks until all that was queued is done, then copies numbers of an array, from number `offset` on, as many as the destination has room for, into memory of
    /// the caller.
    public void read(TrainState state, long offset, MemorySegment destination) {
        MemorySegment pointer = handle.acquire("read");
        try {
            checkState("read", state);
            long bytes = wholeNumbers("read", destination);
            boolean direct = Waiter.reaches(destination);
            MemorySegment target = direct ? destination : memory.values.atLeast(bytes);
            check(device.waiter().call(() -> Lgv.lgv_trainer_read(pointer, state.ordinal(), offset, target, bytes / 4, error())));
            if (!direct) {
                MemorySegment.copy(target, 0, destination, 0, bytes);
            }
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then overwrites a whole array.
    public void write(TrainState state, float[] values) {
        if (values.length != size) {
            throw new InvalidArgumentException("write: " + values.length + " numbers, this network has " + size);
        }
        write(state, 0, MemorySegment.ofArray(values));
    }

    /// Blocks until all that was queued is done, then overwrites numbers of an array from number `offset` on.
    public void write(TrainState state, long offset, MemorySegment values) {
        MemorySegment pointer = handle.acquire("write");
        try {
            checkState("write", state);
            long bytes = wholeNumbers("write", values);
            MemorySegment source = reachable(values, memory.values);
            check(device.waiter().call(() -> Lgv.lgv_trainer_write(pointer, state.ordinal(), offset, source, bytes / 4, error())));
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then tells how far this trainer is.
    public TrainProgress progress() {
        MemorySegment pointer = handle.acquire("progress");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment counts = arena.allocate(ValueLayout.JAVA_LONG, 2);
            check(device.waiter().call(() -> Lgv.lgv_trainer_progress(pointer, counts, counts.asSlice(8), error())));
            return new TrainProgress(counts.getAtIndex(ValueLayout.JAVA_LONG, 0), counts.getAtIndex(ValueLayout.JAVA_LONG, 1), images);
        } finally {
            handle.release();
        }
    }

    /// Goes on from there, before the first batch. With the arrays written back ([#write]; weights, both moments and all averages), the same plan and the batches that
    /// would have come next, the run ends with the bits that it would have had. A run is to be stopped between an update and the next batch, when nothing is accumulated.
    public void resume(TrainProgress progress) {
        MemorySegment pointer = handle.acquire("resume");
        try {
            check(Lgv.lgv_trainer_resume(pointer, progress.updates(), progress.moves(), error()));
            updates = progress.updates();
            images = progress.images();
            nextMetrics = updates + 1;
        } finally {
            handle.release();
        }
    }

    /// What a batch of `rows` images of the network's own size costs: activations and their gradients, and the operations of forward and backward pass. Makes the program.
    public ModelPlan plan(int rows) {
        return plan(rows, 0, 0);
    }

    /// What a batch of `rows` images of `height` x `width` costs; 0 x 0 is the network's own size.
    public ModelPlan plan(int rows, int height, int width) {
        MemorySegment pointer = handle.acquire("plan");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment cost = lgv_plan_description.allocate(arena);
            check(device.waiter().call(() -> Lgv.lgv_trainer_plan(pointer, rows, height, width, cost, (int) lgv_plan_description.sizeof(), error())));
            return new ModelPlan(lgv_plan_description.arena_bytes(cost), lgv_plan_description.weight_bytes(cost), lgv_plan_description.flops(cost),
                    lgv_plan_description.ops(cost), lgv_plan_description.rows(cost));
        } finally {
            handle.release();
        }
    }

    /// The program of forward and backward pass for `rows` images of the network's own size, one line an op.
    public String dump(int rows) {
        return dump(rows, 0, 0);
    }

    /// The program for `rows` images of `height` x `width`; 0 x 0 is the network's own size.
    public String dump(int rows, int height, int width) {
        MemorySegment pointer = handle.acquire("dump");
        try {
            return Native.text((buffer, capacity, length, error) ->
                    device.waiter().call(() -> Lgv.lgv_trainer_dump(pointer, rows, height, width, buffer, capacity, length, error)));
        } finally {
            handle.release();
        }
    }

    /// Bytes of weights, gradients, moments and averages.
    public long stateBytes() {
        try (Arena arena = Arena.ofConfined()) {
            return lgv_trainer_description.state_bytes(describe(arena));
        }
    }

    /// Starts a profile from zero, or ends it.
    public void profiling(boolean on) {
        MemorySegment pointer = handle.acquire("profiling");
        try {
            check(Lgv.lgv_trainer_set_profiling(pointer, on ? 1 : 0, error()));
        } finally {
            handle.release();
        }
    }

    /// Blocks until all that was queued is done, then gives the profile since it was turned on, one entry an op.
    public List<OpProfile> profile() {
        MemorySegment pointer = handle.acquire("profile");
        try {
            return OpProfile.parse(Native.text((buffer, capacity, length, error) ->
                    device.waiter().call(() -> Lgv.lgv_trainer_profile(pointer, buffer, capacity, length, error))));
        } finally {
            handle.release();
        }
    }

    /// Returns at once; work that has not begun is dropped. Models made of it stay usable. Closing again is fine.
    ///
    /// @throws BusyException during a call
    @Override
    public void close() {
        handle.close();
        if (ownsDevice) {
            device.close();
        }
    }

    /// Whether these are images that the network takes, with the classes that it needs.
    private void check(Batch batch) {
        if (batch.channels() != config.inChannels()) {
            throw new InvalidArgumentException("accumulate: images of " + batch.channels() + " channels, this network takes " + config.inChannels());
        }
        checkLabels(batch.labels(), batch.count());
        if ((batch.classTimesteps() != null) != (config.classInput() == ClassInput.TIMESTEP)) {
            throw new InvalidArgumentException("accumulate: the batch has " + (batch.classTimesteps() != null ? "class timesteps, but this network takes none"
                    : "no class timesteps, but this network needs one for every image; say withClassTimesteps(...)"));
        }
        if (batch.embeddingSize() != config.embeddingSize()) {
            throw new InvalidArgumentException("accumulate: class embeddings of " + batch.embeddingSize() + " numbers, this network takes " + config.embeddingSize());
        }
    }

    private void checkLabels(int[] labels, int count) {
        int all = config.isClassifier() ? config.classes() : config.labels();
        boolean none = config.noneLabel() >= 0;
        if (all == 0) {
            if (labels != null) {
                throw new InvalidArgumentException("accumulate: the batch has labels, but this network takes " + switch (config.classInput()) {
                    case TIMESTEP -> "a class timestep for every image (withClassTimesteps)";
                    case EMBEDDING -> "a class embedding for every image (withEmbeddings)";
                    case NONE, LABEL -> "none";
                });
            }
            return;
        }
        if (labels == null && !none) {
            throw new InvalidArgumentException("accumulate: the batch has no labels, but this network " + (config.isClassifier() ? "learns to tell the classes 0 to " + (all - 1)
                    : "takes labels 0 to " + (all - 1) + ", none of which means no class") + "; say withLabels(...)");
        }
        for (int i = 0; labels != null && i < count; i++) {
            if (labels[i] >= all || labels[i] < (none ? -1 : 0)) {
                throw new InvalidArgumentException("accumulate: image " + i + " has label " + labels[i] + "; this network has 0 to " + (all - 1)
                        + (none ? " (" + config.noneLabel() + " and -1 mean none)" : ""));
            }
        }
    }

    private void checkState(String call, TrainState state) {
        int average = state.ordinal() - TrainState.EMA_0.ordinal();
        if (average >= plan.emas().size()) {
            throw new InvalidArgumentException(call + ": " + state + ", but the plan has " + (plan.emas().isEmpty() ? "no" : "only " + plan.emas().size()) + " moving average"
                    + (plan.emas().size() == 1 ? "" : "s"));
        }
    }

    private static long wholeNumbers(String call, MemorySegment values) {
        if (values.byteSize() == 0 || values.byteSize() % 4 != 0) {
            throw new InvalidArgumentException(call + ": " + values.byteSize() + " bytes are not float32 numbers, one or more");
        }
        return values.byteSize();
    }

    private void await(String name, long update) {
        MemorySegment pointer = handle.acquire(name);
        try {
            check(device.waiter().call(() -> Lgv.lgv_trainer_wait(pointer, update, error())));
        } finally {
            handle.release();
        }
    }

    private MemorySegment describe(Arena arena) {
        MemorySegment pointer = handle.acquire("describe");
        try {
            MemorySegment description = lgv_trainer_description.allocate(arena);
            check(Lgv.lgv_trainer_describe(pointer, description, (int) lgv_trainer_description.sizeof(), error()));
            return description;
        } finally {
            handle.release();
        }
    }

    /// The same numbers where native code can read them.
    private static MemorySegment reachable(MemorySegment given, Scratch scratch) {
        if (Waiter.reaches(given)) {
            return given;
        }
        MemorySegment copy = scratch.atLeast(given.byteSize());
        MemorySegment.copy(given, 0, copy, 0, given.byteSize());
        return copy;
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
