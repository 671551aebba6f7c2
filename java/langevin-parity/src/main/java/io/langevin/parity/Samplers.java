package io.langevin.parity;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.UnsupportedException;
import io.langevin.internal.Json;
import io.langevin.samplers.Churn;
import io.langevin.samplers.Ddim;
import io.langevin.samplers.EdmEuler;
import io.langevin.samplers.Euler;
import io.langevin.samplers.Tcd;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The sampler that a case means: the checkpoint's own class, with what diffusers' step was given besides.
final class Samplers {
    private static final Set<String> DDIM = Set.of("eta", "use_clipped_model_output");
    private static final Set<String> TCD = Set.of("eta");
    private static final Set<String> EULER = Set.of("s_churn", "s_tmin", "s_tmax", "s_noise");

    private Samplers() {
    }

    /// `arguments` are the keywords of diffusers' step.
    static Sampler of(Diffusion diffusion, Json.Obj arguments) {
        return switch (Sampler.of(diffusion)) {
            case Ddim ddim -> {
                only(diffusion, arguments, DDIM);
                yield ddim.withEta(arguments.number("eta", 0)).withClippedOutput(arguments.bool("use_clipped_model_output", false));
            }
            case Tcd tcd -> {
                only(diffusion, arguments, TCD);
                yield tcd.withGamma(arguments.number("eta", 0.3));
            }
            case Euler euler -> euler.withChurn(churn(diffusion, arguments));
            case EdmEuler euler -> euler.withChurn(churn(diffusion, arguments));
            case Sampler other -> {
                only(diffusion, arguments, Set.of());
                yield other;
            }
        };
    }

    private static Churn churn(Diffusion diffusion, Json.Obj arguments) {
        only(diffusion, arguments, EULER);
        return new Churn(arguments.number("s_churn", 0), arguments.number("s_tmin", 0), arguments.number("s_tmax", Double.POSITIVE_INFINITY),
                arguments.number("s_noise", 1));
    }

    private static void only(Diffusion diffusion, Json.Obj arguments, Set<String> known) {
        for (String argument : arguments.fields().keySet()) {
            if (!known.contains(argument)) {
                throw new UnsupportedException("step argument " + argument + " of " + diffusion.className() + " has no counterpart");
            }
        }
    }

    /// The plan that looks at the network `rows` times, from where x has the noise of its first step: rows before that, which only scale the start noise, are
    /// left out. Cases count looks, users count steps, and some samplers look twice a step.
    static List<Step> plan(Sampler sampler, Diffusion diffusion, int rows) {
        var sizes = new ArrayList<Integer>();
        InvalidArgumentException refused = null;
        for (int steps = rows; steps > 0; steps--) {
            try {
                List<Step> plan = sampler.plan(diffusion, steps);
                if (plan.stream().filter(Step::evaluated).count() == rows) {
                    return plan.stream().dropWhile(step -> !step.evaluated()).toList();
                }
                sizes.add(plan.size());
            } catch (InvalidArgumentException impossible) {
                refused = refused == null ? impossible : refused;    // so many steps are not possible; fewer may be
            }
        }
        throw new BrokenCase("no number of steps looks at the network " + rows + " times" + (sizes.isEmpty() && refused != null ? ": " + refused.getMessage() : ""));
    }

    /// What the network is told, in order.
    static float[] timesteps(List<Step> plan) {
        double[] times = plan.stream().filter(Step::evaluated).mapToDouble(Step::t).toArray();
        var floats = new float[times.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) times[i];
        }
        return floats;
    }

    /// Largest difference of timesteps that are whole in both, and of the others. The first have to be exact. The others come from logarithms of sigmas, which
    /// torch takes in float32: 2^-13, two floats at 1000.
    static void compareTimesteps(Furthest furthest, String name, float[] ours, float[] wanted) {
        var between = new float[ours.length];
        var whole = new float[ours.length];
        if (ours.length != wanted.length) {
            throw new BrokenCase(ours.length + " timesteps where the case has " + wanted.length);
        }
        boolean fractions = false;
        for (int i = 0; i < ours.length; i++) {
            boolean fraction = ours[i] != Math.rint(ours[i]) || wanted[i] != Math.rint(wanted[i]);
            between[i] = fraction ? ours[i] : wanted[i];
            whole[i] = fraction ? wanted[i] : ours[i];
            fractions |= fraction;
        }
        furthest.add(name, Furthest.absolute(whole, wanted), 0);
        if (fractions) {
            furthest.add(name + " between two", Furthest.absolute(between, wanted), 0x1p-13);
        }
    }
}
