package io.langevin.cli;

import io.langevin.Engine;
import io.langevin.InvalidArgumentException;
import io.langevin.LangevinException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// `langevin`: results on stdout, everything else on stderr. Exit codes: 0; 1 failed; 2 wrong usage; 130 cancelled.
@Command(name = "langevin", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, synopsisSubcommandLabel = "COMMAND",
        description = "Diffusion models on the JVM: opens what diffusers wrote, draws, trains, and judges.",
        subcommands = {SampleCommand.class, TrainCommand.class, EvaluateCommand.class, ExportCommand.class, InfoCommand.class, DumpCommand.class, BenchCommand.class},
        footer = {"", "Examples:",
            "  langevin sample                    ten digits, from the model that comes along",
            "  langevin sample --class 7 --count 16 --seed 42 --out sevens.png",
            "  langevin sample some-diffusers-folder/ --sampler checkpoint --count 4",
            "  langevin sample some-diffusers-folder/ --class cat,dog --out pictures/",
            "  langevin sample some-diffusers-folder/ --from pictures/ --strength 0.5",
            "  langevin info some-diffusers-folder/",
            "  langevin train --data pictures/ --model models/configs/unet-32.json \\",
            "      --out runs/first",
            "  langevin evaluate runs/first --data pictures/",
            "", "Exit codes: 0; 1 failed; 2 wrong usage; 130 cancelled."})
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int CANCELLED = 130;

    private Main() {
    }

    public static void main(String[] arguments) {
        var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out, err));
    }

    /// Runs one command line and returns its exit code.
    static int run(String[] arguments, PrintWriter out, PrintWriter err) {
        var line = new CommandLine(new Main());
        line.setOut(out).setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        // picocli's own say "is not a long".
        line.registerConverter(int.class, text -> number(text, Integer::valueOf, "a whole number below 2^31"));
        line.registerConverter(Integer.class, text -> number(text, Integer::valueOf, "a whole number below 2^31"));
        line.registerConverter(long.class, text -> number(text, Long::valueOf, "a whole number below 2^63"));
        line.registerConverter(Long.class, text -> number(text, Long::valueOf, "a whole number below 2^63"));
        line.registerConverter(Double.class, text -> number(text, Double::valueOf, "a number"));
        line.registerConverter(double.class, text -> number(text, Double::valueOf, "a number"));
        line.setParameterExceptionHandler((problem, ignored) -> {
            err.println("error: " + (problem instanceof UnmatchedArgumentException unmatched ? unknown(unmatched) : problem.getMessage()));
            err.println("       " + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help tells what there is");
            return WRONG_USAGE;
        });
        line.setExecutionExceptionHandler((problem, command, ignored) -> switch (problem) {
            case InvalidArgumentException mistake -> {
                err.println("error: " + mistake.getMessage());
                yield WRONG_USAGE;
            }
            case LangevinException mistake -> {
                err.println("error: " + mistake.getMessage());
                yield FAILED;
            }
            case UncheckedIOException file -> {
                err.println("error: " + file.getMessage());
                yield FAILED;
            }
            default -> throw problem;      // a fault of our own: its stack trace is what a report needs
        });
        if (arguments.length == 0) {
            line.usage(err);
            return WRONG_USAGE;
        }
        try {
            return line.execute(arguments);
        } catch (OutOfMemoryError tooMuch) {
            err.println("error: this needs more memory than Java's " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB; ask for fewer images at once");
            return FAILED;
        }
    }

    /// `there is no option '--sed'; did you mean --seed?`
    private static String unknown(UnmatchedArgumentException problem) {
        String first = problem.getUnmatched().getFirst();
        List<String> near = problem.getSuggestions().stream().map(suggestion -> suggestion.substring(suggestion.lastIndexOf(' ') + 1)).toList();
        return (problem.isUnknownOption() ? "there is no option " : problem.getCommandLine().getCommandSpec().name() + " does not know what to do with ") + "'" + first + "'"
                + (near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?");
    }

    private static <T> T number(String text, Function<String, T> parse, String wish) {
        try {
            return parse.apply(text);
        } catch (NumberFormatException mistake) {
            throw new TypeConversionException("'" + text + "' is not " + wish);
        }
    }

    /// What `--version` prints. The library is loaded, so that a broken installation shows.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"langevin " + Engine.version(), "library " + Engine.library(),
                "java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"};
        }
    }
}
