package io.langevin.train;

import io.langevin.InvalidArgumentException;
import io.langevin.ModelConfig;
import io.langevin.ModelConfig.ClassInput;
import io.langevin.data.Dataset;
import io.langevin.data.Datasets;
import io.langevin.internal.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;

/// A network and the pictures that it is to learn from, made to fit each other.
///
/// @param network    what is trained
/// @param data       its pictures, with the network's labels
/// @param labelNames what the network's labels are called; empty: nothing
/// @param notes      sentences that a user should read
record Pupil(ModelConfig network, Dataset data, List<String> labelNames, List<String> notes) {

    /// @param names of the labels that the network has already, where it goes on from a model
    /// @throws InvalidArgumentException where the two do not fit
    static Pupil of(ModelConfig asked, List<String> names, RunConfig config) {
        if (asked.height() == 0) {
            throw new InvalidArgumentException("the network's config.json does not say how large its images are; set sample_size, to 32 for 32 x 32 pixels");
        }
        if (asked.classInput() == ClassInput.TIMESTEP || asked.classInput() == ClassInput.EMBEDDING) {
            throw new InvalidArgumentException("this network takes a class " + (asked.classInput() == ClassInput.TIMESTEP ? "timestep" : "embedding")
                    + " for every image (class_embed_type), which no data set here has; train it from Java, with Batch." + (asked.classInput() == ClassInput.TIMESTEP
                    ? "withClassTimesteps" : "withEmbeddings"));
        }
        Dataset data = Datasets.open(config.data(), asked.inChannels(), asked.height(), asked.width(), config.dataOptions());
        ModelConfig network = config.classes() ? withClasses(asked, data) : asked;
        var notes = new ArrayList<>(data.notes());
        if (network.classInput() == ClassInput.NONE) {
            if (!data.labelNames().isEmpty()) {
                notes.add("the " + data.labelNames().size() + " labels of these pictures are ignored: the network's config.json has no num_class_embeds (classes, --classes, adds it)");
            }
            return new Pupil(network, data, List.of(), List.copyOf(notes));
        }
        return labelled(network, names, data, notes);
    }

    private static ModelConfig withClasses(ModelConfig network, Dataset data) {
        int classes = data.labelNames().size();
        if (classes == 0) {
            throw new InvalidArgumentException("classes: these pictures have no labels (" + data + "); put them into a folder for each class");
        }
        if (network.labels() > 0) {
            throw new InvalidArgumentException("classes: the network's config.json has num_class_embeds " + network.labels() + " already; leave one of the two out");
        }
        var fields = new LinkedHashMap<>(Json.parseObject("config.json", network.json()).fields());
        fields.put("num_class_embeds", new Json.Num(classes + 1));
        fields.put("langevin_none_label", new Json.Num(classes));
        return ModelConfig.parse(JsonText.lines(new Json.Obj("config.json", fields)));
    }

    private static Pupil labelled(ModelConfig network, List<String> names, Dataset data, List<String> notes) {
        int none = network.noneLabel();
        int classes = network.labels() - (none >= 0 ? 1 : 0);
        List<String> given = data.labelNames();
        if (given.isEmpty()) {
            if (none < 0) {
                throw new InvalidArgumentException("the network takes labels 0 to " + (classes - 1) + ", these pictures have none (" + data + "); put them into a folder for each class,"
                        + " or take num_class_embeds out of the network's config.json");
            }
            notes.add("these pictures have no labels: all are trained with label " + none + ", which means none");
            return new Pupil(network, data, names, List.copyOf(notes));
        }
        if (none >= 0 && none < classes && names.isEmpty()) {
            throw new InvalidArgumentException("langevin_none_label is " + none + " in the network's config.json; it has to come after the classes, " + classes + " here");
        }
        if (!names.isEmpty() && !names.equals(given)) {
            return renamed(network, names, data, notes);
        }
        if (given.size() > classes) {
            throw new InvalidArgumentException("these pictures have " + given.size() + " classes, the network " + classes + "; in its config.json set num_class_embeds to "
                    + (given.size() + 1) + " and langevin_none_label to " + given.size() + ", or leave both out and say classes (--classes)");
        }
        if (given.size() < classes) {
            notes.add("the network has " + classes + " classes, these pictures " + given.size() + ": labels " + given.size() + " to " + (classes - 1) + " are never trained");
        }
        checkLabelled(network, data);
        List<String> all = IntStream.range(0, classes).mapToObj(label -> label < given.size() ? given.get(label) : Integer.toString(label)).toList();
        return new Pupil(network, data, all, List.copyOf(notes));
    }

    /// The network's labels by their names.
    private static Pupil renamed(ModelConfig network, List<String> names, Dataset data, List<String> notes) {
        List<String> unknown = data.labelNames().stream().filter(name -> !names.contains(name)).toList();
        if (!unknown.isEmpty()) {
            throw new InvalidArgumentException("these pictures have classes that the model does not: " + String.join(", ", unknown) + ". It has " + String.join(", ", names)
                    + ": rename their folders, or take them away");
        }
        checkLabelled(network, data);
        notes.add("labels are the model's, by their names");
        return new Pupil(network, data.withLabelNames(names), names, List.copyOf(notes));
    }

    private static void checkLabelled(ModelConfig network, Dataset data) {
        if (network.noneLabel() < 0) {
            for (int i = 0; i < data.size(); i++) {
                if (data.label(i) < 0) {
                    throw new InvalidArgumentException(data.name(i) + " has no label, and the network none that means \"no class\": move it into a folder of its class, or set"
                            + " langevin_none_label in config.json");
                }
            }
        }
    }

    /// Whether batches have labels.
    boolean labels() {
        return network.classInput() == ClassInput.LABEL && !data.labelNames().isEmpty();
    }
}
