package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// Euler's method on the probability flow (Karras et al., 2022, algorithm 2 without its correction), from S to S':
///
///     S^ = S (1 + gamma),  x^ = x + sqrt(S^^2 - S^2) noise
///     x' = x^ + (S' - S^) (x^ - x0) / S^
///
/// As in diffusers the network sees x before the churn. x^ is linear in x and noise, so that one coefficient of the noise does.
///
/// @param churn noise that is added and removed again on the way
/// @param clean whether the last step ends without noise, or at the schedule's smallest S (diffusers: final_sigmas_type zero, sigma_min)
public record Euler(Churn churn, boolean clean) implements SigmaSampler {
    /// Deterministic, to a picture without noise.
    public Euler() {
        this(Churn.NONE, true);
    }

    /// The same with noise on the way.
    public Euler withChurn(Churn churn) {
        return new Euler(churn, clean);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        Levels levels = Levels.of(diffusion, steps, clean);
        Timesteps.checkFirst(first, levels.count());
        double[] sigmas = levels.sigmas();
        var plan = new ArrayList<Step>(List.of(SigmaSampler.noising(sigmas[first])));
        int draw = 0;
        for (int i = first; i < levels.count(); i++) {
            double s = sigmas[i];
            double raised = churn.raised(s, levels.count());
            Step step = SigmaSampler.look(diffusion, levels.timesteps()[i], s);
            if (diffusion.prediction() == Diffusion.Prediction.EPSILON) {
                step = step.withX0(1, -raised, step.limit());
            }
            step = SigmaSampler.along(step, 1, sigmas[i + 1] - raised, raised);
            plan.add(raised > s ? step.withNoise(churn.deviation(s, raised) * (step.a() + step.b() * step.p()), ++draw) : step);
        }
        return List.copyOf(plan);
    }
}
