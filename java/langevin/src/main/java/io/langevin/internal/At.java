package io.langevin.internal;

import io.langevin.Diffusion;
import io.langevin.Sampler;
import io.langevin.Step;
import java.util.List;

/// A sampler at the caller's own timesteps.
///
/// @param sampler   what it is
/// @param timesteps largest first
public record At(Sampler sampler, List<Integer> timesteps) implements Sampler {
    public At {
        timesteps = List.copyOf(timesteps);
    }

    @Override
    public List<Step> plan(Diffusion diffusion, int steps) {
        return sampler.plan(diffusion.withTimesteps(timesteps), steps);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        return sampler.planFrom(diffusion.withTimesteps(timesteps), steps, first);
    }
}
