package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.ModelConfig.ClassInput;
import io.langevin.internal.Goldens;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ModelConfigTest {
    @Test
    void what_is_read_here_is_what_a_model_says_of_itself() {
        ModelConfig read = ModelConfig.read(Mnist.FOLDER.resolve("unet/config.json"));
        try (Model model = Model.open(Mnist.FOLDER)) {
            assertEquals(model.config(), read);
        }
        for (String name : new String[] {"unet-class-identity", "unet-class-timestep", "unet-rect-24x40", "unet-learned-sigma-6out"}) {
            Path folder = Goldens.ROOT.resolve("tests/goldens/cases").resolve(name).resolve("model");
            try (Model model = Model.open(folder)) {
                assertEquals(model.config(), ModelConfig.read(folder.resolve("config.json")), name);
            }
        }
    }

    @Test
    void an_empty_config_has_the_defaults_of_diffusers() {
        ModelConfig config = ModelConfig.parse("{}");
        assertEquals(new ModelConfig("UNet2DModel", 3, 3, 0, 0, ClassInput.NONE, 0, -1, 0, 0, 0, "{}"), config);
    }

    @Test
    void what_cannot_be_read_says_which_file(){
        assertTrue(assertThrows(BadModelException.class, () -> ModelConfig.read(Path.of("no/such/config.json"))).getMessage().startsWith("no/such/config.json: there is no such file"));
        assertTrue(assertThrows(BadModelException.class, () -> ModelConfig.parse("[]")).getMessage().startsWith("config.json: "));
        assertTrue(assertThrows(BadModelException.class, () -> ModelConfig.parse("{\"sample_size\": [1, 2, 3]}")).getMessage().contains("3 numbers"));
    }
}
