package io.langevin;

import io.langevin.internal.Goldens;
import java.util.List;
import java.util.Random;

/// What the tests of the trainer train: a small network with classes, 8 x 8 pixels of one channel, label 4 meaning none.
final class Training {
    static final ModelConfig CONFIG = config("\"langevin_none_label\": 4,");
    /// The smallest that there is: 2 x 2 pixels of one channel.
    static final ModelConfig SMALLEST = ModelConfig.parse("{\"sample_size\": 2, \"in_channels\": 1, \"out_channels\": 1, \"block_out_channels\": [4],"
            + " \"down_block_types\": [\"DownBlock2D\"], \"up_block_types\": [\"UpBlock2D\"], \"layers_per_block\": 1, \"norm_num_groups\": 2, \"add_attention\": false}");
    static final TrainPlan PLAN = TrainPlan.defaults().withLearningRate(2e-3).withSeed(11);
    static final int PIXELS = 64;

    private Training() {
    }

    /// The network with another word in its config.json.
    static ModelConfig config(String addition) {
        String json = ModelConfig.read(Goldens.ROOT.resolve("tests/goldens/cases/training-class-gray/model/config.json")).json();
        return ModelConfig.parse(json.replaceFirst("\\{", "{" + addition));
    }

    /// Squares of a shade and a place of their own, with labels.
    static Batch squares(int count, long seed) {
        var random = new Random(seed);
        var pixels = new byte[count * PIXELS];
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            int x = random.nextInt(4);
            int y = random.nextInt(4);
            byte shade = (byte) random.nextInt(128, 256);
            for (int at = 0; at < 16; at++) {
                pixels[i * PIXELS + (y + at / 4) * 8 + x + at % 4] = shade;
            }
            labels[i] = x;
        }
        return Batch.of(pixels, count, 1, 8, 8).withLabels(labels);
    }

    static void train(Trainer trainer, List<Batch> batches) {
        for (Batch batch : batches) {
            trainer.accumulate(batch);
            trainer.apply();
        }
    }
}
