package io.langevin.parity;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.UnsupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// The sampler that a case means: the checkpoint's own class, with what diffusers' step was given besides.
final class Samplers {
    private static final Set<String> DDIM_ARGUMENTS = Set.of("eta", "use_clipped_model_output");

    private Samplers() {
    }

    /// `arguments` are the keywords of diffusers' step.
    static Sampler of(Diffusion diffusion, Json.Obj arguments) {
        boolean ddim = diffusion.className().equals("DDIMScheduler");
        for (String argument : arguments.members().keySet()) {
            if (!ddim || !DDIM_ARGUMENTS.contains(argument)) {
                throw new UnsupportedException("step argument " + argument + " of " + diffusion.className() + " has no counterpart");
            }
        }
        if (!ddim) {
            return Sampler.of(diffusion);
        }
        double eta = arguments.has("eta") ? arguments.number("eta") : 0;
        return Sampler.ddim(eta, arguments.has("use_clipped_model_output") && arguments.flag("use_clipped_model_output"));
    }

    /// The same at the caller's own timesteps.
    static Sampler at(Diffusion diffusion, long[] timesteps) {
        if (!diffusion.className().equals("DDPMScheduler")) {
            throw new UnsupportedException("custom timesteps of " + diffusion.className() + " have no counterpart");
        }
        return Sampler.ddpm(Arrays.stream(timesteps).mapToObj(Math::toIntExact).toList());
    }

    /// The plan that looks at the network `rows` times. Cases count looks, users count steps, and some samplers look twice a step.
    static List<Step> plan(Sampler sampler, Diffusion diffusion, int rows) {
        var sizes = new ArrayList<Integer>();
        InvalidArgumentException refused = null;
        for (int steps = rows; steps > 0; steps--) {
            try {
                List<Step> plan = sampler.plan(diffusion, steps);
                if (plan.stream().filter(Step::evaluated).count() == rows) {
                    return plan;
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
}
