package io.langevin.parity;

import io.langevin.BadModelException;
import io.langevin.LangevinException;
import io.langevin.UnsupportedException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Every golden case of a folder through the library, a line a comparison:
///
///     unet-plain output error 2.31e-07 tolerance 1.00e-05 PASS of the largest magnitude ...
///     unet-plain gradients error 9.89e-07 tolerance 1.00e-04 PASS ...
///     parity: 102 PASS, 0 FAIL, 0 UNSUPPORTED
///
/// A case is any folder that holds a case.json, whatever its name; its `kind` says what is compared. Networks (with their gradients) and noise are
/// compared by the C++ program through the C interface, the rest here through the Java library. The exit code is 1 if something failed, else 0;
/// 2 if there was nothing to run on.
public final class Parity {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final NativeProgram program;

    Parity(NativeProgram program) {
        this.program = program;
    }

    /// Arguments: the folder and the C++ program.
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        try {
            Path directory = Path.of(arguments[0]);
            if (!Files.isDirectory(directory)) {
                err.println(directory + " is not a folder");
                return 2;
            }
            return new Parity(new NativeProgram(Path.of(arguments[1]), PATIENCE)).check(directory, out, err) ? 0 : 1;
        } catch (InvalidPathException impossible) {
            err.println(impossible.getMessage());
            return 2;
        }
    }

    /// Whether nothing failed.
    boolean check(Path directory, PrintStream out, PrintStream err) {
        Map<Verdict.Outcome, Integer> counts = new EnumMap<>(Verdict.Outcome.class);
        List<Path> folders = GoldenCase.folders(directory);
        if (folders.isEmpty()) {
            err.println("there is no " + GoldenCase.FILE + " under " + directory);
        }
        for (Path folder : folders) {
            for (Verdict verdict : verdicts(folder)) {
                out.println(verdict.line(GoldenCase.name(folder)));
                out.flush();
                counts.merge(verdict.outcome(), 1, Integer::sum);
            }
        }
        out.println("parity: " + count(counts, Verdict.Outcome.PASS) + ", " + count(counts, Verdict.Outcome.FAIL) + ", "
                + count(counts, Verdict.Outcome.UNSUPPORTED));
        return !counts.containsKey(Verdict.Outcome.FAIL);
    }

    private static String count(Map<Verdict.Outcome, Integer> counts, Verdict.Outcome outcome) {
        return counts.getOrDefault(outcome, 0) + " " + outcome;
    }

    private List<Verdict> verdicts(Path folder) {
        try {
            GoldenCase golden = GoldenCase.read(folder);
            String kind = golden.fields().text("kind");
            return switch (kind) {
                case "unet" -> program.check(folder, "output");
                case "noise" -> program.check(folder, "normals");
                case "schedule" -> List.of(here(golden, ScheduleCase.WHAT, ScheduleCase::check));
                case "sampler" -> List.of(here(golden, SamplerCase.WHAT, SamplerCase::check));
                case "training" -> List.of(here(golden, TrainingCase.WHAT, TrainingCase::check));
                case "pipeline" -> List.of(here(golden, PipelineCase.WHAT, PipelineCase::check));
                default -> List.of(Verdict.unsupported("case", "kind \"" + kind + "\" is not one that is compared"));
            };
        } catch (BrokenCase | BadModelException broken) {
            return List.of(Verdict.failed("case", broken.getMessage()));
        }
    }

    /// One bad case must not hide what the others say, so whatever it throws is its verdict.
    private static Verdict here(GoldenCase golden, String what, Function<GoldenCase, Verdict> check) {
        try {
            return check.apply(golden);
        } catch (UnsupportedException lacking) {
            return Verdict.unsupported(what, lacking.getMessage());
        } catch (BrokenCase | LangevinException refused) {
            return Verdict.failed(what, refused.getMessage());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError fault) {
            return Verdict.failed(what, fault.toString());
        }
    }
}
