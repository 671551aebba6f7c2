package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Images;
import io.langevin.Model;
import io.langevin.SampleRequest;
import io.langevin.Sampler;
import io.langevin.internal.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs that begin with pictures, end early, or have a size of their own.
class StartTest {
    private static final SampleRequest SEVEN = SampleRequest.of(2).withSteps(10).withLabels(7);
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

    private static Run sample(Path out, Object... options) {
        Object[] words = Arrays.copyOf(new Object[] {"sample", Run.MNIST, "--steps", 10, "--class", 7, "--out", out}, 8 + options.length);
        System.arraycopy(options, 0, words, 8, options.length);
        return Run.of(words);
    }

    private Images drawn(Object... options) {
        Path file = folder.resolve("drawn.safetensors");
        sample(file, options).result();
        Safetensors.Tensor images = Safetensors.read(file).get("images");
        int[] shape = images.shape();
        return new Images(shape[0], shape[1], shape[2], shape[3], images.floats());
    }

    @Test
    void a_run_from_pictures_is_the_librarys() {
        Images start = model.sample(SEVEN);
        Path file = folder.resolve("start.safetensors");
        start.writeSafetensors(file);
        assertEquals(model.sample(SEVEN.withStart(start, 0.3)), drawn("--from", file, "--strength", 0.3), "as many images as pictures");
        assertEquals(model.sample(SEVEN.withStart(start, 0.8)), drawn("--from", file), "0.8 as in diffusers");
        assertEquals(model.sample(SEVEN.withCount(3).withStart(start, 1).withSampler(Sampler.named("dpm++"))),
                drawn("--from", file, "--strength", 1, "--count", 3, "--sampler", "dpm++"));
        Run run = sample(folder.resolve("x.png"), "--from", file, "--strength", 0.3);
        assertTrue(run.err().contains("2 images, DDIM 10 steps, seed 0, from " + file + " with strength 0.3\n"), run.err());
    }

    @Test
    void a_run_from_a_png_is_that_from_its_shades() {
        Images drawn = model.sample(SEVEN.withCount(1));
        Path file = folder.resolve("start.png");
        drawn.writePng(file);
        byte[] bytes = drawn.pixels(0);
        var shades = new float[bytes.length];
        for (int i = 0; i < shades.length; i++) {
            shades[i] = 2 * ((bytes[i] & 0xff) / 255f) - 1;
        }
        assertEquals(model.sample(SEVEN.withCount(1).withStart(new Images(1, 1, 28, 28, shades), 0.5)), drawn("--from", file, "--strength", 0.5));
    }

    @Test
    void a_run_that_stops_early_gives_the_images_as_they_are() {
        assertEquals(model.sample(SEVEN.withStop(4)), drawn("--count", 2, "--stop-after", 4));
    }

    @Test
    void another_size_is_drawn() {
        assertEquals(model.sample(SEVEN.withSize(56, 28)), drawn("--count", 2, "--size", "56x28"));
        Images tall = new Images(1, 1, 56, 28, new float[56 * 28]);
        Path file = folder.resolve("tall.safetensors");
        tall.writeSafetensors(file);
        assertEquals(model.sample(SEVEN.withCount(1).withSize(56, 28).withStart(tall, 0.8)), drawn("--from", file, "--size", "56x28"));
        sample(file, "--from", file).fails(Main.FAILED, file + " holds float32 [1, 1, 56, 28]; wanted one float32 tensor [images, 1, 28, 28]");
    }

    @Test
    void a_model_without_a_size_takes_one_or_that_of_the_pictures() throws IOException {
        String json = model.config().json().replaceFirst("\"sample_size\": *[0-9]+", "\"sample_size\": null");
        Path sizeless = Models.mnist(folder.resolve("model"), "unet/config.json", json);
        Path out = folder.resolve("out.safetensors");
        Run.of("sample", sizeless, "--out", out).fails(Main.WRONG_USAGE,
                sizeless + " does not say the size of its images (sample_size in config.json); say it with --size 32x32");
        Run.of("sample", sizeless, "--out", out, "--steps", 2, "--count", 1, "--size", "28x28").result();
        new Images(1, 1, 28, 32, new float[28 * 32]).writePng(folder.resolve("start.png"));
        String result = Run.of("sample", sizeless, "--out", out, "--steps", 2, "--class", 3, "--from", folder.resolve("start.png")).result();
        assertEquals(out + "  (float32 images [1, 1, 28, 32] in [-1, 1])\n", result);
    }

    @Test
    void what_does_not_go_together_is_refused_before_the_work() throws IOException {
        Path out = folder.resolve("x.png");
        Path black = folder.resolve("black.png");
        new Images(1, 1, 28, 28, new float[784]).writePng(black);
        sample(out, "--strength", 0.5).fails(Main.WRONG_USAGE, "--strength 0.5: there is no picture to begin with; name one with --from");
        for (Object strength : new Object[] {0.0, -0.5, 1.01, Double.NaN}) {
            sample(out, "--from", black, "--strength=" + strength).fails(Main.WRONG_USAGE, "--strength " + strength + ": it is above 0 and at most 1");
        }
        sample(out, "--from", black, "--strength", 0.05).fails(Main.WRONG_USAGE, "strength is 0.05: of 10 steps that leaves none; take at least 0.1");
        sample(out, "--stop-after", 0).fails(Main.WRONG_USAGE, "--stop-after 0: it is 1 or more");
        sample(out, "--stop-after", 11).fails(Main.WRONG_USAGE, "stop is 11, but this run ends after 10 looks at the network");
        sample(out, "--from", black, "--stop-after", 9).fails(Main.WRONG_USAGE, "stop is 9, but this run ends after 8 looks at the network");
        sample(out, "--size", "30x30").fails(Main.WRONG_USAGE, "images of 30x30 do not fit ");
        sample(out, "--from", folder.resolve("none.png")).fails(Main.FAILED, folder.resolve("none.png") + ": there is no such file or folder");
        assertTrue(Files.notExists(out));
    }
}
