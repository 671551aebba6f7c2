package io.langevin.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever the C++ half does, its case has a verdict.
class NativeProgramTest {
    @TempDir
    Path folder;

    private List<Verdict> check(String script) throws IOException {
        Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new NativeProgram(program, Duration.ofSeconds(2)).check(folder.resolve("some case"), "output");
    }

    private void fails(String script, String reason) throws IOException {
        Verdict verdict = check(script).getFirst();
        assertEquals(Verdict.Outcome.FAIL, verdict.outcome());
        assertTrue(verdict.remark().contains(reason), verdict.remark());
    }

    @Test
    void its_lines_are_taken_as_they_are() throws IOException {
        List<Verdict> verdicts = check("""
                echo "some case output error 1.00e-06 tolerance 1.00e-05 PASS of the largest magnitude"
                echo "some case gradients error - tolerance - UNSUPPORTED no trainer"
                """);
        assertEquals(List.of(new Verdict("output", "1.00e-06", "1.00e-05", Verdict.Outcome.PASS, "of the largest magnitude"),
                Verdict.unsupported("gradients", "no trainer")), verdicts);
    }

    @Test
    void a_crash_fails_even_after_a_line_that_passed() throws IOException {
        fails("echo 'some case output error 0 tolerance 0 PASS'\nkill -SEGV $$", "signal 11");
        fails("exit 7", "exit code 7");
    }

    @Test
    void a_hang_fails() throws IOException {
        fails("exec sleep 60", "no answer");
    }

    @Test
    void silence_and_chatter_fail() throws IOException {
        fails("true", "printed nothing");
        fails("echo hello", "printed: hello");
        fails("echo 'other case output error 0 tolerance 0 PASS'", "printed: other case");
    }
}
