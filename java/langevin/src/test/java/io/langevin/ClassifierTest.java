package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTest {
    private static final ModelConfig CONFIG = ModelConfig.parse("{\"_class_name\": \"LangevinClassifier\", \"sample_size\": 8, \"in_channels\": 1, \"block_out_channels\": [8, 16],"
            + " \"layers_per_block\": 1, \"norm_num_groups\": 4, \"features\": 5, \"num_classes\": 2}");
    private static final TrainPlan PLAN = TrainPlan.classification().withLearningRate(3e-3).withSeed(3).withEma();

    private long before;

    @BeforeEach
    void count() {
        before = Engine.liveHandles();
    }

    @AfterEach
    void nothing_is_left() {
        assertEquals(before, Engine.liveHandles());
    }

    /// A bright row (class 0) or a bright column (class 1) somewhere on a noisy ground.
    private static Batch bars(int count, long seed) {
        var random = new Random(seed);
        var pixels = new byte[count * 64];
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(2);
            int place = random.nextInt(8);
            for (int at = 0; at < 64; at++) {
                boolean bright = (labels[i] == 0 ? at / 8 : at % 8) == place;
                pixels[i * 64 + at] = (byte) ((bright ? 160 : 40) + random.nextInt(60));
            }
        }
        return Batch.of(pixels, count, 1, 8, 8).withLabels(labels);
    }

    private static Trainer trained(TrainPlan plan, int updates) {
        Trainer trainer = Trainer.create(CONFIG, plan);
        Training.train(trainer, bars(24 * updates, 1).batches(24));
        return trainer;
    }

    private static void says(Class<? extends LangevinException> kind, String message, Runnable action) {
        assertEquals(message, assertThrows(kind, action::run).getMessage());
    }

    @Test
    void it_learns_to_tell_rows_from_columns() {
        try (Trainer trainer = trained(PLAN.withFlip(true), 80); Model model = trainer.model()) {
            Batch unseen = bars(200, 999);
            Classified said = model.classify(unseen);
            assertArrayEquals(unseen.labels(), IntStream.range(0, 200).map(said::label).toArray());
            assertEquals(200, said.count());
            assertEquals(2, said.classes());
            assertEquals(5, said.featureSize());
            assertEquals(1000, said.features().length);
            List<TrainMetrics> metrics = trainer.metrics();
            assertTrue(metrics.getLast().loss() < 0.1, "" + metrics.getLast().loss());
        }
    }

    @Test
    void what_is_said_of_a_picture_does_not_depend_on_the_others_or_on_where_they_lie() throws Exception {
        try (Trainer trainer = trained(PLAN, 3); Model model = trainer.model(); Arena arena = Arena.ofConfined()) {
            Batch pictures = bars(21, 5);
            Classified all = model.classify(pictures);
            for (int i : new int[] {0, 8, 20}) {
                Classified one = model.classify(pictures.part(i, 1));
                assertArrayEquals(Arrays.copyOfRange(all.logits(), 2 * i, 2 * i + 2), one.logits());
                assertArrayEquals(Arrays.copyOfRange(all.features(), 5 * i, 5 * i + 5), one.features());
            }
            MemorySegment outside = arena.allocate(21 * 64).copyFrom(pictures.images());
            assertArrayEquals(all.logits(), model.classify(Batch.of(outside, Batch.Pixels.UINT8, 21, 1, 8, 8)).logits());
            var virtual = new FutureTask<>(() -> model.classify(pictures));
            Thread.startVirtualThread(virtual);
            assertArrayEquals(all.logits(), virtual.get().logits());
        }
    }

    @Test
    void it_is_written_and_opened_with_the_names_of_its_classes(@TempDir Path folder) {
        Path file = folder.resolve("bars.safetensors");
        Batch pictures = bars(10, 5);
        try (Trainer trainer = trained(PLAN.withLabelNames(List.of("row", "column")), 2); Model model = trainer.model()) {
            model.write(file, ModelFormat.FILE);
            model.write(folder.resolve("bars"), ModelFormat.FOLDER);
            for (Path path : List.of(file, folder.resolve("bars"))) {
                try (Model again = Model.open(path)) {
                    assertArrayEquals(model.classify(pictures).logits(), again.classify(pictures).logits());
                    assertEquals(List.of("row", "column"), again.labelNames());
                    assertEquals(CONFIG, again.config());
                    assertEquals(CONFIG, trainer.config());
                    assertEquals("", again.scheduler());
                    try (Trainer further = Trainer.from(again, PLAN); Model same = further.model()) {
                        assertArrayEquals(model.classify(pictures).logits(), same.classify(pictures).logits());
                    }
                }
            }
        }
    }

    @Test
    void its_config_says_what_it_is() {
        assertTrue(CONFIG.isClassifier());
        assertEquals(2, CONFIG.classes());
        assertEquals(5, CONFIG.features());
        assertEquals(0, CONFIG.outChannels());
        assertEquals(0, CONFIG.labels());
        assertTrue(assertThrows(BadModelException.class, () -> ModelConfig.parse("{\"_class_name\": \"LangevinClassifier\", \"in_channels\": 1}")).getMessage().contains("num_classes"));
        ModelConfig shipped = ModelConfig.read(Goldens.ROOT.resolve("models/configs/classifier-28.json"));
        try (Trainer trainer = Trainer.create(shipped, PLAN); Model model = trainer.model()) {
            assertEquals(shipped, model.config());
            assertEquals(20e6, model.plan(1).flops(), 3e6);
        }
    }

    @Test
    void it_draws_nothing_and_what_draws_does_not_classify() {
        try (Trainer trainer = trained(PLAN, 1); Model model = trainer.model()) {
            says(InvalidArgumentException.class, "this model classifies, it does not draw images; say classify(batch)", () -> model.sample(SampleRequest.of(1)));
            says(InvalidArgumentException.class, "a trainer's model after 1 updates classifies, it does not denoise: that takes a model that makes images", () -> model.denoiser(1));
        }
        try (Model model = Model.open(Mnist.FOLDER)) {
            says(InvalidArgumentException.class, Mnist.FOLDER + " draws images, it does not classify; that takes a network of class LangevinClassifier, this is a UNet2DModel",
                    () -> model.classify(Batch.of(new byte[784], 1, 1, 28, 28)));
            says(InvalidArgumentException.class, "the plan's objective is classification, and this network makes images (UNet2DModel); begin the plan with TrainPlan.of(diffusion)",
                    () -> Trainer.create(Training.SMALLEST, PLAN));
        }
        says(InvalidArgumentException.class, "this network classifies, and the plan asks it for EPSILON at a timestep; begin the plan with TrainPlan.classification()",
                () -> Trainer.create(CONFIG, TrainPlan.defaults()));
    }

    @Test
    void what_it_cannot_take_is_refused_with_the_numbers() {
        try (Trainer trainer = trained(PLAN, 1); Model model = trainer.model()) {
            says(InvalidArgumentException.class, "classify: images of 3 channels, this classifier takes 1", () -> model.classify(Batch.of(new byte[192], 1, 3, 8, 8)));
            says(InvalidArgumentException.class, "images of 6x8 do not fit a trainer's model after 1 updates: sample_size is 8x8, and a classifier takes no other",
                    () -> model.classify(Batch.of(new byte[48], 1, 1, 6, 8)));
            says(InvalidArgumentException.class, "accumulate: the batch has no labels, but this network learns to tell the classes 0 to 1; say withLabels(...)",
                    () -> trainer.accumulate(Batch.of(new byte[64], 1, 1, 8, 8)));
            says(InvalidArgumentException.class, "accumulate: image 1 has label 2; this network has 0 to 1",
                    () -> trainer.accumulate(Batch.of(new byte[128], 2, 1, 8, 8).withLabels(0, 2)));
            says(InvalidArgumentException.class, "accumulate: image 0 has label -1; this network has 0 to 1",
                    () -> trainer.accumulate(Batch.of(new byte[64], 1, 1, 8, 8).withLabels(-1)));
            says(InvalidArgumentException.class, "labelDropout is 0.1, but this network takes no labels", () -> Trainer.create(CONFIG, PLAN.withLabelDropout(0.1)));
        }
        Model model;
        try (Trainer trainer = trained(PLAN, 1)) {
            model = trainer.model();
        }
        model.close();
        assertThrows(ClosedException.class, () -> model.classify(bars(1, 1)));
    }

    @Test
    void an_answer_has_a_label_and_probabilities() {
        var said = new Classified(2, 3, 1, new float[] {0, (float) Math.log(2), (float) Math.log(5), 4, 4, 1000}, new float[] {1, 2});
        assertEquals(2, said.label(0));
        assertArrayEquals(new double[] {1 / 8.0, 2 / 8.0, 5 / 8.0}, said.probabilities(0), 1e-7);
        assertArrayEquals(new double[] {0, 0, 1}, said.probabilities(1), 1e-12);
        assertEquals(0, new Classified(1, 2, 1, new float[] {3, 3}, new float[1]).label(0));
        says(InvalidArgumentException.class, "image 2 of 2; the first is 0", () -> said.label(2));
        says(InvalidArgumentException.class, "5 logits and 2 features are not those of 2 images with 3 classes and 1 features",
                () -> new Classified(2, 3, 1, new float[5], new float[2]));
    }
}
