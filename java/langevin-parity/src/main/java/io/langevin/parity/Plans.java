package io.langevin.parity;

import io.langevin.Diffusion;
import io.langevin.NoiseSource;
import io.langevin.SampleRequest;
import io.langevin.Step;
import io.langevin.internal.Rows;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Plans: all that the library calls natively to draw the pictures of a `pipeline` case, as text. Programs without Java draw by them, on the emulator (which never
/// runs in a JVM) and on GPU machines: native/tests/parity. They lie in tests/goldens/plans; a test compares them with what is written here.
///
/// The evaluations and updates are read from the memory that a step would be given, field by field; what is 0 is left out. Each float is written with the fewest
/// digits that say which it is.
public final class Plans {
    /// Longer runs have no plan: nothing new would happen in them.
    static final int LONGEST = 100;

    // As langevin.h has them. All are 4 bytes; those in capitals are integers.
    private static final List<String> EVALUATION = List.of("SLOT", "CONDITION", "t", "s", "weight", "weight_variance");
    private static final List<String> UPDATE = List.of("SLOT", "DRAW", "SAVE", "VARIANCE", "p", "q", "limit", "quantile", "a", "b", "e", "d", "c0", "c1", "c2", "c3",
            "ka", "kn", "KNOWN_DRAW", "RESERVED", "sx", "s0", "so", "sh", "logvar_lo", "logvar_hi", "RESERVED", "RESERVED", "RESERVED", "RESERVED", "RESERVED", "RESERVED");

    private Plans() {
    }

    /// Arguments: the folder of the cases and the folder that gets their plans, one CASE.json each.
    public static void main(String[] arguments) {
        write(Path.of(arguments[0]), Path.of(arguments[1]), System.out);
    }

    static void write(Path goldens, Path to, PrintStream out) {
        try {
            Files.createDirectories(to);
            for (GoldenCase golden : cases(goldens)) {
                Path file = to.resolve(GoldenCase.name(golden.folder()) + ".json");
                Files.writeString(file, of(golden));
                out.println(file);
            }
        } catch (IOException cannot) {
            throw new UncheckedIOException(cannot);
        }
    }

    /// The cases that have a plan.
    static List<GoldenCase> cases(Path goldens) {
        return GoldenCase.folders(goldens).stream().map(GoldenCase::read)
                .filter(golden -> golden.fields().text("kind").equals("pipeline") && golden.fields().integer("steps") <= LONGEST).toList();
    }

    /// The plan of a `pipeline` case: image i is in slot i, label n is entry n of the table of conditions.
    static String of(GoldenCase golden) {
        SampleRequest request = PipelineCase.request(golden, golden.tensors());
        Diffusion diffusion = Diffusion.parse(golden.text("pipeline/scheduler/scheduler_config.json"));
        List<Step> steps = Samplers.of(diffusion, golden.arguments("arguments")).plan(diffusion, request.steps());
        var rows = new Rows();
        try {
            return "{\"conditions\": " + list(conditions(request), "") + ",\n \"images\": " + list(images(request), "") + ",\n \"steps\": [\n  "
                    + String.join(",\n  ", steps.stream().map(step -> step(rows, request, step)).toList()) + "]}\n";
        } finally {
            rows.close();
        }
    }

    private static List<String> conditions(SampleRequest request) {
        var labels = new ArrayList<>(request.labels());
        if (request.guidance() != 1) {
            labels.add(request.noneLabel());
        }
        return labels.stream().distinct().sorted().map(label -> object(List.of(integer("index", label), integer("label", label)))).toList();
    }

    private static List<String> images(SampleRequest request) {
        return IntStream.range(0, request.count()).mapToObj(i -> object(List.of(integer("slot", i), integer("noise", request.noise().ordinal()),
                "\"seed\": " + Long.toUnsignedString(request.noise() == NoiseSource.TORCH_BATCH ? request.seed() : request.seed() + i), "\"start\": 1"))).toList();
    }

    /// As Denoiser takes a step: guidance is two evaluations of an image.
    private static String step(Rows rows, SampleRequest request, Step step) {
        double says = step.variance() == Step.Variance.NONE ? 0 : 1;
        rows.begin(request.count());
        for (int i = 0; i < request.count(); i++) {
            int label = request.labels().isEmpty() ? -1 : request.labels().get(i);
            if (step.evaluated()) {
                rows.evaluate(i, label, step, request.guidance(), says);
                if (request.guidance() != 1) {
                    rows.evaluate(i, request.noneLabel(), step, 1 - request.guidance(), 0);
                }
            }
            rows.update(i, step);
        }
        return "{\"evaluations\": " + list(read(rows.evaluations(), rows.evaluationCount(), EVALUATION), "    ") + ",\n   \"updates\": "
                + list(read(rows.updates(), rows.updateCount(), UPDATE), "    ") + "}";
    }

    private static List<String> read(MemorySegment memory, int count, List<String> fields) {
        IntFunction<String> row = i -> {
            var parts = new ArrayList<String>();
            for (int field = 0; field < fields.size(); field++) {
                long at = 4L * (i * fields.size() + field);
                String name = fields.get(field);
                parts.add(Character.isUpperCase(name.charAt(0)) ? integer(name.toLowerCase(Locale.ROOT), memory.get(ValueLayout.JAVA_INT, at))
                        : number(name, memory.get(ValueLayout.JAVA_FLOAT, at)));
            }
            return object(parts);
        };
        return IntStream.range(0, count).mapToObj(row).toList();
    }

    private static String integer(String name, int value) {
        return value == 0 ? "" : "\"" + name + "\": " + value;
    }

    private static String number(String name, float value) {
        String text = Float.toString(value);
        if ((float) Double.parseDouble(text) != value) {
            throw new IllegalStateException(name + ": " + text + " read as a double is another float");    // which is how C++ reads it
        }
        return value == 0 ? "" : "\"" + name + "\": " + text;
    }

    private static String object(List<String> parts) {
        return "{" + String.join(", ", parts.stream().filter(part -> !part.isEmpty()).toList()) + "}";
    }

    private static String list(List<String> entries, String indent) {
        return entries.isEmpty() ? "[]" : "[\n" + indent + "  " + String.join(",\n" + indent + "  ", entries) + "]";
    }
}
