package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.samplers.Ddim;
import java.util.List;
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
        assertEquals(new Diffusion("DDIMScheduler", NoiseSchedule.linear(0.001, 0.1, 20), Diffusion.Prediction.EPSILON, 2.5, 0, 1, Diffusion.Spacing.LEADING, List.of(), 1,
                Diffusion.Sigmas.SCHEDULE, Diffusion.Variance.FIXED_SMALL, Diffusion.End.FIRST, new Ddim()), d);
        assertEquals(Double.POSITIVE_INFINITY, Diffusion.parse("{\"_class_name\": \"DDPMScheduler\", \"clip_sample\": false}").limit());
        assertEquals(Diffusion.Variance.FIXED_LARGE, Diffusion.parse("{\"_class_name\": \"DDPMScheduler\", \"variance_type\": \"fixed_large\"}").variance());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "DDPMScheduler               | _class_name            | \"DreamScheduler\"",
        "DDPMScheduler               | beta_schedule          | \"cubic\"",
        "DDPMScheduler               | timestep_spacing       | \"random\"",
        "DDPMScheduler               | prediction_type        | \"flow_prediction\"",
        "DDPMScheduler               | variance_type          | \"fixed_large_log\"",
        "DDPMScheduler               | timestep_values        | [1, 2]",
        "EulerDiscreteScheduler      | interpolation_type     | \"log_linear\"",
        "EulerDiscreteScheduler      | sigma_max              | 3",
        "EulerDiscreteScheduler      | use_beta_sigmas        | true",
        "DPMSolverMultistepScheduler | solver_order           | 4",
        "DPMSolverMultistepScheduler | use_flow_sigmas        | true",
        "UniPCMultistepScheduler     | solver_type            | \"bh3\"",
    })
    void what_this_version_lacks_is_refused_by_key_and_value(String name, String key, String value) {
        String json = "{" + (key.equals("_class_name") ? "" : "\"_class_name\": \"" + name + "\", ") + "\"" + key + "\": " + value + "}";
        String message = assertThrows(UnsupportedException.class, () -> Diffusion.parse(json)).getMessage();
        String shown = value.startsWith("[") ? "an array of 2" : value.replace("\"", "");
        assertTrue(message.startsWith("scheduler_config.json: " + key + " " + shown + " is not supported; "), message);
    }

    @Test
    void old_names_and_keys_are_understood() {
        Diffusion old = Diffusion.parse("""
                {"_class_name": "GaussianDDPMScheduler", "timesteps": 500, "timestep_values": null, "beta_schedule": "linear", "clip_sample": true}""");
        assertEquals(Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 500)), old);
        assertEquals(new Ddim(), Sampler.of(Diffusion.parse("{\"_class_name\": \"DDIMParallelScheduler\"}")));
    }

    @Test
    void zero_terminal_snr_leaves_nothing_at_the_end_but_for_samplers_that_walk_sigmas() {
        String rest = ", \"rescale_betas_zero_snr\": true, \"prediction_type\": \"v_prediction\"}";
        Diffusion zero = Diffusion.parse("{\"_class_name\": \"EulerDiscreteScheduler\"" + rest);
        assertEquals(0, zero.schedule().alphaBar(999));
        // diffusers puts 2^-24 there: S = sqrt(2^24 - 1), rounded to float32.
        assertEquals(4096, Sampler.of(zero).plan(zero, 10).getFirst().a(), 1e-3);
        assertTrue(Diffusion.parse("{\"_class_name\": \"HeunDiscreteScheduler\"" + rest).schedule().alphaBar(999) > 1e-3, "a class without that key ignores it");
    }

    @Test
    void a_network_that_predicts_noise_cannot_begin_where_nothing_is_left_and_says_what_can() {
        Diffusion zero = Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000).withZeroTerminalSnr()).withSpacing(Diffusion.Spacing.TRAILING);
        assertEquals("alpha_bar is 0 at timestep 999.0: a network that predicts noise says nothing about the picture there; begin below it (spacing leading),"
                + " or take a sampler that walks sigmas, such as euler or dpm++",
                assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(0).plan(zero, 10)).getMessage());
        for (String name : List.of("euler", "dpm++")) {
            assertTrue(Sampler.named(name).plan(zero, 10).size() >= 10, name);
        }
        assertEquals(10, Sampler.ddim(0).plan(zero.withSpacing(Diffusion.Spacing.LEADING), 10).size());
    }

    @Test
    void edm_networks_have_levels_and_no_schedule() {
        Diffusion edm = Diffusion.parse("{\"_class_name\": \"EDMEulerScheduler\", \"sigma_max\": 40, \"sigma_schedule\": \"exponential\"}");
        assertEquals(new EdmNoise(0.002, 40, 0.5, 7, true), edm.edm());
        assertTrue(assertThrows(InvalidArgumentException.class, edm::schedule).getMessage().contains("edm-euler"));
        assertThrows(InvalidArgumentException.class, () -> Diffusion.of(NoiseSchedule.cosine(10)).edm());
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
        "{\"_class_name\": \"DDPMScheduler\", \"trained_betas\": [0.1, 0.2], \"num_train_timesteps\": 3}",
        "{\"_class_name\": \"DDPMScheduler\", \"trained_betas\": [0.1, \"a\"]}",
        "{\"_class_name\": \"DDPMScheduler\", \"trained_betas\": []}",
        "{\"_class_name\": \"DDPMScheduler\", \"thresholding\": true, \"dynamic_thresholding_ratio\": 0}",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 1, \"rescale_betas_zero_snr\": true}",
        "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"solver_order\": 0}",
        "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"algorithm_type\": \"dpmsolver\"}",
        "{\"_class_name\": \"UniPCMultistepScheduler\", \"disable_corrector\": [0.5]}",
        "{\"_class_name\": \"UniPCMultistepScheduler\", \"predict_x0\": false}",
        "{\"_class_name\": \"EDMEulerScheduler\", \"sigma_min\": 90}",
        "{\"_class_name\": \"LCMScheduler\", \"original_inference_steps\": 0}",
    })
    void what_cannot_be_is_a_bad_model(String json) {
        assertThrows(BadModelException.class, () -> Diffusion.parse(json));
    }

    @Test
    void steps_that_the_schedule_does_not_have_are_refused() {
        Diffusion d = Diffusion.parse("{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 10, \"steps_offset\": 1}");
        assertEquals(List.of(9.0, 5.0, 1.0), Sampler.ddim(0).plan(Diffusion.parse("{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 14, \"steps_offset\": 1}"), 3)
                .stream().map(Step::t).toList());
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(0).plan(d, 0));
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(0).plan(d, 11));
        assertEquals("10 steps with steps_offset 1 lead to timestep 10, beyond the last, 9; take fewer steps",
                assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(0).plan(d, 10)).getMessage());
    }
}
