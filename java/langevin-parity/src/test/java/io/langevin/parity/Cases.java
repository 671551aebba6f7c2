package io.langevin.parity;

import io.langevin.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;

/// Copies of the golden cases, to be spoiled.
final class Cases {
    private static final Path ROOT = Path.of(System.getProperty("langevin.root"));

    /// The C++ half, as the native build leaves it.
    static final Path PROGRAM = ROOT.resolve("build/release/native/tests/parity/lgv_parity");

    private Cases() {
    }

    /// Copies the golden case `name` to the folder `to`.
    static Path copy(String name, Path to) throws IOException {
        Path from = ROOT.resolve("tests/goldens/cases").resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Files.createDirectories(to);
                    Path target = to.resolve(from.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else {
                        Files.copy(file, target);
                    }
                } catch (IOException cannot) {
                    throw new UncheckedIOException(cannot);
                }
            });
        }
        return to;
    }

    static Path write(Path folder, String json) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("case.json"), json);
        return folder;
    }

    /// Adds `difference` to number `index` of a float32 tensor of the case.
    static void change(Path folder, String tensor, int index, float difference) throws IOException {
        try (FileChannel file = FileChannel.open(folder.resolve("tensors.safetensors"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.read(bytes, 0);
            int length = (int) bytes.getLong(0);
            ByteBuffer header = ByteBuffer.allocate(length);
            file.read(header, 8);
            Json.Obj entries = Json.parseObject("header", new String(header.array(), StandardCharsets.UTF_8));
            long at = 8 + length + entries.object(tensor).integers("data_offsets")[0] + 4L * index;
            ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            file.read(number, at);
            number.putFloat(0, number.getFloat(0) + difference).rewind();
            file.write(number, at);
        }
    }

    /// A safetensors file with one float32 tensor `x` whose header is given.
    static Path tensors(Path folder, String header, int floats) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + 4 * floats).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        return Files.write(folder.resolve("tensors.safetensors"), Arrays.copyOf(file.array(), file.capacity()));
    }
}
