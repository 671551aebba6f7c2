package io.langevin.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Classes as people write them: `7`, `1,2,3`, `0-9`, `cat`, `cat,dog,7`. Numbers are labels, everything else is a name.
record Labels(String text) {
    private static final int LONGEST_RANGE = 1_000_000;

    /// Refuses what is wrong whatever the model.
    static final class Converter implements ITypeConverter<Labels> {
        @Override
        public Labels convert(String text) {
            for (String part : text.split(",", -1)) {
                if (part.isBlank() || part.matches("-\\d.*")) {
                    throw noList(text);
                }
                if (number(part)) {
                    value(part, text);
                } else if (range(part)) {
                    int dash = part.indexOf('-');
                    int from = value(part.substring(0, dash), text);
                    int to = value(part.substring(dash + 1), text);
                    if (to < from || to - from > LONGEST_RANGE) {
                        throw new TypeConversionException("'" + part + "' is no range of classes; write 0-9");
                    }
                }
            }
            return new Labels(text);
        }

        /// Refuses more than an int holds.
        private static int value(String digits, String text) {
            try {
                return Integer.parseInt(digits.strip());
            } catch (NumberFormatException tooLarge) {
                throw noList(text);
            }
        }

        private static TypeConversionException noList(String text) {
            return new TypeConversionException("'" + text + "' is no list of classes; write 7, 1,2,3, 0-9, or names as cat,dog");
        }
    }

    /// The labels that are meant where the model's labels have these names.
    ///
    /// @throws IllegalArgumentException for a name that is not among them, or that several have
    List<Integer> list(LabelNames names) {
        if (text.contains(",") && names.has(text)) {
            return List.of(names.label(text));       // a name with a comma in it
        }
        var labels = new ArrayList<Integer>();
        for (String part : text.split(",")) {
            if (range(part)) {
                int dash = part.indexOf('-');
                for (int label = Integer.parseInt(part.substring(0, dash).strip()); label <= Integer.parseInt(part.substring(dash + 1).strip()); label++) {
                    labels.add(label);
                }
            } else {
                labels.add(number(part) ? Integer.parseInt(part.strip()) : names.label(part.strip()));
            }
        }
        return List.copyOf(labels);
    }

    private static boolean number(String part) {
        return part.strip().matches("\\d+");
    }

    private static boolean range(String part) {
        return part.strip().matches("\\d+-\\d+");
    }
}
