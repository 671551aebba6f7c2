package io.langevin;

/// One row of a plan: at most one look at the network, then one move of the image x. All arithmetic is elementwise, float32, in this order:
///
///     out = net(scale * x, t)                                  if evaluated
///     v   = p*x + q*out                                        the network's view of the clean image
///     x0  = clamp(v, -limit, limit)                            if quantile is 0
///     x0  = clamp(v, -L, L) / L                                else; L = min(max(Q, 1), limit), Q that quantile of |v| over the image
///     z   = d * noise(draw)                                    times what the network says of the variance, as `variance` tells
///     x'  = a*x + b*x0 + e*out + z + c0*H0 + c1*H1 + c2*H2 + c3*H3
///     x'  = mask*(ka*known + kn*noise(knownDraw)) + (1 - mask)*x'        if ka or kn is not 0
///     H[save] = sx*x + s0*x0 + so*out + sh*H[save]             if save is 0 to 3; x and H are the old values
///     x   = x'
///
/// **A coefficient of exactly 0 means that its operand is not read.** Coefficients are planned in double and rounded to float32 once, where they cross to
/// the native library. docs/sampling.md derives the numbers of the samplers from their papers.
///
/// A sampler of your own starts with [#at] and adds what it needs:
///
/// ```java
/// Step.at(t).withX0(1 / alpha, -sigma / alpha, 1).withMove(0, alphaNext, sigmaNext)       // DDIM, eta 0
/// ```
///
/// @param t         timestep, as the network takes it
/// @param scale     what x is multiplied with on its way into the network
/// @param evaluated false: the network is not run, and no coefficient may ask for `out`
/// @param draw      number of the noise: 0 is the start noise, a sampler draws 1, 2, ...
/// @param save      history slot that is written, 0 to 3, or -1
/// @param variance  what the second half of the network's channels says of the noise
/// @param p         x0 from x
/// @param q         x0 from out
/// @param limit     x0 is held in [-limit, limit]; infinity: as it is
/// @param quantile  of |v|, for dynamic thresholding (Saharia et al., 2022); 0: none
/// @param a         x' from x
/// @param b         x' from x0
/// @param e         x' from out
/// @param d         x' from noise(draw)
/// @param c0        x' from history slot 0
/// @param c1        x' from history slot 1
/// @param c2        x' from history slot 2
/// @param c3        x' from history slot 3
/// @param logvarLo  logarithm of the smallest variance, for [Variance#RANGE]
/// @param logvarHi  logarithm of the largest variance, for [Variance#RANGE]
/// @param ka        x' from the known picture, where the mask is 1
/// @param kn        x' from noise(knownDraw), where the mask is 1
/// @param knownDraw number of the noise that the known picture gets
/// @param sx        saved from x
/// @param s0        saved from x0
/// @param so        saved from out
/// @param sh        saved from what the history slot held
public record Step(double t, double scale, boolean evaluated, int draw, int save, Variance variance, double p, double q, double limit, double quantile,
                   double a, double b, double e, double d, double c0, double c1, double c2, double c3, double logvarLo, double logvarHi,
                   double ka, double kn, int knownDraw, double sx, double s0, double so, double sh) {

    /// What a network with twice as many channels says of the noise that is added (Nichol and Dhariwal, 2021). The order is the native library's.
    public enum Variance {
        /// Nothing: the noise is d * noise(draw).
        NONE,
        /// With v the second half: times exp((w*logvarHi + (1 - w)*logvarLo) / 2), w = (v + 1) / 2.
        RANGE,
        /// With v the second half: times sqrt(v).
        DIRECT
    }

    /// @throws InvalidArgumentException for a coefficient that is not finite, or a history slot that is not there
    public Step {
        // Each is rounded to float32 on its way out: what overflows there is refused here.
        finite("t", t);
        finite("scale", scale);
        finite("p", p);
        finite("q", q);
        finite("a", a);
        finite("b", b);
        finite("e", e);
        finite("d", d);
        finite("c0", c0);
        finite("c1", c1);
        finite("c2", c2);
        finite("c3", c3);
        finite("logvarLo", logvarLo);
        finite("logvarHi", logvarHi);
        finite("ka", ka);
        finite("kn", kn);
        finite("sx", sx);
        finite("s0", s0);
        finite("so", so);
        finite("sh", sh);
        if (variance == null) {
            throw new InvalidArgumentException("a step at t = " + t + " has variance null; NONE is none");
        }
        if (!(limit > 0)) {
            throw new InvalidArgumentException("a step at t = " + t + " has limit " + limit + "; it is above 0, or infinity for none");
        }
        if (!(quantile >= 0 && quantile <= 1)) {
            throw new InvalidArgumentException("a step at t = " + t + " has quantile " + quantile + "; it is above 0 and at most 1, or 0 for none");
        }
        if (draw < 0 || knownDraw < 0) {
            throw new InvalidArgumentException("a step at t = " + t + " has draw " + Math.min(draw, knownDraw) + "; draws count from 0");
        }
        if (save < -1 || save > 3) {
            throw new InvalidArgumentException("a step at t = " + t + " saves to history slot " + save + "; there are slots 0 to 3, and -1 saves nothing");
        }
    }

    /// Runs the network at timestep `t`; x stays as it is, and x0 is out, until the methods below say otherwise.
    public static Step at(double t) {
        return new Step(t, 1, true, 0, -1, Variance.NONE, 0, 1, Double.POSITIVE_INFINITY, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// Does not run the network; x stays as it is, and is taken for x0, until the methods below say otherwise.
    public static Step withoutNetwork() {
        return new Step(0, 1, false, 0, -1, Variance.NONE, 1, 0, Double.POSITIVE_INFINITY, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// The network sees `scale * x`.
    public Step withScale(double scale) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// x0 = clamp(p*x + q*out, -limit, limit).
    public Step withX0(double p, double q, double limit) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// Dynamic thresholding: x0 = clamp(v, -L, L) / L with L = min(max(Q, 1), limit), where Q is that quantile of |v| over the image.
    public Step withQuantile(double quantile) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// x' = a*x + b*x0 + e*out + ...
    public Step withMove(double a, double b, double e) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// x' = ... + d*noise(draw).
    public Step withNoise(double d, int draw) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// The noise is multiplied with a deviation that the network says, for [Variance#RANGE] between exp(logvarLo / 2) and exp(logvarHi / 2).
    public Step withVariance(Variance variance, double logvarLo, double logvarHi) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// x' = ... + c0*H0 + c1*H1 + c2*H2 + c3*H3.
    public Step withHistory(double c0, double c1, double c2, double c3) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// x' = mask*(ka*known + kn*noise(knownDraw)) + (1 - mask)*x'.
    public Step withKnown(double ka, double kn, int knownDraw) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    /// H[save] = sx*x + s0*x0 + so*out + sh*H[save].
    public Step withSave(int save, double sx, double s0, double so, double sh) {
        return new Step(t, scale, evaluated, draw, save, variance, p, q, limit, quantile, a, b, e, d, c0, c1, c2, c3, logvarLo, logvarHi, ka, kn, knownDraw,
                sx, s0, so, sh);
    }

    private static void finite(String name, double value) {
        if (!Float.isFinite((float) value)) {
            throw new InvalidArgumentException("a step has " + name + " = " + value + ", which is no finite float32 number");
        }
    }
}
