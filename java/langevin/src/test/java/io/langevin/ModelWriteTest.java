package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelWriteTest {
    private static final SampleRequest REQUEST = SampleRequest.of(1).withSeed(5).withSteps(3).withLabels(4);
    private static Model model;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        model = Model.open(Mnist.FOLDER);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private Model again(Path path, ModelFormat format) {
        model.write(path, format);
        return Model.open(path, model.device());
    }

    @Test
    void a_folder_and_a_file_in_float32_draw_the_same_bits() {
        Images drawn = model.sample(REQUEST);
        try (Model copy = again(folder.resolve("copy"), ModelFormat.FOLDER); Model file = again(folder.resolve("copy.safetensors"), ModelFormat.FILE)) {
            assertEquals(drawn, copy.sample(REQUEST));
            assertEquals(drawn, file.sample(REQUEST));
            assertEquals(model.config().noneLabel(), file.config().noneLabel());
            assertEquals(model.parameters(), file.parameters());
        }
        assertTrue(Files.exists(folder.resolve("copy/model_index.json")), "a model with a scheduler is written as a pipeline");
    }

    @Test
    void a_file_in_bfloat16_is_half_as_large_and_draws_nearly_the_same() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        Path half = folder.resolve("half.safetensors");
        model.write(whole, ModelFormat.FILE);
        Images drawn = model.sample(REQUEST);
        try (Model rounded = again(half, ModelFormat.FILE_BF16)) {
            assertNotEquals(drawn, rounded.sample(REQUEST));
            assertEquals(2, (double) Files.size(whole) / Files.size(half), 0.05, "the header is a small part of the file");
        }
    }

    @Test
    void a_folder_that_holds_anything_is_refused_and_a_file_is_replaced() throws IOException {
        Path file = Files.writeString(folder.resolve("model.safetensors"), "something else");
        String message = assertThrows(InvalidArgumentException.class, () -> model.write(folder, ModelFormat.FOLDER)).getMessage();
        assertTrue(message.contains(folder.toString()), message);
        try (Model copy = again(file, ModelFormat.FILE)) {
            assertEquals(model.parameters(), copy.parameters());
        }
    }
}
