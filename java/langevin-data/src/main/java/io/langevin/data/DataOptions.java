package io.langevin.data;

import io.langevin.InvalidArgumentException;

/// How pictures are read. Begin with [#defaults] and change what matters.
///
/// @param background 0xRRGGBB: what is behind transparent pixels where the model has no alpha channel
/// @param part       of data sets that come in two parts
/// @param cache      bytes of decoded pictures that are kept in memory at most, when all of them fit; a quarter of the heap bounds it too. The pictures are the same either way
public record DataOptions(int background, Part part, long cache) {
    /// MNIST and CIFAR-10 come with pictures to train on and pictures to judge by.
    public enum Part {
        TRAIN, TEST
    }

    /// @throws InvalidArgumentException for values that cannot be
    public DataOptions {
        if (background < 0 || background > 0xFFFFFF) {
            throw new InvalidArgumentException("background " + background + "; it is 0xRRGGBB, from 0 (black) to 0xffffff (white)");
        }
        if (part == null) {
            throw new InvalidArgumentException("part is null; it is TRAIN or TEST");
        }
        if (cache < 0) {
            throw new InvalidArgumentException("cache of " + cache + " bytes; it is 0 (none) or more");
        }
    }

    /// On white, the part to train on, up to 1 GiB kept in memory.
    public static DataOptions defaults() {
        return new DataOptions(0xFFFFFF, Part.TRAIN, 1L << 30);
    }

    /// The same on another background, 0xRRGGBB.
    public DataOptions withBackground(int background) {
        return new DataOptions(background, part, cache);
    }

    /// The same of another part.
    public DataOptions withPart(Part part) {
        return new DataOptions(background, part, cache);
    }

    /// The same with at most so many bytes kept in memory; 0: every picture is decoded whenever it is needed.
    public DataOptions withCache(long cache) {
        return new DataOptions(background, part, cache);
    }

    /// A colour as people write it: `white`, `black`, `gray` or `#rrggbb`.
    ///
    /// @throws InvalidArgumentException for anything else
    public static int colour(String text) {
        return switch (text) {
            case "white" -> 0xFFFFFF;
            case "gray", "grey" -> 0x808080;
            case "black" -> 0;
            default -> {
                if (!text.matches("#[0-9a-fA-F]{6}")) {
                    throw new InvalidArgumentException("'" + text + "' is no colour; write white, black, gray or six hexadecimal digits like #ff8800");
                }
                yield Integer.parseInt(text, 1, 7, 16);
            }
        };
    }
}
