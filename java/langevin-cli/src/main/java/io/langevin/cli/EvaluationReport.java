package io.langevin.cli;

import io.langevin.Engine;
import io.langevin.evaluate.Evaluation;
import io.langevin.evaluate.Figures;
import io.langevin.evaluate.Score;
import io.langevin.evaluate.Split;
import io.langevin.internal.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/// What an evaluation found, as people read it and as programs do.
///
/// @param model          as it was named
/// @param real           the pictures beside it, as they were named
/// @param split          of them
/// @param classifierFile as it was named; null: it was not
/// @param drawing        how pictures were drawn
/// @param guidance       that they were drawn with
record EvaluationReport(Evaluation found, String model, RealPictures real, Split split, Path classifierFile, Drawing drawing, double guidance) {
    private static final int FORMAT = 1;
    private static final int MOST_CLASSES = 40;      // of which the table has a line each
    private static final int WORDS = 42;
    private static final int COLUMN = 22;

    // ---- for people

    String table() {
        var lines = new ArrayList<String>();
        lines.add(found.count() + " drawn pictures and " + found.count() + " held-out ones, beside " + found.training() + " of training");
        lines.add("");
        lines.add(line("", "drawn", "held-out"));
        Figures drawn = found.drawn();
        Figures real = found.heldOut();
        if (found.classifier() != null) {
            lines.add(line("Frechet distance, " + found.features() + " features", digits(drawn.frechet()), digits(real.frechet())));
            lines.add(line("seen as their class", drawn.byClass().isEmpty() ? "no class asked for" : percent(drawn.accuracy()), percent(real.accuracy())));
            lines.add(line("  95 % interval", drawn.byClass().isEmpty() ? "" : interval(drawn.accuracy()), interval(real.accuracy())));
        }
        lines.add(line("to the nearest training picture, median", digits(drawn.median()), digits(real.median())));
        lines.add(line("  5 % are nearer than", digits(drawn.low()), digits(real.low())));
        lines.add(line("  nearer than " + digits(found.limit()) + " are", of(drawn.near()), of(real.near())));
        if (!found.classes().isEmpty() && found.classes().size() <= MOST_CLASSES && !drawn.byClass().isEmpty()) {
            lines.add("");
            for (int label = 0; label < found.classes().size(); label++) {
                lines.add(line((label == 0 ? "class " : "      ") + found.classes().get(label), share(drawn.byClass().get(label)), share(real.byClass().get(label))));
            }
        }
        lines.add("");
        if (found.classifier() != null) {
            lines.add("The classifier is right on " + percent(found.classifier()) + " of all " + found.classifier().of() + " held-out pictures.");
            lines.add("Frechet distances are larger the fewer the pictures: compare them at one count.");
            if (found.count() <= found.features()) {
                lines.add(found.count() + " pictures span less than " + found.features() + " features, so these two are rough: draw more than that.");
            }
        }
        lines.add("Distances to pictures are of shades 0 to 255, root of the mean square.");
        return String.join(System.lineSeparator(), lines);
    }

    private static String line(String words, String drawn, String real) {
        String text = words.length() > WORDS ? words.substring(0, WORDS - 3) + "..." : words;
        return String.format(Locale.ROOT, "%-" + WORDS + "s%" + COLUMN + "s%" + COLUMN + "s", text, drawn, real).stripTrailing();
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String percent(Score score) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * score.share());
    }

    private static String interval(Score score) {
        return String.format(Locale.ROOT, "%.1f to %.1f", 100 * score.low(), 100 * score.high());
    }

    private static String share(Score score) {
        return score.of() == 0 ? "none" : score.right() + " of " + score.of();
    }

    private String of(int near) {
        return near + " of " + found.count();
    }

    // ---- for programs

    /// One object; a name in it keeps its meaning as long as `format` is the same.
    String json() {
        return object("",
                field("format", FORMAT),
                field("langevin", Json.quote(Engine.version())),
                field("model", Json.quote(model)),
                field("data", Json.quote(real.data.toString())),
                field("held_out_data", real.heldOut == null ? "null" : Json.quote(real.heldOut.toString())),
                field("held_out_share", real.share == null ? "null" : number(real.share)),
                field("background", Json.quote(real.background)),
                field("settings", object("  ",
                        field("count", found.count()),
                        field("seed", drawing.seed),
                        field("sampler", Json.quote(drawing.sampler)),
                        field("steps", drawing.steps),
                        field("eta", drawing.eta),
                        field("guidance", guidance),
                        field("noise", Json.quote(drawing.noise)))),
                field("pictures", object("  ",
                        field("channels", split.training().channels()),
                        field("height", split.training().height()),
                        field("width", split.training().width()),
                        field("training", found.training()),
                        field("held_out", split.heldOut().size()))),
                field("classifier", found.classifier() == null ? "null" : object("  ",
                        field("file", classifierFile == null ? "null" : Json.quote(classifierFile.toString())),
                        field("features", found.features()),
                        field("held_out_accuracy", score(found.classifier())))),
                field("near_limit", number(found.limit())),
                field("drawn", figures(found.drawn())),
                field("held_out", figures(found.heldOut()))) + "\n";
    }

    private String figures(Figures figures) {
        List<String> classes = IntStream.range(0, figures.byClass().size()).mapToObj(label -> "{" + field("class", Json.quote(found.classes().get(label))) + ", "
                + score(figures.byClass().get(label)).substring(1)).toList();
        return object("  ",
                field("frechet_distance", number(figures.frechet())),
                field("accuracy", classes.isEmpty() ? "null" : score(figures.accuracy())),
                field("accuracy_by_class", "[" + String.join(", ", classes) + "]"),
                field("nearest_median", number(figures.median())),
                field("nearest_5_percent", number(figures.low())),
                field("nearer_than_limit", figures.near()));
    }

    private static String score(Score score) {
        return "{" + String.join(", ", field("right", score.right()), field("of", score.of()), field("share", number(score.share())), field("low", number(score.low())),
                field("high", number(score.high()))) + "}";
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "null";
    }

    private static String field(String name, Object value) {
        return Json.quote(name) + ": " + value;
    }

    private static String object(String indent, String... fields) {
        var lines = new StringJoiner(",\n" + indent + "  ", "{\n" + indent + "  ", "\n" + indent + "}");
        for (String field : fields) {
            lines.add(field);
        }
        return lines.toString();
    }
}
