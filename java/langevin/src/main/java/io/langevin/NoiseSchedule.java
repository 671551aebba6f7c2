package io.langevin;

import io.langevin.internal.Numbers;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// How much of the picture is left at each training timestep: x_t = sqrt(alphaBar(t)) x_0 + sqrt(1 - alphaBar(t)) eps (Ho, Jain and Abbeel, 2020,
/// equation 4). A table of float32 numbers, since that is what checkpoints were trained with, and in short steps its rounding shows.
///
/// @param alphaBar the table, index = timestep; each in [0, 1), none above the one before. Copied.
public record NoiseSchedule(float[] alphaBar) implements NoiseLevels {
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
        return ofBetas(Numbers.linspaceInFloat((float) betaStart, (float) betaEnd, steps));
    }

    /// Betas whose square roots are evenly spaced ("scaled_linear" in diffusers; Rombach et al., 2022).
    public static NoiseSchedule scaledLinear(double betaStart, double betaEnd, int steps) {
        checkLength(steps);
        float[] betas = Numbers.linspaceInFloat((float) Math.sqrt(betaStart), (float) Math.sqrt(betaEnd), steps);
        for (int t = 0; t < steps; t++) {
            betas[t] *= betas[t];
        }
        return ofBetas(betas);
    }

    /// alphaBar follows cos^2 ("squaredcos_cap_v2" in diffusers; Nichol and Dhariwal, 2021, equation 17).
    public static NoiseSchedule cosine(int steps) {
        return capped(steps, u -> {
            double cos = Math.cos((u + 0.008) / 1.008 * Math.PI / 2);
            return cos * cos;
        });
    }

    /// Logarithms of the signal-to-noise ratio follow a Laplace distribution ("laplace" in diffusers; Hang and Gu, 2024).
    public static NoiseSchedule laplace(int steps) {
        return capped(steps, u -> {
            double log = -0.5 * Math.copySign(1, 0.5 - u) * Math.log(1 - 2 * Math.abs(0.5 - u) + 1e-6);
            double snr = Math.exp(log);
            return Math.sqrt(snr / (1 + snr));
        });
    }

    /// Betas on a sigmoid from -6 to 6, between `betaStart` and `betaEnd` ("sigmoid" in diffusers; Xu et al., 2022, GeoDiff).
    public static NoiseSchedule sigmoid(double betaStart, double betaEnd, int steps) {
        checkLength(steps);
        float[] betas = Numbers.linspaceInFloat(-6, 6, steps);
        for (int t = 0; t < steps; t++) {
            betas[t] = (float) (1 / (1 + Math.exp(-betas[t]))) * (float) (betaEnd - betaStart) + (float) betaStart;
        }
        return ofBetas(betas);
    }

    /// beta_t = 1 - f((t + 1) / T) / f(t / T), at most 0.999: what alphaBar(u) = f(u) asks for.
    private static NoiseSchedule capped(int steps, DoubleUnaryOperator f) {
        checkLength(steps);
        var betas = new float[steps];
        for (int t = 0; t < steps; t++) {
            betas[t] = (float) Math.min(1 - f.applyAsDouble((t + 1.0) / steps) / f.applyAsDouble((double) t / steps), 0.999);
        }
        return ofBetas(betas);
    }

    /// The same, stretched so that nothing of the picture is left at the last timestep (Lin et al., 2024, algorithm 1; "rescale_betas_zero_snr" in diffusers).
    /// In float32 throughout, as torch does it.
    ///
    /// @throws InvalidArgumentException for a schedule of one timestep
    public NoiseSchedule withZeroTerminalSnr() {
        int steps = alphaBar.length;
        float first = (float) Math.sqrt(alphaBar[0]);
        float last = (float) Math.sqrt(alphaBar[steps - 1]);
        if (first == last) {
            throw new InvalidArgumentException("zero terminal SNR (rescale_betas_zero_snr) needs a schedule that falls; this has alpha_bar " + alphaBar[0] + " throughout");
        }
        float stretch = first / (first - last);
        var betas = new float[steps];
        float before = 1;
        for (int t = 0; t < steps; t++) {
            float root = ((float) Math.sqrt(alphaBar[t]) - last) * stretch;
            float bar = root * root;
            betas[t] = 1 - bar / before;
            before = bar;
        }
        return ofBetas(betas);
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
