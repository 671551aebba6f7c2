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
import java.util.Set;

/// Some updates of a small network, with recorded images, noise and timesteps. Loss, gradient norm and learning rate of every update are within 1e-4 of their own
/// size; weights and their moving average at the end within 1e-4 of the largest magnitude of their tensor.
///
/// Gradients agree to about 1e-6, but Adam divides each by its own size: where it is small against its rounding, the weight moves by the sign of that. The worst of
/// it are parameters without influence (a bias of keys is a constant under softmax), whose gradients are nothing but rounding: those may differ by all
/// that the learning rate lets them move.
final class TrainingCase {
    static final String WHAT = "trajectory";

    private static final double TOLERANCE = 1e-4;
    private static final String WITHOUT_INFLUENCE = ".to_k.bias";
    private static final Set<String> EMA_KEYS = Set.of("decay", "use_ema_warmup", "inv_gamma", "power");

    private final GoldenCase golden;
    private final Tensors tensors;
    private final int steps;
    private final int accumulate;
    private final int count;

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

    private Verdict check() {
        TrainPlan plan = plan();
        try (Device device = Device.cpu(); Model model = Model.open(golden.folder().resolve("model"), device); Trainer trainer = Trainer.from(model, plan)) {
            for (int step = 0; step < steps; step++) {
                for (int k = 0; k < accumulate; k++) {
                    trainer.accumulate(batch(trainer.config(), step * accumulate + k));
                }
                trainer.apply();
            }
            trainer.await();
            List<TrainMetrics> metrics = trainer.metrics();
            var furthest = new Furthest();
            series(furthest, "loss", metrics.stream().mapToDouble(TrainMetrics::loss).toArray());
            series(furthest, "grad_norm", metrics.stream().mapToDouble(TrainMetrics::gradNorm).toArray());
            series(furthest, "learning_rate", metrics.stream().mapToDouble(TrainMetrics::learningRate).toArray());
            double moved = steps * golden.fields().object("optimizer").number("lr");
            parameters(furthest, "param.", trainer.parameters(), trainer.read(TrainState.WEIGHTS), moved);
            parameters(furthest, "ema.", trainer.parameters(), trainer.read(TrainState.EMA_0), moved);
            return furthest.verdict(WHAT, "of each number, or of the largest in its tensor, " + steps + (steps == 1 ? " update of " : " updates of ") + accumulate + " x " + count
                    + " images");
        }
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

    /// Every parameter of the network against the case's tensor of that prefix.
    private void parameters(Furthest furthest, String prefix, List<Parameter> parameters, float[] arena, double moved) {
        String worst = "";
        double error = 0;
        double free = 0;
        for (Parameter parameter : parameters) {
            int from = Math.toIntExact(parameter.offset());
            float[] ours = Arrays.copyOfRange(arena, from, from + Math.toIntExact(parameter.size()));
            Tensor tensor = tensors.floats(prefix + parameter.name(), parameter.shape().size());
            if (!Arrays.equals(tensor.shape(), parameter.shape().stream().mapToInt(Integer::intValue).toArray())) {
                throw new BrokenCase("tensor " + prefix + parameter.name() + " has shape " + Arrays.toString(tensor.shape()) + ", the network's has " + parameter.shape());
            }
            if (parameter.name().endsWith(WITHOUT_INFLUENCE)) {
                free = Math.max(free, Furthest.absolute(ours, tensor.floats()));
                continue;
            }
            double one = Furthest.relative(ours, tensor.floats());
            if (one > error || Double.isNaN(one)) {
                error = Double.isNaN(error) ? error : one;
                worst = parameter.name();
            }
        }
        furthest.add(prefix + worst, error, TOLERANCE);
        furthest.add(prefix + "*" + WITHOUT_INFLUENCE + " by what the rate allows", free, moved);
    }
}
