package io.langevin.cli;

import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.data.Dataset;
import io.langevin.evaluate.Split;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// The classes of a model beside those of real pictures.
///
/// @param labels of the model, the first for the data's class 0 and so on; empty: it takes none
record Asked(List<Integer> labels) {
    private static final int MOST_NAMED = 10;

    /// @param name the model, as messages call it
    /// @param none the label that means none; -1: there is none
    /// @throws IllegalArgumentException where model and data do not have the same classes
    static Asked of(Model model, Path name, int none, Split split) {
        ModelConfig config = model.config();
        switch (config.classInput()) {
            case TIMESTEP, EMBEDDING -> throw new IllegalArgumentException(name + " takes a class " + (config.classInput() == ModelConfig.ClassInput.TIMESTEP ? "timestep" : "embedding")
                    + " for every image, which real pictures do not have; evaluate it from Java, with images that you draw (io.langevin.evaluate.Evaluation)");
            case NONE, LABEL -> { }
        }
        List<Integer> labels = IntStream.range(0, config.labels()).filter(label -> label != none).boxed().toList();
        List<String> classes = split.classes();
        if (labels.isEmpty() || classes.isEmpty()) {
            return new Asked(labels);
        }
        if (labels.size() != classes.size()) {
            throw new IllegalArgumentException("--data: these pictures have " + classes.size() + " classes (" + listed(classes) + "), " + name + " has " + labels.size() + " ("
                    + Folder.classes(config) + "); give the pictures that it was trained on"
                    + (none < 0 && labels.size() == classes.size() + 1 ? ", or say which label means none, with --none" : ""));
        }
        List<String> names = model.labelNames();
        if (names.size() < config.labels() - 1) {
            return new Asked(labels);       // it does not name them: the order is all there is to go by
        }
        List<String> unknown = classes.stream().filter(one -> !names.contains(one)).toList();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("--data: these pictures have classes that " + name + " does not: " + listed(unknown) + ". It has " + listed(names)
                    + "; give the pictures that it was trained on");
        }
        return new Asked(classes.stream().map(names::indexOf).toList());
    }

    /// The labels to ask for, one for each of these pictures; of pictures without labels all in turn. Empty: none.
    List<Integer> like(Dataset pictures) {
        return labels.isEmpty() ? List.of() : IntStream.range(0, pictures.size())
                .mapToObj(i -> labels.get(pictures.label(i) < 0 || pictures.labelNames().size() < 2 ? i % labels.size() : pictures.label(i))).toList();
    }

    private static String listed(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size()))) + (names.size() > MOST_NAMED ? ", ..." : "");
    }
}
