package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Condition;
import io.langevin.Images;
import io.langevin.Model;
import io.langevin.SampleRequest;
import io.langevin.internal.AtomicFile;
import io.langevin.internal.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Labels by their names, and models that take something else.
class ClassesTest {
    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("x.safetensors");
    }

    private Run sample(Path model, Object... options) {
        var words = new Object[options.length + 6];
        System.arraycopy(new Object[] {"sample", model, "--steps", 2, "--out", out()}, 0, words, 0, 6);
        System.arraycopy(options, 0, words, 6, options.length);
        return Run.of(words);
    }

    private Images drawn(Path model, Object... options) {
        sample(model, options).result();
        Safetensors.Tensor images = Safetensors.read(out()).get("images");
        int[] shape = images.shape();
        return new Images(shape[0], shape[1], shape[2], shape[3], images.floats());
    }

    private Path tensor(String name, float[] values, int... shape) {
        Path file = folder.resolve(name);
        AtomicFile.write(file, out -> Safetensors.write(out, "classes", values, shape));
        return file;
    }

    private static Images wanted(Path folder, SampleRequest request) {
        try (Model model = Model.open(folder)) {
            return model.sample(request.withSteps(2));
        }
    }

    @Test
    void labels_have_names() throws IOException {
        Path named = Models.mnist(folder.resolve("named"), "unet/labels.json", """
                ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "none"]""");
        assertEquals(wanted(named, SampleRequest.of(3).withLabels(7, 2, 0)), drawn(named, "--class", "seven,2,Zero"));
        sample(named, "--class", "eigth").fails(Main.WRONG_USAGE, "--class eigth: no class is called 'eigth'; the nearest: 8 (eight)");
        sample(named, "--class", "11").fails(Main.WRONG_USAGE, "--class 11: " + named + " has classes 0-9 (10 means none)");
    }

    @Test
    void class_timesteps_are_cycled_through() throws IOException {
        Path model = Models.golden(folder.resolve("model"), "unet-class-timestep");
        SampleRequest request = SampleRequest.of(3).withConditions(new Condition.Timestep(3.5), new Condition.Timestep(0.25));
        assertEquals(wanted(model, request), drawn(model, "--class-timestep", "3.5,0.25", "--count", 3));
        assertEquals(wanted(model, request.withCount(2)), drawn(model, "--class-timestep", "3.5,0.25"), "one image for each");
    }

    @Test
    void class_embeddings_are_the_rows_of_a_file() throws IOException {
        Path model = Models.golden(folder.resolve("model"), "unet-class-identity");
        var values = new float[64];
        for (int i = 0; i < 64; i++) {
            values[i] = i / 64f;
        }
        var first = new float[32];
        var second = new float[32];
        System.arraycopy(values, 0, first, 0, 32);
        System.arraycopy(values, 32, second, 0, 32);
        SampleRequest request = SampleRequest.of(3).withConditions(new Condition.Embedding(first), new Condition.Embedding(second));
        assertEquals(wanted(model, request), drawn(model, "--class-embedding", tensor("two.safetensors", values, 2, 32), "--count", 3));
        Path narrow = tensor("narrow.safetensors", new float[62], 2, 31);
        sample(model, "--class-embedding", narrow).fails(Main.FAILED, narrow + " holds float32 [2, 31]; wanted one float32 tensor [images, 32]");
        Path flat = tensor("flat.safetensors", new float[32], 32);
        sample(model, "--class-embedding", flat).fails(Main.FAILED, flat + " holds float32 [32]; wanted one float32 tensor [images, 32]");
        Path none = folder.resolve("none.safetensors");
        sample(model, "--class-embedding", none).fails(Main.FAILED, none + ": there is no such file");
    }

    @Test
    void what_a_model_wants_is_said_before_the_work() throws IOException {
        Path timestep = Models.golden(folder.resolve("t"), "unet-class-timestep");
        String number = " takes a class timestep for every image; write one as --class-timestep 3.5, or several as 0,0.5,1";
        sample(timestep).fails(Main.WRONG_USAGE, timestep + number);
        sample(timestep, "--class", 3).fails(Main.WRONG_USAGE, "--class 3: " + timestep + number);
        sample(timestep, "--class-timestep", 3, "--guidance", 2).fails(Main.WRONG_USAGE, "--guidance 2.0: " + timestep + " has no labels to be guided to");
        Path embedding = Models.golden(folder.resolve("e"), "unet-class-identity");
        String vector = " takes a class embedding for every image; write --class-embedding x.safetensors, which holds one float32 tensor [images, 32]";
        sample(embedding).fails(Main.WRONG_USAGE, embedding + vector);
        sample(embedding, "--class-timestep", "1,2.5").fails(Main.WRONG_USAGE, "--class-timestep 1.0,2.5: " + embedding + vector);
        Path none = Models.golden(folder.resolve("n"), "unet-plain");
        sample(none, "--class-embedding", "e.safetensors").fails(Main.WRONG_USAGE, "--class-embedding e.safetensors: " + none + " has no classes");
        sample(none, "--class", "cat").fails(Main.WRONG_USAGE, "--class cat: " + none + " has no classes");
        sample(Path.of(Run.MNIST), "--class-timestep", 3).fails(Main.WRONG_USAGE, "--class-timestep 3.0: " + Run.MNIST + " has classes 0-9 (10 means none)");
        for (String text : new String[] {"a", "1,,2", "", "NaN", "1e39"}) {
            sample(timestep, "--class-timestep=" + text).fails(Main.WRONG_USAGE,
                    "Invalid value for option '--class-timestep': '" + text + "' is no list of numbers; write 3.5 or 0,0.5,1");
        }
    }

    @Test
    void samplers_for_distilled_networks_say_so() {
        Run lcm = sample(Path.of(Run.MNIST), "--sampler", "lcm", "--count", 1);
        lcm.result();
        assertTrue(lcm.err().contains("note: lcm is for networks that were distilled for it; this one's scheduler is DDPMScheduler, not LCMScheduler\n"), lcm.err());
        assertTrue(!sample(Path.of(Run.MNIST), "--count", 1).err().contains("note: "));
    }
}
