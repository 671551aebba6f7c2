package io.langevin.data.pictures;

/// A decoded picture of 8 bits: `[height, width, samples]`, row-major. Samples are 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA; alpha is not multiplied into the colours.
public record Picture(int width, int height, int samples, byte[] values) {
    /// Pixels of the largest picture that is read: a header can claim more than memory holds.
    public static final long LARGEST = 1L << 26;

    /// Refuses a size that cannot be, before room is made for it.
    static void check(long width, long height) throws BrokenPicture {
        if (width < 1 || height < 1 || width * height > LARGEST || width > 1 << 20 || height > 1 << 20) {
            throw new BrokenPicture("it says that it has " + width + " x " + height + " pixels; pictures of 1 to " + LARGEST + " pixels are read");
        }
    }

    int sample(int x, int y, int s) {
        return values[(y * width + x) * samples + s] & 0xFF;
    }

    /// The picture as its EXIF orientation wants it seen: 1 as it is, 2 mirrored, 3 turned by 180 degrees, 4 upside down mirrored, 5 transposed, 6 turned clockwise,
    /// 7 transposed over the other diagonal, 8 turned counterclockwise.
    Picture turned(int orientation) {
        if (orientation < 2 || orientation > 8) {
            return this;
        }
        boolean swap = orientation >= 5;
        int w = swap ? height : width;
        int h = swap ? width : height;
        var turned = new byte[values.length];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int fromX = switch (orientation) {
                    case 2, 3 -> width - 1 - x;
                    case 4 -> x;
                    case 5, 6 -> y;
                    default -> width - 1 - y;
                };
                int fromY = switch (orientation) {
                    case 2 -> y;
                    case 3, 4 -> height - 1 - y;
                    case 5, 8 -> x;
                    default -> height - 1 - x;
                };
                System.arraycopy(values, (fromY * width + fromX) * samples, turned, (y * w + x) * samples, samples);
            }
        }
        return new Picture(w, h, samples, turned);
    }
}
