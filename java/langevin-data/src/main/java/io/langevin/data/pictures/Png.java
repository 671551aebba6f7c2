package io.langevin.data.pictures;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// PNG (ISO 15948), all of it that makes a still picture: every colour type and depth, palettes, transparency by tRNS, interlacing. Our own, so
/// that damage is told and the bits are the same from every JDK. 16 bits become round(v * 255 / 65535); gamma and colour profiles are not applied.
final class Png {
    private static final int GRAY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GRAY_ALPHA = 4;

    /// First column, first row, column step, row step of Adam7's passes.
    private static final int[][] PASSES = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

    private final byte[] file;
    private int width;
    private int height;
    private int depth;
    private int type;
    private int channels;
    private boolean interlaced;
    private int paletteAt = -1;
    private int paletteSize;
    private int transparencyAt = -1;
    private int transparencySize;
    private int orientation = 1;
    private final ByteArrayOutputStream packed;

    private Png(byte[] file) {
        this.file = file;
        this.packed = new ByteArrayOutputStream(file.length);
    }

    static Picture decode(byte[] file) throws BrokenPicture {
        var png = new Png(file);
        png.chunks();
        return png.picture().turned(png.orientation);
    }

    /// Chunks are length (4 bytes), type (4), data, checksum (4).
    private void chunks() throws BrokenPicture {
        ByteBuffer in = ByteBuffer.wrap(file);
        var crc = new CRC32();
        int at = 8;
        while (true) {
            if (file.length - at < 12 || in.getInt(at) < 0 || in.getInt(at) > file.length - at - 12) {
                throw new BrokenPicture("the PNG is cut short: it ends after " + file.length + " bytes, in the middle of a chunk");
            }
            int length = in.getInt(at);
            String name = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
            crc.reset();
            crc.update(file, at + 4, length + 4);
            if ((int) crc.getValue() != in.getInt(at + 8 + length)) {
                throw new BrokenPicture("the PNG is damaged: the checksum of its chunk " + name + " at byte " + at + " is wrong");
            }
            if (width == 0 && !name.equals("IHDR")) {
                throw new BrokenPicture("the PNG does not begin with its header");
            }
            int data = at + 8;
            switch (name) {
                case "IHDR" -> header(in, data, length);
                case "PLTE" -> {
                    paletteAt = data;
                    paletteSize = length / 3;
                }
                case "tRNS" -> {
                    transparencyAt = data;
                    transparencySize = length;
                }
                case "eXIf" -> orientation = Exif.orientation(file, data, length);
                case "IDAT" -> packed.write(file, data, length);
                case "IEND" -> {
                    return;
                }
                default -> {
                    if (Character.isUpperCase(name.charAt(0))) {
                        throw new BrokenPicture("the PNG has a critical chunk " + name + " that is not known");
                    }
                }
            }
            at += length + 12;
        }
    }

    private void header(ByteBuffer in, int at, int length) throws BrokenPicture {
        if (length != 13) {
            throw new BrokenPicture("the PNG's header has " + length + " bytes, it has to have 13");
        }
        Picture.check(in.getInt(at), in.getInt(at + 4));
        width = in.getInt(at);
        height = in.getInt(at + 4);
        depth = in.get(at + 8);
        type = in.get(at + 9);
        boolean known = switch (type) {
            case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GRAY_ALPHA, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!known || in.get(at + 10) != 0 || in.get(at + 11) != 0 || in.get(at + 12) < 0 || in.get(at + 12) > 1) {
            throw new BrokenPicture("the PNG's header says colour type " + type + " with " + depth + " bits, compression " + in.get(at + 10) + ", filter " + in.get(at + 11) + ", interlace "
                    + in.get(at + 12) + ", which PNG does not have");
        }
        channels = type == GRAY || type == PALETTE ? 1 : type == GRAY_ALPHA ? 2 : type == RGB ? 3 : 4;
        interlaced = in.get(at + 12) == 1;
    }

    private Picture picture() throws BrokenPicture {
        if (type == PALETTE && paletteAt < 0) {
            throw new BrokenPicture("the PNG has no palette, but its pixels point into one");
        }
        boolean keyed = transparencyAt >= 0 && (type == GRAY && transparencySize >= 2 || type == RGB && transparencySize >= 6 || type == PALETTE);
        int samples = type == PALETTE ? keyed ? 4 : 3 : channels + (keyed ? 1 : 0);
        var values = new byte[Math.multiplyExact(width * height, samples)];
        int pixel = Math.max(1, channels * depth / 8);              // bytes that a filter looks back
        var inflater = new Inflater();
        try {
            inflater.setInput(packed.toByteArray());
            for (int[] pass : interlaced ? PASSES : ONE_PASS) {
                int across = (width - pass[0] + pass[2] - 1) / pass[2];
                int down = (height - pass[1] + pass[3] - 1) / pass[3];
                if (across <= 0 || down <= 0) {
                    continue;
                }
                int bytes = (int) (((long) across * channels * depth + 7) / 8);
                var line = new byte[bytes + 1];
                var above = new byte[bytes + 1];
                for (int y = 0; y < down; y++) {
                    inflate(inflater, line, pass[1] + y * pass[3]);
                    unfilter(line, above, pixel);
                    int to = ((pass[1] + y * pass[3]) * width + pass[0]) * samples;
                    unpack(line, across, values, to, pass[2] * samples, keyed);
                    byte[] swap = above;
                    above = line;
                    line = swap;
                }
            }
        } finally {
            inflater.end();
        }
        return new Picture(width, height, samples, values);
    }

