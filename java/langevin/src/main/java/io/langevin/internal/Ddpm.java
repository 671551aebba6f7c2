package io.langevin.internal;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// DDPM (Ho, Jain and Abbeel, 2020, equations 6, 7 and 15), from timestep t to s, the next of the list. With alpha = alpha_bar_t / alpha_bar_s and
/// beta = 1 - alpha, which for s = t - 1 are the paper's:
///
///     x0 = (x - sqrt(1 - alpha_bar_t) out) / sqrt(alpha_bar_t), clipped
///     x' = sqrt(alpha) (1 - alpha_bar_s) / (1 - alpha_bar_t) x + sqrt(alpha_bar_s) beta / (1 - alpha_bar_t) x0 + sigma noise
///
/// @param timesteps the caller's own, largest first; empty: the diffusion's
public record Ddpm(List<Integer> timesteps) implements Sampler {
    public Ddpm {
        timesteps = List.copyOf(timesteps);
        for (int i = 0; i < timesteps.size(); i++) {
            if (timesteps.get(i) < 0 || i > 0 && timesteps.get(i) >= timesteps.get(i - 1)) {
                throw new InvalidArgumentException("timesteps " + timesteps + ": entry " + i + " has to be 0 or more, and smaller than the one before");
            }
        }
    }

    @Override
    public List<Step> plan(Diffusion diffusion, int steps) {
        int[] times = timesteps.isEmpty() ? diffusion.timesteps(steps) : own(steps);
        NoiseSchedule schedule = diffusion.schedule();
        var plan = new ArrayList<Step>(times.length);
        int draw = 0;
        for (int i = 0; i < times.length; i++) {
            int t = times[i];
            double from = schedule.alphaBar(t);
            double to = i + 1 < times.length ? schedule.alphaBar(times[i + 1]) : 1;
            double alpha = (float) (from / to);                      // float32, as the checkpoint's own sampler: 1 - alpha cancels when steps are short
            double beta = 1 - alpha;
            Step step = Predictions.at(diffusion, t, from)
                    .withMove(Math.sqrt(alpha) * (1 - to) / (1 - from), Math.sqrt(to) * beta / (1 - from), 0);
            if (t > 0) {
                double posterior = Math.max((1 - to) / (1 - from) * beta, 1e-20);
                double variance = switch (diffusion.variance()) {
                    case FIXED_SMALL, FIXED_SMALL_LOG -> posterior;
                    case FIXED_LARGE -> beta;
                };
                step = step.withNoise(Math.sqrt(variance), ++draw);
            }
            plan.add(step);
        }
        return List.copyOf(plan);
    }

    private int[] own(int steps) {
        if (steps != timesteps.size()) {
            throw new InvalidArgumentException("steps is " + steps + ", but this sampler has " + timesteps.size() + " timesteps of its own");
        }
        return timesteps.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String toString() {
        return timesteps.isEmpty() ? "DDPM" : "DDPM at " + timesteps.size() + " timesteps";
    }
}
