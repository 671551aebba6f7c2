package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.List;

/// DDPM (Ho, Jain and Abbeel, 2020, equations 6, 7 and 15), from timestep t to s, the next of the list. With alpha = alpha_bar_t / alpha_bar_s and
/// beta = 1 - alpha, which for s = t - 1 are the paper's:
///
///     x0 = (x - sqrt(1 - alpha_bar_t) out) / sqrt(alpha_bar_t), clipped
///     x' = sqrt(alpha) (1 - alpha_bar_s) / (1 - alpha_bar_t) x + sqrt(alpha_bar_s) beta / (1 - alpha_bar_t) x0 + std noise
///
/// std^2 is as [Diffusion#variance] says. Nothing is drawn at t = 0.
public record Ddpm() implements AlphaBarSampler {
    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        int[] times = Timesteps.of(diffusion, steps);
        Timesteps.checkFirst(first, times.length);
        NoiseSchedule schedule = diffusion.schedule();
        var plan = new ArrayList<Step>(List.of(Level.of(schedule.alphaBar(times[first])).noising()));
        int draw = 0;
        for (int i = first; i < times.length; i++) {
            int t = times[i];
            double from = schedule.alphaBar(t);
            double to = i + 1 < times.length ? AlphaBarSampler.target(schedule, times[i + 1]) : 1;
            double alpha = Numbers.ratio(from, to);
            double beta = 1 - alpha;
            Step step = Level.limited(diffusion, Level.of(from).look(diffusion, t))
                    .withMove(Math.sqrt(alpha) * (1 - to) / (1 - from), Math.sqrt(to) * beta / (1 - from), 0);
            plan.add(t > 0 ? noisy(diffusion, step, Math.max((1 - to) / (1 - from) * beta, 1e-20), Math.max(beta, 1e-20), ++draw) : step);
        }
        return List.copyOf(plan);
    }

    /// With noise of a variance between the posterior's and beta.
    private static Step noisy(Diffusion diffusion, Step step, double posterior, double beta, int draw) {
        return switch (diffusion.variance()) {
            case FIXED_SMALL, FIXED_SMALL_LOG -> step.withNoise(Math.sqrt(posterior), draw);
            case FIXED_LARGE -> step.withNoise(Math.sqrt(beta), draw);
            case LEARNED -> step.withNoise(1, draw).withVariance(Step.Variance.DIRECT, 0, 0);
            case LEARNED_RANGE -> step.withNoise(1, draw).withVariance(Step.Variance.RANGE, Math.log(posterior), Math.log(beta));
        };
    }
}
