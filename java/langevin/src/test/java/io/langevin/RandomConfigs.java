package io.langevin;

import java.util.List;
import java.util.Random;

/// Texts of scheduler_config.json, drawn over all keys: most of them possible, some not.
final class RandomConfigs {
    private static final List<String> CLASSES = List.of("DDPMScheduler", "DDIMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler",
            "HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler",
            "PNDMScheduler", "LCMScheduler", "TCDScheduler", "EDMEulerScheduler", "EDMDPMSolverMultistepScheduler");

    private RandomConfigs() {
    }

    static String scheduler(Random random) {
        var json = new StringBuilder("{\"_class_name\": \"" + CLASSES.get(random.nextInt(CLASSES.size())) + "\"");
        maybe(json, random, "num_train_timesteps", "1000", "1000", "1000", "100", "40", "7", "1", "2");
        maybe(json, random, "beta_schedule", "\"linear\"", "\"scaled_linear\"", "\"squaredcos_cap_v2\"", "\"sigmoid\"", "\"laplace\"");
        maybe(json, random, "beta_start", "0.0001", "0.00085", "0.1", "1e-7");
        maybe(json, random, "beta_end", "0.02", "0.012", "0.5", "0.999");
        maybe(json, random, "prediction_type", "\"epsilon\"", "\"v_prediction\"", "\"sample\"");
        maybe(json, random, "timestep_spacing", "\"leading\"", "\"linspace\"", "\"trailing\"");
        maybe(json, random, "steps_offset", "0", "1", "5");
        maybe(json, random, "rescale_betas_zero_snr", "true", "false");
        maybe(json, random, "clip_sample", "true", "false");
        maybe(json, random, "clip_sample_range", "1.0", "3", "0");
        maybe(json, random, "thresholding", "true", "false");
        maybe(json, random, "dynamic_thresholding_ratio", "0.995", "1", "0.5");
        maybe(json, random, "sample_max_value", "1.0", "100", "0.5");
        maybe(json, random, "variance_type", "\"fixed_small\"", "\"fixed_small_log\"", "\"fixed_large\"", "\"learned\"", "\"learned_range\"");
        maybe(json, random, "set_alpha_to_one", "true", "false");
        maybe(json, random, "use_karras_sigmas", "true", "false");
        maybe(json, random, "use_exponential_sigmas", "true", "false");
        maybe(json, random, "use_lu_lambdas", "true", "false");
        maybe(json, random, "final_sigmas_type", "\"zero\"", "\"sigma_min\"");
        maybe(json, random, "solver_order", "1", "2", "3", "4");
        maybe(json, random, "solver_type", "\"midpoint\"", "\"heun\"", "\"bh1\"", "\"bh2\"");
        maybe(json, random, "algorithm_type", "\"dpmsolver++\"", "\"dpmsolver\"", "\"sde-dpmsolver++\"", "\"sde-dpmsolver\"");
        maybe(json, random, "lower_order_final", "true", "false");
        maybe(json, random, "euler_at_final", "true", "false");
        maybe(json, random, "lambda_min_clipped", "-5.1", "-Infinity", "-1", "50");
        maybe(json, random, "predict_x0", "true", "false");
        maybe(json, random, "disable_corrector", "[]", "[0]", "[0, 1, 2]");
        maybe(json, random, "skip_prk_steps", "true", "false");
        maybe(json, random, "original_inference_steps", "50", "4", "1000");
        maybe(json, random, "timestep_scaling", "10.0", "1");
        maybe(json, random, "sigma_min", "null", "0.002", "0.1");
        maybe(json, random, "sigma_max", "null", "80", "0.05");
        maybe(json, random, "sigma_data", "0.5", "1");
        maybe(json, random, "rho", "7", "3");
        maybe(json, random, "sigma_schedule", "\"karras\"", "\"exponential\"");
        return json.append('}').toString();
    }

    /// The key with one of the values, in two of five texts; the first is twice as likely as the others.
    private static void maybe(StringBuilder json, Random random, String key, String... values) {
        if (random.nextInt(5) < 2) {
            json.append(", \"").append(key).append("\": ").append(values[Math.max(0, random.nextInt(values.length + 1) - 1)]);
        }
    }
}
