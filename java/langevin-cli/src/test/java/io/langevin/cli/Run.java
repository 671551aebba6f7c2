package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/// One command line, run in this process.
record Run(int code, String out, String err) {
    static final Path ROOT = Path.of(System.getProperty("langevin.root", "../..")).toAbsolutePath().normalize();
    /// 28 x 28, labels 0 to 9, 10 means none.
    static final String MNIST = ROOT.resolve("tests/models/mnist").toString();     // a folder that diffusers wrote
    static final String SHIPPED = ROOT.resolve("models/mnist.safetensors").toString();

    static Run of(Object... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.run(List.of(words).stream().map(Object::toString).toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
        var run = new Run(code, out.toString(), err.toString());
        assertFalse(run.err.contains("\tat "), () -> "a stack trace:\n" + run.err);
        return run;
    }

    /// Stdout, of a run that went well.
    String result() {
        assertEquals(Main.OK, code, err);
        return out;
    }

    /// Nothing on stdout, and on stderr a sentence that begins so. Wrong usage goes on with where help is.
    void fails(int wanted, String sentence) {
        assertEquals(wanted, code, err);
        assertEquals("", out);
        assertTrue(err.contains("error: " + sentence), () -> err + "does not say:\nerror: " + sentence);
    }
}
