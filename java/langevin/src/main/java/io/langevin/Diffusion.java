package io.langevin;

import io.langevin.internal.SchedulerConfig;
import io.langevin.samplers.Ddpm;
import java.util.List;

/// What a checkpoint's scheduler_config.json says: the noise it was trained with, what its network predicts, how timesteps are picked, and its own sampler.
/// Everything that a [Sampler] needs besides the number of steps.
///
/// @param className        scheduler class of the checkpoint in diffusers, such as "DDPMScheduler"
/// @param noise            the noise it was trained with
/// @param prediction       what the network's output means
/// @param limit            samplers that clip hold the estimate of the clean image in [-limit, limit]; infinity: it is not clipped
/// @param quantile         of dynamic thresholding (Saharia et al., 2022), which takes the place of clipping in samplers that know it; 0: none
/// @param quantileMost     the largest value that dynamic thresholding lets through ("sample_max_value")
/// @param spacing          how timesteps are picked from the schedule
/// @param timesteps        the caller's own, largest first, instead; empty: by `spacing`
/// @param stepsOffset      added to each timestep of leading spacing
/// @param sigmas           how samplers that walk sigmas space them
/// @param variance         noise that DDPM adds
/// @param end              where the last step of DDIM and PNDM goes
/// @param own              the checkpoint's own sampler, with its options: what [Sampler#of] gives
public record Diffusion(String className, NoiseLevels noise, Prediction prediction, double limit, double quantile, double quantileMost, Spacing spacing,
                        List<Integer> timesteps, int stepsOffset, Sigmas sigmas, Variance variance, End end, Sampler own) {

    /// What the network's output means, with x = alpha x_0 + sigma eps.
    public enum Prediction {
        /// eps, the noise in x (Ho et al., 2020).
        EPSILON,
        /// x_0, the clean image.
        SAMPLE,
        /// v = alpha eps - sigma x_0 (Salimans and Ho, 2022).
        V
    }

    /// How `steps` timesteps are picked from T (Lin et al., 2024, table 2).
    public enum Spacing {
        /// The config does not say: as each sampler does in diffusers, LEADING for those that walk alpha_bar, LINSPACE for those that walk sigmas.
        DEFAULT,
        /// Multiples of floor(T / steps), from 0 up.
        LEADING,
        /// Evenly from 0 to T - 1, both among them.
        LINSPACE,
        /// Evenly from T - 1 down.
        TRAILING
    }

    /// How samplers that walk sigmas (Euler, Heun, KDPM2, DPM-Solver, UniPC) space them. All but SCHEDULE keep the ends and choose what lies between.
    public enum Sigmas {
        /// The schedule's own at the timesteps.
        SCHEDULE,
        /// sigma^(1/7) evenly spaced (Karras et al., 2022, equation 5).
        KARRAS,
        /// ln(sigma) evenly spaced.
        EXPONENTIAL,
        /// ln(sigma), which is minus lambda, evenly spaced over the whole schedule (Lu et al., 2022; diffusers: use_lu_lambdas).
        LAMBDA_UNIFORM
    }

    /// Variance of the noise that DDPM adds (Ho et al., section 3.2; learned: Nichol and Dhariwal, 2021, section 3.1).
    public enum Variance {
        /// The posterior's, beta-tilde: right for data that is one point.
        FIXED_SMALL,
        /// The same number, which diffusers takes by way of its logarithm.
        FIXED_SMALL_LOG,
        /// beta: right for data that is standard normal.
        FIXED_LARGE,
        /// The second half of the network's channels is the variance.
        LEARNED,
        /// The second half of the network's channels, -1 to 1, says where between beta-tilde and beta, on a logarithmic scale.
        LEARNED_RANGE
    }

    /// Where the last step goes (diffusers: set_alpha_to_one).
    public enum End {
        /// The config does not say: CLEAN in DDIM, FIRST in PNDM.
        DEFAULT,
        /// To a picture without noise.
        CLEAN,
        /// To the level of timestep 0.
        FIRST
    }

    /// @throws InvalidArgumentException for numbers that cannot be
    public Diffusion {
        timesteps = List.copyOf(timesteps);
        if (!(limit > 0)) {
            throw new InvalidArgumentException("clip_sample_range is " + limit + "; it has to be above 0");
        }
        if (!(quantile >= 0 && quantile <= 1)) {
            throw new InvalidArgumentException("dynamic_thresholding_ratio is " + quantile + "; it is above 0 and at most 1");
        }
        if (!(quantileMost > 0)) {
            throw new InvalidArgumentException("sample_max_value is " + quantileMost + "; it has to be above 0");
        }
        int last = noise instanceof NoiseSchedule schedule ? schedule.steps() - 1 : Integer.MAX_VALUE;
        if (stepsOffset < 0 || stepsOffset > last) {
            throw new InvalidArgumentException("steps_offset is " + stepsOffset + "; it is 0 to " + last);
        }
        for (int i = 0; i < timesteps.size(); i++) {
            int t = timesteps.get(i);
            if (t < 0 || t > last || i > 0 && t >= timesteps.get(i - 1)) {
                throw new InvalidArgumentException("timestep " + t + " (entry " + i + " of " + timesteps.size() + "): each is 0 to " + last
                        + ", and smaller than the one before");
            }
        }
    }

    /// A network that predicts noise on this schedule, clipped to [-1, 1], with everything else as diffusers' DDPMScheduler has it.
    public static Diffusion of(NoiseSchedule schedule) {
        return new Diffusion("DDPMScheduler", schedule, Prediction.EPSILON, 1, 0, 1, Spacing.DEFAULT, List.of(), 0, Sigmas.SCHEDULE, Variance.FIXED_SMALL,
                End.DEFAULT, new Ddpm());
    }

    /// Reads the text of a scheduler_config.json. Keys that are missing have diffusers' defaults, unknown keys are ignored.
    ///
    /// @throws BadModelException    when the text is no JSON, or a value has the wrong type or range
    /// @throws UnsupportedException naming the key and its value, for what this version lacks
    public static Diffusion parse(String json) {
        return SchedulerConfig.parse(json);
    }

    /// The same for a network that predicts something else.
    public Diffusion withPrediction(Prediction prediction) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same with another limit; infinity: no clipping.
    public Diffusion withLimit(double limit) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same with dynamic thresholding: values beyond that quantile, which is held in [1, most], are cut off, and the rest is divided by it. 0: none.
    public Diffusion withThreshold(double quantile, double most) {
        return new Diffusion(className, noise, prediction, limit, quantile, most, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same with timesteps picked in another way.
    public Diffusion withSpacing(Spacing spacing) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same at the caller's own timesteps, largest first; a plan then has exactly so many steps. An empty list: by spacing.
    public Diffusion withTimesteps(List<Integer> timesteps) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same with sigmas spaced in another way.
    public Diffusion withSigmas(Sigmas sigmas) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same with another variance for DDPM.
    public Diffusion withVariance(Variance variance) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The same, ending elsewhere.
    public Diffusion withEnd(End end) {
        return new Diffusion(className, noise, prediction, limit, quantile, quantileMost, spacing, timesteps, stepsOffset, sigmas, variance, end, own);
    }

    /// The table over timesteps that the network was trained with.
    ///
    /// @throws InvalidArgumentException for an EDM network, which has none
    public NoiseSchedule schedule() {
        if (noise instanceof NoiseSchedule schedule) {
            return schedule;
        }
        throw new InvalidArgumentException("this network (" + className + ") has EDM's continuous noise levels and no schedule of timesteps: the samplers edm-euler and"
                + " edm-dpm++ are for it");
    }

    /// The levels that an EDM network was trained with.
    ///
    /// @throws InvalidArgumentException for any other network
    public EdmNoise edm() {
        if (noise instanceof EdmNoise edm) {
            return edm;
        }
        throw new InvalidArgumentException("this network (" + className + ") was trained on a schedule of timesteps: edm-euler and edm-dpm++ are for EDM networks"
                + " alone; euler and dpm++ are their counterparts");
    }
}
