package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final StringWriter text = new StringWriter();
    private final PrintWriter err = new PrintWriter(text);

    @Test
    void on_a_terminal_it_is_one_line_drawn_again() {
        var bar = new ProgressBar(err, true);
        bar.begin();
        for (int step = 1; step <= 20; step++) {
            bar.show(step, 20, 10L * step);
        }
        bar.end();
        bar.end();
        String[] drawn = text.toString().split("\r");
        assertEquals(22, drawn.length);
        assertEquals("[..............................]", drawn[1]);
        assertTrue(drawn[11].startsWith("[###############...............] 10/20  ") && drawn[11].stripTrailing().endsWith(" left"), drawn[11]);
        assertTrue(drawn[21].startsWith("[##############################] 20/20  ") && drawn[21].endsWith("\n"), drawn[21]);
        for (int i = 2; i < drawn.length; i++) {
            assertTrue(drawn[i].length() >= drawn[i - 1].stripTrailing().length(), "the end of '" + drawn[i - 1] + "' shows behind '" + drawn[i] + "'");
        }
        assertEquals(1, text.toString().chars().filter(c -> c == '\n').count());
    }

    @Test
    void elsewhere_it_is_a_line_every_tenth() {
        var bar = new ProgressBar(err, false);
        bar.begin();
        for (int step = 1; step <= 1000; step++) {
            bar.show(step, 1000, step);
        }
        bar.end();
        String[] lines = text.toString().split("\n");
        assertEquals(10, lines.length);
        assertTrue(lines[0].startsWith("step 100 of 1000, ") && lines[9].startsWith("step 1000 of 1000, "), text.toString());
    }

    @Test
    void of_steps_that_come_fast_a_terminal_sees_some_and_the_last() {
        var bar = new ProgressBar(err, true);
        for (int step = 501; step <= 1000; step++) {
            bar.show(step, 1000, 500, "loss 0.5");
        }
        bar.end();
        String[] drawn = text.toString().split("\r");
        assertTrue(drawn[1].startsWith("[###############...............] 501/1000  loss 0.5  ") && drawn[1].endsWith(" left"), drawn[1]);
        assertTrue(drawn.length < 250, drawn.length + " lines");
        assertTrue(drawn[drawn.length - 1].startsWith("[##############################] 1000/1000  loss 0.5  "), drawn[drawn.length - 1]);
    }

    @Test
    void elsewhere_a_run_that_goes_on_counts_tenths_of_the_whole() {
        var bar = new ProgressBar(err, false);
        for (int step = 501; step <= 1000; step++) {
            bar.show(step, 1000, 500, "loss 0.5  3 images/s");
        }
        String[] lines = text.toString().split("\n");
        assertEquals(5, lines.length);
        assertTrue(lines[0].startsWith("step 600 of 1000, loss 0.5, 3 images/s, "), lines[0]);
    }
}
