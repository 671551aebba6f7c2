package io.langevin.parity;

import io.langevin.Batch;
import io.langevin.Device;
import io.langevin.Diffusion;
import io.langevin.Ema;
import io.langevin.LearningRate;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.Optimizer;
import io.langevin.Parameter;
import io.langevin.TrainMetrics;
import io.langevin.TrainPlan;
import io.langevin.TrainState;
import io.langevin.Trainer;
import io.langevin.UnsupportedException;
import io.langevin.Weighting;
import io.langevin.internal.Json;
import io.langevin.internal.Safetensors.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Some updates of a small network, with recorded images, noise and timesteps. Loss, gradient norm and learning rate of every update are within 1e-4 of their own
/// size; weights and their moving average at the end within 1e-4 of the largest magnitude of their tensor, and what rounding may have moved them by.
///
/// Rounding: gradients in float32, PyTorch's as ours, are up to 4e-6 of the largest in their tensor away from those in double. Adam divides each by its own size, so a
/// gradient that is small against that (one weight in a thousand) moves its weight by the rate times something between -1 and 1 that rounding decides.
/// How far is measured, weight by weight: the run is made twice more, with every gradient moved up, and down, by 4e-6 of its tensor's largest.
/// Parameters without influence (a bias of keys is a constant under softmax) have gradients that are nothing but rounding: they may differ by all that
/// the learning rate lets them move.
final class TrainingCase {
    static final String WHAT = "trajectory";

    private static final double TOLERANCE = 1e-4;
    private static final double ROUNDING = 4e-6;
    private static final String WITHOUT_INFLUENCE = ".to_k.bias";
    private static final Set<String> EMA_KEYS = Set.of("decay", "use_ema_warmup", "inv_gamma", "power");

    private final GoldenCase golden;
    private final Tensors tensors;
    private final int steps;
    private final int accumulate;
    private final int count;
    private double free;    // how far parameters without influence are away

    private TrainingCase(GoldenCase golden) {
        this.golden = golden;
        this.tensors = golden.tensors();
        this.steps = golden.fields().integer("steps");
        this.accumulate = golden.fields().integer("accumulate");
        this.count = golden.fields().integer("batch");
        if (steps < 1 || accumulate < 1 || count < 1) {
            throw new BrokenCase(steps + " steps of " + accumulate + " batches of " + count + " images");
        }
    }

    static Verdict check(GoldenCase golden) {
        return new TrainingCase(golden).check();
    }

    /// What a run ends with.
    private record End(List<TrainMetrics> metrics, List<Parameter> parameters, float[] weights, float[] average) {
    }

    private Verdict check() {
        TrainPlan plan = plan();
        try (Device device = Device.cpu(); Model model = Model.open(golden.folder().resolve("model"), device)) {
            End ours = run(model, plan, 0);
            End up = run(model, plan, ROUNDING);
            End down = run(model, plan, -ROUNDING);
            var furthest = new Furthest();
            series(furthest, "loss", ours.metrics.stream().mapToDouble(TrainMetrics::loss).toArray());
            series(furthest, "grad_norm", ours.metrics.stream().mapToDouble(TrainMetrics::gradNorm).toArray());
            series(furthest, "learning_rate", ours.metrics.stream().mapToDouble(TrainMetrics::learningRate).toArray());
            int beyond = parameters(furthest, "param.", ours.parameters, ours.weights, up.weights, down.weights)
                    + parameters(furthest, "ema.", ours.parameters, ours.average, up.average, down.average);
            double allowed = steps * golden.fields().object("optimizer").number("lr");
            if (!(free <= allowed)) {
                furthest.add("*" + WITHOUT_INFLUENCE + ", by what the rate allows", free, allowed);
            }
            return furthest.verdict(WHAT, "of each number, or of the largest in its tensor, " + steps + (steps == 1 ? " update of " : " updates of ") + accumulate + " x " + count
                    + " images, " + beyond + " of " + 2 * ours.weights.length + " weights and averages further away for the rounding of their gradients, biases of keys up to " + String.format(Locale.ROOT, "%.1e", free) + " of the "
                    + String.format(Locale.ROOT, "%.1e", allowed) + " that the rate allows");
        }
    }

