package io.langevin.train;

import io.langevin.BadModelException;
import io.langevin.Diffusion;
import io.langevin.Diffusion.Prediction;
import io.langevin.Ema;
import io.langevin.Initialisation;
import io.langevin.InvalidArgumentException;
import io.langevin.LearningRate;
import io.langevin.NoiseSchedule;
import io.langevin.Objective;
import io.langevin.Optimizer;
import io.langevin.TrainPlan;
import io.langevin.Weighting;
import io.langevin.data.DataOptions;
import io.langevin.internal.Json;
import io.langevin.internal.Unreadable;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All that a run is: one JSON object of settings, those of [#DEFAULTS], of which any may be left out. On the command line they are options of the same names, with
/// dashes. Immutable.
public final class RunConfig {
    /// Every setting, and what it is unless somebody says otherwise. `data` is what there is no default for, and one of `model` and `from`.
    public static final String DEFAULTS = """
            {
              "data": null,
              "background": "white",
              "skip_broken": false,
              "model": null,
              "classes": false,
              "from": null,
              "steps": 10000,
              "batch": 64,
              "micro_batch": null,
              "lr": 0.0002,
              "schedule": "constant",
              "warmup": 0,
              "optimizer": "adamw",
              "beta1": 0.9,
              "beta2": 0.999,
              "eps": 1e-8,
              "weight_decay": 0.01,
              "clip": 1,
              "ema": ["0.9999"],
              "label_dropout": null,
              "flip": false,
              "predict": "epsilon",
              "noise": "linear",
              "timesteps": 1000,
              "weighting": "constant",
              "init": "pytorch",
              "seed": 0,
              "checkpoint_every": 1000,
              "keep": 2,
              "sample_every": 1000,
              "samples": 16,
              "sample_steps": 50
            }
            """;

    /// What changes no bit of the weights, so that a run may go on with other values. `steps` is among them where the learning rate does not depend on it, and
    /// `skip_broken`, since a run that met a broken picture has to go on somehow.
    private static final Set<String> FREE = Set.of("skip_broken", "steps", "checkpoint_every", "keep", "sample_every", "samples", "sample_steps");

    private final Json.Obj settings;

    private RunConfig(Map<String, Json> fields) {
        settings = new Json.Obj("settings", fields);
        check();
    }

    /// From texts of JSON objects; of a setting that stands in several, the last counts.
    ///
    /// @throws BadModelException        for a text that is no JSON, or a value of the wrong type
    /// @throws InvalidArgumentException for a setting that there is not, and for values that cannot be
    public static RunConfig of(String... layers) {
        var fields = new LinkedHashMap<>(Json.parseObject("defaults", DEFAULTS).fields());
        for (String layer : layers) {
            Json.Obj given = Json.parseObject("settings", layer);
            for (String name : given.fields().keySet()) {
                if (!fields.containsKey(name)) {
                    throw new InvalidArgumentException("there is no setting \"" + name + "\"; there are " + String.join(", ", fields.keySet()));
                }
            }
            fields.putAll(given.fields());
        }
        return new RunConfig(fields);
    }

    /// The text of a file of settings, for [#of].
    public static String read(Path file) {
        String text = contents(file);
        Json.parseObject(file.toString(), text);        // so that what is wrong with it names the file
        return text;
    }

    static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadModelException(file + ": " + Unreadable.why(e));
        }
    }

    /// The same with the settings of `changes`, as [#of] takes them.
    public RunConfig with(String... changes) {
        return of(Stream.concat(Stream.of(json()), Stream.of(changes)).toArray(String[]::new));
    }

    /// The same for a run that is under way, of which these are the settled settings.
    ///
    /// @throws InvalidArgumentException for settings that would have to hold from the beginning
    RunConfig continued(String... changes) {
        RunConfig changed = with(changes).settled();
        var fixed = new TreeSet<String>();
        settings.fields().forEach((name, value) -> {
            boolean free = FREE.contains(name) && (!name.equals("steps") || schedule().equals("constant"));
            if (!free && !changed.text(name).equals(text(name))) {
                fixed.add(name.equals("model") ? "another model" : name + " " + text(name) + ", not " + changed.text(name));
            }
        });
        if (!fixed.isEmpty()) {
            throw new InvalidArgumentException("this run was begun with " + String.join("; ", fixed) + ". Go on without that, or begin another run");
        }
        return changed;
    }

    private String text(String name) {
        return JsonText.of(settings.fields().get(name));
    }

    /// Where the pictures are.
    public Path data() {
        if (settings.isNull("data")) {
            throw new InvalidArgumentException("no data: say which pictures to train on (data, --data PATH)");
        }
        return Path.of(settings.text("data"));
    }

    /// How they are read.
    public DataOptions dataOptions() {
        return DataOptions.defaults().withBackground(DataOptions.colour(settings.text("background")));
    }

    /// Whether pictures that cannot be read are skipped, in place of stopping the run.
    public boolean skipBroken() {
        return settings.bool("skip_broken");
    }

    /// Text of the network's config.json; empty: the run goes on from a model.
    ///
    /// @throws BadModelException when the file that it stands in cannot be read
    public String model() {
        return switch (settings.fields().get("model")) {
            case Json.Obj object -> JsonText.of(object);
            case Json.Str(String file) -> text(Path.of(file));
            default -> {
                if (from() == null) {
                    throw new InvalidArgumentException("no network: name its config (model, --model CONFIG.json; models/configs has some), or a model to go on from (from, --from MODEL)");
                }
                yield "";
            }
        };
    }

    private static String text(Path file) {
        if (Files.isDirectory(file)) {
            throw new InvalidArgumentException(file + " is a folder; model is a config.json. To go on from the weights of a model say from (--from)");
        }
        return read(file);
    }

    /// Whether the network is given a class for each of the data, and one more that means none.
    public boolean classes() {
        return settings.bool("classes");
    }

    /// The model to go on from; null: a fresh network.
    public Path from() {
        return settings.isNull("from") ? null : Path.of(settings.text("from"));
    }

    /// Updates of the whole run.
    public long steps() {
        return whole("steps", 1, 1L << 53);
    }

    /// Images of an update.
    public int batch() {
        return (int) whole("batch", 1, 1 << 20);
    }

    /// Images that go through the network at once: as many as an update has, or a part of them where memory is short.
    public int microBatch() {
        return settings.isNull("micro_batch") ? batch() : (int) whole("micro_batch", 1, 1 << 20);
    }

    /// Of everything random.
    public long seed() {
        return switch (settings.fields().get("seed")) {
            case Json.Num(double value) when value == (long) value -> (long) value;
            case Json.Big(BigInteger value) when value.bitLength() < 64 -> value.longValue();
            case Json value -> throw new InvalidArgumentException("seed is " + value + "; it is a whole number below 2^63");
        };
    }

    /// Updates between checkpoints.
    public long checkpointEvery() {
        return whole("checkpoint_every", 1, 1L << 53);
    }

    /// Checkpoints that are kept, the newest.
    public int keep() {
        return (int) whole("keep", 1, 1 << 20);
    }

    /// Updates between sample grids; 0: none are drawn.
    public long sampleEvery() {
        return whole("sample_every", 0, 1L << 53);
    }

    /// Pictures of a grid.
    public int samples() {
        return (int) whole("samples", 1, 4096);
    }

    /// Steps that they are drawn in.
    public int sampleSteps() {
        return (int) whole("sample_steps", 1, timesteps());
    }

    /// What is asked of a fresh network.
    Diffusion diffusion() {
        NoiseSchedule noise = switch (settings.text("noise")) {
            case "linear" -> NoiseSchedule.linear(0.0001, 0.02, timesteps());
            case "scaled-linear" -> NoiseSchedule.scaledLinear(0.00085, 0.012, timesteps());
            case "cosine" -> NoiseSchedule.cosine(timesteps());
            case "sigmoid" -> NoiseSchedule.sigmoid(0.0001, 0.02, timesteps());
            default -> throw wrong("noise", "linear, scaled-linear, cosine or sigmoid");
        };
        return Diffusion.of(noise).withPrediction(switch (settings.text("predict")) {
            case "epsilon" -> Prediction.EPSILON;
            case "sample" -> Prediction.SAMPLE;
            case "v" -> Prediction.V;
            default -> throw wrong("predict", "epsilon, sample or v");
        });
    }

    /// How the trainer is to train.
    ///
    /// @param none whether the network has a label that means none: a tenth of the labels is dropped then, unless something else is said
    TrainPlan plan(Diffusion diffusion, List<String> labelNames, boolean none) {
        return TrainPlan.of(diffusion, Objective.of(diffusion, weighting())).withOptimizer(optimizer()).withLearningRate(learningRate()).withMaxGradNorm(number("clip"))
                .withEma(emas().toArray(Ema[]::new)).withSeed(seed()).withInitialisation(initialisation()).withFlip(settings.bool("flip")).withLabelNames(labelNames)
                .withLabelDropout(settings.isNull("label_dropout") ? none ? 0.1 : 0 : number("label_dropout"));
    }

    /// All settings, as JSON.
    public String json() {
        return JsonText.lines(settings);
    }

    /// The same wherever the user stands later, and whatever becomes of the model's config.json: paths are absolute, and its text stands here.
    RunConfig settled() {
        var fields = new LinkedHashMap<>(settings.fields());
        fields.put("data", absolute(data()));
        if (fields.get("model") instanceof Json.Str) {
            fields.put("model", Json.parse("model", model()));
        }
        if (from() != null) {
            fields.put("from", absolute(from()));
        }
        return new RunConfig(fields);
    }

    private static Json absolute(Path path) {
        return new Json.Str(path.toAbsolutePath().normalize().toString());
    }

    private void check() {
        long steps = steps();
        if (batch() % microBatch() != 0) {
            throw new InvalidArgumentException("batch is " + batch() + ", which is not made of whole micro-batches of " + microBatch() + "; micro_batch divides batch");
        }
        if (settings.isNull("from")) {
            diffusion();
        } else if (classes()) {
            throw new InvalidArgumentException("classes is for a fresh network; one that goes on from a model keeps that model's");
        }
        plan(Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 10)), List.of(), false);
        dataOptions();
        skipBroken();
        classes();
        seed();
        checkpointEvery();
        keep();
        sampleEvery();
        samples();
        sampleSteps();
        if (schedule().equals("constant") && whole("warmup", 0, 1L << 53) > steps) {
            throw new InvalidArgumentException("warmup is " + whole("warmup", 0, 1L << 53) + ", the whole run has " + steps + " steps");
        }
    }

    private int timesteps() {
        return (int) whole("timesteps", 1, NoiseSchedule.LONGEST);
    }

    private String schedule() {
        return settings.text("schedule");
    }

    private LearningRate learningRate() {
        long warmup = whole("warmup", 0, 1L << 53);
        return switch (schedule()) {
            case "constant" -> LearningRate.constant(number("lr"), warmup);
            case "linear" -> LearningRate.linear(number("lr"), warmup, steps());
            case "cosine" -> LearningRate.cosine(number("lr"), warmup, steps());
            default -> throw wrong("schedule", "constant, linear or cosine");
        };
    }

    private Optimizer optimizer() {
        return switch (settings.text("optimizer")) {
            case "adamw" -> new Optimizer.AdamW(number("beta1"), number("beta2"), number("eps"), number("weight_decay"));
            case "adam" -> new Optimizer.Adam(number("beta1"), number("beta2"), number("eps"), number("weight_decay"));
            default -> throw wrong("optimizer", "adamw or adam");
        };
    }

    private Initialisation initialisation() {
        return switch (settings.text("init")) {
            case "pytorch" -> Initialisation.PYTORCH;
            case "ho" -> Initialisation.HO;
            default -> throw wrong("init", "pytorch or ho");
        };
    }

    private Weighting weighting() {
        String text = settings.text("weighting");
        return switch (text) {
            case "constant" -> Weighting.constant();
            case "snr" -> Weighting.snr();
            case "min-snr" -> Weighting.minSnr(5);
            default -> {
                if (!text.startsWith("min-snr:")) {
                    throw wrong("weighting", "constant, snr, min-snr, or min-snr:5 with a gamma");
                }
                yield Weighting.minSnr(number("weighting", text.substring(8)));
            }
        };
    }

    private List<Ema> emas() {
        return switch (settings.fields().get("ema")) {
            case Json.Arr(List<Json> items) -> items.stream().map(item -> switch (item) {
                case Json.Str(String text) -> ema(text);
                case Json.Num(double decay) -> Ema.warmup(decay);
                default -> throw wrong("ema", "a list of averages");
            }).toList();
            case Json.Num(double decay) -> List.of(Ema.warmup(decay));
            case Json.Str(String text) -> List.of(ema(text));
            default -> throw wrong("ema", "a list like [\"0.9999\", \"constant:0.999\"]; [] is none");
        };
    }

    /// `0.9999`, `warmup:0.9999`, `ramp:0.9999`, `constant:0.999`
    private static Ema ema(String text) {
        String kind = text.contains(":") ? text.substring(0, text.indexOf(':')) : "warmup";
        double decay = number("ema", text.substring(text.indexOf(':') + 1));
        return switch (kind) {
            case "warmup" -> Ema.warmup(decay);
            case "ramp" -> Ema.ramp(decay);
            case "constant" -> Ema.constant(decay);
            default -> throw new InvalidArgumentException("ema is " + text + "; it is a decay as 0.9999, or warmup:, ramp: or constant: before one");
        };
    }

    private static double number(String name, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new InvalidArgumentException(name + " is " + text + ", of which '" + text.substring(text.indexOf(':') + 1) + "' has to be a number");
        }
    }

    private double number(String name) {
        return settings.number(name);
    }

    private long whole(String name, long least, long most) {
        if (settings.fields().get(name) instanceof Json.Num(double value) && value == (long) value && value >= least && value <= most) {
            return (long) value;
        }
        throw new InvalidArgumentException(name + " is " + settings.fields().get(name) + "; it is a whole number from " + least + (most == 1L << 53 ? " on" : " to " + most));
    }

    private InvalidArgumentException wrong(String name, String wish) {
        return new InvalidArgumentException(name + " is " + JsonText.of(settings.fields().get(name)) + "; it is " + wish);
    }

    /// The same settings.
    @Override
    public boolean equals(Object other) {
        return other instanceof RunConfig config && json().equals(config.json());
    }

    @Override
    public int hashCode() {
        return json().hashCode();
    }

    @Override
    public String toString() {
        return settings.fields().entrySet().stream().map(field -> field.getKey() + " " + JsonText.of(field.getValue())).collect(Collectors.joining(", ", "RunConfig[", "]"));
    }
}
