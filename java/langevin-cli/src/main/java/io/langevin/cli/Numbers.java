package io.langevin.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Numbers as people write them: `3.5`, or `0,0.5,1`.
record Numbers(List<Double> list) {
    static final class Converter implements ITypeConverter<Numbers> {
        @Override
        public Numbers convert(String text) {
            try {
                List<Double> numbers = Stream.of(text.split(",", -1)).map(Double::valueOf).toList();
                if (numbers.stream().allMatch(number -> Float.isFinite(number.floatValue()))) {
                    return new Numbers(numbers);
                }
            } catch (NumberFormatException ignored) {
                // said below, with the whole text
            }
            throw new TypeConversionException("'" + text + "' is no list of numbers; write 3.5 or 0,0.5,1");
        }
    }

    @Override
    public String toString() {
        return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
