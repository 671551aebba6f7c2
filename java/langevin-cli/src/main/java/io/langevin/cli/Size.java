package io.langevin.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Height and width as people write them: `32x48`.
record Size(int height, int width) {
    /// What the library takes for the model's own.
    static final Size OWN = new Size(0, 0);

    static final class Converter implements ITypeConverter<Size> {
        @Override
        public Size convert(String text) {
            String[] parts = text.split("x", -1);
            try {
                if (parts.length == 2) {
                    var size = new Size(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
                    if (size.height > 0 && size.width > 0) {
                        return size;
                    }
                }
            } catch (NumberFormatException ignored) {
                // said below, with the whole text
            }
            throw new TypeConversionException("'" + text + "' is no size; write height and width as 32x48");
        }
    }
}
