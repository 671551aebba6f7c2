package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiffusionTest {
    @Test
    void missing_keys_have_diffusers_defaults() {
        Diffusion ddpm = Diffusion.parse("{\"_class_name\": \"DDPMScheduler\", \"unknown\": [1]}");
        assertEquals(Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000)), ddpm);
    }

    @Test
    void every_key_is_read() {
        Diffusion d = Diffusion.parse("""
                {"_class_name": "DDIMScheduler", "num_train_timesteps": 20, "beta_start": 0.001, "beta_end": 0.1, "beta_schedule": "linear",
                 "clip_sample": true, "clip_sample_range": 2.5, "set_alpha_to_one": false, "steps_offset": 1, "prediction_type": "epsilon",
                 "timestep_spacing": "leading", "thresholding": false, "rescale_betas_zero_snr": false, "trained_betas": null}""");
        assertEquals(new Diffusion("DDIMScheduler", NoiseSchedule.linear(0.001, 0.1, 20), Diffusion.Prediction.EPSILON, 2.5, Diffusion.Spacing.LEADING, 1,
                Diffusion.Variance.FIXED_SMALL, false), d);
        assertEquals(Double.POSITIVE_INFINITY, Diffusion.parse("{\"_class_name\": \"DDPMScheduler\", \"clip_sample\": false}").limit());
        assertEquals(Diffusion.Variance.FIXED_LARGE, Diffusion.parse("{\"_class_name\": \"DDPMScheduler\", \"variance_type\": \"fixed_large\"}").variance());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "_class_name            | \"EulerDiscreteScheduler\"",
        "beta_schedule          | \"squaredcos_cap_v2\"",
        "timestep_spacing       | \"trailing\"",
        "prediction_type        | \"v_prediction\"",
        "variance_type          | \"learned_range\"",
        "thresholding           | true",
        "rescale_betas_zero_snr | true",
        "trained_betas          | [0.1]",
    })
    void what_this_version_lacks_is_refused_by_key_and_value(String key, String value) {
        String json = "{" + (key.equals("_class_name") ? "" : "\"_class_name\": \"DDPMScheduler\", ") + "\"" + key + "\": " + value + "}";
        String message = assertThrows(UnsupportedException.class, () -> Diffusion.parse(json)).getMessage();
        String shown = key.equals("trained_betas") ? "given" : value.replace("\"", "");
        assertTrue(message.startsWith("scheduler_config.json: " + key + " " + shown + " is not supported; "), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}",
        "[]",
        "{\"_class_name\": 3}",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_start\": \"small\"}",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_end\": 1.5}",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_end\": NaN}",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": Infinity}",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 0}",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 2000000000}",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 10.5}",
        "{\"_class_name\": \"DDPMScheduler\", \"clip_sample_range\": -1}",
        "{\"_class_name\": \"DDPMScheduler\", \"steps_offset\": -1}",
        "{\"_class_name\": \"DDPMScheduler\", \"clip_sample\": 1}",
    })
    void what_cannot_be_is_a_bad_model(String json) {
        assertThrows(BadModelException.class, () -> Diffusion.parse(json));
    }

    @Test
    void steps_that_the_schedule_does_not_have_are_refused() {
        Diffusion d = Diffusion.parse("{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 10, \"steps_offset\": 1}");
        assertArrayEquals(new int[] {9, 5, 1}, Diffusion.parse("{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 14, \"steps_offset\": 1}").timesteps(3));
        assertThrows(InvalidArgumentException.class, () -> d.timesteps(0));
        assertThrows(InvalidArgumentException.class, () -> d.timesteps(11));
        assertEquals("10 steps with steps_offset 1 lead to timestep 10, beyond the last, 9; take fewer steps",
                assertThrows(InvalidArgumentException.class, () -> d.timesteps(10)).getMessage());
    }
}
