package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Images;
import io.langevin.Model;
import io.langevin.NoiseSource;
import io.langevin.SampleRequest;
import io.langevin.Sampler;
import io.langevin.samplers.Ddim;
import io.langevin.internal.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleCommandTest {
    private static final SampleRequest TEN = SampleRequest.of(10).withSteps(3).withLabels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    private static Model model;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        model = Model.open(Path.of(Run.MNIST));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /// `langevin sample tests/models/mnist --steps 3 --out x.safetensors` and what else there is.
    private Images tensor(Object... options) {
        Path file = folder.resolve("x.safetensors");
        sample(file, options).result();
        Safetensors.Tensor images = Safetensors.read(file).get("images");
        int[] shape = images.shape();
        return new Images(shape[0], shape[1], shape[2], shape[3], images.floats());
    }

    private static Run sample(Object out, Object... options) {
        Object[] words = Arrays.copyOf(new Object[] {"sample", Run.MNIST, "--steps", 3, "--out", out}, 6 + options.length);
        System.arraycopy(options, 0, words, 6, options.length);
        return Run.of(words);
    }

    @Test
    void a_tensor_holds_what_the_library_draws() {
        assertEquals(model.sample(TEN.withSeed(7)), tensor("--seed", 7));
    }

    @Test
    void a_picture_is_a_grid_of_them() throws IOException {
        Path file = folder.resolve("x.png");
        Run run = sample(file);
        assertEquals(file + "  (10 images, 5 x 2)\n", run.result());
        Path wanted = folder.resolve("wanted.png");
        model.sample(TEN).grid(5).writePng(wanted);
        assertEquals(-1, Files.mismatch(wanted, file));
        List<String> lines = run.err().lines().toList();
        assertEquals("model " + Run.MNIST + ": UNet2DModel 28x28x1, 1.1 M parameters, classes 0-9 (10 means none), trained with 1000 steps (epsilon)", lines.get(0));
        assertTrue(lines.get(1).startsWith("device cpu ("), lines.get(1));
        assertEquals("10 images, DDIM 3 steps, seed 0", lines.get(2));
        assertTrue(lines.get(5).startsWith("step 3 of 3, "), lines.get(5));
    }

    @Test
    void a_folder_is_made_and_gets_numbered_pictures() throws IOException {
        Path pictures = folder.resolve("a/b");
        assertEquals(pictures + "/  (2 images)\n", sample(pictures + "/", "--count", 2).result());
        Images wanted = model.sample(TEN.withCount(2));
        for (int i = 0; i < 2; i++) {
            wanted.image(i).writePng(folder.resolve("wanted.png"));
            assertEquals(-1, Files.mismatch(folder.resolve("wanted.png"), pictures.resolve("000" + i + ".png")));
        }
        assertEquals(List.of("0000.png", "0001.png"), names(pictures));
        // A folder that is there needs no slash.
        assertEquals(pictures + "/  (1 image)\n", sample(pictures, "--count", 1, "--class", 3).result());
    }

    @Test
    void classes_are_cycled_through() {
        assertEquals(model.sample(TEN.withCount(12)), tensor("--count", 12));
        assertEquals(model.sample(TEN.withCount(1).withLabels(7)), tensor("--class", 7));
        assertEquals(model.sample(TEN.withCount(3).withLabels(1, 2, 3)), tensor("--class", "1,2,3"));
        assertEquals(model.sample(TEN.withCount(5).withLabels(1, 2)), tensor("--class", "1-2", "--count", 5));
    }

    @Test
    void guidance_and_samplers_are_the_librarys() {
        SampleRequest guided = TEN.withCount(2).withLabels(7).withGuidance(2.5).withSampler(new Ddim().withClippedOutput(true));
        assertEquals(model.sample(guided), tensor("--class", 7, "--count", 2, "--guidance", 2.5));
        assertEquals(model.sample(guided.withNoneLabel(3)), tensor("--class", 7, "--count", 2, "--guidance", 2.5, "--none", 3));
        assertEquals(model.sample(TEN.withCount(2).withSampler(Sampler.ddim(0.5))), tensor("--count", 2, "--eta", 0.5));
        assertEquals(model.sample(TEN.withCount(2).withSampler(Sampler.ddpm())), tensor("--count", 2, "--sampler", "ddpm"));
        assertEquals(model.sample(TEN.withCount(2).withSampler(Sampler.named("dpm++"))), tensor("--count", 2, "--sampler", "dpm++"));
        assertEquals(model.sample(TEN.withCount(2).withSampler(Sampler.of(model.diffusion()))), tensor("--count", 2, "--sampler", "checkpoint"));
    }

    @Test
    void a_model_may_say_at_which_guidance_it_is_drawn() throws IOException {
        String config = Files.readString(Path.of(Run.MNIST, "unet/config.json"));
        Path guided = Models.mnist(folder.resolve("guided"), "unet/config.json", config.replaceFirst("\\{", "{\"langevin_guidance\": 2.5,"));
        for (String[] options : new String[][] {{guided.toString(), "a.png"}, {Run.MNIST, "b.png", "--guidance", "2.5"}, {guided.toString(), "c.png", "--guidance", "1"}, {Run.MNIST, "d.png"}}) {
            var all = new ArrayList<Object>(List.of("sample", options[0], "--class", 7, "--steps", 2, "--out", folder.resolve(options[1])));
            all.addAll(List.of(options).subList(2, options.length));
            Run.of(all.toArray()).result();
        }
        assertEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("b.png")));
        assertEquals(-1, Files.mismatch(folder.resolve("c.png"), folder.resolve("d.png")));
        assertNotEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("c.png")));
    }

    @Test
    void another_label_that_means_none_makes_the_models_own_a_class() {
        assertEquals(model.sample(SampleRequest.of(10).withSteps(3).withLabels(IntStream.of(0, 1, 2, 4, 5, 6, 7, 8, 9, 10).boxed().toList()).withNoneLabel(3)),
                tensor("--none", 3));
    }

    @Test
    void each_kind_of_noise_is_its_own() {
        Images torch = tensor("--count", 2, "--class", 4, "--noise", "torch", "--seed", 5);
        Images batch = tensor("--count", 2, "--class", 4, "--noise", "torch-batch", "--seed", 5);
        SampleRequest request = TEN.withCount(2).withLabels(4).withSeed(5);
        assertEquals(model.sample(request.withNoise(NoiseSource.TORCH)), torch);
        assertEquals(model.sample(request.withNoise(NoiseSource.TORCH_BATCH)), batch);
        assertNotEquals(torch.image(1), batch.image(1));
        assertNotEquals(torch.image(0), tensor("--count", 1, "--class", 4, "--seed", 5));
    }

    @Test
    void batches_and_threads_change_no_image() {
        Images whole = tensor("--count", 5, "--seed", 9);
        assertEquals(whole, tensor("--count", 5, "--seed", 9, "--batch", 2));
        assertEquals(whole, tensor("--count", 5, "--seed", 9, "--threads", 1));
        assertArrayEquals(whole.image(3).values(), tensor("--count", 1, "--seed", 12, "--class", 3).values());
    }

    @Test
    void previews_show_each_step_of_each_batch() throws IOException {
        Path previews = folder.resolve("steps");
        assertEquals(model.sample(TEN.withCount(3)), tensor("--count", 3, "--batch", 2, "--previews", previews));
        assertEquals(List.of("step-0001.png", "step-0002.png", "step-0003.png", "step-0004.png", "step-0005.png", "step-0006.png"), names(previews));
        var pictures = new ArrayList<Images>();
        model.sample(TEN.withCount(3).withBatch(2), progress -> pictures.add(progress.preview()));
        for (int step = 1; step <= 6; step++) {
            Images preview = pictures.get(step - 1);
            preview.grid(preview.count()).writePng(folder.resolve("wanted.png"));
            assertEquals(-1, Files.mismatch(folder.resolve("wanted.png"), previews.resolve("step-000" + step + ".png")), "step " + step);
        }
    }

    @Test
    void labels_that_the_model_lacks_are_refused() {
        String has = ": " + Run.MNIST + " has classes 0-9 (10 means none)";
        sample("x.png", "--class", 12).fails(Main.WRONG_USAGE, "--class 12" + has);
        sample("x.png", "--class", "3-11").fails(Main.WRONG_USAGE, "--class 11" + has);
        sample("x.png", "--none", 11).fails(Main.WRONG_USAGE, "--none 11" + has);
        sample("x.png", "--none", -1).fails(Main.WRONG_USAGE, "--none -1" + has);
        for (String text : List.of("1,,2", "-1", "", "99999999999")) {
            sample("x.png", "--class=" + text).fails(Main.WRONG_USAGE, "Invalid value for option '--class': '" + text
                    + "' is no list of classes; write 7, 1,2,3, 0-9, or names as cat,dog");
        }
        sample("x.png", "--class", "seven").fails(Main.WRONG_USAGE,
                "--class seven: the model does not name its classes (no labels.json beside its config.json); write their numbers");
        sample("x.png", "--class", "5-2").fails(Main.WRONG_USAGE, "Invalid value for option '--class': '5-2' is no range of classes; write 0-9");
    }

    @Test
    void numbers_that_cannot_be_are_refused() {
        Run.of("sample", Run.MNIST, "--steps", 0).fails(Main.WRONG_USAGE, "steps is 0; it is 1 or more");
        Run.of("sample", Run.MNIST, "--steps", 1001).fails(Main.WRONG_USAGE, "steps is 1001; this model was trained with 1000 timesteps");
        sample("x.png", "--count", 0).fails(Main.WRONG_USAGE, "count is 0; it is 1 or more");
        sample("x.png", "--count", Integer.MAX_VALUE).fails(Main.WRONG_USAGE, Integer.MAX_VALUE + " images of 784 numbers are more than a Java array holds");
        sample("x.png", "--batch", -2).fails(Main.WRONG_USAGE, "batch is -2; it is 1 or more");
        sample("x.png", "--batch", 2, "--noise", "torch-batch").fails(Main.WRONG_USAGE, "--batch 2: with --noise torch-batch one generator draws all 10 images");
        sample("x.png", "--eta", -1).fails(Main.WRONG_USAGE, "eta is -1.0; it is 0 or more");
        sample("x.png", "--eta", 0.5, "--sampler", "ddpm").fails(Main.WRONG_USAGE, "--eta 0.5 is a number of ddim; --sampler is ddpm");
        sample("x.png", "--sampler", "magic").fails(Main.WRONG_USAGE, "--sampler magic: there are ddim, ddpm, euler, ");
        sample("x.png", "--sampler", "edm-euler").fails(Main.WRONG_USAGE, "this network (DDPMScheduler) was trained on a schedule of timesteps: edm-euler and edm-dpm++ are");
        sample("x.png", "--noise", "pink").fails(Main.WRONG_USAGE, "--noise pink: there are philox, torch and torch-batch");
        sample("x.png", "--guidance", "NaN").fails(Main.WRONG_USAGE, "guidance is NaN");
    }

    @Test
    void what_cannot_be_written_is_refused_before_the_work() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        List<Run> runs = List.of(sample(folder.resolve("none/x.png")), sample(file.resolve("x.png")), sample(file.resolve("x.safetensors")), sample(file.resolve("sub") + "/"),
                sample(folder.resolve("x.png"), "--previews", file));
        runs.get(0).fails(Main.FAILED, "cannot write " + folder.resolve("none/x.png") + ": there is no folder " + folder.resolve("none") + ". Make it first:  mkdir -p ");
        for (Run run : runs.subList(1, 5)) {
            run.fails(Main.FAILED, "cannot write ");
            assertTrue(run.err().contains(file + " is a file, not a folder"), run.err());
        }
        for (Run run : runs) {
            assertTrue(run.err().lines().noneMatch(line -> line.startsWith("step ")), run.err());
        }
        sample("pictures").fails(Main.WRONG_USAGE, "--out pictures: write x.png for a grid, x.safetensors for a tensor, or folder/ for numbered pictures");
        sample("").fails(Main.WRONG_USAGE, "--out : write x.png");
        assertEquals(List.of("file"), names(folder));
    }

    @Test
    void a_cancelled_run_writes_nothing_and_says_so() throws IOException {
        Path file = folder.resolve("x.png");
        Thread.currentThread().interrupt();
        Run run = sample(file);
        assertTrue(Thread.interrupted());
        assertEquals(Main.CANCELLED, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals("cancelled by an interrupt after step 1 of 3; " + file + " was not written", run.err().lines().toList().getLast());
        assertEquals(List.of(), names(folder));
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
