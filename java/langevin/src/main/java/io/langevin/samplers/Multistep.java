package io.langevin.samplers;

import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// The rows of DPM-Solver and DPM-Solver++ (Lu et al., 2022, 2022), which remember m of the steps before: x0 for the ++ kinds, else eps. From t to s with
/// h = lambda_s - lambda_t, E(y) = exp(y) - 1, h0 the step before and h1 the one before that:
///
///     ++   x' = sigma_s/sigma_t x - alpha_s E(-h) m + ...          else   x' = alpha_s/alpha_t x - sigma_s E(h) m + ...
///
/// and where the dots stand, differences of m, D0 = (m - m') / r0 with r0 = h0 / h, and at order 3 their difference, with weights phi_2 and phi_3.
///
/// @param ahead   levels of the run, the last one where the last step ends
/// @param plus    m is x0
/// @param sde     noise is added on the way (Lu et al., 2022, section 5 of DPM-Solver++)
/// @param heun    the second order's phi_2 in full, else the midpoint rule's half of phi_1
record Multistep(List<Level> ahead, boolean plus, boolean sde, boolean heun) {
    /// m = mx*x + m0*x0 + mo*out.
    record Memory(double mx, double m0, double mo) {
        static final Memory OF_X0 = new Memory(0, 1, 0);
    }

    /// A look at the network at level i, and what is remembered of it.
    record Look(Step step, Memory memory) {
    }

    /// x' = a*x + k[0]*m + k[1]*m' + k[2]*m'' + d*noise.
    private record Row(double a, double[] k, double d) {
    }

    /// The steps from `first` on. `looks` are all of the run's; `orders` the highest order of each.
    List<Step> plan(List<Look> looks, int[] orders, int first, int solverOrder) {
        var plan = new ArrayList<Step>(List.of(ahead.get(first).noising()));
        int slots = Math.max(solverOrder - 1, 1);
        int draw = 0;
        for (int i = first; i < looks.size(); i++) {
            Memory m = looks.get(i).memory();
            int order = Math.min(orders[i], possible(i, first));
            Row row = row(i, order);
            double[] k = row.k();
            Step step = looks.get(i).step().withMove(row.a() + k[0] * m.mx(), k[0] * m.m0(), k[0] * m.mo());
            var c = new double[4];
            for (int j = 1; j < order; j++) {
                c[(i - j) % slots] = k[j];      // slots rotate; the oldest m is read and replaced in the same row
            }
            step = step.withHistory(c[0], c[1], c[2], c[3]);
            if (solverOrder > 1) {
                step = step.withSave(i % slots, m.mx(), m.m0(), m.mo(), 0);
            }
            plan.add(sde ? step.withNoise(row.d(), ++draw) : step);
        }
        return List.copyOf(plan);
    }

    /// The order that the levels allow: one more than the steps before, and the first where lambda does not move, or is at its end.
    private int possible(int i, int first) {
        int order = 1;
        if (growth(i) != 0 && growth(i) < Double.POSITIVE_INFINITY) {
            while (order <= i - first && growth(i - order) != 0) {
                order++;
            }
        }
        return order;
    }

    private double growth(int i) {
        return ahead.get(i + 1).lambda() - ahead.get(i).lambda();
    }

    private Row row(int i, int order) {
        Level t = ahead.get(i);
        Level s = ahead.get(i + 1);
        double h = growth(i);
        double g = plus && sde ? 2 * h : h;
        double n = !plus && sde ? 2 : 1;
        double a = plus ? s.sigma() / t.sigma() * (sde ? Math.exp(-h) : 1) : s.alpha() / t.alpha();
        double one = plus ? -s.alpha() * Math.expm1(-g) : -n * s.sigma() * Math.expm1(h);
        double d = !sde ? 0 : s.sigma() * Math.sqrt(Math.max(0, plus ? -Math.expm1(-2 * h) : Math.expm1(2 * h)));
        if (order == 1) {
            return new Row(a, new double[] {one}, d);
        }
        double two = plus ? s.alpha() * (Math.expm1(-g) / g + 1) : -n * s.sigma() * (Math.expm1(h) / h - 1);
        double h0 = growth(i - 1);
        if (order == 2) {
            double w = (heun ? two : one / 2) * h / h0;
            return new Row(a, new double[] {one + w, -w}, d);
        }
        // diffusers' own sign of phi_3 with noise.
        double three = !plus ? -s.sigma() * ((Math.expm1(h) - h) / (h * h) - 0.5)
                : sde ? s.alpha() * ((-Math.expm1(-g) - g) / (g * g) - 0.5) : -s.alpha() * ((Math.expm1(-h) + h) / (h * h) - 0.5);
        double r0 = h0 / h;
        double r1 = growth(i - 2) / h;
        double u = (two * (1 + r0 / (r0 + r1)) + three / (r0 + r1)) / r0;
        double w = -(two * r0 / (r0 + r1) + three / (r0 + r1)) / r1;
        return new Row(a, new double[] {one + u, w - u, -w}, d);
    }

    /// The highest order of each step: the solver's, the first for a last step that asks for it, and no more than remains in a short run.
    static int[] orders(int count, int solverOrder, boolean lowerOrderFinal, boolean firstOrderFinal) {
        boolean few = lowerOrderFinal && count < 15;
        var orders = new int[count];
        for (int i = 0; i < count; i++) {
            boolean last = i == count - 1;
            orders[i] = last && (firstOrderFinal || few) ? 1 : i == count - 2 && few ? Math.min(solverOrder, 2) : solverOrder;
        }
        return orders;
    }
}
