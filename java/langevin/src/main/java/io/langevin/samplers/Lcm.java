package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// Latent consistency models (Luo et al., 2023, algorithm 3): a consistency function's estimate of the picture, noised again to the next timestep s.
///
///     y = timestepScaling t,  c_skip = D^2 / (y^2 + D^2),  c_out = y / sqrt(y^2 + D^2),  D = 1/2
///     x' = alpha_s (c_skip x + c_out x0) + sigma_s noise
///
/// For networks that were distilled for it; the last step ends without noise.
///
/// @param originalSteps   timesteps of the grid that it was distilled on
/// @param timestepScaling how fast c_skip falls
public record Lcm(int originalSteps, double timestepScaling) implements AlphaBarSampler {
    private static final double DATA = 0.5;

    public Lcm {
        Distilled.checkOriginal(originalSteps);
        if (!(timestepScaling > 0 && timestepScaling <= 1e9)) {
            throw new InvalidArgumentException("timestep_scaling is " + timestepScaling + "; it is above 0, usually 10");
        }
    }

    /// As published.
    public Lcm() {
        this(50, 10);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        NoiseSchedule schedule = diffusion.schedule();
        int[] times = Distilled.timesteps(diffusion, steps, originalSteps);
        Timesteps.checkFirst(first, times.length);
        var plan = new ArrayList<Step>(List.of(Level.of(schedule.alphaBar(times[first])).noising()));
        int draw = 0;
        for (int i = first; i < times.length; i++) {
            double y = times[i] * timestepScaling;
            double skip = DATA * DATA / (y * y + DATA * DATA);
            double out = y / Math.sqrt(y * y + DATA * DATA);
            boolean last = i + 1 == times.length;
            Level to = last ? new Level(1, 0) : Level.of(schedule.alphaBar(times[i + 1]));
            Step step = Level.limited(diffusion, Level.of(schedule.alphaBar(times[i])).look(diffusion, times[i])).withMove(to.alpha() * skip, to.alpha() * out, 0);
            plan.add(last ? step : step.withNoise(to.sigma(), ++draw));
        }
        return List.copyOf(plan);
    }
}
