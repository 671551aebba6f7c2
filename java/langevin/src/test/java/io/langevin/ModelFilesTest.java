package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which files a model was read from, and what they call its labels.
class ModelFilesTest {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    @TempDir
    Path folder;

    /// The network of tests/models/mnist without its scheduler.
    @BeforeEach
    void copy() throws IOException {
        for (String file : List.of("config.json", WEIGHTS)) {
            Files.copy(Mnist.FOLDER.resolve("unet").resolve(file), folder.resolve(file));
        }
    }

    @Test
    void a_folder_tells_its_config_and_its_weights() {
        try (Model model = Model.open(folder)) {
            String type = model.files().types().getFirst();
            assertTrue(List.of("float32", "float16", "bfloat16").contains(type), type);
            assertEquals(new ModelFiles(folder + "/config.json", List.of(folder.resolve(WEIGHTS)), List.of(type), ""), model.files());
            assertEquals(List.of(), model.labelNames(), "nothing names them");
        }
    }

    @Test
    void a_variant_that_is_alone_is_read_and_noted() throws IOException {
        Path variant = Files.move(folder.resolve(WEIGHTS), folder.resolve("diffusion_pytorch_model.fp16.safetensors"));
        try (Model model = Model.open(folder)) {
            assertEquals(List.of(variant), model.files().weights());
            assertTrue(model.files().note().contains("diffusion_pytorch_model.fp16.safetensors, a variant"), model.files().note());
        }
    }

    @Test
    void labels_have_the_names_of_labels_json_also_in_one_file() throws IOException {
        List<String> names = List.of("zéro", "one", "two", "three", "four", "five", "six", "\"seven\"", "eight", "nine");
        Files.writeString(folder.resolve("labels.json"), "[\"zéro\", \"one\", \"two\", \"three\", \"four\", \"five\", \"six\", \"\\\"seven\\\"\", \"eight\", \"nine\"]");
        Path one = folder.resolve("one.safetensors");
        try (Model model = Model.open(folder)) {
            assertEquals(names, model.labelNames());
            model.write(one, ModelFormat.FILE_BF16);
        }
        try (Model model = Model.open(one)) {
            assertEquals(names, model.labelNames());
            assertEquals(new ModelFiles(one + ": langevin.config", List.of(one), List.of("bfloat16"), ""), model.files());
        }
    }

    @Test
    void names_that_are_too_few_are_refused() throws IOException {
        Files.writeString(folder.resolve("labels.json"), "[\"zero\", \"one\"]");
        assertEquals(folder + "/labels.json has 2 names, the network 11 classes, one of which means none",
                assertThrows(BadModelException.class, () -> Model.open(folder)).getMessage());
    }
}
