package io.langevin.internal;

import io.langevin.BadModelException;
import io.langevin.Diffusion;
import io.langevin.Diffusion.End;
import io.langevin.Diffusion.Prediction;
import io.langevin.Diffusion.Sigmas;
import io.langevin.Diffusion.Spacing;
import io.langevin.Diffusion.Variance;
import io.langevin.EdmNoise;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.UnsupportedException;
import io.langevin.samplers.Churn;
import io.langevin.samplers.Ddim;
import io.langevin.samplers.Ddpm;
import io.langevin.samplers.DpmSolver;
import io.langevin.samplers.EdmDpmSolver;
import io.langevin.samplers.EdmEuler;
import io.langevin.samplers.Euler;
import io.langevin.samplers.EulerAncestral;
import io.langevin.samplers.Heun;
import io.langevin.samplers.Kdpm2;
import io.langevin.samplers.Lcm;
import io.langevin.samplers.Pndm;
import io.langevin.samplers.Tcd;
import io.langevin.samplers.UniPc;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// scheduler_config.json as diffusers writes it, with the defaults of its classes. Keys that a class does not have are ignored, as diffusers does, but for those
/// that other samplers of ours take from any checkpoint.
public final class SchedulerConfig {
    private static final String FILE = "scheduler_config.json";

    /// Classes that do the same under another name.
    private static final Map<String, String> ALIASES = Map.of("GaussianDDPMScheduler", "DDPMScheduler", "DDPMParallelScheduler", "DDPMScheduler",
            "DDIMParallelScheduler", "DDIMScheduler");

    /// Classes that say nothing of clipping when they do not name it clip it.
    private static final Set<String> CLIP_BY_DEFAULT = Set.of("DDPMScheduler", "DDIMScheduler");

    /// Classes whose defaults are those of Stable Diffusion's schedule.
    private static final Set<String> OTHER_BETAS = Set.of("HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "LCMScheduler",
            "TCDScheduler");

    /// Classes that know rescale_betas_zero_snr; others ignore it.
    private static final Set<String> ZERO_SNR = Set.of("DDPMScheduler", "DDIMScheduler", "LCMScheduler", "TCDScheduler", "DPMSolverMultistepScheduler",
            "UniPCMultistepScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler");

    private final Json.Obj config;
    private final String name;

    private SchedulerConfig(Json.Obj config, String name) {
        this.config = config;
        this.name = name;
    }

    public static Diffusion parse(String text) {
        Json.Obj config = Json.parse(FILE, text).object();
        String name = config.text("_class_name", null);
        if (name == null) {
            throw new BadModelException(FILE + ": _class_name is missing, so nobody knows which sampler it describes");
        }
        try {
            return new SchedulerConfig(config, ALIASES.getOrDefault(name, name)).diffusion();
        } catch (InvalidArgumentException broken) {
            throw new BadModelException(FILE + ": " + broken.getMessage());
        }
    }

    private Diffusion diffusion() {
        Sampler own = own();
        for (String key : List.of("use_beta_sigmas", "use_flow_sigmas", "use_dynamic_shifting")) {
            if (config.bool(key, false)) {
                throw unsupported(key, "true", "false is");
            }
        }
        boolean edm = own instanceof EdmEuler || own instanceof EdmDpmSolver;
        boolean clips = config.bool("clip_sample", CLIP_BY_DEFAULT.contains(name));
        double limit = clips ? config.number("clip_sample_range", 1) : Double.POSITIVE_INFINITY;
        double quantile = config.bool("thresholding", false) ? config.number("dynamic_thresholding_ratio", 0.995) : 0;
        if (quantile == 0 && config.bool("thresholding", false)) {
            throw new BadModelException(FILE + ": dynamic_thresholding_ratio is 0; it is above 0 and at most 1");
        }
        return new Diffusion(name, edm ? edm() : schedule(), prediction(), limit, quantile, config.number("sample_max_value", 1), spacing(), List.of(),
                config.integer("steps_offset", 0), sigmas(), variance(), end(), own);
    }

