package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.langevin.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Ctrl-C, and what a service manager sends: in a process of its own, since the JVM ends.
class InterruptTest {
    /// The JVM's exit code for a signal is 128 + its number.
    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15"})
    void a_signal_ends_it_between_steps_without_a_crash(String signal, int number, @TempDir Path folder) throws IOException, InterruptedException {
        assumeFalse(ignored(number), () -> "whoever started this build has SIG" + signal + " ignored, and so does every process below");
        Path first = folder.resolve("steps/step-0001.png");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=io.langevin.bindings", "--illegal-native-access=deny",
                "-Dlangevin.library=" + Engine.library(), "-p", System.getProperty("jdk.module.path"), "-m", "io.langevin.cli/io.langevin.cli.Main",
                "sample", Run.MNIST, "--count", "100000", "--batch", "1", "--previews", "steps/").directory(folder.toFile())
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        try {
            long start = System.nanoTime();
            while (!Files.exists(first) && process.isAlive() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(120)) {
                Thread.sleep(20);
            }
            assertTrue(Files.exists(first), () -> "it never came to its first step: " + text(folder.resolve("err")));
            assertEquals(0, new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid()).start().waitFor());
            // A step takes milliseconds; the rest is room for a busy machine.
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it hangs");
        } finally {
            process.destroyForcibly();
        }
        String err = text(folder.resolve("err"));
        assertEquals(128 + number, process.exitValue(), err);
        assertTrue(err.lines().toList().getLast().matches("cancelled after step [0-9]+ of 5000000; samples.png was not written"), err);
        assertEquals("", text(folder.resolve("out")));
        try (var files = Files.list(folder)) {
            assertEquals(3, files.count(), "out, err and steps/ alone: no picture, no crash report");
        }
    }

    private static boolean ignored(int signal) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(status -> status.startsWith("SigIgn:")).findFirst().orElseThrow();
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> signal - 1 & 1) != 0;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
