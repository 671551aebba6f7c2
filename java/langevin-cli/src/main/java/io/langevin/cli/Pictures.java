package io.langevin.cli;

import io.langevin.BadModelException;
import io.langevin.Images;
import io.langevin.internal.Safetensors;
import io.langevin.internal.Unreadable;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/// Pictures to begin with: a PNG or JPEG, a folder of them in the order of their names, or a .safetensors with one float32 tensor [N, C, H, W] in [-1, 1]. Shades are
/// taken as they stand in the file, 2 v / largest - 1, without any management of colours, as diffusers does.
///
/// @param channels that the model's images have
/// @param size     that they have; [Size#OWN]: any, but all the same
record Pictures(int channels, Size size) {
    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");

    /// @throws BadModelException naming the file and what is wrong with it
    Images read(Path from) {
        if (!Files.exists(from)) {
            throw new BadModelException(from + ": there is no such file or folder");
        }
        if (from.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
            return tensor(from);
        }
        if (channels != 1 && channels != 3 && channels != 4) {
            throw new BadModelException(from + ": a picture has 1, 3 or 4 channels, this model's images have " + channels + ": write x.safetensors");
        }
        List<Path> files = Files.isDirectory(from) ? picturesIn(from) : List.of(from);
        var values = new ArrayList<float[]>();
        Size same = size;
        for (Path file : files) {
            Decoded decoded = decode(file, same, size == Size.OWN ? files.getFirst() + " " : "this run's images ");
            same = decoded.size();
            values.add(decoded.values());
        }
        int each = channels * same.height() * same.width();
        if ((long) each * files.size() > Integer.MAX_VALUE - 8) {
            throw new BadModelException(from + ": " + files.size() + " pictures of " + each + " numbers are more than a Java array holds; begin with fewer");
        }
        var all = new float[each * files.size()];
        for (int i = 0; i < values.size(); i++) {
            System.arraycopy(values.get(i), 0, all, i * each, each);
        }
        return new Images(files.size(), channels, same.height(), same.width(), all);
    }

    private Images tensor(Path file) {
        var tensors = Safetensors.read(file);
        String wish = "; wanted one float32 tensor [images, " + channels + ", " + (size == Size.OWN ? "height, width" : size.height() + ", " + size.width()) + "]";
        if (tensors.size() != 1) {
            throw new BadModelException(file + " holds " + tensors.size() + " tensors" + wish);
        }
        Safetensors.Tensor tensor = tensors.values().iterator().next();
        int[] shape = tensor.shape();
        boolean fits = tensor.floats() != null && shape.length == 4 && shape[1] == channels && tensor.floats().length > 0
                && (size == Size.OWN || shape[2] == size.height() && shape[3] == size.width());
        if (!fits) {
            throw new BadModelException(file + " holds " + (tensor.floats() == null ? "int64 " : "float32 ") + Arrays.toString(shape) + wish);
        }
        return new Images(shape[0], shape[1], shape[2], shape[3], tensor.floats());
    }

    private static List<Path> picturesIn(Path folder) {
        try (var entries = Files.list(folder)) {
            List<Path> files = entries.filter(file -> ENDINGS.stream().anyMatch(file.toString().toLowerCase(Locale.ROOT)::endsWith)).sorted().toList();
            if (files.isEmpty()) {
                throw new BadModelException(folder + " holds no .png, .jpg or .jpeg");
            }
            return files;
        } catch (IOException e) {
            throw new BadModelException(folder + ": " + Unreadable.why(e));
        }
    }

    private record Decoded(Size size, float[] values) {
    }

    /// @param wanted its size; [Size#OWN]: any
    /// @param other  what has that size
    private Decoded decode(Path file, Size wanted, String other) {
        try (var stream = new FileImageInputStream(file.toFile())) {
            ImageReader reader = reader(file, stream);
            try {
                reader.setInput(stream);
                var found = new Size(reader.getHeight(0), reader.getWidth(0));      // from its header: a small file may claim any size
                if (wanted != Size.OWN && !found.equals(wanted)) {
                    throw new BadModelException(file + " has " + text(found) + " pixels (height x width), " + other + text(wanted) + ": make them one size, or say another --size");
                }
                return new Decoded(found, shades(file, reader.read(0), found));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException broken) {
            // Java's readers answer broken files with exceptions of any kind.
            throw broken instanceof BadModelException known ? known : new BadModelException(file + " cannot be read: " + broken.getMessage());
        }
    }

    private static ImageReader reader(Path file, ImageInputStream stream) throws IOException {
        var readers = ImageIO.getImageReaders(stream);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getFormatName().equalsIgnoreCase("png") || reader.getFormatName().equalsIgnoreCase("jpeg")) {
                return reader;
            }
        }
        throw new BadModelException(file + " is no PNG or JPEG; write x.png, a folder of them, or x.safetensors");
    }

    /// [channels, height, width] in [-1, 1]. Gray is made colours; colours are made gray where they are gray, and lose their opacity where it is full.
    private float[] shades(Path file, BufferedImage image, Size size) {
        int plane = size.height() * size.width();
        var shades = new float[Math.multiplyExact(channels, plane)];
        var pixel = new Reader(image.getColorModel(), image.getRaster());
        for (int at = 0; at < plane; at++) {
            float[] rgba = pixel.at(at % size.width(), at / size.width());
            if (channels == 1 && (rgba[0] != rgba[1] || rgba[0] != rgba[2])) {
                throw new BadModelException(file + " is in colours, this model's images are gray: convert it first");
            }
            if (channels != 4 && rgba[3] != 1) {
                throw new BadModelException(file + " has transparent pixels, this model's images have none: flatten it first");
            }
            for (int c = 0; c < channels; c++) {
                shades[c * plane + at] = 2 * rgba[c] - 1;
            }
        }
        return shades;
    }

    /// Red, green, blue and opacity of a pixel, 0 to 1. The array is reused.
    private static final class Reader {
        private final ColorModel colours;
        private final Raster raster;
        private final float[] rgba = {0, 0, 0, 1};

        Reader(ColorModel colours, Raster raster) {
            this.colours = colours;
            this.raster = raster;
        }

        float[] at(int x, int y) {
            if (colours instanceof IndexColorModel palette) {
                int index = raster.getSample(x, y, 0);
                set(palette.getRed(index) / 255f, palette.getGreen(index) / 255f, palette.getBlue(index) / 255f, palette.getAlpha(index) / 255f);
                return rgba;
            }
            int bands = raster.getNumBands();
            float first = sample(x, y, 0);
            if (bands < 3) {
                set(first, first, first, bands == 2 ? sample(x, y, 1) : 1);
            } else {
                set(first, sample(x, y, 1), sample(x, y, 2), bands > 3 ? sample(x, y, 3) : 1);
            }
            return rgba;
        }

        private void set(float red, float green, float blue, float opacity) {
            rgba[0] = red;
            rgba[1] = green;
            rgba[2] = blue;
            rgba[3] = opacity;
        }

        private float sample(int x, int y, int band) {
            return raster.getSample(x, y, band) / (float) ((1 << colours.getComponentSize(band)) - 1);
        }
    }

    private static String text(Size size) {
        return size.height() + "x" + size.width();
    }
}
