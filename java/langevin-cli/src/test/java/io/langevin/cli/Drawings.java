package io.langevin.cli;

import io.langevin.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A folder of small pictures to train on, in sub-folders that are classes.
final class Drawings {
    private Drawings() {
    }

    /// Three gray PNG pictures of 8 x 8 pixels a class.
    static Path make(Path folder, String... classes) throws IOException {
        for (int label = 0; label < classes.length; label++) {
            Path own = Files.createDirectories(folder.resolve(classes[label]));
            for (int i = 0; i < 3; i++) {
                var shades = new float[64];
                for (int at = 0; at < 64; at++) {
                    shades[at] = at % 8 > label && at / 8 > i ? 0.9f : -0.8f;
                }
                new Images(1, 1, 8, 8, shades).writePng(own.resolve(i + ".png"));
            }
        }
        return folder;
    }

    /// A network for them.
    static Path network(Path folder, String addition) throws IOException {
        Path file = folder.resolve("network.json");
        Files.writeString(file, "{" + addition + "\"sample_size\": 8, \"in_channels\": 1, \"out_channels\": 1, \"block_out_channels\": [4, 8], \"layers_per_block\": 1,"
                + " \"down_block_types\": [\"DownBlock2D\", \"DownBlock2D\"], \"up_block_types\": [\"UpBlock2D\", \"UpBlock2D\"], \"norm_num_groups\": 2, \"add_attention\": false}");
        return file;
    }
}
