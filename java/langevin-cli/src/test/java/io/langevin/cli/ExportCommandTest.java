package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Json;
import io.langevin.internal.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
    private static final Path GOLDEN = Run.ROOT.resolve("tests/goldens/cases/training-class-gray/model");

    @TempDir
    private static Path shared;
    private static Path run;

    @TempDir
    private Path folder;

    /// A run of the network of a golden case, which diffusers wrote.
    @BeforeAll
    static void train() throws IOException {
        run = shared.resolve("run");
        Path pictures = Drawings.make(shared.resolve("pictures"), "a", "b", "c", "d", "e");
        Run.of("train", "--out", run, "--data", pictures, "--model", GOLDEN.resolve("config.json"), "--steps", 3, "--batch", 4, "--sample-every", 0).result();
    }

    private static Map<String, String> tensors(Path file) {
        var shapes = new TreeMap<String, String>();
        Safetensors.read(file).forEach((name, tensor) -> shapes.put(name, Arrays.toString(tensor.shape())));
        return shapes;
    }

    private static Map<String, Json> fields(Path file) throws IOException {
        var fields = new LinkedHashMap<>(Json.parseObject(file.toString(), Files.readString(file)).fields());
        fields.remove("_diffusers_version");
        return fields;
    }

    /// tests/models/mnist is a folder of DDPMPipeline.save_pretrained.
    @Test
    void a_folder_is_laid_out_as_diffusers_lays_it_out() throws IOException {
        Path out = folder.resolve("exported");
        assertTrue(Run.of("export", run, "--out", out).result().startsWith(out + "  (" + run + ": UNet2DModel 8x8x1, "));
        try (var files = Files.walk(out)) {
            assertEquals(List.of("model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "unet/labels.json"),
                    files.filter(Files::isRegularFile).map(file -> out.relativize(file).toString()).sorted().toList());
        }
        assertEquals(tensors(GOLDEN.resolve("diffusion_pytorch_model.safetensors")), tensors(out.resolve("unet/diffusion_pytorch_model.safetensors")));
        assertEquals(fields(Path.of(Run.MNIST, "model_index.json")), fields(out.resolve("model_index.json")));
        Map<String, Json> golden = fields(GOLDEN.resolve("config.json"));
        Map<String, Json> config = fields(out.resolve("unet/config.json"));
        assertEquals(golden, config);
        Map<String, Json> theirs = fields(Path.of(Run.MNIST, "scheduler/scheduler_config.json"));
        fields(out.resolve("scheduler/scheduler_config.json")).forEach((key, value) -> assertEquals(value, theirs.getOrDefault(key, value), key));
    }

    @Test
    void all_forms_draw_what_the_run_draws() {
        Path out = folder.resolve("exported");
        Path file = folder.resolve("one.safetensors");
        Path small = folder.resolve("small.safetensors");
        Run.of("export", run, "--out", out).result();
        Run.of("export", run, "--out", file).result();
        Run.of("export", run, "--out", small, "--bf16").result();
        float[] wanted = drawn(run);
        assertTrue(Arrays.equals(wanted, drawn(out)), "the folder");
        assertTrue(Arrays.equals(wanted, drawn(file)), "the file");
        float[] rounded = drawn(small);
        for (int i = 0; i < wanted.length; i++) {
            assertEquals(wanted[i], rounded[i], 0.1);      // 2^-8 a weight
        }
        assertTrue(small.toFile().length() < 0.6 * file.toFile().length());
        assertTrue(Run.of("info", small).result().contains("0 a; 1 b; 2 c; 3 d; 4 e"));
    }

    private float[] drawn(Path model) {
        Path images = folder.resolve("images.safetensors");
        Run.of("sample", model, "--class", "b,e", "--steps", 3, "--out", images).result();
        return Safetensors.read(images).get("images").floats();
    }

    @Test
    void mistakes_are_sentences() throws IOException {
        Run.of("export", run, "--out", folder.resolve("x"), "--bf16").fails(Main.WRONG_USAGE, "--bf16 is for one file; write --out x.safetensors");
        Files.writeString(folder.resolve("y"), "");
        Run.of("export", run, "--out", folder.resolve("y")).fails(Main.WRONG_USAGE, folder.resolve("y") + " is there already");
        Run.of("export", run).fails(Main.WRONG_USAGE, "Missing required option: '--out=WHERE'");
        Run.of("export", folder, "--out", folder.resolve("x")).fails(Main.FAILED, folder.resolve("config.json") + " is missing");
    }
}
