package io.langevin;

import io.langevin.ModelConfig.ClassInput;

/// What a request says of its images' classes against what a network takes, before anything is computed.
final class ClassCheck {
    private ClassCheck() {
    }

    /// Checks images `first` to `first + count - 1`, and returns the label that means "no class" in this request; -1: there is none.
    ///
    /// @param config null: there is no network
    /// @throws InvalidArgumentException for what the network does not take, and for what it needs and is not given
    static int check(ModelConfig config, SampleRequest request, int first, int count) {
        int none = request.noneLabel() >= 0 || config == null ? request.noneLabel() : config.noneLabel();
        if (request.guidance() != 1) {
            if (request.labels().isEmpty()) {
                throw new InvalidArgumentException("guidance is " + request.guidance() + ", but the request has no labels to be guided to");
            }
            if (none < 0) {
                throw new InvalidArgumentException("guidance is " + request.guidance() + ", but this model names no label that means none; say withNoneLabel(label)");
            }
        }
        checkLabel(config, none);
        for (int i = first; i < first + Math.min(count, request.labels().size()); i++) {
            checkLabel(config, request.label(i));
        }
        for (int i = first; i < first + Math.min(count, request.conditions().size()); i++) {
            checkCondition(config, request.condition(i));
        }
        if (config != null && request.conditions().isEmpty()) {
            checkNothingLacks(config, request, none);
        }
        return none;
    }

    private static void checkLabel(ModelConfig config, int label) {
        int all = config == null ? 0 : config.labels();
        if (label >= all) {
            throw new InvalidArgumentException("label " + label + ": " + (config == null ? "a denoiser without a model takes no labels" : all == 0 ? takes(config)
                    : config.noneLabel() == all - 1 ? "this model has labels 0 to " + (all - 2) + " (" + (all - 1) + " means none)"
                    : "this model has labels 0 to " + (all - 1)));
        }
    }

    private static void checkCondition(ModelConfig config, Condition condition) {
        if (config == null) {
            throw new InvalidArgumentException(name(condition) + ": a denoiser without a model takes no conditions");
        }
        boolean fits = switch (condition) {
            case Condition.Timestep _ -> config.classInput() == ClassInput.TIMESTEP;
            case Condition.Embedding(float[] values) -> config.classInput() == ClassInput.EMBEDDING && values.length == config.embeddingSize();
        };
        if (!fits) {
            throw new InvalidArgumentException(name(condition) + ": " + takes(config));
        }
    }

    private static String name(Condition condition) {
        return switch (condition) {
            case Condition.Timestep(double value) -> "class timestep " + value;
            case Condition.Embedding(float[] values) -> "class embedding of " + values.length + " numbers";
        };
    }

    private static void checkNothingLacks(ModelConfig config, SampleRequest request, int none) {
        boolean lacks = switch (config.classInput()) {
            case NONE -> false;
            case LABEL -> request.labels().isEmpty() && none < 0;
            case TIMESTEP, EMBEDDING -> true;
        };
        if (lacks) {
            throw new InvalidArgumentException("the request says no class, and " + takes(config));
        }
    }

    /// `this model takes labels 0 to 9; say withLabels(0, ...)`
    private static String takes(ModelConfig config) {
        return switch (config.classInput()) {
            case NONE -> "this model takes no classes: no labels and no conditions";
            case LABEL -> "this model takes labels, 0 to " + (config.labels() - 1) + (config.noneLabel() < 0 ? ", none of which means no class" : "")
                    + "; say withLabels(0, ...)";
            case TIMESTEP -> "this model takes a class timestep for every image (class_embed_type is \"timestep\"); say withConditions(new Condition.Timestep(3))";
            case EMBEDDING -> "this model takes a class embedding of " + config.embeddingSize()
                    + " numbers for every image (class_embed_type is \"identity\"); say withConditions(new Condition.Embedding(numbers))";
        };
    }
}
