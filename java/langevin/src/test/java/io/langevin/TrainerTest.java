package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Batch.Pixels;
import io.langevin.internal.Goldens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final TrainPlan PLAN = Training.PLAN;
    private static final TrainPlan WITHOUT_EMA = PLAN.withEma();

    private long before;

    @BeforeEach
    void count() {
        before = Engine.liveHandles();
    }

    @AfterEach
    void nothing_is_left() {
        assertEquals(before, Engine.liveHandles());
    }

    private static Trainer trainer(TrainPlan plan) {
        return Trainer.create(Training.CONFIG, plan);
    }

    /// Gradients of one batch, summed over its images.
    private static float[] gradients(TrainPlan plan, Batch... batches) {
        try (Trainer trainer = trainer(plan)) {
            for (Batch batch : batches) {
                trainer.accumulate(batch);
            }
            return trainer.read(TrainState.GRADIENTS);
        }
    }

    private static double distance(float[] a, float[] b) {
        double magnitude = 0;
        double difference = 0;
        for (int i = 0; i < a.length; i++) {
            magnitude = Math.max(magnitude, Math.abs(b[i]));
            difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
        }
        assertTrue(magnitude > 0 && a.length == b.length);
        return difference / magnitude;
    }

    // ---- bits ----

    @Test
    void two_runs_from_one_seed_are_the_same_bits_with_one_thread_and_with_two() {
        TrainPlan plan = PLAN.withFlip(true).withLabelDropout(0.3).withEma(Ema.ramp(0.9), Ema.constant(0.5));
        List<Batch> batches = Training.squares(28, 1).batches(7);
        var ends = new ArrayList<Map<TrainState, float[]>>();
        var metrics = new ArrayList<List<TrainMetrics>>();
        for (int threads : new int[] {1, 2, 2}) {
            try (Device device = Device.cpu(threads); Trainer trainer = Trainer.create(device, Training.CONFIG, plan)) {
                Training.train(trainer, batches);
                trainer.await();
                metrics.add(trainer.metrics());
                ends.add(state(trainer, plan));
            }
        }
        for (int run = 1; run < 3; run++) {
            assertEquals(metrics.getFirst(), metrics.get(run));
            assertSame(ends.getFirst(), ends.get(run));
        }
        try (Trainer other = trainer(plan.withSeed(12))) {
            Training.train(other, batches);
            assertFalse(Arrays.equals(ends.getFirst().get(TrainState.WEIGHTS), other.read(TrainState.WEIGHTS)), "another seed is another run");
        }
    }

    private static Map<TrainState, float[]> state(Trainer trainer, TrainPlan plan) {
        var state = new EnumMap<TrainState, float[]>(TrainState.class);
        for (TrainState part : TrainState.values()) {
            if (part.ordinal() - TrainState.EMA_0.ordinal() < plan.emas().size()) {
                state.put(part, trainer.read(part));
            }
        }
        return state;
    }

    private static void assertSame(Map<TrainState, float[]> one, Map<TrainState, float[]> other) {
        one.forEach((part, values) -> assertArrayEquals(values, other.get(part), part.toString()));
    }

    @Test
    void a_run_that_was_stopped_and_resumed_ends_with_the_bits_that_it_would_have_had() {
        TrainPlan plan = PLAN.withFlip(true).withEma(Ema.warmup(0.99), Ema.constant(0.7)).withLearningRate(LearningRate.cosine(3e-3, 2, 8));
        List<Batch> batches = Training.squares(6 * 5, 2).batches(5);
        Map<TrainState, float[]> whole;
        try (Trainer trainer = trainer(plan)) {
            Training.train(trainer, batches);
            whole = state(trainer, plan);
        }
        Map<TrainState, float[]> half;
        TrainProgress progress;
        try (Trainer trainer = trainer(plan)) {
            Training.train(trainer, batches.subList(0, 3));
            half = state(trainer, plan);
            progress = trainer.progress();
        }
        assertEquals(new TrainProgress(3, 3, 15), progress);
        try (Trainer trainer = trainer(plan)) {
            half.forEach(trainer::write);
            trainer.resume(progress);
            assertEquals(3, trainer.step());
            Training.train(trainer, batches.subList(3, 6));
            assertSame(whole, state(trainer, plan));
            assertEquals(new TrainProgress(6, 6, 30), trainer.progress());
            assertEquals(List.of(4L, 5L, 6L), trainer.metrics().stream().map(TrainMetrics::update).toList());
            assertThrows(InvalidArgumentException.class, () -> trainer.resume(new TrainProgress(1, 1, 1)), "a run that has begun does not go back");
        }
    }

    @Test
    void virtual_threads_train_to_the_same_bits() throws Exception {
        List<Batch> batches = Training.squares(24, 3).batches(4);
        float[] expected;
        try (Trainer trainer = trainer(PLAN)) {
            Training.train(trainer, batches);
            expected = trainer.read(TrainState.EMA_0);
        }
        var task = new FutureTask<float[]>(() -> {
            try (Trainer trainer = trainer(PLAN); Arena confined = Arena.ofConfined()) {
                for (Batch batch : batches) {
                    MemorySegment pixels = confined.allocate(batch.images().byteSize()).copyFrom(batch.images());
                    trainer.accumulate(Batch.of(pixels, Pixels.UINT8, batch.count(), 1, 8, 8).withLabels(batch.labels()));
                    trainer.apply();
                }
                trainer.await(6);
                MemorySegment values = confined.allocate(4 * trainer.size());
                trainer.read(TrainState.EMA_0, 0, values);
                try (Model model = trainer.model()) {
                    assertEquals(trainer.size(), model.parameters());
                }
                return values.toArray(ValueLayout.JAVA_FLOAT);
            }
        });
        Thread.ofVirtual().start(task);
        assertArrayEquals(expected, task.get());
    }

    // ---- what an image is trained with ----

    /// Sums of 16 images in another order: a few roundings of float32, of the largest gradient.
    @Test
    void two_batches_of_eight_are_one_of_sixteen() {
        Batch all = Training.squares(16, 4);
        assertTrue(distance(gradients(PLAN, all.part(0, 8), all.part(8, 8)), gradients(PLAN, all)) < 2e-6);
    }

    @Test
    void bytes_are_the_numbers_that_they_stand_for() {
        Batch bytes = Training.squares(6, 5);
        float[] numbers = new float[6 * Training.PIXELS];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (bytes.images().get(ValueLayout.JAVA_BYTE, i) & 255) / 127.5f - 1;
        }
        // byte / 127.5 - 1 may be rounded once or twice: the last bit of a pixel.
        assertTrue(distance(gradients(PLAN, Batch.of(numbers, 6, 1, 8, 8).withLabels(bytes.labels())), gradients(PLAN, bytes)) < 1e-5);
    }

    /// Seeds 7 to 11 mirror images 1 and 2 (TrainingRowsTest).
    @Test
    void a_mirrored_image_is_the_mirror_image() {
        Batch batch = Training.squares(5, 6);
        byte[] pixels = batch.images().toArray(ValueLayout.JAVA_BYTE);
        byte[] mirrored = pixels.clone();
        for (int i = 1; i <= 2; i++) {
            for (int at = 0; at < Training.PIXELS; at++) {
                mirrored[i * Training.PIXELS + at] = pixels[i * Training.PIXELS + (at & ~7) + 7 - (at & 7)];
            }
        }
        TrainPlan plan = PLAN.withSeed(7);
        float[] ours = gradients(plan.withFlip(true), batch);
        assertArrayEquals(gradients(plan, Batch.of(mirrored, 5, 1, 8, 8).withLabels(batch.labels())), ours);
        assertFalse(Arrays.equals(gradients(plan, batch), ours));
    }

    @Test
    void a_dropped_label_is_the_label_that_means_none() {
        Batch batch = Training.squares(5, 7);
        float[] none = gradients(PLAN, batch.withLabels(4, 4, 4, 4, 4));
        assertArrayEquals(none, gradients(PLAN.withLabelDropout(1), batch));
        assertArrayEquals(none, gradients(PLAN, batch.withLabels(-1, -1, -1, -1, -1)));
        assertArrayEquals(none, gradients(PLAN, Batch.of(batch.images(), Pixels.UINT8, 5, 1, 8, 8)));
        assertFalse(Arrays.equals(none, gradients(PLAN, batch)));
    }

    @Test
    void noise_and_timesteps_of_the_caller_take_the_place_of_the_seed() {
        var noise = new float[3 * Training.PIXELS];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) Math.sin(i);
        }
        Batch batch = Training.squares(3, 8).withNoise(noise).withTimesteps(3, 500, 999);
        TrainPlan same = PLAN.withSeed(1);
        float[] weights;
        try (Trainer trainer = trainer(same)) {
            weights = trainer.read(TrainState.WEIGHTS);
        }
        try (Trainer trainer = trainer(same.withSeed(2))) {
            trainer.write(TrainState.WEIGHTS, weights);
            trainer.accumulate(batch);
            assertArrayEquals(gradients(same, batch), trainer.read(TrainState.GRADIENTS));
        }
        assertFalse(Arrays.equals(gradients(same, batch), gradients(same, batch.withTimesteps(3, 501, 999))));
    }

    @Test
    void an_objective_of_the_users_own_is_trained_too() {
        Objective flow = u -> new TrainingRow(1 - u, u, 1, 1000 * u, 1, -1, 1);
        try (Trainer trainer = trainer(TrainPlan.of(PLAN.diffusion(), flow).withLearningRate(2e-3))) {
            assertTrue(lossFalls(trainer), "rectified flow");
        }
    }

    @Test
    void training_lowers_the_loss() {
        for (Optimizer optimizer : new Optimizer[] {Optimizer.adamW(), Optimizer.adam()}) {
            for (Initialisation initialisation : Initialisation.values()) {
                try (Trainer trainer = trainer(PLAN.withOptimizer(optimizer).withInitialisation(initialisation))) {
                    assertTrue(lossFalls(trainer), optimizer + ", " + initialisation);
                }
            }
        }
    }

    /// 150 updates on sixteen pictures: the mean loss of the last 20 is below 0.8 of the first 5's.
    private static boolean lossFalls(Trainer trainer) {
        Batch batch = Training.squares(16, 9);
        for (int i = 0; i < 150; i++) {
            trainer.accumulate(batch);
            trainer.apply();
        }
        trainer.await();
        double[] losses = trainer.metrics().stream().mapToDouble(TrainMetrics::loss).toArray();
        return Arrays.stream(losses, 130, 150).average().orElseThrow() < 0.8 * Arrays.stream(losses, 0, 5).average().orElseThrow();
    }

    @Test
    void fresh_weights_are_those_of_the_seed_and_of_the_initialisation() {
        var weights = new EnumMap<Initialisation, float[]>(Initialisation.class);
        for (Initialisation initialisation : Initialisation.values()) {
            TrainPlan plan = PLAN.withInitialisation(initialisation);
            try (Trainer trainer = trainer(plan); Trainer again = trainer(plan); Trainer other = trainer(plan.withSeed(-1))) {
                weights.put(initialisation, trainer.read(TrainState.WEIGHTS));
                assertArrayEquals(weights.get(initialisation), again.read(TrainState.WEIGHTS));
                assertArrayEquals(weights.get(initialisation), trainer.read(TrainState.EMA_0));
                assertFalse(Arrays.equals(weights.get(initialisation), other.read(TrainState.WEIGHTS)));
                boolean zero = magnitude(trainer, "conv_out.weight") == 0 && magnitude(trainer, "conv_in.bias") == 0;
                assertEquals(initialisation == Initialisation.HO, zero);
                assertTrue(magnitude(trainer, "conv_in.weight") > 0);
            }
        }
        assertFalse(Arrays.equals(weights.get(Initialisation.HO), weights.get(Initialisation.PYTORCH)));
    }

    private static double magnitude(Trainer trainer, String name) {
        Parameter parameter = trainer.parameters().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        var values = new float[(int) parameter.size()];
        trainer.read(TrainState.WEIGHTS, parameter.offset(), MemorySegment.ofArray(values));
        return Arrays.stream(doubles(values)).map(Math::abs).max().orElseThrow();
    }

    // ---- updates ----

    @Test
    void metrics_tell_of_every_update_once() {
        TrainPlan plan = PLAN.withLearningRate(LearningRate.linear(1e-3, 2, 6));
        try (Trainer trainer = trainer(plan)) {
            assertEquals(List.of(), trainer.metrics());
            Batch batch = Training.squares(6, 10);
            var all = new ArrayList<TrainMetrics>();
            for (int i = 0; i < 4; i++) {
                trainer.accumulate(batch.part(0, 2));
                trainer.accumulate(batch.part(2, 4));
                trainer.apply();
                assertEquals(i + 1, trainer.step());
                all.addAll(trainer.metrics());
            }
            trainer.await(4);
            all.addAll(trainer.metrics());
            assertEquals(List.of(1L, 2L, 3L, 4L), all.stream().map(TrainMetrics::update).toList());
            for (int i = 0; i < 4; i++) {
                TrainMetrics one = all.get(i);
                assertEquals(plan.learningRate().at(i), one.learningRate());
                assertEquals(6, one.images());
                assertFalse(one.skipped());
                assertTrue(one.loss() > 0 && one.loss() < 10 && one.gradNorm() > 0 && one.gradNorm() < 1000, one.toString());
            }
            assertEquals(List.of(), trainer.metrics());
        }
    }

    @Test
    void who_asks_for_metrics_too_seldom_misses_the_oldest() {
        Batch dot = Batch.of(new byte[4], 1, 1, 2, 2);
        int updates = Trainer.METRICS_KEPT + 100;
        try (Trainer trainer = Trainer.create(Training.SMALLEST, PLAN)) {
            for (int i = 0; i < updates; i++) {
                trainer.accumulate(dot);
                trainer.apply();
            }
            trainer.await();
            List<TrainMetrics> kept = trainer.metrics();
            assertEquals(Trainer.METRICS_KEPT, kept.size());
            assertEquals(101, kept.getFirst().update());
            assertEquals(updates, kept.getLast().update());
        }
    }

    @Test
    void an_update_that_is_not_finite_is_skipped_and_told() {
        Batch good = Training.squares(4, 11);
        var broken = new float[4 * Training.PIXELS];
        broken[70] = Float.NaN;
        try (Trainer trainer = trainer(PLAN)) {
            Training.train(trainer, List.of(good));
            Map<TrainState, float[]> state = state(trainer, PLAN);
            Training.train(trainer, List.of(Batch.of(broken, 4, 1, 8, 8).withLabels(0, 1, 2, 3)));
            assertSame(state, state(trainer, PLAN));
            Training.train(trainer, List.of(good));
            assertFalse(Arrays.equals(state.get(TrainState.WEIGHTS), trainer.read(TrainState.WEIGHTS)));
            assertEquals(List.of(false, true, false), trainer.metrics().stream().map(TrainMetrics::skipped).toList());
            assertEquals(new TrainProgress(3, 2, 12), trainer.progress());
        }
    }

    @Test
    void averages_follow_the_weights_by_their_own_rule() {
        TrainPlan plan = PLAN.withEma(Ema.constant(0.75), Ema.ramp(0.9), Ema.warmup(0.9));
        try (Trainer trainer = trainer(plan)) {
            int count = plan.emas().size();
            var averages = new double[count][];
            for (int e = 0; e < count; e++) {
                averages[e] = doubles(trainer.read(TrainState.WEIGHTS));
            }
            for (int n = 0; n < 4; n++) {
                Training.train(trainer, List.of(Training.squares(4, n)));
                double[] weights = doubles(trainer.read(TrainState.WEIGHTS));
                for (int e = 0; e < count; e++) {
                    double decay = plan.emas().get(e).decay(n);
                    for (int i = 0; i < weights.length; i++) {
                        averages[e][i] = decay * averages[e][i] + (1 - decay) * weights[i];
                    }
                    float[] ours = trainer.read(TrainState.values()[TrainState.EMA_0.ordinal() + e]);
                    for (int i = 0; i < weights.length; i++) {
                        assertEquals(averages[e][i], ours[i], 1e-6 * Math.max(1, Math.abs(weights[i])), "average " + e + " after " + (n + 1) + " updates, number " + i);
                    }
                }
            }
        }
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    // ---- models ----

    @Test
    void a_model_is_a_snapshot_that_later_updates_leave_alone() {
        List<Batch> batches = Training.squares(12, 13).batches(4);
        var request = SampleRequest.of(2).withSteps(3).withLabels(1, 2);
        try (Trainer trainer = trainer(PLAN.withEma(Ema.constant(0.5), Ema.constant(0.9)))) {
            Training.train(trainer, batches);
            try (Model first = trainer.model(); Model second = trainer.model(1); Model weights = trainer.weights()) {
                Images images = first.sample(request);
                Images ofWeights = weights.sample(request);
                assertFalse(images.equals(ofWeights));
                assertFalse(images.equals(second.sample(request)));
                Training.train(trainer, batches);
                trainer.await();
                assertEquals(images, first.sample(request));
                assertEquals(ofWeights, weights.sample(request));
                try (Model later = trainer.model()) {
                    assertFalse(images.equals(later.sample(request)));
                }
            }
        }
    }

    @Test
    void a_model_says_of_itself_how_it_was_trained_and_is_the_same_after_a_way_through_a_file(@TempDir Path folder) {
        var diffusion = Diffusion.of(NoiseSchedule.cosine(50)).withPrediction(Diffusion.Prediction.V).withLimit(2);
        List<String> names = List.of("left", "middle \"left\"", "middle right", "right");
        var request = SampleRequest.of(2).withSteps(4).withLabels(0, 3).withGuidance(1.5);
        try (Trainer trainer = trainer(TrainPlan.of(diffusion).withLabelNames(names))) {
            Training.train(trainer, Training.squares(8, 14).batches(4));
            try (Model model = trainer.model()) {
                assertEquals(diffusion, model.diffusion());
                assertEquals(names, model.labelNames());
                assertEquals(Training.CONFIG, model.config());
                assertEquals(Path.of(""), model.path());
                Images images = model.sample(request);
                for (Map.Entry<String, ModelFormat> written : Map.of("folder", ModelFormat.FOLDER, "file.safetensors", ModelFormat.FILE).entrySet()) {
                    model.write(folder.resolve(written.getKey()), written.getValue());
                    try (Model read = Model.open(folder.resolve(written.getKey()))) {
                        assertEquals(images, read.sample(request), written.getKey());
                        assertEquals(diffusion, read.diffusion());
                        assertEquals(names, read.labelNames());
                    }
                }
            }
        }
    }

    @Test
    void a_model_is_trained_on_from_its_own_weights() {
        var request = SampleRequest.of(1).withSteps(2).withLabels(3);
        try (Model model = Model.open(Mnist.FOLDER)) {
            Images images = model.sample(request);
            try (Trainer trainer = Trainer.from(model, TrainPlan.of(model.diffusion())); Model weights = trainer.weights(); Model average = trainer.model()) {
                assertEquals(images, weights.sample(request));
                assertEquals(images, average.sample(request));
                trainer.accumulate(Batch.of(new byte[784], 1, 1, 28, 28).withLabels(3));
                trainer.apply();
                try (Model moved = trainer.weights()) {
                    assertFalse(images.equals(moved.sample(request)));
                }
                assertEquals(images, model.sample(request));
            }
            var other = TrainPlan.of(Diffusion.of(NoiseSchedule.cosine(1000)));
            assertTrue(assertThrows(InvalidArgumentException.class, () -> Trainer.from(model, other)).getMessage().contains("TrainPlan.of(model.diffusion())"));
            var named = TrainPlan.of(model.diffusion()).withLabelNames(List.of("a", "b"));
            assertTrue(assertThrows(InvalidArgumentException.class, () -> Trainer.from(model, named)).getMessage().contains("withLabelNames"));
        }
    }

    // ---- what it is ----

    @Test
    void parameters_are_named_and_lie_one_after_the_other() {
        try (Trainer trainer = trainer(PLAN); Model model = trainer.model()) {
            long at = 0;
            for (Parameter parameter : trainer.parameters()) {
                assertEquals(at, parameter.offset(), parameter.name());
                assertTrue(parameter.trained());
                at += parameter.size();
            }
            assertEquals(trainer.size(), at);
            assertEquals(model.parameters(), at);
            assertTrue(trainer.parameters().stream().anyMatch(parameter -> parameter.name().equals("conv_in.weight") && parameter.shape().equals(List.of(8, 1, 3, 3))));
            assertEquals(Training.CONFIG, trainer.config());
            assertEquals(5 * 4 * at, trainer.stateBytes());
        }
    }

    @Test
    void a_part_of_an_array_is_read_and_written() {
        try (Trainer trainer = trainer(PLAN); Arena arena = Arena.ofConfined()) {
            float[] weights = trainer.read(TrainState.WEIGHTS);
            Parameter bias = trainer.parameters().stream().filter(parameter -> parameter.name().equals("conv_out.bias")).findFirst().orElseThrow();
            MemorySegment one = arena.allocate(4 * bias.size());
            trainer.read(TrainState.WEIGHTS, bias.offset(), one);
            assertEquals(weights[(int) bias.offset()], one.get(ValueLayout.JAVA_FLOAT, 0));
            one.set(ValueLayout.JAVA_FLOAT, 0, 42);
            trainer.write(TrainState.WEIGHTS, bias.offset(), one);
            weights[(int) bias.offset()] = 42;
            assertArrayEquals(weights, trainer.read(TrainState.WEIGHTS));
            assertThrows(InvalidArgumentException.class, () -> trainer.read(TrainState.WEIGHTS, trainer.size(), one));
            assertThrows(InvalidArgumentException.class, () -> trainer.read(TrainState.WEIGHTS, -1, one));
            assertThrows(InvalidArgumentException.class, () -> trainer.read(TrainState.WEIGHTS, 0, arena.allocate(6)));
            assertThrows(InvalidArgumentException.class, () -> trainer.write(TrainState.WEIGHTS, new float[3]));
            assertEquals("read: EMA_1, but the plan has only 1 moving average",
                    assertThrows(InvalidArgumentException.class, () -> trainer.read(TrainState.EMA_1)).getMessage());
        }
    }

    @Test
    void what_a_batch_costs_is_told_before_it_is_paid() {
        try (Trainer trainer = trainer(PLAN); Model model = trainer.model()) {
            ModelPlan forward = model.plan(4);
            ModelPlan both = trainer.plan(4);
            // Two thirds of a training step are backwards.
            assertTrue(both.flops() > 2 * forward.flops() && both.ops() > forward.ops() && both.arenaBytes() > forward.arenaBytes(), both + " beside " + forward);
            assertTrue(trainer.dump(4).contains("conv_in"));
            trainer.profiling(true);
            Training.train(trainer, Training.squares(8, 15).batches(4));
            List<OpProfile> profile = trainer.profile();
            assertTrue(profile.stream().anyMatch(op -> op.name().contains("gradient") && op.milliseconds() > 0 && op.launches() > 0), profile.toString());
        }
    }

    // ---- mistakes ----

    @Test
    void what_the_network_does_not_take_is_refused_and_nothing_is_accumulated() {
        Batch batch = Training.squares(4, 16);
        try (Trainer trainer = trainer(WITHOUT_EMA)) {
            refused(trainer, Batch.of(new byte[4 * 3 * 64], 4, 3, 8, 8), "3 channels, this network takes 1");
            refused(trainer, batch.withLabels(0, 1, 5, 2), "image 2 has label 5; this network has 0 to 4 (4 and -1 mean none)");
            refused(trainer, batch.withLabels(0, 1, -2, 2), "label -2");
            refused(trainer, batch.withClassTimesteps(1, 2, 3, 4), "class timesteps, but this network takes none");
            refused(trainer, batch.withEmbeddings(new float[8]), "class embeddings of 2 numbers, this network takes 0");
            refused(trainer, batch.withTimesteps(0, 1, 2, 1000), "timestep 1000");
            refused(trainer, Batch.of(new byte[4 * 7 * 7], 4, 1, 7, 7), "7");
            assertThrows(InvalidArgumentException.class, trainer::apply, "nothing was accumulated");
            assertEquals(0, trainer.step());
            assertEquals(new TrainProgress(0, 0, 0), trainer.progress());
            assertTrue(assertThrows(InvalidArgumentException.class, () -> trainer.model(0)).getMessage().contains("the plan has none"));
            assertThrows(InvalidArgumentException.class, () -> trainer.await(0));
            assertThrows(InvalidArgumentException.class, () -> trainer.plan(0));
            Training.train(trainer, List.of(batch));
            trainer.await(1);
            assertEquals(4, trainer.metrics().getFirst().images());
        }
    }

    private static void refused(Trainer trainer, Batch batch, String words) {
        String message = assertThrows(InvalidArgumentException.class, () -> trainer.accumulate(batch)).getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void a_network_that_needs_a_class_says_which() {
        try (Trainer trainer = Trainer.create(Training.config(""), PLAN)) {
            refused(trainer, Batch.of(new byte[64], 1, 1, 8, 8), "takes labels 0 to 4, none of which means no class");
            refused(trainer, Batch.of(new byte[64], 1, 1, 8, 8).withLabels(-1), "label -1");
        }
        Path cases = Goldens.ROOT.resolve("tests/goldens/cases");
        try (Trainer trainer = Trainer.create(ModelConfig.read(cases.resolve("unet-class-timestep/model/config.json")), PLAN)) {
            ModelConfig config = trainer.config();
            Batch batch = Batch.of(new byte[config.inChannels() * config.height() * config.width()], 1, config.inChannels(), config.height(), config.width());
            refused(trainer, batch, "withClassTimesteps");
            refused(trainer, batch.withLabels(1), "withClassTimesteps");
            Training.train(trainer, List.of(batch.withClassTimesteps(3)));
            trainer.await();
        }
        try (Trainer trainer = Trainer.create(ModelConfig.read(cases.resolve("unet-class-identity/model/config.json")), PLAN)) {
            ModelConfig config = trainer.config();
            Batch batch = Batch.of(new byte[config.inChannels() * config.height() * config.width()], 1, config.inChannels(), config.height(), config.width());
            refused(trainer, batch, "embeddings of 0 numbers, this network takes " + config.embeddingSize());
            Training.train(trainer, List.of(batch.withEmbeddings(new float[config.embeddingSize()])));
            trainer.await();
        }
    }

    @Test
    void a_plan_that_the_network_cannot_follow_is_refused_and_leaves_nothing_behind() {
        assertTrue(assertThrows(InvalidArgumentException.class, () -> Trainer.create(Training.config(""), PLAN.withLabelDropout(0.1))).getMessage()
                .contains("no label that means none"));
        assertThrows(LangevinException.class, () -> Trainer.create(Training.CONFIG, PLAN.withLabelNames(List.of("one", "two"))));
        assertThrows(UnsupportedException.class, () -> Trainer.create(ModelConfig.parse("{\"_class_name\": \"UNet3DModel\"}"), PLAN));
        assertThrows(BadModelException.class, () -> Trainer.create(ModelConfig.parse("{\"in_channels\": 0}"), PLAN));
        assertThrows(BadModelException.class, () -> Trainer.create(ModelConfig.parse("{\"norm_num_groups\": 5}"), PLAN));
    }
}
