package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Model;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class InfoCommandTest {
    @Test
    void info_tells_what_a_model_is_and_costs() {
        List<String> lines = Run.of("info", Run.MNIST).result().lines().toList();
        assertEquals(Run.MNIST + ": UNet2DModel 28x28x1, 1.1 M parameters, classes 0-9 (10 means none)", lines.get(0));
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertEquals("parameters  %,d".formatted(model.parameters()), lines.get(1).strip());
            assertEquals("scheduler   DDPMScheduler: 1000 steps, epsilon, leading, clips to 1.0", lines.get(3).strip());
            assertTrue(lines.get(5).matches("  work        0\\.[0-9]{3} GFLOP an image, " + model.plan(1).ops() + " ops"), lines.get(5));
            assertEquals("weights     " + InfoCommand.mebibytes(model.plan(1).weightBytes()) + " packed", lines.get(6).strip());
            assertEquals("memory      " + InfoCommand.mebibytes(model.plan(4).arenaBytes()) + " for 4 images of 28x28", lines.get(9).strip());
            assertEquals("larger batches run in chunks of " + model.plan(1000).rows(), lines.getLast().strip());
        }
    }

    @Test
    void another_size_costs_something_else() {
        String larger = Run.of("info", Run.MNIST, "--size", "56x28").result();
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertTrue(larger.contains(InfoCommand.mebibytes(model.plan(2, 56, 28).arenaBytes()) + " for 2 images of 56x28"), larger);
        }
    }

    @Test
    void dump_prints_the_program() {
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertEquals(model.dump(1), Run.of("dump", Run.MNIST).result());
            assertEquals(model.dump(3, 56, 28), Run.of("dump", Run.MNIST, "--rows", 3, "--size", "56x28").result());
        }
    }

    @Test
    void sizes_are_two_numbers() {
        for (String text : List.of("3", "axb", "3x", "0x3", "3x3x3", "-1x4")) {
            Run.of("dump", Run.MNIST, "--size", text).fails(Main.WRONG_USAGE, "Invalid value for option '--size': '" + text + "' is no size; write height and width as 32x48");
        }
        Run.of("dump", Run.MNIST, "--size", "30x30").fails(Main.WRONG_USAGE, "images of 30x30 do not fit " + Run.MNIST);
    }
}