    /// The class's own sampler with its options.
    private Sampler own() {
        return switch (name) {
            case "DDPMScheduler" -> new Ddpm();
            case "DDIMScheduler" -> new Ddim();
            case "EulerDiscreteScheduler" -> {
                only("interpolation_type", "linear");
                only("timestep_type", "discrete");
                none("sigma_min");
                none("sigma_max");
                yield new Euler(Churn.NONE, clean());
            }
            case "EulerAncestralDiscreteScheduler" -> new EulerAncestral();
            case "HeunDiscreteScheduler" -> new Heun();
            case "KDPM2DiscreteScheduler" -> new Kdpm2(false);
            case "KDPM2AncestralDiscreteScheduler" -> new Kdpm2(true);
            case "DPMSolverMultistepScheduler" -> dpm();
            case "UniPCMultistepScheduler" -> unipc();
            case "PNDMScheduler" -> new Pndm(config.bool("skip_prk_steps", false));
            case "LCMScheduler" -> new Lcm(config.integer("original_inference_steps", 50), config.number("timestep_scaling", 10));
            case "TCDScheduler" -> new Tcd(0.3, config.integer("original_inference_steps", 50));
            case "EDMEulerScheduler" -> new EdmEuler(Churn.NONE, clean());
            case "EDMDPMSolverMultistepScheduler" -> new EdmDpmSolver(order(3), algorithm(true).startsWith("sde"), heun(), config.bool("lower_order_final", true),
                    config.bool("euler_at_final", false), clean());
            default -> throw unsupported("_class_name", name, "these are: DDPMScheduler, DDIMScheduler, EulerDiscreteScheduler, EulerAncestralDiscreteScheduler,"
                    + " HeunDiscreteScheduler, KDPM2DiscreteScheduler, KDPM2AncestralDiscreteScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler,"
                    + " PNDMScheduler, LCMScheduler, TCDScheduler, EDMEulerScheduler and EDMDPMSolverMultistepScheduler");
        };
    }

    private DpmSolver dpm() {
        String algorithm = algorithm(false);
        return new DpmSolver(order(3), algorithm.endsWith("++"), algorithm.startsWith("sde"), heun(), config.bool("lower_order_final", true),
                config.bool("euler_at_final", false), clean(), config.number("lambda_min_clipped", Double.NEGATIVE_INFINITY));
    }

    private UniPc unipc() {
        none("solver_p");
        none("sigma_min");
        none("sigma_max");
        none("shift_terminal");
        String type = choice("solver_type", "bh2", "bh1", "bh2", "midpoint", "heun", "logrho");
        var disabled = new HashSet<Integer>();
        if (!config.isNull("disable_corrector")) {
            for (Json step : config.fields().get("disable_corrector").array()) {
                if (!(step instanceof Json.Num(double value)) || value != (int) value) {
                    throw new BadModelException(FILE + ": disable_corrector has the entry " + step + ", it has to be an integer");
                }
                disabled.add((int) value);
            }
        }
        return new UniPc(order(4), !type.equals("bh1"), config.bool("predict_x0", true), config.bool("lower_order_final", true), disabled, clean());
    }

