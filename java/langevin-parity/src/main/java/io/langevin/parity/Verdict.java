package io.langevin.parity;

import java.util.Locale;

/// What came of one comparison: `error` against `tolerance`, both in words a reader can use ("2.31e-07", "exact").
record Verdict(String what, String error, String tolerance, Outcome outcome, String remark) {
    enum Outcome { PASS, FAIL, UNSUPPORTED }

    private static final String NONE = "-";

    static Verdict unsupported(String what, String reason) {
        return new Verdict(what, NONE, NONE, Outcome.UNSUPPORTED, reason);
    }

    static Verdict failed(String what, String reason) {
        return new Verdict(what, NONE, NONE, Outcome.FAIL, reason);
    }

    /// A number that is not there (NaN) is no number within the tolerance.
    static Verdict of(String what, double error, double tolerance, String remark) {
        return new Verdict(what, number(error), number(tolerance), error <= tolerance ? Outcome.PASS : Outcome.FAIL, remark);
    }

    static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    /// One line of output. The verdict's words stand nowhere else in it, whatever a message said.
    String line(String name) {
        return oneLine(name) + " " + what + " error " + error + " tolerance " + tolerance + " " + outcome + " " + calm(oneLine(remark));
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
    }

    private static String calm(String text) {
        String calmed = text;
        for (Outcome outcome : Outcome.values()) {
            calmed = calmed.replace(outcome.name(), outcome.name().toLowerCase(Locale.ROOT));
        }
        return calmed;
    }
}
