package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PredictTest {
    @Test
    void gpus_are_known_by_name() {
        try (var model = Model.open(Mnist.FOLDER)) {
            var unknown = assertThrows(InvalidArgumentException.class, () -> model.predict("v100", 1, 0, 0));
            assertTrue(unknown.getMessage().contains("GPU \"v100\": predictions there are for a100, h100 and h200"), unknown.getMessage());
            var rows = assertThrows(InvalidArgumentException.class, () -> model.predict("h200", 0, 0, 0));
            assertTrue(rows.getMessage().contains("rows: 0, wanted 1 or more"), rows.getMessage());
            var size = assertThrows(InvalidArgumentException.class, () -> model.predict("h200", 1, 30, 30));
            assertTrue(size.getMessage().contains("images of 30x30 do not fit"), size.getMessage());
        }
    }

    /// The prediction itself, from a library with kernels; else what to build.
    @Test
    void a_prediction_needs_kernels_but_no_gpu() {
        try (var model = Model.open(Mnist.FOLDER)) {
            String text;
            try {
                text = model.predict("h200", 2, 56, 28);
            } catch (UnsupportedException e) {
                assertTrue(e.getMessage().contains("this library was built without CUDA"), e.getMessage());
                return;
            }
            assertTrue(text.contains("\nH200 SXM 141 GB, 2 images: "), text);
            assertTrue(text.contains("\nconv_in "), text);
            assertEquals(text, model.predict("h200", 2, 56, 28));
        }
    }
}
