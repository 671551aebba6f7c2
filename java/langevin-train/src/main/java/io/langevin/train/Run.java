package io.langevin.train;

import io.langevin.BadModelException;
import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.Diffusion;
import io.langevin.Ema;
import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.ModelConfig.ClassInput;
import io.langevin.ModelFormat;
import io.langevin.ModelPlan;
import io.langevin.SampleRequest;
import io.langevin.TrainMetrics;
import io.langevin.TrainPlan;
import io.langevin.TrainProgress;
import io.langevin.TrainState;
import io.langevin.Trainer;
import io.langevin.data.Dataset;
import io.langevin.data.Loader;
import io.langevin.internal.Json;
import io.langevin.internal.SchedulerText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A training run in a folder:
///
///     run.json                                all settings                       (written last when a run begins: a folder with it holds a run)
///     config.json, scheduler_config.json, labels.json, diffusion_pytorch_model.safetensors
///                                             its latest average: the folder is a model
///     checkpoints/step-00001000.safetensors   all that it takes to go on
///     samples/step-00001000.png               drawn by the average, from the same seeds each time
///     loss.csv, loss.png, events.out.tfevents.0.langevin
///
/// However it ends, by [#train] returning, an error, a kill or a power cut, [#resume] goes on from the newest checkpoint, and weights, averages, moments and loss.csv
/// become what they would have been. Steps since that checkpoint are done again.
///
/// A run is one process's and one thread's at a time.
public final class Run implements AutoCloseable {
    private static final String SETTINGS = "run.json";
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final String CURVE = "loss.csv";
    private static final Set<String> OURS = Set.of(FolderLock.FILE, "config.json", "scheduler_config.json", "labels.json", WEIGHTS, "checkpoints", CURVE, Events.FILE);
    private static final long SKIPPED_IN_A_ROW = 100;
    private static final double SECONDS_UNSEEN = 1;

    private final Path folder;
    private final RunConfig config;
    private final Device device;
    private final FolderLock lock;
    private final Pupil pupil;
    private final TrainPlan plan;
    private final Checkpoints checkpoints;
    private final List<String> notes;
    private Checkpoint newest;

    private Run(Path folder, RunConfig config, Device device, FolderLock lock, Pupil pupil, TrainPlan plan) {
        this.folder = folder;
        this.config = config;
        this.device = device;
        this.lock = lock;
        this.pupil = pupil;
        this.plan = plan;
        this.checkpoints = new Checkpoints(folder.resolve("checkpoints"));
        this.notes = new ArrayList<>(pupil.notes());
    }

    /// Whether a folder holds a run.
    public static boolean exists(Path folder) {
        return Files.isRegularFile(folder.resolve(SETTINGS));
    }

    /// Begins a run in a new folder. Nothing is trained yet; its first checkpoint, of step 0, is there.
    ///
    /// @throws InvalidArgumentException when the folder holds something else, the data does not fit the network, or settings are missing
    public static Run begin(Path folder, RunConfig config, Device device) {
        if (exists(folder)) {
            throw new InvalidArgumentException(folder + " holds a run already: go on with it by --resume, or choose another folder");
        }
        checkFree(folder);
        Origin origin = origin(config, device);
        Pupil pupil = Pupil.of(origin.network, origin.labelNames, config);
        RunConfig settled = config.settled();
        TrainPlan plan = plan(settled, pupil, Diffusion.parse(origin.scheduler));
        try (Trainer trainer = trainer(device, pupil, plan)) {          // what cannot be trained is refused before anything is written
            Durable.createFolder(folder);
            FolderLock lock = FolderLock.of(folder);
            try {
                var run = new Run(folder, settled, device, lock, pupil, plan);
                run.write(origin, trainer);
                return run;
            } catch (RuntimeException e) {
                lock.release();
                throw e;
            }
        }
    }

