package io.langevin.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// How far it is, on stderr: one line that is drawn again on a terminal, a line every tenth part elsewhere.
final class ProgressBar {
    private static final int WIDTH = 30;
    private static final long REDRAW = 100_000_000;      // nanoseconds: steps of small networks come faster than anybody reads

    private final PrintWriter err;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private int lastTenth;
    private long drawn = start - REDRAW;
    private long last;
    private String line = "";      // that stands on the terminal

    ProgressBar(PrintWriter err) {
        this(err, isTerminal());
    }

    ProgressBar(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /// Something to look at while the first step makes the program and packs the weights.
    void begin() {
        if (terminal) {
            draw("[" + ".".repeat(WIDTH) + "]");
        }
    }

    /// @param work image-steps done so far
    void show(int step, int steps, long work) {
        double seconds = (System.nanoTime() - start) * 1e-9;
        String rate = String.format(Locale.ROOT, "%.1f img-steps/s", work / seconds);
        if (terminal) {
            int full = (int) ((long) WIDTH * step / steps);
            draw("[" + "#".repeat(full) + ".".repeat(WIDTH - full) + "] " + step + "/" + steps + "  " + rate + "  "
                    + (step == steps ? clock(seconds) : clock(seconds * (steps - step) / step) + " left"));
        } else if (10L * step / steps > lastTenth) {
            lastTenth = (int) (10L * step / steps);
            err.println("step " + step + " of " + steps + ", " + rate);
        }
    }

    /// @param first steps that were done when this began
    /// @param words what else there is to say
    void show(long step, long steps, long first, String words) {
        double seconds = (System.nanoTime() - start) * 1e-9;
        String left = step == steps ? clock(seconds) : clock(seconds * (steps - step) / Math.max(1, step - first)) + " left";
        if (terminal) {
            long now = System.nanoTime();
            if (step == steps && last < steps || now - drawn > REDRAW) {
                int full = (int) (WIDTH * (double) step / steps);
                draw("[" + "#".repeat(full) + ".".repeat(WIDTH - full) + "] " + step + "/" + steps + (words.isEmpty() ? "" : "  " + words) + "  " + left);
                drawn = now;
                last = step;
            }
        } else if (10 * step / steps > Math.max(lastTenth, 10 * first / steps)) {
            lastTenth = (int) (10 * step / steps);
            err.println("step " + step + " of " + steps + (words.isEmpty() ? "" : ", " + words.replace("  ", ", ")) + ", " + left);
        }
    }

    /// Ends the line, so that what follows begins on its own.
    void end() {
        if (!line.isEmpty()) {
            err.println();
            line = "";
        }
    }

    private void draw(String next) {
        err.print("\r" + next + " ".repeat(Math.max(0, line.length() - next.length())));      // over what was longer
        err.flush();
        line = next;
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600 ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }

    /// Whether stderr is one. Java's console asks for stdin and stdout, which are often redirected.
    static boolean isTerminal() {
        Path link = Path.of("/proc/self/fd/2");
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException notLinux) {
            return false;      // plain lines do everywhere
        }
    }
}
