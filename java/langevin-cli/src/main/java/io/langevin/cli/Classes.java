package io.langevin.cli;

import io.langevin.BadModelException;
import io.langevin.Condition;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.ModelConfig.ClassInput;
import io.langevin.internal.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/// Of what class the images are: a label, or what some networks take in its place.
final class Classes {
    private static final int MOST_BY_DEFAULT = 100;

    @Option(names = "--class", paramLabel = "LIST", converter = Labels.Converter.class,
            description = "Classes to draw, over and over: 7, or 1,2,3, or 0-9, or names of the model's labels as cat,dog. Default: all that the model has.")
    private Labels labels;

    @Option(names = "--class-timestep", paramLabel = "LIST", converter = Numbers.Converter.class,
            description = "In their place numbers, over and over, 3.5 or 0,0.5,1: for a model whose class_embed_type is timestep.")
    private Numbers timesteps;

    @Option(names = "--class-embedding", paramLabel = "FILE",
            description = "In their place vectors, over and over, the rows of the one float32 tensor of a .safetensors: for a model whose class_embed_type is identity.")
    private Path embeddings;

    /// What each image is of, image i the entry `i % size()`: labels or conditions, never both.
    record Wanted(List<Integer> labels, List<Condition> conditions) {
        int size() {
            return Math.max(labels.size(), conditions.size());
        }
    }

    /// What was asked for; nothing: all labels but the one that means none.
    ///
    /// @param name the model, as messages call it
    /// @param none the label that means none; -1: there is none
    /// @throws IllegalArgumentException for what the model does not take, and for what it needs and is not given
    Wanted of(Model model, Path name, int none) {
        ModelConfig config = model.config();
        refuse(labels != null && (config.classInput() == ClassInput.TIMESTEP || config.classInput() == ClassInput.EMBEDDING), "--class " + text(), config, name);
        refuse(timesteps != null && config.classInput() != ClassInput.TIMESTEP, "--class-timestep " + timesteps, config, name);
        refuse(embeddings != null && config.classInput() != ClassInput.EMBEDDING, "--class-embedding " + embeddings, config, name);
        return switch (config.classInput()) {
            case NONE, LABEL -> new Wanted(labels == null ? all(config, none) : labels(model, name), List.of());
            case TIMESTEP -> {
                refuse(timesteps == null, "", config, name);
                yield new Wanted(List.of(), timesteps.list().stream().<Condition>map(Condition.Timestep::new).toList());
            }
            case EMBEDDING -> {
                refuse(embeddings == null, "", config, name);
                yield new Wanted(List.of(), read(embeddings, config.embeddingSize()));
            }
        };
    }

    private List<Integer> labels(Model model, Path name) {
        refuse(model.config().labels() == 0, "--class " + text(), model.config(), name);
        List<Integer> list = list(new LabelNames(model.labelNames()));
        list.forEach(label -> checkLabel("--class " + label, label, model.config(), name));
        return list;
    }

    private List<Integer> list(LabelNames names) {
        try {
            return labels.list(names);
        } catch (IllegalArgumentException mistake) {
            throw new IllegalArgumentException("--class " + text() + ": " + mistake.getMessage());
        }
    }

    private String text() {
        return labels == null ? "" : labels.text();
    }

    private static List<Integer> all(ModelConfig config, int none) {
        var all = new ArrayList<Integer>();
        for (int label = 0; label < config.labels() && all.size() < MOST_BY_DEFAULT; label++) {
            if (label != none) {
                all.add(label);
            }
        }
        return all;
    }

    static void checkLabel(String option, int label, ModelConfig config, Path name) {
        refuse(label < 0 || label >= config.labels(), option, config, name);
    }

    private static void refuse(boolean mistaken, String option, ModelConfig config, Path name) {
        if (mistaken) {
            throw new IllegalArgumentException((option.isEmpty() ? "" : option + ": ") + name + switch (config.classInput()) {
                case NONE -> " has no classes";
                case LABEL -> " has " + Folder.classes(config);
                case TIMESTEP -> " takes a class timestep for every image; write one as --class-timestep 3.5, or several as 0,0.5,1";
                case EMBEDDING -> " takes a class embedding for every image; write --class-embedding x.safetensors, which holds one float32 tensor [images, "
                        + config.embeddingSize() + "]";
            });
        }
    }

    private static List<Condition> read(Path file, int size) {
        var tensors = Safetensors.read(file);
        String wish = "; wanted one float32 tensor [images, " + size + "]";
        if (tensors.size() != 1) {
            throw new BadModelException(file + " holds " + tensors.size() + " tensors" + wish);
        }
        Safetensors.Tensor tensor = tensors.values().iterator().next();
        int[] shape = tensor.shape();
        if (tensor.floats() == null || shape.length != 2 || shape[0] < 1 || shape[1] != size) {
            throw new BadModelException(file + " holds " + (tensor.floats() == null ? "int64 " : "float32 ") + Arrays.toString(shape) + wish);
        }
        var rows = new ArrayList<Condition>();
        for (int i = 0; i < shape[0]; i++) {
            rows.add(new Condition.Embedding(Arrays.copyOfRange(tensor.floats(), i * size, (i + 1) * size)));
        }
        return rows;
    }
}
