package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// UniPC (Zhao et al., 2023, algorithms 5 to 8): a predictor, and a corrector that uses the next look once more. With m what the network says (x0, or eps),
/// hh = -h (x0) or h (eps), B(h) = hh (bh1) or exp(hh) - 1 (bh2), r_k = (lambda_(t-k) - lambda_t) / h, m_k the m of k looks before, and G = alpha_s B (x0) or
/// sigma_s B (eps):
///
///     predictor   x~ = base x - (exp(hh) - 1) (alpha_s or sigma_s) m_0 - G sum rho_k (m_k - m_0) / r_k
///     corrector   the same with rho of one equation more, and m at s as the k = 0 of the new step
///
/// Both share base and m_0, so the corrected x is the predicted x plus a combination of m's: no x of before is kept, and the corrector costs no row.
///
/// @param order            1 to 4
/// @param bh2              B(h) = exp(hh) - 1; else B(h) = hh
/// @param predictX0        m is x0; else eps
/// @param lowerOrderFinal  the last steps are of order ..., 2, 1
/// @param disableCorrector steps (the first is 0) after which x is not corrected
/// @param clean            whether the last step ends without noise, or at the smallest sigma (diffusers: final_sigmas_type zero, sigma_min)
public record UniPc(int order, boolean bh2, boolean predictX0, boolean lowerOrderFinal, Set<Integer> disableCorrector, boolean clean) implements AlphaBarSampler {
    public UniPc {
        disableCorrector = Set.copyOf(disableCorrector);
        if (order < 1 || order > 4) {
            throw new InvalidArgumentException("solver_order is " + order + "; UniPC has orders 1 to 4 here");
        }
        if (!predictX0 && clean) {
            throw new InvalidArgumentException("UniPC that follows eps (predict_x0 false) cannot end without noise: take final_sigmas_type sigma_min");
        }
    }

    /// UniPC-2 with B_2, following x0.
    public UniPc() {
        this(2, true, true, true, Set.of(), true);
    }

    /// The same of another order.
    public UniPc withOrder(int order) {
        return new UniPc(order, bh2, predictX0, lowerOrderFinal, disableCorrector, clean);
    }

    /// The same with B_2 or B_1.
    public UniPc withBh2(boolean bh2) {
        return new UniPc(order, bh2, predictX0, lowerOrderFinal, disableCorrector, clean);
    }

    /// The same uncorrected after these steps.
    public UniPc withDisableCorrector(Collection<Integer> steps) {
        return new UniPc(order, bh2, predictX0, lowerOrderFinal, Set.copyOf(steps), clean);
    }

    /// The same following x0 and ending without noise, or following eps and ending at the smallest sigma, which is as far as that goes.
    public UniPc withPredictX0(boolean predictX0) {
        return new UniPc(order, bh2, predictX0, lowerOrderFinal, disableCorrector, predictX0);
    }

    /// The same ending without noise, or at the smallest sigma.
    public UniPc withClean(boolean clean) {
        return new UniPc(order, bh2, predictX0, lowerOrderFinal, disableCorrector, clean);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        SolverLevels run = SolverLevels.of(diffusion, steps, diffusion.schedule().steps(), SolverLevels.Whole.ROUNDED, true, clean);
        int count = run.count();
        Timesteps.checkFirst(first, count);
        List<Level> v = run.levels();
        var plan = new ArrayList<Step>(List.of(v.get(first).noising()));
        Weights before = null;
        for (int i = first; i < count; i++) {
            Level level = v.get(i);
            Step step = level.look(diffusion, run.timesteps()[i]);
            step = predictX0 ? Level.thresholded(diffusion, step) : step;
            double mx = predictX0 ? 0 : level.u(diffusion);
            double m0 = predictX0 ? 1 : 0;
            double mo = predictX0 ? 0 : level.w(diffusion);
            Weights now = weights(v, i, Math.min(lowerOrderFinal ? Math.min(order, count - i) : order, possible(v, i, first)));
            double[] y = new double[order + 1];                                // x' = base*x + sum y[j]*m_j
            if (before != null && !disableCorrector.contains(i - 1)) {
                before.correct(y);
            }
            now.predict(y);
            step = step.withMove(now.base + y[0] * mx, y[0] * m0, y[0] * mo).withSave(i % order, mx, m0, mo, 0);
            var c = new double[4];
            for (int j = 1; j <= Math.min(order, i - first); j++) {
                c[(i - j) % order] = y[j];
            }
            plan.add(step.withHistory(c[0], c[1], c[2], c[3]));
            before = now;
        }
        return List.copyOf(plan);
    }

