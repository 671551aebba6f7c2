package io.langevin;

import io.langevin.internal.AtomicFile;
import io.langevin.internal.Png;
import io.langevin.internal.Safetensors;
import java.nio.file.Path;
import java.util.Arrays;

/// Pictures, or what has their shape: float32 [count, channels, height, width], row-major. Pictures are in [-1, 1].
///
/// @param count    images, N
/// @param channels C: 1 is gray, 3 RGB, 4 RGBA
/// @param height   H, in pixels
/// @param width    W, in pixels
/// @param values   all of them, image after image, channel after channel, row after row; not copied
public record Images(int count, int channels, int height, int width, float[] values) {

    /// @throws InvalidArgumentException when the values do not fill the shape
    public Images {
        if (count < 1 || channels < 1 || height < 1 || width < 1 || (double) count * channels * height * width != values.length) {
            throw new InvalidArgumentException(values.length + " values do not fill images of shape [" + count + ", " + channels + ", " + height + ", " + width + "]");
        }
    }

    /// Image i by itself; a copy.
    public Images image(int i) {
        int size = channels * height * width;
        checkIndex(i);
        return new Images(1, channels, height, width, Arrays.copyOfRange(values, i * size, (i + 1) * size));
    }

    /// Image i as bytes [height, width, channels]: round(255 * clamp(x/2 + 1/2, 0, 1)) in float32, half to even, NaN 0. To the bit what diffusers makes of a picture, and
    /// what [Denoiser#pictures] makes where the image lies.
    public byte[] pixels(int i) {
        checkIndex(i);
        int plane = height * width;
        int from = i * channels * plane;
        var pixels = new byte[channels * plane];
        for (int c = 0; c < channels; c++) {
            for (int at = 0; at < plane; at++) {
                float shade = Math.clamp(values[from + c * plane + at] / 2 + 0.5f, 0f, 1f);
                pixels[at * channels + c] = (byte) Math.rint(255 * shade);
            }
        }
        return pixels;
    }

    /// All images side by side in one, `columns` in a row, the first at the top left. Places without an image are -1 (black).
    public Images grid(int columns) {
        if (columns < 1) {
            throw new InvalidArgumentException("a grid of " + columns + " columns: it has 1 or more");
        }
        int across = Math.min(columns, count);
        int down = (count + across - 1) / across;
        long all = (long) across * down * channels * height * width;
        if (all > Integer.MAX_VALUE - 8) {
            throw new InvalidArgumentException("a grid of " + across + " x " + down + " images of " + width + " x " + height + " is too large for one picture");
        }
        var grid = new float[(int) all];
        Arrays.fill(grid, -1);
        int stride = across * width;
        for (int i = 0; i < count; i++) {
            int corner = i / across * height * stride + i % across * width;
            for (int c = 0; c < channels; c++) {
                for (int y = 0; y < height; y++) {
                    System.arraycopy(values, ((i * channels + c) * height + y) * width, grid, c * down * height * stride + corner + y * stride, width);
                }
            }
        }
        return new Images(1, channels, down * height, stride, grid);
    }

    /// Writes the one image here as a PNG of 8 bits: gray, RGB or RGBA. The file is there whole, or not at all.
    ///
    /// @throws InvalidArgumentException     for several images, or a number of channels that PNG has no colours for
    /// @throws java.io.UncheckedIOException when the file cannot be written
    public void writePng(Path file) {
        if (count != 1) {
            throw new InvalidArgumentException("a PNG holds one picture, these are " + count + ": write grid(columns), or image(i) for each");
        }
        if (channels != 1 && channels != 3 && channels != 4) {
            throw new InvalidArgumentException("a PNG has 1, 3 or 4 channels, these images have " + channels + ": write a .safetensors file");
        }
        byte[] pixels = pixels(0);
        AtomicFile.write(file, out -> Png.write(out, height, width, channels, pixels));
    }

    /// Writes all images as one float32 tensor `images` [N, C, H, W] in safetensors format. The file is there whole, or not at all.
    ///
    /// @throws java.io.UncheckedIOException when the file cannot be written
    public void writeSafetensors(Path file) {
        AtomicFile.write(file, out -> Safetensors.write(out, "images", values, count, channels, height, width));
    }

    /// The same shape and the same bits.
    @Override
    public boolean equals(Object other) {
        return other instanceof Images images && count == images.count && channels == images.channels && height == images.height && width == images.width
                && Arrays.equals(values, images.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "Images[" + count + ", " + channels + ", " + height + ", " + width + "]";
    }

    private void checkIndex(int i) {
        if (i < 0 || i >= count) {
            throw new InvalidArgumentException("image " + i + ": there are images 0 to " + (count - 1));
        }
    }
}
