package io.langevin.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The C++ half (native/tests/parity): given a case folder it prints the verdicts as [Verdict#line] does. One process a case, so that a
/// crash or a hang costs that case alone.
record NativeProgram(Path program, Duration patience) {
    private static final Pattern VERDICT = Pattern.compile("(\\S+) error (\\S+) tolerance (\\S+) (PASS|FAIL|UNSUPPORTED) ?(.*)");

    List<Verdict> check(Path folder, String what) {
        try {
            Path output = Files.createTempFile("langevin-parity", ".txt");
            try {
                Process process = new ProcessBuilder(program.toString(), folder.toString())
                        .redirectOutput(output.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                process.getOutputStream().close();
                if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor();
                    return List.of(Verdict.failed(what, "no answer from " + program.getFileName() + " after " + patience.toSeconds() + " s"));
                }
                return verdicts(folder, what, process.exitValue(), Files.readAllLines(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException cannot) {
            throw new UncheckedIOException(program + ": " + cannot.getMessage(), cannot);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return List.of(Verdict.failed(what, "interrupted"));
        }
    }

    private List<Verdict> verdicts(Path folder, String what, int exit, List<String> lines) {
        if (exit != 0 && exit != 1) {
            String end = exit > 128 ? "signal " + (exit - 128) : "exit code " + exit;
            return List.of(Verdict.failed(what, program.getFileName() + " ended with " + end));
        }
        var verdicts = new ArrayList<Verdict>();
        String prefix = GoldenCase.name(folder) + " ";
        for (String line : lines) {
            Matcher parts = VERDICT.matcher(line.startsWith(prefix) ? line.substring(prefix.length()) : "");
            if (!parts.matches()) {
                return List.of(Verdict.failed(what, program.getFileName() + " printed: " + line));
            }
            verdicts.add(new Verdict(parts.group(1), parts.group(2), parts.group(3), Verdict.Outcome.valueOf(parts.group(4)), parts.group(5)));
        }
        return verdicts.isEmpty() ? List.of(Verdict.failed(what, program.getFileName() + " printed nothing")) : verdicts;
    }
}
