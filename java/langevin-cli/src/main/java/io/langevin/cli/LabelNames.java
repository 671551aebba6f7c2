package io.langevin.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The names of a model's labels, as people ask for them: in small or capital letters, whole, or one of several with commas between ("tabby" of "tabby, tabby cat").
record LabelNames(List<String> names) {
    private static final int MOST_NEAR = 3;
    private static final int MOST_LISTED = 8;

    /// Whether exactly this is the name of a label.
    boolean has(String name) {
        return names.contains(name);
    }

    /// The label of that name.
    ///
    /// @throws IllegalArgumentException naming the nearest, where there is none; and the labels, where there are several
    int label(String name) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("the model does not name its classes (no labels.json beside its config.json); write their numbers");
        }
        List<Integer> found = Stream.<Predicate<String>>of(name::equals, name::equalsIgnoreCase, one -> synonyms(one).anyMatch(name::equalsIgnoreCase))
                .map(this::those).filter(labels -> !labels.isEmpty()).findFirst().orElse(List.of());
        if (found.size() == 1) {
            return found.getFirst();
        }
        if (found.size() > 1) {
            throw new IllegalArgumentException("'" + name + "' is the name of " + listed(found) + "; write the number");
        }
        List<Integer> near = near(name);
        throw new IllegalArgumentException("no class is called '" + name + "'; " + (near.isEmpty() ? "there are " + this : "the nearest: " + listed(near)));
    }

    private List<Integer> those(Predicate<String> wanted) {
        return IntStream.range(0, names.size()).filter(label -> wanted.test(names.get(label))).boxed().toList();
    }

    /// Names that hold what was asked for, then those that a few typing errors lead to.
    private List<Integer> near(String name) {
        int most = Math.max(1, (name.length() + 1) / 3);
        return IntStream.range(0, names.size()).boxed().filter(label -> distance(name, label) <= most).sorted(Comparator.comparing(label -> distance(name, label)))
                .limit(MOST_NEAR).toList();
    }

    private int distance(String name, int label) {
        String asked = name.toLowerCase(Locale.ROOT);
        return names.get(label).toLowerCase(Locale.ROOT).contains(asked) ? 0
                : synonyms(names.get(label)).mapToInt(one -> edits(asked, one.toLowerCase(Locale.ROOT))).min().orElse(Integer.MAX_VALUE);
    }

    private static Stream<String> synonyms(String name) {
        return Stream.of(name.split(",")).map(String::strip);
    }

    /// Letters to add, remove or change (Levenshtein, 1965).
    private static int edits(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(Math.min(above, row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private String listed(List<Integer> labels) {
        return labels.stream().map(label -> label + " (" + names.get(label) + ")").collect(Collectors.joining(", "));
    }

    /// `0 airplane; 1 automobile; 2 bird ... 999 toilet tissue`
    @Override
    public String toString() {
        int last = names.size() - 1;
        int first = names.size() <= MOST_LISTED ? names.size() : MOST_LISTED - 1;
        String begin = IntStream.range(0, first).mapToObj(label -> label + " " + names.get(label)).collect(Collectors.joining("; "));
        return first == names.size() ? begin : begin + " ... " + last + " " + names.get(last);
    }
}
