package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.EdmNoise;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.List;

/// Runs of an EDM network (Karras et al., 2022, table 1): the levels of a run, and a look at the network with its preconditioning. With D = sigmaData:
///
///     x0 = c_skip x + c_out net(c_in x, ln(S) / 4)
///     c_skip = D^2 / (S^2 + D^2),  c_out = S D / sqrt(S^2 + D^2),  c_in = 1 / sqrt(S^2 + D^2)
///
/// v-prediction turns c_out around.
final class EdmLevels {
    private EdmLevels() {
    }

    /// S of a run of `steps` steps, and 0 or the smallest again, where the last step ends.
    ///
    /// @param floats Karras' levels in float32, operation by operation: the last bit of the times that diffusers' EDM-DPM-Solver tells the network
    static double[] of(Diffusion diffusion, int steps, boolean clean, boolean floats) {
        EdmNoise noise = diffusion.edm();
        if (steps < 1 || steps > NoiseSchedule.LONGEST) {
            throw new InvalidArgumentException("steps is " + steps + "; it is 1 to " + NoiseSchedule.LONGEST);
        }
        if (!diffusion.timesteps().isEmpty()) {
            throw new InvalidArgumentException("an EDM network has no timesteps that could be given");
        }
        double[] sigmas = noise.exponential() ? exponential(noise, steps)
                : floats ? karrasInFloat(noise, steps) : Numbers.karras(noise.sigmaMax(), noise.sigmaMin(), noise.rho(), steps);
        return Numbers.rounded(sigmas, clean ? 0 : noise.sigmaMin());
    }

    /// With logarithms in float32, as diffusers has them.
    private static double[] exponential(EdmNoise noise, int steps) {
        float[] logarithms = Numbers.linspaceInFloat((float) Math.log(noise.sigmaMin()), (float) Math.log(noise.sigmaMax()), steps);
        var sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = Math.exp(logarithms[steps - 1 - i]);
        }
        return sigmas;
    }

    private static double[] karrasInFloat(EdmNoise noise, int steps) {
        double high = Math.pow(noise.sigmaMax(), 1 / noise.rho());
        double low = Math.pow(noise.sigmaMin(), 1 / noise.rho());
        float[] ramp = Numbers.linspaceInFloat(0, 1, steps);
        var sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = (float) Math.pow((float) high + ramp[i] * (float) (low - high), noise.rho());
        }
        return sigmas;
    }

    /// Looks at the network. x' is yet to be said.
    ///
    /// @param seen the noise of what the network sees
    /// @param s    the noise of what x0 is made from
    static Step look(Diffusion diffusion, double seen, double s) {
        double data = diffusion.edm().sigmaData();
        double n = s * s + data * data;
        double out = switch (diffusion.prediction()) {
            case EPSILON -> s * data / Math.sqrt(n);
            case V -> -s * data / Math.sqrt(n);
            case SAMPLE -> throw new InvalidArgumentException("an EDM network that predicts x0 without its preconditioning is not known; prediction_type is epsilon or"
                    + " v_prediction");
        };
        return Step.at(0.25 * Math.log(seen)).withScale(1 / Math.sqrt(seen * seen + data * data)).withX0(data * data / n, out, Double.POSITIVE_INFINITY);
    }

    /// A run that begins with noise(0), brought to sqrt(sigmaMax^2 + 1), as diffusers does.
    static List<Step> fromNoise(Diffusion diffusion, List<Step> rows) {
        var plan = new ArrayList<>(rows);
        double most = diffusion.edm().sigmaMax();
        plan.set(0, Step.withoutNetwork().withMove(Math.sqrt(most * most + 1), 0, 0));
        return List.copyOf(plan);
    }
}
