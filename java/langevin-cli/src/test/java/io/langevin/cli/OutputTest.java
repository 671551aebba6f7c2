package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 3", "4, 2", "8, 4", "10, 5", "16, 4", "64, 8", "100, 10", "7, 7", "23, 5", "200, 20"})
    void a_grid_has_no_ragged_end_where_that_is_possible(int count, int columns) {
        assertEquals(columns, Output.Grid.columns(count));
    }

    @Test
    void the_name_says_which_kind() {
        assertEquals(new Output.Grid(Path.of("a/x.PNG")), Output.of("a/x.PNG"));
        assertEquals(new Output.Tensor(Path.of("x.safetensors")), Output.of("x.safetensors"));
        assertEquals(new Output.Numbered(Path.of("x.png")), Output.of("x.png/"));
        assertThrows(IllegalArgumentException.class, () -> Output.of("x.jpg"));
    }

    @Test
    void colours_that_png_lacks_are_refused_before_the_work(@TempDir Path folder) {
        String message = assertThrows(UncheckedIOException.class, () -> new Output.Grid(folder.resolve("x.png")).check(2)).getMessage();
        assertTrue(message.endsWith("x.png: a PNG has 1, 3 or 4 channels, this model's images have 2: write x.safetensors"), message);
        assertThrows(UncheckedIOException.class, () -> new Output.Numbered(folder).check(5));
        new Output.Tensor(folder.resolve("x.safetensors")).check(5);
    }
}
