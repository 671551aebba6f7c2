package io.langevin.internal;

/// Arithmetic that schedules and samplers share.
public final class Numbers {
    private Numbers() {
    }

    /// Entry i of numpy.linspace(from, to, count).
    public static double linspace(double from, double to, int count, int i) {
        return count == 1 ? from : i == count - 1 ? to : i * ((to - from) / (count - 1)) + from;
    }

    /// torch.linspace in float32: counted from both ends with one fused multiply-add each.
    public static float[] linspaceInFloat(float from, float to, int count) {
        var values = new float[count];
        float step = count > 1 ? (to - from) / (count - 1) : 0;
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 || count == 1 ? Math.fma(step, i, from) : Math.fma(-step, count - 1 - i, to);
        }
        return values;
    }

    /// sigma^(1/rho) evenly spaced from `most` to `least` (Karras et al., 2022, equation 5).
    public static double[] karras(double most, double least, double rho, int count) {
        var sigmas = new double[count];
        double high = Math.pow(most, 1 / rho);
        double low = Math.pow(least, 1 / rho);
        for (int i = 0; i < count; i++) {
            sigmas[i] = Math.pow(high + linspace(0, 1, count, i) * (low - high), rho);
        }
        return sigmas;
    }

    /// ln(sigma) evenly spaced, between these logarithms.
    public static double[] exponential(double from, double to, int count) {
        var sigmas = new double[count];
        for (int i = 0; i < count; i++) {
            sigmas[i] = Math.exp(linspace(from, to, count, i));
        }
        return sigmas;
    }

    /// Those, and where the last step ends; each rounded to float32, as the tables of diffusers are.
    public static double[] rounded(double[] sigmas, double last) {
        var rounded = new double[sigmas.length + 1];
        for (int i = 0; i < sigmas.length; i++) {
            rounded[i] = (float) sigmas[i];
        }
        rounded[sigmas.length] = (float) last;
        return rounded;
    }

    /// alpha_bar_t / alpha_bar_s rounded to float32, as diffusers has it: 1 - ratio cancels when steps are short.
    public static double ratio(double from, double to) {
        return (float) (from / to);
    }

    /// Solves the n equations a y = b by elimination; both are overwritten.
    public static double[] solve(double[][] a, double[] b) {
        int n = b.length;
        for (int k = 0; k < n; k++) {
            int pivot = k;
            for (int i = k + 1; i < n; i++) {
                pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
            }
            double[] row = a[pivot];
            a[pivot] = a[k];
            a[k] = row;
            double right = b[pivot];
            b[pivot] = b[k];
            b[k] = right;
            for (int i = k + 1; i < n; i++) {
                double share = a[i][k] / row[k];
                b[i] -= share * right;
                for (int j = k; j < n; j++) {
                    a[i][j] -= share * row[j];
                }
            }
        }
        for (int k = n - 1; k >= 0; k--) {
            for (int j = k + 1; j < n; j++) {
                b[k] -= a[k][j] * b[j];
            }
            b[k] /= a[k][k];
        }
        return b;
    }
}
