package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Sampler;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// Euler's method for EDM networks (Karras et al., 2022, algorithm 2 without its correction): [Euler], but that the network is preconditioned.
///
/// @param churn noise that is added and removed again on the way
/// @param clean whether the last step ends without noise, or at sigmaMin (diffusers: final_sigmas_type zero, sigma_min)
public record EdmEuler(Churn churn, boolean clean) implements Sampler {
    /// Deterministic, to a picture without noise.
    public EdmEuler() {
        this(Churn.NONE, true);
    }

    /// The same with noise on the way.
    public EdmEuler withChurn(Churn churn) {
        return new EdmEuler(churn, clean);
    }

    @Override
    public List<Step> plan(Diffusion diffusion, int steps) {
        return EdmLevels.fromNoise(diffusion, planFrom(diffusion, steps, 0));
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        double[] sigmas = EdmLevels.of(diffusion, steps, clean, false);
        Timesteps.checkFirst(first, steps);
        var plan = new ArrayList<Step>(List.of(SigmaSampler.noising(sigmas[first])));
        int draw = 0;
        for (int i = first; i < steps; i++) {
            double s = sigmas[i];
            double raised = churn.raised(s, steps);
            Step step = SigmaSampler.along(EdmLevels.look(diffusion, s, raised), 1, sigmas[i + 1] - raised, raised);
            plan.add(raised > s ? step.withNoise(churn.deviation(s, raised) * (step.a() + step.b() * step.p()), ++draw) : step);
        }
        return List.copyOf(plan);
    }
}
