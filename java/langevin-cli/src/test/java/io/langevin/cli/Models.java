package io.langevin.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Models for the tests, in folders of their own.
final class Models {
    private Models() {
    }

    /// tests/models/mnist with one file written anew.
    static Path mnist(Path folder, String file, String text) throws IOException {
        copy(Path.of(Run.MNIST), folder);
        Files.writeString(folder.resolve(file), text);
        return folder;
    }

    /// The network of a golden case, with the scheduler of tests/models/mnist.
    static Path golden(Path folder, String name) throws IOException {
        copy(Run.ROOT.resolve("tests/goldens/cases").resolve(name).resolve("model"), folder);
        Files.copy(Path.of(Run.MNIST, "scheduler/scheduler_config.json"), folder.resolve("scheduler_config.json"));
        return folder;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
