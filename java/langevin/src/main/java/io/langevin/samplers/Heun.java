package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// Heun's method on the probability flow (Karras et al., 2022, algorithm 1): two looks a step, the last one excepted. With slope d = (x - x0) / S and
/// h = S' - S:
///
///     row 1 at S:    x' = x + h d,  H0 = x + h/2 d
///     row 2 at S':   x' = H0 + h/2 d'
///
/// The one sampler of its family that clips x0.
public record Heun() implements SigmaSampler {
    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        Levels levels = Levels.of(diffusion, steps, true);
        Timesteps.checkFirst(first, levels.count());
        var plan = new ArrayList<Step>(List.of(SigmaSampler.noising(levels.sigmas()[first])));
        for (int i = first; i < levels.count(); i++) {
            double s = levels.sigmas()[i];
            double to = levels.sigmas()[i + 1];
            double h = to - s;
            Step step = SigmaSampler.along(clipped(diffusion, levels.timesteps()[i], s), 1, h, s);
            if (to == 0) {
                plan.add(step);
            } else {
                plan.add(step.withSave(0, 1 + h / 2 / s, -h / 2 / s, 0, 0));
                plan.add(SigmaSampler.along(clipped(diffusion, levels.timesteps()[i + 1], to), 0, h / 2, to).withHistory(1, 0, 0, 0));
            }
        }
        return List.copyOf(plan);
    }

    private static Step clipped(Diffusion diffusion, double t, double s) {
        Step step = SigmaSampler.look(diffusion, t, s);
        return step.withX0(step.p(), step.q(), diffusion.limit());
    }
}
