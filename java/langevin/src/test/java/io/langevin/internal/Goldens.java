package io.langevin.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reference cases made by diffusers (tests/goldens/README.md): any folder with a case.json.
public final class Goldens {
    public static final Path ROOT = Path.of(System.getProperty("langevin.root", "../..")).toAbsolutePath().normalize();
    private static final Path CASES = Path.of(System.getProperty("langevin.goldens", ROOT.resolve("tests/goldens").toString()));

    private Goldens() {
    }

    /// @param shape  of the tensor
    /// @param values row-major; int64 tensors are converted
    public record Tensor(int[] shape, double[] values) {
        /// Row i of the first axis.
        public double[] row(int i) {
            int size = values.length / shape[0];
            return java.util.Arrays.copyOfRange(values, i * size, (i + 1) * size);
        }
    }

    public record Case(Path folder, Json.Obj json, Map<String, Tensor> tensors) {
        public String name() {
            return folder.getFileName().toString();
        }

        public String text(String file) {
            return Goldens.text(folder.resolve(file));
        }

        public List<Integer> integers(String key) {
            return json.isNull(key) ? List.of() : json.fields().get(key).array().stream().map(n -> (int) ((Json.Num) n).value()).toList();
        }

        @Override
        public String toString() {
            return name();
        }
    }

    public static List<Case> ofKind(String kind) {
        try (var paths = Files.walk(CASES)) {
            return paths.filter(path -> path.endsWith("case.json")).sorted().map(path -> {
                Json.Obj json = Json.parse(path.toString(), text(path)).object();
                return json.text("kind", "").equals(kind) ? new Case(path.getParent(), json, tensors(path.resolveSibling("tensors.safetensors"))) : null;
            }).filter(c -> c != null).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A small safetensors reader for files that we made ourselves.
    public static Map<String, Tensor> tensors(Path file) {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int length = Math.toIntExact(bytes.getLong(0));
        Json.Obj header = Json.parse(file.toString(), new String(bytes.array(), 8, length, StandardCharsets.UTF_8)).object();
        var tensors = new HashMap<String, Tensor>();
        for (String name : header.fields().keySet()) {
            Json.Obj entry = header.fields().get(name).object();
            if (!name.equals("__metadata__")) {
                int[] shape = entry.fields().get("shape").array().stream().mapToInt(n -> (int) ((Json.Num) n).value()).toArray();
                int at = 8 + length + (int) ((Json.Num) entry.fields().get("data_offsets").array().getFirst()).value();
                var values = new double[java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
                boolean integers = entry.text("dtype", "").equals("I64");
                for (int i = 0; i < values.length; i++) {
                    values[i] = integers ? bytes.getLong(at + 8 * i) : bytes.getFloat(at + 4 * i);
                }
                tensors.put(name, new Tensor(shape, values));
            }
        }
        return tensors;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
