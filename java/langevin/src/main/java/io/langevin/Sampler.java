package io.langevin;

import io.langevin.internal.Ddim;
import io.langevin.internal.Ddpm;
import java.util.List;

/// From noise to a picture: which steps to take. Pure arithmetic in double, without state, so a plan can be made once and used by every image. An
/// open interface: a sampler of your own is a function from a [Diffusion] and a number of steps to rows.
@FunctionalInterface
public interface Sampler {
    /// The steps of one run, in their order. `steps` is the number that the user asked for; a plan may hold more rows (samplers that look twice).
    ///
    /// @throws InvalidArgumentException when the diffusion cannot be sampled in so many steps
    List<Step> plan(Diffusion diffusion, int steps);

    /// Denoising diffusion probabilistic models (Ho, Jain and Abbeel, 2020, algorithm 2; for fewer steps than T as diffusers does it). Draws noise in each
    /// step but the one at timestep 0.
    static Sampler ddpm() {
        return new Ddpm(List.of());
    }

    /// DDPM at these timesteps, largest first, each smaller than the one before. A plan of it has exactly so many steps.
    static Sampler ddpm(List<Integer> timesteps) {
        return new Ddpm(timesteps);
    }

    /// Denoising diffusion implicit models (Song, Meng and Ermon, 2021, equation 12). `eta` 0 draws nothing but the start noise, 1 is as random as DDPM.
    static Sampler ddim(double eta) {
        return new Ddim(eta, false);
    }

    /// DDIM. `useClippedOutput` takes the noise to keep from the clipped estimate of the picture, instead of from the network (diffusers:
    /// use_clipped_model_output).
    static Sampler ddim(double eta, boolean useClippedOutput) {
        return new Ddim(eta, useClippedOutput);
    }

    /// The checkpoint's own: the class that its scheduler_config.json names, as diffusers runs it by default.
    ///
    /// @throws UnsupportedException for a class that this version lacks
    static Sampler of(Diffusion diffusion) {
        return switch (diffusion.className()) {
            case "DDPMScheduler" -> ddpm();
            case "DDIMScheduler" -> ddim(0);
            default -> throw new UnsupportedException("_class_name " + diffusion.className() + " is not supported; DDPMScheduler and DDIMScheduler are");
        };
    }
}
