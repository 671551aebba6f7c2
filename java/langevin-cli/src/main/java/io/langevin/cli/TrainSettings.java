package io.langevin.cli;

import io.langevin.internal.Json;
import io.langevin.train.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// The settings of a run as options, those of [RunConfig#DEFAULTS] with dashes for underscores.
final class TrainSettings {
    @Option(names = "--config", paramLabel = "FILE", description = "A JSON object of settings: the names of the options below with _ for -, as in a run's run.json. Options come before it.")
    private Path config;

    @Option(names = "--data", paramLabel = "PATH", description = "Pictures: a folder of PNG, JPEG, GIF or BMP (its sub-folders are classes), MNIST's or CIFAR-10's files, a .safetensors.")
    private String data;

    @Option(names = "--model", paramLabel = "CONFIG", description = "The network: a config.json as diffusers has it; models/configs holds some.")
    private String model;

    @Option(names = "--from", paramLabel = "MODEL", description = "In place of --model: goes on from a model, a run's or any other that opens (fine-tuning).")
    private String from;

    @Option(names = "--classes", description = "Gives the network a class for each of the data, and one that means none.")
    private Boolean classes;

    @Option(names = "--steps", paramLabel = "N", description = "Updates of the whole run. Default: 10000.")
    private Long steps;

    @Option(names = "--batch", paramLabel = "N", description = "Images of an update. Default: 64.")
    private Integer batch;

    @Option(names = "--micro-batch", paramLabel = "N", description = "Images that go through the network at once, where memory is short. Default: all of the update.")
    private Integer microBatch;

    @Option(names = "--lr", paramLabel = "X", description = "Learning rate. Default: 2e-4.")
    private Double lr;

    @Option(names = "--schedule", paramLabel = "KIND", description = "Of the learning rate: constant (the default), linear or cosine, which end at 0.")
    private String schedule;

    @Option(names = "--warmup", paramLabel = "N", description = "Updates in which the learning rate rises from 0. Default: 0.")
    private Long warmup;

    @Option(names = "--optimizer", paramLabel = "KIND", description = "adamw (the default) or adam.")
    private String optimizer;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Default: 0.01.")
    private Double weightDecay;

    @Option(names = "--clip", paramLabel = "X", description = "Longest gradient; Infinity: no limit. Default: 1.")
    private Double clip;

    @Option(names = "--ema", paramLabel = "LIST", description = "Decays of moving averages, the first is the model: 0.9999 (the default, with warm-up), constant:0.999, or several with"
            + " commas; none.")
    private String ema;

    @Option(names = "--label-dropout", paramLabel = "X", description = "Share of the images that are trained without their label, for guidance. Default: 0.1 where the network has a label that"
            + " means none.")
    private Double labelDropout;

    @Option(names = "--flip", description = "Mirrors half of the images.")
    private Boolean flip;

    @Option(names = "--predict", paramLabel = "WHAT", description = "What the network predicts: epsilon (the noise, the default), sample or v.")
    private String predict;

    @Option(names = "--noise", paramLabel = "KIND", description = "Schedule of the noise: linear (the default), scaled-linear, cosine or sigmoid.")
    private String noise;

    @Option(names = "--timesteps", paramLabel = "N", description = "Of that schedule. Default: 1000.")
    private Integer timesteps;

    @Option(names = "--weighting", paramLabel = "KIND", description = "Of the timesteps: constant (the default), snr, min-snr or min-snr:GAMMA.")
    private String weighting;

    @Option(names = "--init", paramLabel = "KIND", description = "First weights: pytorch (the default), or ho, as in the DDPM paper.")
    private String init;

    @Option(names = "--seed", paramLabel = "S", description = "Of everything random. Default: 0.")
    private Long seed;

    @Option(names = "--background", paramLabel = "COLOUR", description = "Behind transparent pixels: white (the default), black, gray or #rrggbb.")
    private String background;

    @Option(names = "--skip-broken", description = "Skips pictures that cannot be read, and names them. Default: they stop the run.")
    private Boolean skipBroken;

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "Steps. Default: 1000.")
    private Long checkpointEvery;

    @Option(names = "--keep", paramLabel = "N", description = "Checkpoints that are kept. Default: 2.")
    private Integer keep;

    @Option(names = "--sample-every", paramLabel = "N", description = "Steps between sample grids; 0: none. Default: 1000.")
    private Long sampleEvery;

    @Option(names = "--samples", paramLabel = "N", description = "Pictures of a grid. Default: 16.")
    private Integer samples;

    @Option(names = "--sample-steps", paramLabel = "N", description = "Steps that they are drawn in. Default: 50.")
    private Integer sampleSteps;

    /// What was said, in the file and here, as JSON objects of which the last counts.
    String[] layers() {
        return config == null ? new String[] {json()} : new String[] {RunConfig.read(config), json()};
    }

    private String json() {
        var fields = new ArrayList<String>();
        text(fields, "data", data);
        text(fields, "model", model);
        text(fields, "from", from);
        value(fields, "classes", classes);
        value(fields, "steps", steps);
        value(fields, "batch", batch);
        value(fields, "micro_batch", microBatch);
        value(fields, "lr", lr);
        text(fields, "schedule", schedule);
        value(fields, "warmup", warmup);
        text(fields, "optimizer", optimizer);
        value(fields, "weight_decay", weightDecay);
        value(fields, "clip", clip);
        value(fields, "ema", ema == null ? null : emas());
        value(fields, "label_dropout", labelDropout);
        value(fields, "flip", flip);
        text(fields, "predict", predict);
        text(fields, "noise", noise);
        value(fields, "timesteps", timesteps);
        text(fields, "weighting", weighting);
        text(fields, "init", init);
        value(fields, "seed", seed);
        text(fields, "background", background);
        value(fields, "skip_broken", skipBroken);
        value(fields, "checkpoint_every", checkpointEvery);
        value(fields, "keep", keep);
        value(fields, "sample_every", sampleEvery);
        value(fields, "samples", samples);
        value(fields, "sample_steps", sampleSteps);
        return "{" + String.join(", ", fields) + "}";
    }

    private String emas() {
        return ema.equals("none") ? "[]" : Stream.of(ema.split(",")).map(one -> Json.quote(one.strip())).collect(Collectors.joining(", ", "[", "]"));
    }

    private static void text(List<String> fields, String name, String text) {
        value(fields, name, text == null ? null : Json.quote(text));
    }

    private static void value(List<String> fields, String name, Object value) {
        if (value != null) {
            fields.add("\"" + name + "\": " + value);
        }
    }
}
