package io.langevin;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Images to train on, in memory, `[count, channels, height, width]`, and what belongs to them. A view: nothing is copied, so arrays and memory stay as they are until
/// [Trainer#accumulate] has returned.
///
/// ```java
/// Batch.of(pixels, 128, 3, 32, 32).withLabels(labels)
/// ```
///
/// @param images         the pictures, one after the other
/// @param pixels         how they are given
/// @param count          images
/// @param channels       of an image
/// @param height         in pixels
/// @param width          in pixels
/// @param labels         of each image, -1 for the label that means none; null: all are -1
/// @param classTimesteps of each image, for networks that take a number in place of a label; else null
/// @param embeddings     of each image, one after the other, for networks that take a vector in place of a label; else null
/// @param noise          z of each image, float32, one after the other; null: made from the image's seed
/// @param timesteps      of each image; null: drawn from the image's seed
public record Batch(MemorySegment images, Pixels pixels, int count, int channels, int height, int width, int[] labels, float[] classTimesteps, MemorySegment embeddings,
                    MemorySegment noise, int[] timesteps) {

    /// How pictures are given.
    public enum Pixels {
        /// 0 to 255, which becomes byte / 127.5 - 1.
        UINT8,
        /// float32 in [-1, 1].
        FLOAT32;

        int bytes() {
            return this == UINT8 ? 1 : Float.BYTES;
        }
    }

    /// @throws InvalidArgumentException when something is not as long as `count` images ask for
    public Batch {
        if (count < 1 || channels < 1 || height < 1 || width < 1) {
            throw new InvalidArgumentException("batch: " + count + " images of " + channels + " x " + height + " x " + width + " (channels, height, width); all are 1 or more");
        }
        long size;
        try {
            size = Math.multiplyExact(Math.multiplyExact(Math.multiplyExact((long) count, channels), height), width);
            Math.multiplyExact(size, Float.BYTES);
        } catch (ArithmeticException tooMuch) {
            throw new InvalidArgumentException("batch: " + count + " images of " + channels + " x " + height + " x " + width + " are more than memory holds");
        }
        bytes("images", images, size * pixels.bytes(), count);
        entries("labels", labels == null ? count : labels.length, count);
        entries("class timesteps", classTimesteps == null ? count : classTimesteps.length, count);
        entries("timesteps", timesteps == null ? count : timesteps.length, count);
        if (embeddings != null && (embeddings.byteSize() == 0 || embeddings.byteSize() % (4L * count) != 0)) {
            throw new InvalidArgumentException("batch: embeddings are " + embeddings.byteSize() / 4 + " numbers, which do not go evenly to " + count + " images");
        }
        if (noise != null) {
            bytes("noise", noise, size * Float.BYTES, count);
        }
    }

    /// Pictures of bytes, 0 to 255, `[count, channels, height, width]`.
    public static Batch of(byte[] images, int count, int channels, int height, int width) {
        return of(MemorySegment.ofArray(images), Pixels.UINT8, count, channels, height, width);
    }

    /// Pictures of numbers in [-1, 1], `[count, channels, height, width]`.
    public static Batch of(float[] images, int count, int channels, int height, int width) {
        return of(MemorySegment.ofArray(images), Pixels.FLOAT32, count, channels, height, width);
    }

    /// Pictures that were drawn.
    public static Batch of(Images images) {
        return of(images.values(), images.count(), images.channels(), images.height(), images.width());
    }

    /// Pictures in any memory, a [HostBuffer]'s for one, `[count, channels, height, width]`.
    public static Batch of(MemorySegment images, Pixels pixels, int count, int channels, int height, int width) {
        return new Batch(images, pixels, count, channels, height, width, null, null, null, null, null);
    }

    /// The same with a label for each image; -1 is the one that means none.
    public Batch withLabels(int... labels) {
        return new Batch(images, pixels, count, channels, height, width, labels, classTimesteps, embeddings, noise, timesteps);
    }

    /// The same with a number for each image, for networks with class_embed_type "timestep".
    public Batch withClassTimesteps(float... classTimesteps) {
        return new Batch(images, pixels, count, channels, height, width, labels, classTimesteps, embeddings, noise, timesteps);
    }

    /// The same with a vector for each image, one after the other, for networks with class_embed_type "identity".
    public Batch withEmbeddings(float[] embeddings) {
        return new Batch(images, pixels, count, channels, height, width, labels, classTimesteps, MemorySegment.ofArray(embeddings), noise, timesteps);
    }

    /// The same with noise of the caller's, `[count, channels, height, width]`.
    public Batch withNoise(float[] noise) {
        return new Batch(images, pixels, count, channels, height, width, labels, classTimesteps, embeddings, MemorySegment.ofArray(noise), timesteps);
    }

    /// The same at timesteps of the caller's.
    public Batch withTimesteps(int... timesteps) {
        return new Batch(images, pixels, count, channels, height, width, labels, classTimesteps, embeddings, noise, timesteps);
    }

    /// Images `first` to `first + count - 1` of these, with what belongs to them.
    public Batch part(int first, int count) {
        if (first < 0 || count < 1 || first > this.count - count) {
            throw new InvalidArgumentException("batch: images " + first + " to " + ((long) first + count - 1) + " of " + this.count);
        }
        return new Batch(slice(images, first, count), pixels, count, channels, height, width, labels == null ? null : Arrays.copyOfRange(labels, first, first + count),
                classTimesteps == null ? null : Arrays.copyOfRange(classTimesteps, first, first + count), slice(embeddings, first, count), slice(noise, first, count),
                timesteps == null ? null : Arrays.copyOfRange(timesteps, first, first + count));
    }

    /// These images in batches of `size`; the last holds what is left.
    public List<Batch> batches(int size) {
        if (size < 1) {
            throw new InvalidArgumentException("batches of " + size + " images; they have 1 or more");
        }
        var batches = new ArrayList<Batch>();
        for (int first = 0; first < count; first += Math.min(size, count - first)) {
            batches.add(part(first, Math.min(size, count - first)));
        }
        return batches;
    }

    /// How many numbers an image's embedding has; 0: it has none.
    int embeddingSize() {
        return embeddings == null ? 0 : (int) (embeddings.byteSize() / 4 / count);
    }

    private MemorySegment slice(MemorySegment all, int first, int count) {
        return all == null ? null : all.asSlice(all.byteSize() / this.count * first, all.byteSize() / this.count * count);
    }

    private static void bytes(String name, MemorySegment given, long wanted, int count) {
        if (given.byteSize() != wanted) {
            throw new InvalidArgumentException("batch: " + name + " are " + given.byteSize() + " bytes, " + count + " images of this size have " + wanted);
        }
    }

    private static void entries(String name, int given, int count) {
        if (given != count) {
            throw new InvalidArgumentException("batch: " + given + " " + name + " for " + count + " images; there is one for each");
        }
    }
}