    /// The order that the levels allow: one more than the steps before, and the first where lambda does not move, or is at its end.
    private static int possible(List<Level> v, int i, int first) {
        int order = 1;
        double h = v.get(i + 1).lambda() - v.get(i).lambda();
        if (h != 0 && h < Double.POSITIVE_INFINITY) {
            while (order <= i - first && v.get(i - order + 1).lambda() != v.get(i - order).lambda()) {
                order++;
            }
        }
        return order;
    }

    /// Of the step v[i] -> v[i+1].
    ///
    /// @param base      what is kept of x
    /// @param one       weight of m_0
    /// @param scale     G
    /// @param r         of the looks before, and 1
    /// @param predictor rho
    /// @param corrector rho
    private record Weights(double base, double one, double scale, double[] r, double[] predictor, double[] corrector) {
        /// x' = base*x + sum y[j]*m_j of this step, from x + sum y[j]*m_j, which is its corrected x.
        void predict(double[] y) {
            for (int j = 0; j < y.length; j++) {
                y[j] *= base;
            }
            y[0] -= one;
            for (int k = 0; k < predictor.length; k++) {
                y[k + 1] -= scale * predictor[k] / r[k];
                y[0] += scale * predictor[k] / r[k];
            }
        }

        /// Adds what the corrector of this step changes, counted from the look after it: m_1 is what m_0 was here.
        void correct(double[] y) {
            double last = corrector[corrector.length - 1];
            y[0] -= scale * last;
            y[1] += scale * last;
            for (int k = 0; k < predictor.length; k++) {
                double share = scale * (predictor[k] - corrector[k]) / r[k];
                y[k + 2] += share;
                y[1] -= share;
            }
        }
    }

    private Weights weights(List<Level> v, int i, int order) {
        Level t = v.get(i);
        Level s = v.get(i + 1);
        double h = s.lambda() - t.lambda();
        double hh = predictX0 ? -h : h;
        double phi1 = Math.expm1(hh);
        double to = predictX0 ? s.alpha() : s.sigma();
        double base = predictX0 ? s.sigma() / t.sigma() : s.alpha() / t.alpha();
        if (h == 0 || h == Double.POSITIVE_INFINITY) {
            return new Weights(base, to * phi1, 0, new double[] {1}, new double[0], new double[] {0.5});
        }
        double scale = bh2 ? phi1 : hh;
        var r = new double[order];
        for (int k = 1; k < order; k++) {
            r[k - 1] = (v.get(i - k).lambda() - t.lambda()) / h;
        }
        r[order - 1] = 1;
        var matrix = new double[order][order];
        var right = new double[order];
        double phi = phi1 / hh - 1;
        double factorial = 1;
        for (int j = 0; j < order; j++) {
            for (int k = 0; k < order; k++) {
                matrix[j][k] = Math.pow(r[k], j);
            }
            right[j] = phi * factorial / scale;
            factorial *= j + 2;
            phi = phi / hh - 1 / factorial;
        }
        double[] predictor = switch (order) {
            case 1 -> new double[0];
            case 2 -> new double[] {0.5};
            default -> Numbers.solve(head(matrix, order - 1), Arrays.copyOf(right, order - 1));
        };
        return new Weights(base, to * phi1, to * scale, r, predictor, order == 1 ? new double[] {0.5} : Numbers.solve(matrix, right));
    }

    private static double[][] head(double[][] matrix, int size) {
        var head = new double[size][];
        for (int j = 0; j < size; j++) {
            head[j] = Arrays.copyOf(matrix[j], size);
        }
        return head;
    }
}
