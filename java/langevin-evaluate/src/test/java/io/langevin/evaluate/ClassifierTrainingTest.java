package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassifierTrainingTest {
    private record Sized(int channels, int height, int width) implements Dataset {
        @Override
        public int size() {
            return 1;
        }

        @Override
        public List<String> labelNames() {
            return Squares.THREE;
        }

        @Override
        public void load(int index, MemorySegment out) {
            out.fill((byte) index);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 8, '16'", "1, 28, 28, '16, 32, 64'", "3, 32, 32, '16, 32, 64'", "3, 64, 48, '16, 32, 64, 128'", "3, 256, 256, '16, 32, 64, 128, 128, 128'", "1, 1, 100, '16'"})
    void the_network_fits_the_pictures(int channels, int height, int width, String levels) {
        ModelConfig config = ClassifierTraining.network(new Sized(channels, height, width));
        assertTrue(config.isClassifier());
        assertEquals(channels, config.inChannels());
        assertEquals(height, config.height());
        assertEquals(width, config.width());
        assertEquals(3, config.classes());
        assertTrue(config.json().contains("\"block_out_channels\": [" + levels + "]"), config.json());
    }

    @Test
    void it_learns_and_the_threads_move_no_bit() {
        var training = new ClassifierTraining(4, 0, 16, 2e-3, 0);
        var told = new ArrayList<EvaluationProgress>();
        float[] first = null;
        for (int threads = 1; threads <= 2; threads++) {
            try (Device device = Device.cpu(threads); Model model = training.train(device, Squares.of(300, 1), told::add)) {
                assertEquals(Squares.THREE, model.labelNames());
                Dataset others = Squares.of(99, 2);
                Seen seen = Seen.of(model::classify, others, done -> { });
                assertEquals(new Score(99, 99), Score.sum(seen.scores(others)));
                assertEquals(64, seen.size());
                first = first == null ? seen.features() : first;
                assertArrayEquals(first, seen.features());
            }
        }
        assertEquals(new EvaluationProgress("training the classifier", 75 * 16, 75 * 16), told.getLast());
    }

    @Test
    void what_cannot_be_learnt_is_refused() {
        var training = ClassifierTraining.usual();
        try (Device device = Device.cpu(1)) {
            assertTrue(refusal(training, device, new Squares(9, List.of(), 1)).startsWith("there is nothing to tell apart: these pictures have no classes"));
            assertTrue(refusal(training, device, new Squares(9, List.of("all"), 1)).startsWith("there is nothing to tell apart: these pictures have one class"));
            assertEquals("cancelled after 1 of 600 updates of the classifier",
                    assertThrows(CancelledException.class, () -> training.train(device, Squares.of(9, 1), progress -> progress.done() == 0)).getMessage());
        }
        assertThrows(InvalidArgumentException.class, () -> new ClassifierTraining(0, 0, 1, 1, 0));
    }

    private static String refusal(ClassifierTraining training, Device device, Dataset data) {
        return assertThrows(InvalidArgumentException.class, () -> training.train(device, data, progress -> true)).getMessage();
    }
}