    private static TrainPlan plan(RunConfig config, Pupil pupil, Diffusion diffusion) {
        boolean none = pupil.network().noneLabel() >= 0;
        TrainPlan plan = config.plan(diffusion, pupil.labelNames(), none);
        if (plan.labelDropout() > 0 && !none) {
            throw new InvalidArgumentException("label_dropout is " + plan.labelDropout() + ", but the network has no label that means none (langevin_none_label in config.json)");
        }
        return plan;
    }

    /// What a run begins with.
    ///
    /// @param weights null: fresh ones
    private record Origin(ModelConfig network, String scheduler, List<String> labelNames, float[] weights) {
    }

    private static Origin origin(RunConfig config, Device device) {
        String json = config.model();
        if (config.from() == null) {
            return new Origin(ModelConfig.parse(json), SchedulerText.of(config.diffusion()), List.of(), null);
        }
        if (!json.isEmpty()) {
            throw new InvalidArgumentException("model and from: a run that goes on from a model has that model's network; leave one of the two out");
        }
        try (Model model = Model.open(config.from(), device); Trainer trainer = Trainer.from(model, TrainPlan.of(model.diffusion()).withEma(new Ema[0]))) {
            return new Origin(model.config(), model.scheduler(), model.labelNames(), trainer.read(TrainState.WEIGHTS));
        }
    }

