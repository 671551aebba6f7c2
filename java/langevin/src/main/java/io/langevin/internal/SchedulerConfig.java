package io.langevin.internal;

import io.langevin.BadModelException;
import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.UnsupportedException;

/// scheduler_config.json as diffusers writes it, with the defaults of its classes.
public final class SchedulerConfig {
    private static final String FILE = "scheduler_config.json";

    private SchedulerConfig() {
    }

    public static Diffusion parse(String text) {
        Json.Obj config = Json.parse(FILE, text).object();
        String name = config.text("_class_name", null);
        if (name == null) {
            throw new BadModelException(FILE + ": _class_name is missing, so nobody knows which sampler it describes");
        }
        boolean ddim = name.equals("DDIMScheduler");
        if (!ddim && !name.equals("DDPMScheduler")) {
            throw unsupported("_class_name", name, "DDPMScheduler and DDIMScheduler are");
        }
        if (!config.isNull("trained_betas")) {
            throw unsupported("trained_betas", "given", "null is");
        }
        only(config, "beta_schedule", "linear");
        only(config, "prediction_type", "epsilon");
        only(config, "timestep_spacing", "leading");
        off(config, "thresholding");
        off(config, "rescale_betas_zero_snr");
        double limit = config.bool("clip_sample", true) ? config.number("clip_sample_range", 1) : Double.POSITIVE_INFINITY;
        try {
            var schedule = NoiseSchedule.linear(config.number("beta_start", 0.0001), config.number("beta_end", 0.02), config.integer("num_train_timesteps", 1000));
            return new Diffusion(name, schedule, Diffusion.Prediction.EPSILON, limit, Diffusion.Spacing.LEADING, config.integer("steps_offset", 0),
                    variance(config.text("variance_type", "fixed_small")), config.bool("set_alpha_to_one", true));
        } catch (InvalidArgumentException broken) {
            throw new BadModelException(FILE + ": " + broken.getMessage());
        }
    }

    private static Diffusion.Variance variance(String type) {
        return switch (type) {
            case "fixed_small" -> Diffusion.Variance.FIXED_SMALL;
            case "fixed_small_log" -> Diffusion.Variance.FIXED_SMALL_LOG;
            case "fixed_large" -> Diffusion.Variance.FIXED_LARGE;
            default -> throw unsupported("variance_type", type, "fixed_small, fixed_small_log and fixed_large are");
        };
    }

    private static void only(Json.Obj config, String key, String value) {
        String found = config.text(key, value);
        if (!found.equals(value)) {
            throw unsupported(key, found, value + " is");
        }
    }

    private static void off(Json.Obj config, String key) {
        if (config.bool(key, false)) {
            throw unsupported(key, "true", "false is");
        }
    }

    private static UnsupportedException unsupported(String key, String value, String instead) {
        return new UnsupportedException(FILE + ": " + key + " " + value + " is not supported; " + instead);
    }
}