    private String algorithm(boolean edm) {
        String algorithm = edm ? choice("algorithm_type", "dpmsolver++", "dpmsolver++", "sde-dpmsolver++", "deis")
                : choice("algorithm_type", "dpmsolver++", "dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "deis");
        return algorithm.equals("deis") ? "dpmsolver++" : algorithm;
    }

    private boolean heun() {
        return choice("solver_type", "midpoint", "midpoint", "heun", "logrho", "bh1", "bh2").equals("heun");
    }

    private int order(int highest) {
        int order = config.integer("solver_order", 2);
        if (order > highest) {
            throw unsupported("solver_order", Integer.toString(order), "1 to " + highest + " are");
        }
        return order;
    }

    private boolean clean() {
        return choice("final_sigmas_type", "zero", "zero", "sigma_min").equals("zero");
    }

    private EdmNoise edm() {
        return new EdmNoise(config.number("sigma_min", 0.002), config.number("sigma_max", 80), config.number("sigma_data", 0.5), config.number("rho", 7),
                choice("sigma_schedule", "karras", "karras", "exponential").equals("exponential"));
    }

    private NoiseSchedule schedule() {
        return config.bool("rescale_betas_zero_snr", false) && ZERO_SNR.contains(name) ? betas().withZeroTerminalSnr() : betas();
    }

    private NoiseSchedule betas() {
        none("timestep_values");
        int given = config.integer("timesteps", 1000);                    // what num_train_timesteps was called first
        int steps = config.integer("num_train_timesteps", given);
        if (!config.isNull("trained_betas")) {
            List<Json> items = config.fields().get("trained_betas").array();
            if (items.size() != steps && !(config.isNull("num_train_timesteps") && config.isNull("timesteps"))) {
                throw new BadModelException(FILE + ": trained_betas has " + items.size() + " entries, but num_train_timesteps is " + steps);
            }
            var betas = new float[items.size()];
            for (int t = 0; t < betas.length; t++) {
                if (!(items.get(t) instanceof Json.Num(double value))) {
                    throw new BadModelException(FILE + ": trained_betas has the entry " + items.get(t) + ", it has to be a number");
                }
                betas[t] = (float) value;
            }
            return NoiseSchedule.ofBetas(betas);
        }
        double start = config.number("beta_start", OTHER_BETAS.contains(name) ? 0.00085 : 0.0001);
        double end = config.number("beta_end", OTHER_BETAS.contains(name) ? 0.012 : 0.02);
        String kind = choice("beta_schedule", name.equals("LCMScheduler") || name.equals("TCDScheduler") ? "scaled_linear" : "linear",
                "linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace");
        return switch (kind) {
            case "scaled_linear" -> NoiseSchedule.scaledLinear(start, end, steps);
            case "squaredcos_cap_v2" -> NoiseSchedule.cosine(steps);
            case "sigmoid" -> NoiseSchedule.sigmoid(start, end, steps);
            case "laplace" -> NoiseSchedule.laplace(steps);
            default -> NoiseSchedule.linear(start, end, steps);
        };
    }

    private Prediction prediction() {
        return switch (choice("prediction_type", "epsilon", "epsilon", "sample", "v_prediction")) {
            case "sample" -> Prediction.SAMPLE;
            case "v_prediction" -> Prediction.V;
            default -> Prediction.EPSILON;
        };
    }

    private Spacing spacing() {
        return config.isNull("timestep_spacing") ? Spacing.DEFAULT : switch (choice("timestep_spacing", "leading", "leading", "linspace", "trailing")) {
            case "linspace" -> Spacing.LINSPACE;
            case "trailing" -> Spacing.TRAILING;
            default -> Spacing.LEADING;
        };
    }

    private Sigmas sigmas() {
        return config.bool("use_karras_sigmas", false) ? Sigmas.KARRAS
                : config.bool("use_lu_lambdas", false) ? Sigmas.LAMBDA_UNIFORM
                : config.bool("use_exponential_sigmas", false) ? Sigmas.EXPONENTIAL : Sigmas.SCHEDULE;
    }

    private Variance variance() {
        return switch (choice("variance_type", "fixed_small", "fixed_small", "fixed_small_log", "fixed_large", "learned", "learned_range")) {
            case "fixed_small_log" -> Variance.FIXED_SMALL_LOG;
            case "fixed_large" -> Variance.FIXED_LARGE;
            case "learned" -> Variance.LEARNED;
            case "learned_range" -> Variance.LEARNED_RANGE;
            default -> Variance.FIXED_SMALL;
        };
    }

    private End end() {
        return config.isNull("set_alpha_to_one") ? End.DEFAULT : config.bool("set_alpha_to_one", true) ? End.CLEAN : End.FIRST;
    }

    /// The value of a key that has to be one of these.
    private String choice(String key, String otherwise, String... known) {
        String found = config.text(key, otherwise);
        if (!List.of(known).contains(found)) {
            String wish = known.length == 1 ? known[0] + " is"
                    : String.join(", ", List.of(known).subList(0, known.length - 1)) + " and " + known[known.length - 1] + " are";
            throw unsupported(key, found, wish);
        }
        return found;
    }

    private void only(String key, String value) {
        choice(key, value, value);
    }

    private void none(String key) {
        if (!config.isNull(key)) {
            throw unsupported(key, config.fields().get(key).toString(), "null is");
        }
    }

    private static UnsupportedException unsupported(String key, String value, String instead) {
        return new UnsupportedException(FILE + ": " + key + " " + value + " is not supported; " + instead);
    }
}