    private static void checkFree(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new InvalidArgumentException(folder + " is a file; a run needs a folder of its own");
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names = files.filter(file -> !Durable.unfinished(file)).map(file -> file.getFileName().toString()).sorted().toList();
            // Without the lock nobody began a run here; with it somebody did and was killed.
            if (!names.isEmpty() && !(names.contains(FolderLock.FILE) && OURS.containsAll(names))) {
                throw new InvalidArgumentException(folder + " holds other files (" + String.join(", ", names.subList(0, Math.min(3, names.size()))) + (names.size() > 3 ? ", ..." : "")
                        + "); choose a new folder");
            }
        } catch (IOException e) {
            throw Durable.failed("read", folder, e);
        }
    }

    private void write(Origin origin, Trainer trainer) {
        Durable.createFolder(folder.resolve("checkpoints"));
        Durable.write(folder.resolve("config.json"), pupil.network().json());
        Durable.write(folder.resolve("scheduler_config.json"), origin.scheduler);
        if (!pupil.labelNames().isEmpty()) {
            Durable.write(folder.resolve("labels.json"), pupil.labelNames().stream().map(Json::quote).collect(Collectors.joining(", ", "[", "]\n")));
        }
        if (origin.weights != null) {
            trainer.write(TrainState.WEIGHTS, origin.weights);
            for (int i = 0; i < plan.emas().size(); i++) {
                trainer.write(TrainState.values()[TrainState.EMA_0.ordinal() + i], origin.weights);
            }
        }
        try (var curve = new Curve(folder.resolve(CURVE), 0); var events = new Curve(folder.resolve(Events.FILE), 0)) {
            curve.append(Curve.header());
            events.append(Events.begin(now()));
            checkpoint(trainer, 0, curve, events);
        }
        Durable.write(folder.resolve(SETTINGS), config.json());
    }

    /// Goes on with a run.
    ///
    /// @param changes JSON objects of settings, as [RunConfig#of] takes them. Those that change no bit of the weights may be others from now on
    /// @throws InvalidArgumentException for settings that would have to hold from the beginning, and for data that is not what it was
    public static Run resume(Path folder, Device device, String... changes) {
        if (!exists(folder)) {
            throw new InvalidArgumentException(folder + " holds no run (no " + SETTINGS + ")");
        }
        FolderLock lock = FolderLock.of(folder);
        try {
            RunConfig config = RunConfig.of(RunConfig.read(folder.resolve(SETTINGS))).continued(changes);
            ModelConfig network = ModelConfig.read(folder.resolve("config.json"));
            Path labels = folder.resolve("labels.json");
            List<String> names = config.from() != null && Files.exists(labels) ? new Json.Arr(Json.parse(labels.toString(), RunConfig.contents(labels)).array()).texts("labels.json") : List.of();
            Diffusion diffusion = Diffusion.parse(RunConfig.contents(folder.resolve("scheduler_config.json")));
            Pupil pupil = Pupil.of(network, names, config.with("{\"classes\": false}"));
            var run = new Run(folder, config, device, lock, pupil, plan(config, pupil, diffusion));
            run.newest = run.checkpoints.newest(run.notes::add);
            Durable.cleanUp(folder);
            Durable.cleanUp(folder.resolve("samples"));
            run.checkpoints.retain(config.keep(), -1);          // where a process was killed before it did
            Durable.write(folder.resolve(SETTINGS), config.json());
            return run;
        } catch (RuntimeException e) {
            lock.release();
            throw e;
        }
    }

    /// What is learnt from.
    public Dataset data() {
        return pupil.data();
    }

    /// What is trained.
    public ModelConfig network() {
        return pupil.network();
    }

    /// All settings.
    public RunConfig config() {
        return config;
    }

    /// Sentences that a user should read before training.
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /// The step of the newest checkpoint.
    public long step() {
        return newest.progress().updates();
    }

    /// Whether nothing is left to do.
    public boolean finished() {
        return step() >= config.steps();
    }

    /// Tries a batch of random pixels, twice, on a trainer of its own, and says what the run will take.
    public Estimate estimate() {
        int rows = config.microBatch();
        try (Trainer trainer = trainer()) {
            ModelPlan cost = trainer.plan(rows);
            Batch batch = randomBatch(rows);
            double seconds = Double.POSITIVE_INFINITY;
            for (int i = 0; i < 2; i++) {           // the first makes the program
                long since = System.nanoTime();
                trainer.accumulate(batch);
                trainer.await();
                seconds = Math.min(seconds, (System.nanoTime() - since) * 1e-9);
                if (seconds > 10) {
                    break;
                }
            }
            long since = System.nanoTime();
            trainer.apply();
            trainer.await();
            double update = seconds * config.batch() / rows + (System.nanoTime() - since) * 1e-9;
            long left = Math.max(0, config.steps() - step());
            return new Estimate(left, config.batch() / update, Duration.ofMillis((long) (1000 * update * left)), trainer.stateBytes() + cost.arenaBytes() + cost.weightBytes(),
                    4 * trainer.size() * ((3L + plan.emas().size()) * (config.keep() + 1) + 2), trainer.size());
        }
    }

    private Batch randomBatch(int rows) {
        ModelConfig network = pupil.network();
        var pixels = new byte[Math.multiplyExact(rows, Math.multiplyExact(network.inChannels(), network.height() * network.width()))];
        new Random(0).nextBytes(pixels);
        Batch batch = Batch.of(pixels, rows, network.inChannels(), network.height(), network.width());
        return network.classInput() == ClassInput.LABEL ? batch.withLabels(new int[rows]) : batch;
    }

    /// Trains until the run is finished or the listener returns false. Then, too, all that was done is in a checkpoint. Returns whether it is finished.
    ///
    /// @param listener called after each update was queued, and after each step of a sample grid
    /// @param says     takes sentences on what happened that a user should know of
    /// @throws InvalidArgumentException     for a picture that cannot be read
    /// @throws java.io.UncheckedIOException when something cannot be written
    public boolean train(Predicate<? super RunProgress> listener, Consumer<String> says) {
        if (finished()) {
            return true;
        }
        Durable.createFolder(folder.resolve("samples"));
        try (Trainer trainer = trainer()) {
            Checkpoint from = newest;
            check(from);
            from.load(checkpoints.file(step()), trainer, plan.emas().size());
            try (var curve = opened(CURVE, from.curveBytes(), says); var events = opened(Events.FILE, from.eventBytes(), says);
                    Loader loader = pupil.data().shuffled(config.seed()).from(from.position()).withSkipping(config.skipBroken()).withLabels(pupil.labels())
                            .batches(config.microBatch())) {
                return new Loop(trainer, loader, curve, events, listener, says).run();
            }
        }
    }

    /// The same without sentences.
    public boolean train(Predicate<? super RunProgress> listener) {
        return train(listener, sentence -> { });
    }

    private void check(Checkpoint from) {
        if (from.pictures() != pupil.data().size() || !from.labels().equals(pupil.data().labelNames())) {
            throw new InvalidArgumentException("the data is not what this run was begun with: " + from.pictures() + " pictures and " + from.labels().size() + " classes then, "
                    + pupil.data().size() + " and " + pupil.data().labelNames().size() + " now (" + config.data() + "). Bring it back, or begin another run"
                    + " (--from " + folder + " goes on from its weights)");
        }
    }

    private Curve opened(String name, long length, Consumer<String> says) {
        Path file = folder.resolve(name);
        try {
            long there = Files.exists(file) ? Files.size(file) : 0;
            if (there < length) {
                says.accept(file + " lacks its last " + (length - there) + " bytes, which somebody took away: the curve has a gap");
            }
        } catch (IOException e) {
            throw Durable.failed("read", file, e);
        }
        return new Curve(file, length);
    }

    /// One process's part of a run.
    private final class Loop {
        private final Trainer trainer;
        private final Loader loader;
        private final Curve curve;
        private final Curve events;
        private final Predicate<? super RunProgress> listener;
        private final Consumer<String> says;
        private final long first;
        private final long start = System.nanoTime();
        private long elsewhere;             // nanoseconds spent on samples and checkpoints
        private long flushed = start;
        private long inARow;                // updates that were skipped
        private int named;                  // broken pictures that were told of
        private TrainMetrics latest;
        private boolean goesOn = true;

        Loop(Trainer trainer, Loader loader, Curve curve, Curve events, Predicate<? super RunProgress> listener, Consumer<String> says) {
            this.trainer = trainer;
            this.loader = loader;
            this.curve = curve;
            this.events = events;
            this.listener = listener;
            this.says = says;
            this.first = trainer.step();
        }

        boolean run() {
            while (trainer.step() < config.steps() && goesOn) {
                update().forEach(trainer::accumulate);
                trainer.apply();
                note();
                long step = trainer.step();
                var progress = new RunProgress(step, config.steps(), first, rate(), latest);
                goesOn = listener.test(progress);
                boolean ends = step == config.steps();
                long since = System.nanoTime();
                if (goesOn && config.sampleEvery() > 0 && (step % config.sampleEvery() == 0 || ends)) {
                    draw(step, progress);
                }
                if (step % config.checkpointEvery() == 0 || ends || !goesOn) {
                    save(loader.position());
                }
                elsewhere += System.nanoTime() - since;
            }
            return trainer.step() == config.steps();
        }

        /// The images of an update. Where one cannot be had, what was done so far is saved first.
        private List<Batch> update() {
            long position = loader.position();
            var batches = new ArrayList<Batch>();
            try {
                while (batches.size() * config.microBatch() < config.batch()) {
                    batches.add(loader.next());
                }
            } catch (InvalidArgumentException e) {
                if (trainer.step() > step()) {
                    save(position);
                }
                throw new InvalidArgumentException(e.getMessage() + ". Mend it and go on with --resume, or skip such pictures with --resume --skip-broken");
            }
            List<String> skipped = loader.skipped();
            if (skipped.size() > named) {
                named = skipped.size();
                says.accept("skipped so far: " + String.join("; ", skipped));
            }
            return batches;
        }

        /// Writes down what became of the updates that are done.
        private void note() {
            for (TrainMetrics metrics : trainer.metrics()) {
                curve.append(Curve.line(metrics));
                events.append(Events.scalars(now(), metrics.update(), "loss", metrics.loss(), "grad_norm", metrics.gradNorm(), "learning_rate", metrics.learningRate()));
                latest = metrics;
                inARow = metrics.skipped() ? inARow + 1 : 0;
                if (inARow == 1) {
                    says.accept("update " + metrics.update() + " was skipped: its gradient is not finite");
                }
                if (inARow == SKIPPED_IN_A_ROW) {
                    throw new InvalidArgumentException(SKIPPED_IN_A_ROW + " updates in a row, up to " + metrics.update()
                            + ", had a gradient that is not finite; begin again with a lower learning rate (lr) or a longer warmup");
                }
            }
            if ((System.nanoTime() - flushed) * 1e-9 > SECONDS_UNSEEN) {
                curve.flush();
                events.flush();
                flushed = System.nanoTime();
            }
        }

        /// Of updates that are done: some more are queued.
        private double rate() {
            return latest == null ? 0 : (latest.update() - first) * (double) config.batch() / ((System.nanoTime() - start - elsewhere) * 1e-9);
        }

        /// A grid takes long on a large network: it is given up where the listener says so.
        private void draw(long step, RunProgress progress) {
            try (Model model = trainer.model()) {
                Images images = model.sample(samples(model), ignored -> goesOn && (goesOn = listener.test(progress)));
                if (images.channels() == 1 || images.channels() == 3 || images.channels() == 4) {
                    images.grid((int) Math.ceil(Math.sqrt(config.samples()))).writePng(folder.resolve(String.format(Locale.ROOT, "samples/step-%08d.png", step)));
                } else {
                    images.writeSafetensors(folder.resolve(String.format(Locale.ROOT, "samples/step-%08d.safetensors", step)));
                }
            } catch (CancelledException stopped) {
                if (goesOn) {
                    throw stopped;          // the thread was interrupted
                }
            }
        }

        private void save(long position) {
            trainer.await();
            note();
            curve.flush();
            Plot.write(folder.resolve("loss.png"), Curve.losses(folder.resolve(CURVE)));
            checkpoint(trainer, position, curve, events);
            checkpoints.retain(config.keep(), trainer.step());
        }
    }

    private SampleRequest samples(Model model) {
        SampleRequest request = SampleRequest.of(config.samples()).withSeed(config.seed()).withSteps(config.sampleSteps());
        int none = model.config().noneLabel();
        int classes = Math.max(1, pupil.data().labelNames().size());
        return model.config().labels() == 0 || !pupil.labels() ? request
                : request.withLabels(IntStream.range(0, classes).filter(label -> label != none).boxed().toList());
    }

    /// The curves to the disk, then the model, and last the checkpoint, which says how long the curves are: where it is, everything else is.
    private void checkpoint(Trainer trainer, long position, Curve curve, Curve events) {
        TrainProgress progress = trainer.progress();
        long curveBytes = curve.force();
        long eventBytes = events.force();
        writeModel(trainer);
        var made = new Checkpoint(progress, position, curveBytes, eventBytes, pupil.data().size(), pupil.data().labelNames());
        made.write(checkpoints.file(progress.updates()), trainer, plan.emas().size(), config.json());
        newest = made;
    }

    private void writeModel(Trainer trainer) {
        try (Model model = trainer.model()) {
            model.write(folder.resolve(WEIGHTS), ModelFormat.FILE);
        } catch (InvalidArgumentException e) {         // what the engine says of a path; the path is ours, so that it is the disk
            throw Durable.failed("write", folder.resolve(WEIGHTS), new IOException(e.getMessage(), e));
        }
    }

    private Trainer trainer() {
        return trainer(device, pupil, plan);
    }

    private static Trainer trainer(Device device, Pupil pupil, TrainPlan plan) {
        try {
            return Trainer.create(device, pupil.network(), plan);
        } catch (BadModelException e) {
            throw new BadModelException("the network's config.json: " + e.getMessage());
        }
    }

    private static double now() {
        return System.currentTimeMillis() * 1e-3;
    }

    /// Gives the folder back. Closing twice is fine.
    @Override
    public void close() {
        lock.release();
    }
}
