package io.langevin.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reference cases made by diffusers (tests/goldens/README.md): any folder with a case.json.
public final class Goldens {
    public static final Path ROOT = Path.of(System.getProperty("langevin.root", "../..")).toAbsolutePath().normalize();
    private static final Path CASES = ROOT.resolve("tests/goldens");      // the project's own, whatever folder parity is asked for

    private Goldens() {
    }

    /// @param shape  of the tensor
    /// @param values row-major; int64 tensors are converted
    public record Tensor(int[] shape, double[] values) {
        /// Row i of the first axis.
        public double[] row(int i) {
            int size = values.length / shape[0];
            return Arrays.copyOfRange(values, i * size, (i + 1) * size);
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

    /// The tensors of a file, as doubles.
    public static Map<String, Tensor> tensors(Path file) {
        var tensors = new HashMap<String, Tensor>();
        Safetensors.read(file).forEach((name, tensor) -> {
            int count = Arrays.stream(tensor.shape()).reduce(1, (a, b) -> a * b);
            var values = new double[count];
            Arrays.setAll(values, i -> tensor.floats() != null ? tensor.floats()[i] : tensor.longs()[i]);
            tensors.put(name, new Tensor(tensor.shape(), values));
        });
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
