package io.langevin.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.langevin.Device;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A small run that uses everything: classes and dropped labels, flips, micro-batches, two averages, dropout, a learning rate that moves, sample grids.
final class Toy {
    static final int CLASSES = 3;
    static final int PICTURES = 25;
    static final String NETWORK = "{\"sample_size\": 8, \"in_channels\": 1, \"out_channels\": 1, \"block_out_channels\": [4, 8], \"down_block_types\": [\"DownBlock2D\", \"DownBlock2D\"],"
            + " \"up_block_types\": [\"UpBlock2D\", \"UpBlock2D\"], \"layers_per_block\": 1, \"norm_num_groups\": 2, \"add_attention\": false, \"dropout\": 0.1}";

    private Toy() {
    }

    /// Squares with a class each, in a .safetensors and its labels.txt.
    static Path data(Path folder) throws IOException {
        Files.createDirectories(folder);
        var random = new Random(3);
        ByteBuffer bytes = ByteBuffer.allocate(PICTURES * 65);
        byte[] labels = new byte[PICTURES];
        for (int i = 0; i < PICTURES; i++) {
            labels[i] = (byte) random.nextInt(CLASSES);
            for (int at = 0; at < 64; at++) {
                int x = at % 8 - 2 * labels[i];
                bytes.put((byte) (x >= 0 && x < 4 && at / 8 > 1 && at / 8 < 6 ? 200 + random.nextInt(50) : random.nextInt(20)));
            }
        }
        bytes.put(labels);
        String header = "{\"images\":{\"dtype\":\"U8\",\"shape\":[" + PICTURES + ",1,8,8],\"data_offsets\":[0," + PICTURES * 64 + "]},\"labels\":{\"dtype\":\"U8\",\"shape\":[" + PICTURES
                + "],\"data_offsets\":[" + PICTURES * 64 + "," + PICTURES * 65 + "]}}";
        byte[] text = (header + " ".repeat((8 - header.length() % 8) % 8)).getBytes(StandardCharsets.US_ASCII);
        Path file = folder.resolve("squares.safetensors");
        Files.write(file, ByteBuffer.allocate(8 + text.length + bytes.capacity()).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).put(bytes.array()).array());
        Files.writeString(folder.resolve("labels.txt"), "left\nmiddle\nright\n");
        return file;
    }

    static String settings(Path data, int steps) {
        return "{\"data\": \"" + data + "\", \"model\": " + NETWORK + ", \"classes\": true, \"steps\": " + steps + ", \"batch\": 6, \"micro_batch\": 3, \"lr\": 0.002,"
                + " \"schedule\": \"constant\", \"warmup\": 10, \"ema\": [\"0.99\", \"constant:0.9\"], \"flip\": true, \"label_dropout\": 0.2, \"seed\": 5, \"checkpoint_every\": 10,"
                + " \"keep\": 2, \"sample_every\": 40, \"samples\": 2, \"sample_steps\": 2}";
    }

    /// Begins a run, or goes on with it, up to its end.
    static List<String> toTheEnd(Path folder, String settings) {
        var said = new ArrayList<String>();
        try (Device device = Device.cpu(1); Run run = Run.exists(folder) ? Run.resume(folder, device) : Run.begin(folder, RunConfig.of(settings), device)) {
            said.addAll(run.notes());
            assertEquals(true, run.train(progress -> true, said::add));
        }
        return said;
    }

    /// Weights, moments, averages, counts, and the loss curve to the bit; and nothing is there that does not belong.
    static void assertSame(Path wanted, Path found, int steps) throws IOException {
        String last = String.format("checkpoints/step-%08d.safetensors", steps);
        for (String name : List.of(last, "loss.csv", "diffusion_pytorch_model.safetensors", "config.json", "labels.json", "scheduler_config.json")) {
            assertEquals(-1, Files.mismatch(wanted.resolve(name), found.resolve(name)), name + " differs, at this byte");
        }
        assertEquals(names(wanted), names(found));
        assertEquals(names(wanted.resolve("checkpoints")), names(found.resolve("checkpoints")));
    }

    static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
