package io.langevin;

import io.langevin.internal.Goldens;
import java.nio.file.Path;

/// The model that the tests draw with, a folder that diffusers wrote: 28 x 28, labels 0 to 9, 10 means none.
final class Mnist {
    static final Path FOLDER = Goldens.ROOT.resolve("tests/models/mnist");

    private Mnist() {
    }
}
