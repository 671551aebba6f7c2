package io.langevin;

import java.nio.file.Path;

/// The Java example of README.md: what stands between the two marks is there, word for word.
final class ReadmeExample {
    private ReadmeExample() {
    }

    static void run() {
        // README
        try (var model = Model.open(Path.of("models/mnist.safetensors"))) {
            Images images = model.sample(SampleRequest.of(10).withSeed(7).withSteps(50).withLabels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
            images.grid(5).writePng(Path.of("digits.png"));
        }
        // README ends
    }

    /// Run in the repository's root, as a reader of README would.
    public static void main(String[] arguments) {
        run();
    }
}
