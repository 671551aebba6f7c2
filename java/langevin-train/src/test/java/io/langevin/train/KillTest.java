package io.langevin.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Engine;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A run that was killed and went on ends with the bits of one that was left alone. -Dlangevin.kills=10 is the long form.
class KillTest {
    private static final int KILLS = Integer.getInteger("langevin.kills", 3);
    private static final int STEPS = 100;
    private static final int KILLED = 137;

    @TempDir
    private static Path folder;
    private static Path undisturbed;
    private static Path settings;
    private static long milliseconds;

    @BeforeAll
    static void run_undisturbed() throws IOException {
        settings = folder.resolve("settings.json");
        undisturbed = folder.resolve("undisturbed");
        Files.writeString(settings, Toy.settings(Toy.data(folder.resolve("data")), STEPS));
        long since = System.nanoTime();
        Toy.toTheEnd(undisturbed, Files.readString(settings));
        milliseconds = (System.nanoTime() - since) / 1_000_000;
    }

    @Test
    void killed_at_random_moments_nothing_is_lost() throws IOException, InterruptedException {
        var random = new Random();
        for (int kill = 0; kill < KILLS; kill++) {
            Path run = folder.resolve("kill-" + kill);
            long most = milliseconds;
            int code = 0;
            while (code != KILLED) {           // a run that came to its end first is no kill
                delete(run);
                long wait = random.nextLong(most + 1);
                code = killedAfter(run, wait);
                assertTrue(code == 0 || code == KILLED, "exit code " + code);
                most = most * 2 / 3;
            }
            resumesToTheSame(run);
        }
    }

    /// `from`: the checkpoint that is the newest then.
    @ParameterizedTest
    @CsvSource({"write, 20", "fsync, 20", "rename, 20", "renamed, 30", "retention, 30"})
    void killed_at_the_worst_moments_of_a_checkpoint_nothing_is_lost(String moment, long from) throws IOException, InterruptedException {
        Path run = folder.resolve("fault-" + moment);
        Process victim = start(run, "-Dlangevin.train.fault=" + moment + "@30");
        assertTrue(victim.waitFor(120, TimeUnit.SECONDS), "it hangs");
        assertEquals(KILLED, victim.exitValue());
        assertEquals(from, new Checkpoints(run.resolve("checkpoints")).steps().getFirst());
        resumesToTheSame(run);
    }

    private static void resumesToTheSame(Path run) throws IOException {
        List<String> said = Toy.toTheEnd(run, Files.readString(settings));
        assertEquals(List.of(), said);
        Toy.assertSame(undisturbed, run, STEPS);
    }

    private static int killedAfter(Path run, long milliseconds) throws IOException, InterruptedException {
        Process victim = start(run);
        try (var out = new BufferedReader(new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("training", out.readLine());
            Thread.sleep(milliseconds);
            victim.destroyForcibly();           // SIGKILL
            assertTrue(victim.waitFor(120, TimeUnit.SECONDS), "it hangs");
            return victim.exitValue();
        }
    }

    private static Process start(Path run, String... options) throws IOException {
        var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "--enable-native-access=ALL-UNNAMED",
                "-Dlangevin.library=" + Engine.library()));
        command.addAll(List.of(options));
        String classes = System.getProperty("jdk.module.path") + File.pathSeparator + place(Run.class) + File.pathSeparator + place(Victim.class);
        command.addAll(List.of("-cp", classes, Victim.class.getName(), run.toString(), settings.toString()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /// Where a class lies: tests lie elsewhere than what they test, though both are one module.
    private static Path place(Class<?> type) throws IOException {
        try {
            Path main = Path.of(Run.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return type == Run.class ? main : main.resolveSibling("test-classes");
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private static void delete(Path run) throws IOException {
        if (Files.exists(run)) {
            try (var files = Files.walk(run)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
