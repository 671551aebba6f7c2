package io.langevin;

import io.langevin.internal.SchedulerConfig;

/// What a checkpoint's scheduler_config.json says: the noise it was trained with, what its network predicts, and the habits of its own sampler. Everything
/// that a [Sampler] needs besides the number of steps.
///
/// @param className     scheduler class of the checkpoint in diffusers, "DDPMScheduler" or "DDIMScheduler": what [Sampler#of] takes
/// @param schedule      the noise it was trained with
/// @param prediction    what the network's output means
/// @param limit         the estimate of the clean image is held in [-limit, limit]; infinity: it is not clipped
/// @param spacing       how timesteps are picked from the schedule
/// @param stepsOffset   added to each timestep
/// @param variance      noise that DDPM adds
/// @param finalAlphaOne whether DDIM's last step goes to a picture without noise (diffusers: set_alpha_to_one), or to timestep 0
public record Diffusion(String className, NoiseSchedule schedule, Prediction prediction, double limit, Spacing spacing, int stepsOffset, Variance variance,
                        boolean finalAlphaOne) {

    /// What the network's output means.
    public enum Prediction {
        /// The noise in x.
        EPSILON
    }

    /// How `steps` timesteps are picked from T.
    public enum Spacing {
        /// Multiples of floor(T / steps), from 0 up.
        LEADING
    }

    /// Variance of the noise that DDPM adds (Ho et al., section 3.2).
    public enum Variance {
        /// The posterior's, beta-tilde: right for data that is one point.
        FIXED_SMALL,
        /// The same number, which diffusers takes by way of its logarithm.
        FIXED_SMALL_LOG,
        /// beta: right for data that is standard normal.
        FIXED_LARGE
    }

    /// @throws InvalidArgumentException for a limit that is not above 0 or a negative offset
    public Diffusion {
        if (!(limit > 0)) {
            throw new InvalidArgumentException("clip_sample_range is " + limit + "; it has to be above 0");
        }
        if (stepsOffset < 0 || stepsOffset >= schedule.steps()) {
            throw new InvalidArgumentException("steps_offset is " + stepsOffset + "; it is 0 to " + (schedule.steps() - 1));
        }
    }

    /// A network that predicts noise on this schedule, clipped to [-1, 1], with everything else as diffusers' DDPMScheduler has it.
    public static Diffusion of(NoiseSchedule schedule) {
        return new Diffusion("DDPMScheduler", schedule, Prediction.EPSILON, 1, Spacing.LEADING, 0, Variance.FIXED_SMALL, true);
    }

    /// Reads the text of a scheduler_config.json. Keys that are missing have diffusers' defaults, unknown keys are ignored.
    ///
    /// @throws BadModelException    when the text is no JSON, or a value has the wrong type or range
    /// @throws UnsupportedException naming the key and its value, for what this version lacks
    public static Diffusion parse(String json) {
        return SchedulerConfig.parse(json);
    }

    /// The same with another limit; infinity: no clipping.
    public Diffusion withLimit(double limit) {
        return new Diffusion(className, schedule, prediction, limit, spacing, stepsOffset, variance, finalAlphaOne);
    }

    /// The same with another variance for DDPM.
    public Diffusion withVariance(Variance variance) {
        return new Diffusion(className, schedule, prediction, limit, spacing, stepsOffset, variance, finalAlphaOne);
    }

    /// The timesteps of a run of `steps` steps, largest first.
    ///
    /// @throws InvalidArgumentException when the schedule has fewer, or the offset leads beyond its end
    public int[] timesteps(int steps) {
        int all = schedule.steps();
        if (steps < 1 || steps > all) {
            throw new InvalidArgumentException("steps is " + steps + "; this model was trained with " + all + " timesteps, so 1 to " + all + " steps are possible");
        }
        int gap = all / steps;
        int largest = (steps - 1) * gap + stepsOffset;
        if (largest >= all) {
            throw new InvalidArgumentException(steps + " steps with steps_offset " + stepsOffset + " lead to timestep " + largest + ", beyond the last, " + (all - 1)
                    + "; take fewer steps");
        }
        var timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = largest - i * gap;
        }
        return timesteps;
    }
}