    /// The run, every gradient moved by `nudge` of the largest in its tensor.
    private End run(Model model, TrainPlan plan, double nudge) {
        try (Trainer trainer = Trainer.from(model, plan)) {
            List<Parameter> parameters = trainer.parameters();
            for (int step = 0; step < steps; step++) {
                for (int k = 0; k < accumulate; k++) {
                    trainer.accumulate(batch(trainer.config(), step * accumulate + k));
                }
                if (nudge != 0) {
                    trainer.write(TrainState.GRADIENTS, nudged(trainer.read(TrainState.GRADIENTS), parameters, nudge));
                }
                trainer.apply();
            }
            trainer.await();
            return new End(trainer.metrics(), parameters, trainer.read(TrainState.WEIGHTS), trainer.read(TrainState.EMA_0));
        }
    }

    private static float[] nudged(float[] gradients, List<Parameter> parameters, double nudge) {
        for (Parameter parameter : parameters) {
            int from = Math.toIntExact(parameter.offset());
            int to = from + Math.toIntExact(parameter.size());
            float by = (float) (nudge * largest(gradients, from, to));
            for (int i = from; i < to; i++) {
                gradients[i] += by;
            }
        }
        return gradients;
    }

    private static double largest(float[] values, int from, int to) {
        double largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs((double) values[i]));
        }
        return largest;
    }

    private TrainPlan plan() {
        Json.Obj fields = golden.fields();
        Diffusion diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
        String prediction = fields.text("prediction_type");
        Diffusion.Prediction said = switch (prediction) {
            case "epsilon" -> Diffusion.Prediction.EPSILON;
            case "sample" -> Diffusion.Prediction.SAMPLE;
            case "v_prediction" -> Diffusion.Prediction.V;
            default -> throw new UnsupportedException("prediction_type " + prediction);
        };
        Weighting weighting = fields.isNull("snr_gamma") ? Weighting.constant() : Weighting.minSnr(fields.number("snr_gamma"));
        return TrainPlan.of(diffusion.withPrediction(said)).withWeighting(weighting).withOptimizer(optimizer(fields.object("optimizer")))
                .withLearningRate(learningRate(fields.object("lr_schedule"), fields.object("optimizer").number("lr"))).withEma(ema(fields.object("ema")))
                .withMaxGradNorm(fields.number("clip_grad_norm", Double.POSITIVE_INFINITY));
    }

    private static Optimizer optimizer(Json.Obj fields) {
        double[] betas = fields.fields().get("betas") instanceof Json.Arr(List<Json> items)
                ? items.stream().mapToDouble(item -> item instanceof Json.Num(double value) ? value : Double.NaN).toArray() : new double[] {0.9, 0.999};
        if (betas.length != 2) {
            throw new BrokenCase("optimizer has " + betas.length + " betas");
        }
        double eps = fields.number("eps", 1e-8);
        return switch (fields.text("name")) {
            case "AdamW" -> new Optimizer.AdamW(betas[0], betas[1], eps, fields.number("weight_decay", 0.01));
            case "Adam" -> new Optimizer.Adam(betas[0], betas[1], eps, fields.number("weight_decay", 0));
            default -> throw new UnsupportedException("optimizer " + fields.text("name"));
        };
    }

    private static LearningRate learningRate(Json.Obj fields, double rate) {
        int warmup = fields.integer("warmup", 0);
        return switch (fields.text("name")) {
            case "constant" -> LearningRate.constant(rate);
            case "constant_with_warmup" -> LearningRate.constant(rate, warmup);
            case "linear" -> LearningRate.linear(rate, warmup, fields.integer("total"));
            case "cosine" -> LearningRate.cosine(rate, warmup, fields.integer("total"));
            default -> throw new UnsupportedException("lr_schedule " + fields.text("name"));
        };
    }

    private static Ema ema(Json.Obj fields) {
        for (String key : fields.fields().keySet()) {
            if (!EMA_KEYS.contains(key)) {
                throw new UnsupportedException("ema with " + key);
            }
        }
        return fields.bool("use_ema_warmup", false) ? new Ema.Warmup(fields.number("decay"), fields.number("inv_gamma", 1), fields.number("power", 2.0 / 3))
                : Ema.ramp(fields.number("decay"));
    }

    /// Micro-batch `i` of the run.
    private Batch batch(ModelConfig config, int i) {
        Tensor images = part("x0", tensors.floats("x0", 5));
        int[] shape = images.shape();
        float[] x0 = entry(images, i);
        long[] times = part("timestep", tensors.longs("timestep", 2)).longs();
        Batch batch = Batch.of(x0, count, shape[2], shape[3], shape[4]).withNoise(entry(part("noise", tensors.floats("noise", 5)), i))
                .withTimesteps(integers(times, i));
        return switch (config.classInput()) {
            case NONE -> batch;
            case LABEL -> batch.withLabels(integers(part("class_labels", tensors.longs("class_labels", 2)).longs(), i));
            case EMBEDDING -> batch.withEmbeddings(entry(part("class_labels", tensors.floats("class_labels", 3)), i));
            case TIMESTEP -> {
                int[] whole = integers(part("class_labels", tensors.longs("class_labels", 2)).longs(), i);
                var numbers = new float[count];
                for (int n = 0; n < count; n++) {
                    numbers[n] = whole[n];
                }
                yield batch.withClassTimesteps(numbers);
            }
        };
    }

    /// A tensor over micro-batches and their images.
    private Tensor part(String name, Tensor tensor) {
        if (tensor.shape()[0] != steps * accumulate || tensor.shape()[1] != count) {
            throw new BrokenCase("tensor " + name + " has shape " + Arrays.toString(tensor.shape()) + " for " + steps + " steps of " + accumulate + " batches of " + count
                    + " images");
        }
        return tensor;
    }

    private float[] entry(Tensor tensor, int i) {
        int size = tensor.floats().length / tensor.shape()[0];
        return Arrays.copyOfRange(tensor.floats(), i * size, (i + 1) * size);
    }

    private int[] integers(long[] all, int i) {
        return Arrays.stream(all, i * count, (i + 1) * count).mapToInt(Math::toIntExact).toArray();
    }

    /// One number an update, each against its own size.
    private void series(Furthest furthest, String name, double[] ours) {
        float[] wanted = tensors.floats(name, 1).floats();
        if (wanted.length != steps || ours.length != steps) {
            throw new BrokenCase(name + ": " + ours.length + " numbers where the case has " + wanted.length + ", of " + steps + " steps");
        }
        double error = 0;
        for (int step = 0; step < steps; step++) {
            double difference = Math.abs(ours[step] - wanted[step]);
            // Where the wanted number is 0, as the rate of a warm-up's first update is, so has ours to be.
            error = Math.max(error, difference == 0 ? 0 : difference / Math.abs(wanted[step]));
        }
        furthest.add(name, error, TOLERANCE);
    }

    /// Every parameter of the network against the case's tensor of that prefix; how many numbers are within the tolerance for what rounding moves them by alone.
    private int parameters(Furthest furthest, String prefix, List<Parameter> parameters, float[] ours, float[] up, float[] down) {
        String worst = "";
        double error = 0;
        double free = 0;
        int beyond = 0;
        for (Parameter parameter : parameters) {
            float[] wanted = wanted(prefix, parameter);
            int from = Math.toIntExact(parameter.offset());
            boolean influence = !parameter.name().endsWith(WITHOUT_INFLUENCE);
            double magnitude = largest(wanted, 0, wanted.length);
            for (int i = 0; i < wanted.length; i++) {
                int at = from + i;
                double difference = Math.abs((double) ours[at] - wanted[i]);
                if (!influence) {
                    free = Math.max(free, difference);
                    continue;
                }
                double one = difference == 0 ? 0 : difference / magnitude;
                double moved = Math.abs((double) up[at] - ours[at]) + Math.abs((double) down[at] - ours[at]);
                if (one > TOLERANCE && difference - moved <= TOLERANCE * magnitude) {
                    beyond++;
                } else if (one > error || Double.isNaN(one)) {
                    error = Double.isNaN(error) ? error : one;
                    worst = parameter.name();
                }
            }
        }
        furthest.add(prefix + (worst.isEmpty() ? "*" : worst), error, TOLERANCE);
        this.free = Math.max(this.free, free);
        return beyond;
    }

    private float[] wanted(String prefix, Parameter parameter) {
        Tensor tensor = tensors.floats(prefix + parameter.name(), parameter.shape().size());
        if (!Arrays.equals(tensor.shape(), parameter.shape().stream().mapToInt(Integer::intValue).toArray())) {
            throw new BrokenCase("tensor " + prefix + parameter.name() + " has shape " + Arrays.toString(tensor.shape()) + ", the network's has " + parameter.shape());
        }
        return tensor.floats();
    }
}
