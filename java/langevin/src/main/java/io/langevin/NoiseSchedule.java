package io.langevin;

import java.util.Arrays;

/// How much of the picture is left at each training timestep: x_t = sqrt(alphaBar(t)) x_0 + sqrt(1 - alphaBar(t)) eps (Ho, Jain and Abbeel, 2020,
/// equation 4). A table of float32 numbers, since that is what checkpoints were trained with, and in short steps its rounding shows.
///
/// @param alphaBar the table, index = timestep; each in [0, 1), none above the one before. Copied.
public record NoiseSchedule(float[] alphaBar) {
    /// The longest table: far above any in use, and small enough that a broken config cannot exhaust memory.
    public static final int LONGEST = 1_000_000;

    /// @throws InvalidArgumentException when the table is empty, too long, leaves [0, 1), or rises
    public NoiseSchedule {
        checkLength(alphaBar.length);
        float before = 1;
        for (int t = 0; t < alphaBar.length; t++) {
            float value = alphaBar[t];
            if (!(value >= 0 && value < 1 && value <= before)) {
                throw new InvalidArgumentException("alpha_bar[" + t + "] is " + value + ": each has to be in [0, 1) and not above the one before (" + before
                        + "), so betas are above 6e-8 and below 1");
            }
            before = value;
        }
        alphaBar = alphaBar.clone();
    }

    /// Betas evenly spaced from `betaStart` to `betaEnd` ("linear" in diffusers; 0.0001, 0.02 and 1000 in the DDPM paper).
    public static NoiseSchedule linear(double betaStart, double betaEnd, int steps) {
        checkLength(steps);
        return ofBetas(linspace((float) betaStart, (float) betaEnd, steps));
    }

    /// alphaBar(t) = (1 - beta_0) ... (1 - beta_t): the factors in float32, their running product in double, each entry rounded to float32.
    public static NoiseSchedule ofBetas(float... betas) {
        checkLength(betas.length);
        var alphaBar = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            if (!(betas[t] > 0 && betas[t] <= 1)) {
                throw new InvalidArgumentException("beta[" + t + "] is " + betas[t] + "; each is above 0 and at most 1");
            }
            product *= 1f - betas[t];
            alphaBar[t] = (float) product;
        }
        return new NoiseSchedule(alphaBar);
    }

    /// torch.linspace in float32: counted from both ends with one fused multiply-add each.
    static float[] linspace(float from, float to, int count) {
        var values = new float[count];
        float step = count > 1 ? (to - from) / (count - 1) : 0;
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 || count == 1 ? Math.fma(step, i, from) : Math.fma(-step, count - 1 - i, to);
        }
        return values;
    }

    /// Share of the picture's variance at timestep `t`, 0 to [#steps] - 1.
    public double alphaBar(int t) {
        if (t < 0 || t >= alphaBar.length) {
            throw new InvalidArgumentException("timestep " + t + " is outside the schedule's 0 to " + (alphaBar.length - 1));
        }
        return alphaBar[t];
    }

    /// A copy of the table.
    public float[] alphaBar() {
        return alphaBar.clone();
    }

    /// Training timesteps, T.
    public int steps() {
        return alphaBar.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NoiseSchedule schedule && Arrays.equals(alphaBar, schedule.alphaBar);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(alphaBar);
    }

    @Override
    public String toString() {
        return "NoiseSchedule[" + alphaBar.length + " steps, alpha_bar " + alphaBar[0] + " to " + alphaBar[alphaBar.length - 1] + "]";
    }

    private static void checkLength(int length) {
        if (length < 1 || length > LONGEST) {
            throw new InvalidArgumentException("a noise schedule of " + length + " timesteps: it has 1 to " + LONGEST);
        }
    }
}
