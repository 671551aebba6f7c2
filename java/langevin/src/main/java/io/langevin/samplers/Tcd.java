package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.List;

/// Trajectory consistency distillation (Zheng et al., 2024, algorithm 4, strategic stochastic sampling): a step of DDIM beyond the next timestep s, to
/// s* = floor((1 - gamma) s), and noise back up to s. With r = alpha_bar_s / alpha_bar_s*:
///
///     x' = sqrt(r) DDIM(x, t -> s*) + sqrt(1 - r) noise
///
/// For networks that were distilled for it. Nothing is clipped, whatever the config says; the last step goes to timestep 0.
///
/// @param gamma         0: deterministic; 1: to a clean picture in each step, as LCM (diffusers: eta)
/// @param originalSteps timesteps of the grid that it was distilled on
public record Tcd(double gamma, int originalSteps) implements AlphaBarSampler {
    public Tcd {
        if (!(gamma >= 0 && gamma <= 1)) {
            throw new InvalidArgumentException("eta of TCD is " + gamma + "; it is 0 to 1");
        }
        Distilled.checkOriginal(originalSteps);
    }

    /// As published.
    public Tcd() {
        this(0.3, 50);
    }

    /// The same with another share of noise.
    public Tcd withGamma(double gamma) {
        return new Tcd(gamma, originalSteps);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        NoiseSchedule schedule = diffusion.schedule();
        int[] times = Distilled.timesteps(diffusion, steps, originalSteps);
        Timesteps.checkFirst(first, times.length);
        var plan = new ArrayList<Step>(List.of(Level.of(schedule.alphaBar(times[first])).noising()));
        int draw = 0;
        for (int i = first; i < times.length; i++) {
            boolean last = i + 1 == times.length;
            int next = last ? 0 : times[i + 1];
            int beyond = (int) Math.floor((float) (1 - gamma) * (float) next);       // the product in float32, as torch does
            double to = AlphaBarSampler.target(schedule, beyond);
            Step step = Ddim.move(diffusion, times[i], schedule.alphaBar(times[i]), to, 0, false);
            if (gamma > 0 && !last) {
                double r = Numbers.ratio(schedule.alphaBar(next), to);
                double k = Math.sqrt(r);
                step = step.withMove(k * step.a(), k * step.b(), k * step.e()).withNoise(Math.sqrt(1 - r), ++draw);
            }
            plan.add(step);
        }
        return List.copyOf(plan);
    }
}
