package io.langevin;

import io.langevin.bindings.lgv_model_description;
import io.langevin.bindings.lgv_trainer_description;
import io.langevin.internal.Json;
import io.langevin.internal.Unreadable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a network is, as its config.json and its weights say.
///
/// @param className     class of the network in diffusers, "UNet2DModel"; or "LangevinClassifier"
/// @param inChannels    channels of x
/// @param outChannels   channels of what it predicts; 0: a classifier, which makes no images
/// @param height        of the images it was trained for, in pixels; 0: the config does not say, so requests state their size
/// @param width         of the images it was trained for, in pixels; 0: the config does not say, so requests state their size
/// @param classInput    what it is told of an image's class
/// @param labels        rows of its class table: labels are 0 to labels - 1; 0: it takes no label
/// @param noneLabel     the label that means "no class" (config.json: langevin_none_label); -1: there is none
/// @param embeddingSize numbers of a class embedding; 0: it takes none
/// @param classes       of a classifier: the classes that it tells apart, 0 to classes - 1; 0: it is none
/// @param features      of a classifier: numbers in front of its last layer; 0: it is none
/// @param json          config.json as it was read
public record ModelConfig(String className, int inChannels, int outChannels, int height, int width, ClassInput classInput, int labels, int noneLabel,
                          int embeddingSize, int classes, int features, String json) {
    private static final String UNET = "UNet2DModel";
    private static final String CLASSIFIER = "LangevinClassifier";

    /// What a network is told of an image's class.
    public enum ClassInput {
        /// Nothing: it is unconditional.
        NONE,
        /// A label: [SampleRequest#withLabels(int...)].
        LABEL,
        /// A number, [Condition.Timestep], for every image (class_embed_type "timestep").
        TIMESTEP,
        /// A vector, [Condition.Embedding], for every image (class_embed_type "identity").
        EMBEDDING
    }

    /// The guidance at which its makers would have it draw (config.json: langevin_guidance), for those who ask for none; 1: without.
    ///
    /// @throws BadModelException when it is no number
    public double guidance() {
        return Json.parseObject("config.json", json).number("langevin_guidance", 1);
    }

    /// Whether it says what is on an image ([Model#classify]) in place of making images.
    public boolean isClassifier() {
        return className.equals(CLASSIFIER);
    }

    /// Reads a config.json, of a network that is to be trained. Whether it can be built is found by [Trainer#create].
    ///
    /// @throws BadModelException when the file cannot be read, is no JSON, or a value has the wrong type
    public static ModelConfig read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new BadModelException(file + ": " + Unreadable.why(e));
        }
    }

    /// The same from the text of a config.json.
    public static ModelConfig parse(String json) {
        return parse("config.json", json);
    }

    private static ModelConfig parse(String source, String json) {
        Json.Obj config = Json.parseObject(source, json);
        boolean square = !(config.fields().get("sample_size") instanceof Json.Arr);
        int[] size = square ? new int[] {config.integer("sample_size", 0), config.integer("sample_size", 0)} : config.integers("sample_size");
        if (size.length != 2) {
            throw new BadModelException(source + ": sample_size has " + size.length + " numbers, wanted height and width");
        }
        String name = config.text("_class_name", UNET);
        if (name.equals(CLASSIFIER)) {
            return new ModelConfig(name, config.integer("in_channels"), 0, size[0], size[1], ClassInput.NONE, 0, -1, 0, config.integer("num_classes"), config.integer("features"), json);
        }
        int labels = config.isNull("class_embed_type") ? config.integer("num_class_embeds", 0) : 0;
        ClassInput input = input(config, labels);
        return new ModelConfig(name, config.integer("in_channels", 3), config.integer("out_channels", 3), size[0], size[1], input, labels,
                labels > 0 ? config.integer("langevin_none_label", -1) : -1, input == ClassInput.EMBEDDING ? embeddingSize(config) : 0, 0, 0, json);
    }

    private static ClassInput input(Json.Obj config, int labels) {
        return switch (config.text("class_embed_type", "")) {
            case "timestep" -> ClassInput.TIMESTEP;
            case "identity" -> ClassInput.EMBEDDING;
            default -> labels > 0 ? ClassInput.LABEL : ClassInput.NONE;
        };
    }

    static ModelConfig of(MemorySegment description, String json) {
        Json.Obj config = Json.parse("config.json", json).object();
        int labels = lgv_model_description.labels(description);
        ClassInput input = input(config, labels);
        return new ModelConfig(config.text("_class_name", UNET), lgv_model_description.in_channels(description),
                lgv_model_description.out_channels(description), lgv_model_description.height(description), lgv_model_description.width(description), input, labels,
                lgv_model_description.none_label(description), input == ClassInput.EMBEDDING ? embeddingSize(config) : 0, lgv_model_description.classes(description),
                lgv_model_description.features(description), json);
    }

    /// What a trainer says of the network in `json`.
    static ModelConfig ofTrainer(MemorySegment description, String json) {
        Json.Obj config = Json.parseObject("config.json", json);
        int labels = lgv_trainer_description.labels(description);
        return new ModelConfig(config.text("_class_name", UNET), lgv_trainer_description.in_channels(description),
                lgv_trainer_description.out_channels(description), lgv_trainer_description.height(description), lgv_trainer_description.width(description),
                input(config, labels), labels, lgv_trainer_description.none_label(description), lgv_trainer_description.embedding(description),
                config.integer("num_classes", 0), config.integer("features", 0), json);
    }

    /// As wide as the embedding of the timestep, to which it is added; 0 and null mean diffusers' default.
    private static int embeddingSize(Json.Obj config) {
        int size = config.integer("time_embedding_dim", 0);
        return size > 0 ? size : 4 * (config.isNull("block_out_channels") ? 224 : config.integers("block_out_channels")[0]);
    }
}
