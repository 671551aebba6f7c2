package io.langevin.parity;

import io.langevin.Diffusion;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.internal.Json;
import java.util.List;

/// A scheduler's tables and timesteps, from its config alone.
///
/// - `alphas_cumprod`: torch's own bits. Sigmoid schedules may be 2 floats off and those rescaled to zero terminal SNR 5e-6 of the value, since
///   torch's exp and sqrt are not correctly rounded and differ from processor to processor. There the last is 0, for which some samplers put 2^-24.
/// - `betas`: they are not in our interface, so they are turned into alpha_bar by it, which must be the recorded one.
/// - `timesteps.n`: exact where they are whole.
/// - `sigmas.n`: noise per unit of picture. A network that predicts v says x0 = p*x + q*out with -q/p = sigma where x has unit variance, and -q/sqrt(p)
///   where the network's input is scaled to it. The table is float32 and made with float32 roots: 1e-6 of the value.
///
/// Timesteps and sigmas do not depend on what the network predicts, so all are planned for v, which is possible on every schedule.
final class ScheduleCase {
    static final String WHAT = "schedule";

    private static final double SIGMOID_ULPS = 2;
    private static final double ZERO_SNR = 5e-6;
    private static final double SIGMA = 1e-6;

    private ScheduleCase() {
    }

    static Verdict check(GoldenCase golden) {
        String text = golden.text("scheduler_config.json");
        Json.Obj config = Json.parseObject("scheduler_config.json", text);
        Diffusion diffusion = Diffusion.parse(text);
        Sampler sampler = Sampler.of(diffusion);
        Tensors tensors = golden.tensors();
        var furthest = new Furthest();

        float[] wanted = tensors.floats("alphas_cumprod", 1).floats();
        float[] ours = diffusion.schedule().alphaBar();
        if (config.bool("rescale_betas_zero_snr", false)) {
            wanted[wanted.length - 1] = wanted[wanted.length - 1] == 0x1p-24f ? 0 : wanted[wanted.length - 1];
            furthest.add("alphas_cumprod (relative)", relativeEach(ours, wanted), ZERO_SNR);
        } else {
            boolean sigmoid = config.text("beta_schedule", "").equals("sigmoid");
            furthest.add("alphas_cumprod (ulp)", Furthest.ulps(ours, wanted), sigmoid ? SIGMOID_ULPS : 0);
        }
        furthest.add("betas (ulp of alphas_cumprod)", Furthest.ulps(NoiseSchedule.ofBetas(tensors.floats("betas", 1).floats()).alphaBar(), wanted), 0);

        Diffusion any = diffusion.withPrediction(Diffusion.Prediction.V);
        int[] runs = golden.fields().integers("steps");
        if (runs.length == 0) {
            throw new BrokenCase("\"steps\" is empty");
        }
        for (int steps : runs) {
            List<Step> plan = sampler.plan(any, steps);
            String name = "timesteps." + steps;
            Samplers.compareTimesteps(furthest, name, Samplers.timesteps(plan), tensors.floats(name, 1).floats());
            if (tensors.has("sigmas." + steps)) {
                furthest.add("sigmas." + steps + " (relative)", sigmas(plan, tensors.floats("sigmas." + steps, 1).floats()), SIGMA);
            }
        }
        return furthest.verdict(WHAT, "float32 tables to torch's bits, timesteps exact");
    }

    /// The sigma of each look at the network; the list's last entry is where the last step ends.
    private static double sigmas(List<Step> plan, float[] wanted) {
        List<Step> looks = plan.stream().filter(Step::evaluated).toList();
        if (looks.size() != wanted.length - 1) {
            throw new BrokenCase(wanted.length + " sigmas for " + looks.size() + " looks at the network");
        }
        var ours = new float[wanted.length];
        for (int i = 0; i < looks.size(); i++) {
            Step look = looks.get(i);
            ours[i] = (float) (-look.q() / (look.scale() == 1 ? look.p() : Math.sqrt(look.p())));
        }
        ours[looks.size()] = wanted[looks.size()];
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
