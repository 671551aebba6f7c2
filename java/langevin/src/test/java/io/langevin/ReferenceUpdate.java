package io.langevin;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/// A row of a plan on one image, written for reading: what the native update is compared with, and how plans are tested without it. float32 throughout,
/// coefficients rounded once; a coefficient of exactly 0 reads nothing.
final class ReferenceUpdate {
    private final float[][] history = new float[4][];
    private float[] x;

    ReferenceUpdate(float[] x) {
        this.x = x.clone();
    }

    float[] x() {
        return x;
    }

    void write(float[] x) {
        this.x = x.clone();
    }

    /// Noise by its number.
    interface Noise {
        float[] draw(int number);
    }

    /// Takes a step. `out` has the image's channels, or twice as many; null where the row does not look at the network. Pictures under a mask may be null.
    void step(Step s, float[] out, Noise noise, float[] mask, float[] known) {
        int n = x.length;
        float[] v = out == null && s.q() != 0 ? null : sum(n, s.p(), at(x), s.q(), at(out));
        float[] x0 = v == null ? null : limited(s, v);
        float[] z = new float[n];
        if (s.d() != 0) {
            float[] drawn = noise.draw(s.draw());
            for (int i = 0; i < n; i++) {
                z[i] = (float) s.d() * drawn[i] * deviation(s, out, i);
            }
        }
        float[] moved = sum(n, s.a(), at(x), s.b(), at(x0), s.e(), at(out), 1, at(z), s.c0(), at(history[0]), s.c1(), at(history[1]), s.c2(), at(history[2]),
                s.c3(), at(history[3]));
        if (s.ka() != 0 || s.kn() != 0) {
            float[] given = sum(n, s.ka(), at(known), s.kn(), s.kn() == 0 ? null : at(noise.draw(s.knownDraw())));
            for (int i = 0; i < n; i++) {
                float m = mask[i % mask.length];
                moved[i] = m * given[i] + (1 - m) * moved[i];
            }
        }
        if (s.save() >= 0) {
            history[s.save()] = sum(n, s.sx(), at(x), s.s0(), at(x0), s.so(), at(out), s.sh(), at(history[s.save()]));
        }
        x = moved;
    }

    private static float deviation(Step s, float[] out, int i) {
        if (s.variance() == Step.Variance.NONE) {
            return 1;
        }
        float said = out[out.length / 2 + i];
        if (s.variance() == Step.Variance.DIRECT) {
            return (float) Math.sqrt(said);
        }
        float w = (said + 1) / 2;
        return (float) Math.exp(0.5f * (w * (float) s.logvarHi() + (1 - w) * (float) s.logvarLo()));
    }

    private static float[] limited(Step s, float[] v) {
        float limit = (float) s.limit();
        float divisor = 1;
        if (s.quantile() > 0) {
            limit = Math.min(Math.max(quantile(v, (float) s.quantile()), 1), limit);
            divisor = limit;
        }
        var x0 = new float[v.length];
        for (int i = 0; i < v.length; i++) {
            x0[i] = Math.clamp(v[i], -limit, limit) / divisor;
        }
        return x0;
    }

    /// Of |v|, linear between neighbours.
    private static float quantile(float[] v, float q) {
        var sorted = new float[v.length];
        for (int i = 0; i < v.length; i++) {
            sorted[i] = Math.abs(v[i]);
        }
        Arrays.sort(sorted);
        float rank = q * (v.length - 1);
        int below = (int) rank;
        return sorted[below] + (rank - below) * (sorted[Math.min(below + 1, v.length - 1)] - sorted[below]);
    }

    private static IntToDoubleFunction at(float[] values) {
        return i -> values[i];
    }

    /// sum of coefficient * operand, pairwise in the arguments.
    private static float[] sum(int n, Object... terms) {
        var sum = new float[n];
        for (int k = 0; k < terms.length; k += 2) {
            float coefficient = ((Number) terms[k]).floatValue();
            if (coefficient != 0) {
                var operand = (IntToDoubleFunction) terms[k + 1];
                for (int i = 0; i < n; i++) {
                    sum[i] += coefficient * (float) operand.applyAsDouble(i);
                }
            }
        }
        return sum;
    }
}
