package io.langevin.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Classes as people write them: `7`, `1,2,3`, `0-9`, `0-3,7`.
record Labels(List<Integer> list) {
    static final class Converter implements ITypeConverter<Labels> {
        @Override
        public Labels convert(String text) {
            var labels = new ArrayList<Integer>();
            for (String part : text.split(",", -1)) {
                int dash = part.indexOf('-', 1);
                int from = number(dash < 0 ? part : part.substring(0, dash), text);
                int to = dash < 0 ? from : number(part.substring(dash + 1), text);
                if (to < from || to - from > 1_000_000) {
                    throw new TypeConversionException("'" + part + "' is no range of classes; write 0-9");
                }
                for (int label = from; label <= to; label++) {
                    labels.add(label);
                }
            }
            return new Labels(List.copyOf(labels));
        }

        private static int number(String part, String text) {
            try {
                int label = Integer.parseInt(part.strip());
                if (label >= 0) {
                    return label;
                }
            } catch (NumberFormatException ignored) {
                // said below, with the whole text
            }
            throw new TypeConversionException("'" + text + "' is no list of classes; write 7, 1,2,3 or 0-9");
        }
    }
}
