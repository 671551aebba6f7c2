package io.langevin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The training example of README.md: what stands between the two marks is there, word for word.
final class ReadmeTrainingExample {
    private ReadmeTrainingExample() {
    }

    static void run(byte[] pixels, int[] labels) {
        // README
        ModelConfig config = ModelConfig.read(Path.of("models/configs/mnist-28.json"));
        Batch digits = Batch.of(pixels, labels.length, 1, 28, 28).withLabels(labels);      // bytes, [N, C, H, W]
        TrainPlan plan = TrainPlan.defaults().withLearningRate(2e-4).withEma(0.9999).withLabelDropout(0.1);
        try (var trainer = Trainer.create(config, plan)) {
            for (int epoch = 0; epoch < 10; epoch++) {
                for (Batch batch : digits.batches(128)) {
                    trainer.accumulate(batch);
                    trainer.apply();
                }
                trainer.metrics().forEach(System.out::println);
            }
            try (var model = trainer.model()) {
                model.write(Path.of("digits.safetensors"), ModelFormat.FILE);
            }
        }
        // README ends
    }

    /// Run in the repository's root, as a reader of README would, with the pixels of some digits and their labels.
    public static void main(String[] arguments) throws IOException {
        run(Files.readAllBytes(Path.of(arguments[0])), arguments[1].chars().map(digit -> digit - '0').toArray());
    }
}
