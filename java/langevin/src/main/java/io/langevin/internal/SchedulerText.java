package io.langevin.internal;

import io.langevin.Diffusion;
import io.langevin.Diffusion.End;
import io.langevin.Diffusion.Sigmas;
import io.langevin.Diffusion.Spacing;
import io.langevin.EdmNoise;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Supplier;

/// scheduler_config.json of a network that was trained here: what [SchedulerConfig] reads, and diffusers. Its own sampler is DDPM, or EDM's Euler. A schedule
/// that has a name is written by it, any other as its betas, which meet the table to the rounding of 1 - beta.
public final class SchedulerText {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private SchedulerText() {
    }

    /// The text. The caller's own timesteps are no part of it.
    public static String of(Diffusion diffusion) {
        var text = new SchedulerText();
        switch (diffusion.noise()) {
            case NoiseSchedule schedule -> text.ddpm(schedule);
            case EdmNoise edm -> text.edm(edm);
        }
        text.rest(diffusion);
        return text.json();
    }

    private void ddpm(NoiseSchedule schedule) {
        fields.put("_class_name", "DDPMScheduler");
        fields.put("num_train_timesteps", schedule.steps());
        if (!named(schedule)) {
            fields.put("trained_betas", betas(schedule.alphaBar()));
        }
    }

    private void edm(EdmNoise edm) {
        fields.put("_class_name", "EDMEulerScheduler");
        fields.put("sigma_min", edm.sigmaMin());
        fields.put("sigma_max", edm.sigmaMax());
        fields.put("sigma_data", edm.sigmaData());
        fields.put("rho", edm.rho());
        fields.put("sigma_schedule", edm.exponential() ? "exponential" : "karras");
    }

    /// Whether it is one that diffusers has a name for.
    private boolean named(NoiseSchedule schedule) {
        int steps = schedule.steps();
        return is(schedule, () -> NoiseSchedule.linear(0.0001, 0.02, steps), "linear", 0.0001, 0.02)
                || is(schedule, () -> NoiseSchedule.scaledLinear(0.00085, 0.012, steps), "scaled_linear", 0.00085, 0.012)
                || is(schedule, () -> NoiseSchedule.sigmoid(0.0001, 0.02, steps), "sigmoid", 0.0001, 0.02)
                || is(schedule, () -> NoiseSchedule.cosine(steps), "squaredcos_cap_v2", 0.0001, 0.02)
                || is(schedule, () -> NoiseSchedule.laplace(steps), "laplace", 0.0001, 0.02)
                || steps > 1 && betweenRoundBetas(schedule);
    }

    /// Whether it lies between two betas that somebody would write: the table tells them to a few digits.
    private boolean betweenRoundBetas(NoiseSchedule schedule) {
        int last = schedule.steps() - 1;
        double first = 1 - schedule.alphaBar(0);
        double end = 1 - schedule.alphaBar(last) / schedule.alphaBar(last - 1);
        for (int digits = 1; digits <= 5; digits++) {
            double from = rounded(first, digits);
            for (int others = 1; others <= 5; others++) {
                double to = rounded(end, others);
                if (from > 0 && to > from && to < 1 && (is(schedule, () -> NoiseSchedule.linear(from, to, last + 1), "linear", from, to)
                        || is(schedule, () -> NoiseSchedule.scaledLinear(from, to, last + 1), "scaled_linear", from, to))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static double rounded(double value, int digits) {
        return Double.isFinite(value) ? new BigDecimal(value).round(new MathContext(digits)).doubleValue() : 0;
    }

    private boolean is(NoiseSchedule schedule, Supplier<NoiseSchedule> candidate, String name, double start, double end) {
        boolean stretched = schedule.alphaBar(schedule.steps() - 1) == 0;
        try {
            if (!schedule.equals(stretched ? candidate.get().withZeroTerminalSnr() : candidate.get())) {
                return false;
            }
        } catch (InvalidArgumentException impossible) {      // there is no such schedule of this length
            return false;
        }
        fields.put("beta_schedule", name);
        fields.put("beta_start", start);
        fields.put("beta_end", end);
        fields.put("rescale_betas_zero_snr", stretched);
        return true;
    }

    /// Betas whose running product is this table: each is chosen against the product of those before it, so that roundings do not add up.
    private static float[] betas(float[] alphaBar) {
        var betas = new float[alphaBar.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            betas[t] = product == 0 ? 1 : (float) Math.clamp(1 - alphaBar[t] / product, 0x1p-25, 1);
            product *= 1f - betas[t];
        }
        return betas;
    }

    private void rest(Diffusion diffusion) {
        fields.put("prediction_type", switch (diffusion.prediction()) {
            case EPSILON -> "epsilon";
            case SAMPLE -> "sample";
            case V -> "v_prediction";
        });
        boolean clips = diffusion.limit() < Double.POSITIVE_INFINITY;
        fields.put("clip_sample", clips);
        if (clips) {
            fields.put("clip_sample_range", diffusion.limit());
        }
        fields.put("thresholding", diffusion.quantile() > 0);
        if (diffusion.quantile() > 0) {
            fields.put("dynamic_thresholding_ratio", diffusion.quantile());
        }
        fields.put("sample_max_value", diffusion.quantileMost());
        fields.put("variance_type", switch (diffusion.variance()) {
            case FIXED_SMALL -> "fixed_small";
            case FIXED_SMALL_LOG -> "fixed_small_log";
            case FIXED_LARGE -> "fixed_large";
            case LEARNED -> "learned";
            case LEARNED_RANGE -> "learned_range";
        });
        fields.put("steps_offset", diffusion.stepsOffset());
        if (diffusion.spacing() != Spacing.DEFAULT) {
            fields.put("timestep_spacing", switch (diffusion.spacing()) {
                case LINSPACE -> "linspace";
                case TRAILING -> "trailing";
                case LEADING, DEFAULT -> "leading";
            });
        }
        if (diffusion.end() != End.DEFAULT) {
            fields.put("set_alpha_to_one", diffusion.end() == End.CLEAN);
        }
        if (diffusion.sigmas() != Sigmas.SCHEDULE) {
            fields.put(switch (diffusion.sigmas()) {
                case KARRAS -> "use_karras_sigmas";
                case EXPONENTIAL -> "use_exponential_sigmas";
                case LAMBDA_UNIFORM, SCHEDULE -> "use_lu_lambdas";
            }, true);
        }
    }

    private String json() {
        var text = new StringJoiner(",\n", "{\n", "\n}\n");
        fields.forEach((key, value) -> text.add("  " + Json.quote(key) + ": " + switch (value) {
            case String words -> Json.quote(words);
            case float[] numbers -> list(numbers);
            default -> value.toString();
        }));
        return text.toString();
    }

    private static String list(float[] numbers) {
        var list = new StringJoiner(", ", "[", "]");
        for (float number : numbers) {
            list.add(Float.toString(number));
        }
        return list.toString();
    }
}