    private void inflate(Inflater inflater, byte[] line, int row) throws BrokenPicture {
        try {
            for (int done = 0; done < line.length;) {
                int more = inflater.inflate(line, done, line.length - done);
                if (more == 0 && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
                    throw new BrokenPicture("the PNG is cut short: its pixels end in row " + row + " of " + height);
                }
                done += more;
            }
        } catch (DataFormatException e) {
            throw new BrokenPicture("the PNG is damaged: its pixels cannot be unpacked in row " + row + " (" + e.getMessage() + ")");
        }
    }

    /// Byte 0 is the filter: 0 none, 1 left, 2 above, 3 their mean, 4 Paeth's.
    private static void unfilter(byte[] line, byte[] above, int pixel) throws BrokenPicture {
        switch (line[0]) {
            case 0 -> {
            }
            case 1 -> {
                for (int i = 1 + pixel; i < line.length; i++) {
                    line[i] += line[i - pixel];
                }
            }
            case 2 -> {
                for (int i = 1; i < line.length; i++) {
                    line[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 1; i <= pixel; i++) {
                    line[i] += (byte) ((above[i] & 0xFF) >> 1);
                }
                for (int i = 1 + pixel; i < line.length; i++) {
                    line[i] += (byte) ((line[i - pixel] & 0xFF) + (above[i] & 0xFF) >> 1);
                }
            }
            case 4 -> {
                for (int i = 1; i <= pixel; i++) {         // left of the row there is 0, so that above is nearest
                    line[i] += above[i];
                }
                for (int i = 1 + pixel; i < line.length; i++) {
                    int a = line[i - pixel] & 0xFF;
                    int b = above[i] & 0xFF;
                    int c = above[i - pixel] & 0xFF;
                    int nearA = Math.abs(b - c);
                    int nearB = Math.abs(a - c);
                    int nearC = Math.abs(a + b - 2 * c);
                    line[i] += (byte) (nearA <= nearB && nearA <= nearC ? a : nearB <= nearC ? b : c);
                }
            }
            default -> throw new BrokenPicture("the PNG is damaged: a row has the filter " + line[0] + ", there are 0 to 4");
        }
    }

    /// One row of a pass into `values`, from `to` on, every `step` bytes a pixel.
    private void unpack(byte[] line, int across, byte[] values, int to, int step, boolean keyed) throws BrokenPicture {
        if (depth == 8 && type != PALETTE && step == channels) {
            System.arraycopy(line, 1, values, to, across * channels);
            return;
        }
        int at = to;
        for (int x = 0; x < across; x++, at += step) {
            if (type == PALETTE) {
                int entry = raw(line, x);
                if (entry >= paletteSize) {
                    throw new BrokenPicture("a pixel of the PNG points at colour " + entry + " of a palette of " + paletteSize);
                }
                System.arraycopy(file, paletteAt + 3 * entry, values, at, 3);
                if (keyed) {
                    values[at + 3] = entry < transparencySize ? file[transparencyAt + entry] : (byte) 255;
                }
                continue;
            }
            boolean clear = keyed;
            for (int c = 0; c < channels; c++) {
                int v = raw(line, x * channels + c);
                clear = clear && v == ((file[transparencyAt + 2 * c] & 0xFF) << 8 | file[transparencyAt + 2 * c + 1] & 0xFF);
                values[at + c] = (byte) (depth == 8 ? v : depth == 16 ? (v * 255 + 32767) / 65535 : v * (255 / ((1 << depth) - 1)));
            }
            if (keyed) {
                values[at + channels] = (byte) (clear ? 0 : 255);
            }
        }
    }

    /// Sample `i` of a row, of `depth` bits, the leftmost in the highest bits.
    private int raw(byte[] line, int i) {
        if (depth == 8) {
            return line[1 + i] & 0xFF;
        }
        if (depth == 16) {
            return (line[1 + 2 * i] & 0xFF) << 8 | line[2 + 2 * i] & 0xFF;
        }
        int bit = i * depth;
        return line[1 + (bit >> 3)] >> 8 - depth - (bit & 7) & (1 << depth) - 1;
    }
}
