package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// PNDM (Liu et al., 2022): a linear multistep method on what the network says, along the curve of DDIM (equation 11):
///
///     prev(x, o; t -> u) = A x - B o,  A = sqrt(ab_u / ab_t),  B = (ab_u - ab_t) / (ab_t sqrt(1 - ab_u) + sqrt(ab_t (1 - ab_t) ab_u))
///     o' = (55 o - 59 o_1 + 37 o_2 - 9 o_3) / 24, of the looks before        (PLMS, equation 12; fewer of them at the start)
///
/// Its start has no looks before: either three steps of Runge-Kutta, four looks each (PRK, equation 13), or, with `skipPrk`, one step that is looked at twice.
/// So N steps are N + 9 looks, or N + 1.
///
/// History slots 0 to 2 hold outs; of Runge-Kutta slot 3 holds a running combination of its outs, and the x where a block began is a combination of the
/// current x and those.
///
/// @param skipPrk no Runge-Kutta at the start
public record Pndm(boolean skipPrk) implements AlphaBarSampler {
    private static final double[][] ADAMS = {{1}, {3 / 2.0, -1 / 2.0}, {23 / 12.0, -16 / 12.0, 5 / 12.0}, {55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0}};

    /// As published, with Runge-Kutta.
    public Pndm() {
        this(false);
    }

    /// x' = a*x - b*out.
    private record Curve(double a, double b) {
        static Curve of(Diffusion diffusion, int t, int u) {
            NoiseSchedule schedule = diffusion.schedule();
            double from = schedule.alphaBar(t);
            double to = u >= 0 ? schedule.alphaBar(u) : diffusion.end() == Diffusion.End.CLEAN ? 1 : schedule.alphaBar(0);
            if (from == 0) {
                throw new InvalidArgumentException("alpha_bar is 0 at timestep " + t + ": PNDM needs some picture everywhere; ddpm and ddim do without");
            }
            double a = Math.sqrt(to / from);
            double b = (to - from) / (from * Math.sqrt(1 - to) + Math.sqrt(from * (1 - from) * to));
            return switch (diffusion.prediction()) {
                case EPSILON -> new Curve(a, b);
                case V -> new Curve(a - b * Math.sqrt(1 - from), b * Math.sqrt(from));
                case SAMPLE -> throw new InvalidArgumentException("PNDM is for networks that predict epsilon or v; this one predicts the clean image");
            };
        }
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        if (!diffusion.timesteps().isEmpty()) {
            throw new InvalidArgumentException("PNDM needs evenly spaced timesteps, so they cannot be given");
        }
        int[] times = Timesteps.of(diffusion, steps);
        Timesteps.checkFirst(first, steps);
        if (!skipPrk && steps < 4) {
            throw new InvalidArgumentException("steps is " + steps + "; PNDM's start with Runge-Kutta takes 4 or more (skip_prk_steps does without)");
        }
        if (!skipPrk && first > 0) {
            throw new InvalidArgumentException("PNDM with Runge-Kutta begins with its first step, not with step " + first + " (skip_prk_steps can)");
        }
        var plan = new ArrayList<Step>(List.of(Level.of(diffusion.schedule().alphaBar(times[first])).noising()));
        int gap = diffusion.schedule().steps() / steps;
        var slots = new ArrayList<Integer>();                  // of outs, oldest first
        if (skipPrk) {
            multistep(diffusion, Arrays.copyOfRange(times, first, steps), gap, slots, plan);
        } else {
            rungeKutta(diffusion, times, gap, slots, plan);
            multistep(diffusion, Arrays.copyOfRange(times, 3, steps), gap, slots, plan);
        }
        return List.copyOf(plan);
    }

    private static Step look(Diffusion diffusion, int t, double a, double e) {
        return Level.of(diffusion.schedule().alphaBar(t)).look(diffusion, t).withMove(a, 0, e);
    }

    /// Three blocks of four looks, at t, twice halfway to u, and at u. With x1 .. x4 where each look's row ends:
    ///
    ///     x1 = A0 x - B0 o0                   x2 = A1 x - B1 o1,  x = (x1 + B0 o0) / A0
    ///     x3 = A2 x - B2 o2, x = (x2 + B1 o1) / A1                x4 = A2 x - B2 (o0 + 2 o1 + 2 o2 + o3) / 6, x = (x3 + B2 o2) / A2
    private static void rungeKutta(Diffusion diffusion, int[] times, int gap, List<Integer> slots, List<Step> plan) {
        for (int block = 0; block < 3; block++) {
            int t = times[block];
            int u = times[block + 1];
            int half = u + gap / 2;
            Curve zero = Curve.of(diffusion, t, t - gap / 2);
            Curve one = Curve.of(diffusion, t, half);
            Curve two = Curve.of(diffusion, t, u);
            plan.add(look(diffusion, t, zero.a(), -zero.b()).withSave(block, 0, 0, 1, 0));
            plan.add(history(look(diffusion, half, one.a() / zero.a(), -one.b()), block, one.a() / zero.a() * zero.b(), 0).withSave(3, 0, 0, 1, 0));
            plan.add(look(diffusion, half, two.a() / one.a(), -two.b()).withHistory(0, 0, 0, two.a() / one.a() * one.b()).withSave(3, 0, 0, -2 / 3.0, 1 / 3.0));
            plan.add(history(look(diffusion, u, 1, -two.b() / 6), block, -two.b() / 6, -two.b()));
            slots.add(block);
        }
    }

    private static Step history(Step step, int slot, double c, double c3) {
        return step.withHistory(slot == 0 ? c : 0, slot == 1 ? c : 0, slot == 2 ? c : 0, c3);
    }

    private static void multistep(Diffusion diffusion, int[] times, int gap, List<Integer> slots, List<Step> plan) {
        boolean fresh = slots.isEmpty();
        Curve before = null;
        for (int i = 0; i < times.length; i++) {
            int t = times[i];
            if (fresh && i == 1) {
                plan.add(again(diffusion, t, before, Curve.of(diffusion, t + gap, t), slots.getLast()));
            }
            double[] weights = ADAMS[Math.min(slots.size(), 3)];
            Curve curve = Curve.of(diffusion, t, t - gap);
            var c = new double[4];
            for (int j = 1; j < weights.length; j++) {
                c[slots.get(slots.size() - j)] = -curve.b() * weights[j];
            }
            int save = slots.size() == 3 ? slots.removeFirst() : slots.size();
            slots.add(save);
            plan.add(look(diffusion, t, curve.a(), -curve.b() * weights[0]).withHistory(c[0], c[1], c[2], c[3]).withSave(save, 0, 0, 1, 0));
            before = curve;
        }
    }

    /// The first step once more, now that its end was looked at: A x - B (o0 + o1) / 2 with x = (x1 + B0 o0) / A0. o1 is not kept. Where timesteps are `gap` apart,
    /// both curves are the same, and this is x1 + B (o0 - o1) / 2.
    private static Step again(Diffusion diffusion, int t, Curve zero, Curve curve, int slot) {
        double a = curve.a() / zero.a();
        return history(look(diffusion, t, a, -curve.b() / 2), slot, a * zero.b() - curve.b() / 2, 0);
    }
}
