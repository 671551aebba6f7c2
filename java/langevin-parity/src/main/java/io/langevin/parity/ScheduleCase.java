package io.langevin.parity;

import io.langevin.Diffusion;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.UnsupportedException;
import java.util.List;

/// A scheduler's tables and timesteps, from its config alone.
///
/// - `alphas_cumprod`: torch's own bits. Sigmoid schedules may be 2 floats off and those rescaled to zero terminal SNR 4e-6 of the value, since
///   torch's exp and sqrt are not correctly rounded and differ from processor to processor.
/// - `betas`: they are not in our interface, so they are turned into alpha_bar by it, which must be the recorded one.
/// - `timesteps.n`: exact.
/// - `sigmas.n`: noise per unit of picture. A network that predicts noise says x0 = p*x + q*out with -q = sigma. The table is float32 and made with
///   float32 roots: 1e-6 of the value.
final class ScheduleCase {
    static final String WHAT = "schedule";

    private static final double SIGMOID_ULPS = 2;
    private static final double ZERO_SNR = 4e-6;
    private static final double SIGMA = 1e-6;

    private ScheduleCase() {
    }

    static Verdict check(GoldenCase golden) {
        Json.Obj config = golden.json("scheduler_config.json");
        Diffusion diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
        Sampler sampler = Sampler.of(diffusion);
        Tensors tensors = golden.tensors();
        var furthest = new Furthest();

        float[] wanted = tensors.floats("alphas_cumprod", 1).floats();
        float[] ours = diffusion.schedule().alphaBar();
        if (config.has("rescale_betas_zero_snr") && config.flag("rescale_betas_zero_snr")) {
            furthest.add("alphas_cumprod (relative)", relativeEach(ours, wanted), ZERO_SNR);
        } else {
            boolean sigmoid = config.has("beta_schedule") && config.text("beta_schedule").equals("sigmoid");
            furthest.add("alphas_cumprod (ulp)", Furthest.ulps(ours, wanted), sigmoid ? SIGMOID_ULPS : 0);
        }
        furthest.add("betas (ulp of alphas_cumprod)", Furthest.ulps(NoiseSchedule.ofBetas(tensors.floats("betas", 1).floats()).alphaBar(), wanted), 0);

        long[] runs = golden.fields().integers("steps");
        if (runs.length == 0) {
            throw new BrokenCase("\"steps\" is empty");
        }
        for (long steps : runs) {
            List<Step> plan = sampler.plan(diffusion, (int) steps);
            String name = "timesteps." + steps;
            furthest.add(name, Furthest.absolute(Samplers.timesteps(plan), tensors.floats(name, 1).floats()), 0);
            if (tensors.has("sigmas." + steps)) {
                furthest.add("sigmas." + steps + " (relative)", sigmas(diffusion, plan, tensors.floats("sigmas." + steps, 1).floats()), SIGMA);
            }
        }
        return furthest.verdict(WHAT, "float32 tables to torch's bits, timesteps exact");
    }

    /// The sigma of each look at the network; the list's last entry is where the last step ends.
    private static double sigmas(Diffusion diffusion, List<Step> plan, float[] wanted) {
        if (diffusion.prediction() != Diffusion.Prediction.EPSILON) {
            throw new UnsupportedException("sigmas are compared for networks that predict noise; this one predicts " + diffusion.prediction());
        }
        double[] q = plan.stream().filter(Step::evaluated).mapToDouble(Step::q).toArray();
        if (q.length != wanted.length - 1) {
            throw new BrokenCase(wanted.length + " sigmas for " + q.length + " looks at the network");
        }
        var ours = new float[wanted.length];
        for (int i = 0; i < q.length; i++) {
            ours[i] = (float) -q[i];
        }
        ours[q.length] = wanted[q.length];
        return relativeEach(ours, wanted);
    }

    private static double relativeEach(float[] ours, float[] wanted) {
        if (ours.length != wanted.length) {
            throw new BrokenCase(ours.length + " numbers where the case has " + wanted.length);
        }
        double furthest = 0;
        for (int i = 0; i < wanted.length; i++) {
            double off = Math.abs((double) ours[i] - wanted[i]);
            furthest = Math.max(furthest, off == 0 ? 0 : off / Math.abs((double) wanted[i]));
        }
        return furthest;
    }
}
