package io.langevin.data;

import io.langevin.Batch;
import io.langevin.data.pictures.Fit;
import io.langevin.data.pictures.Picture;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Pictures that lie one after the other in files, as numbers: MNIST's, CIFAR's, safetensors'. Each `[channels, height, width]` of `stored`; where the model asks for another shape they
/// are fitted whenever they are loaded.
record ArraySet(String what, List<Run> runs, Stored stored, int channels, int height, int width, int background, int[] labels, List<String> labelNames, List<String> notes)
        implements Dataset {
    /// Pictures of a file: the first at byte `first`, the next `stride` bytes on.
    record Run(MemorySegment memory, long first, long stride, int count) {
    }

    /// How a picture lies in its file.
    record Stored(Batch.Pixels pixels, int channels, int height, int width) {
        long bytes() {
            return (long) channels * height * width * (pixels == Batch.Pixels.UINT8 ? 1 : Float.BYTES);
        }

        /// Null: it can become a picture of that shape; else why it cannot.
        String refuses(int channels, int height, int width) {
            boolean same = this.height == height && this.width == width;
            if (channels != this.channels && (pixels != Batch.Pixels.UINT8 || this.channels > 4 || channels > 4 || this.channels == 2 || channels % 2 == 0)) {
                return "the model asks for " + channels + " channels" + (pixels == Batch.Pixels.UINT8 ? "" : ", and float32 is taken as it is");
            }
            return same || pixels == Batch.Pixels.UINT8 ? null : "the model asks for " + height + " x " + width + ", and float32 is taken as it is: resize it, or store uint8";
        }
    }

    @Override
    public int size() {
        return runs.stream().mapToInt(Run::count).sum();
    }

    @Override
    public Batch.Pixels pixels() {
        return stored.pixels;
    }

    @Override
    public int label(int index) {
        return labels == null ? -1 : labels[index];
    }

    @Override
    public void load(int index, MemorySegment out) {
        int left = index;
        int at = 0;
        while (left >= runs.get(at).count) {
            left -= runs.get(at++).count;
        }
        Run run = runs.get(at);
        MemorySegment picture = run.memory.asSlice(run.first + left * run.stride, stored.bytes());
        if (channels == stored.channels && height == stored.height && width == stored.width) {
            out.copyFrom(picture);
        } else if (channels == stored.channels) {
            int plane = stored.height * stored.width;          // of channels that may mean anything, so each by itself
            for (int c = 0; c < channels; c++) {
                byte[] values = picture.asSlice((long) c * plane, plane).toArray(ValueLayout.JAVA_BYTE);
                byte[] fitted = Fit.fit(new Picture(stored.width, stored.height, 1, values), 1, height, width, 0);
                MemorySegment.copy(fitted, 0, out, ValueLayout.JAVA_BYTE, (long) c * fitted.length, fitted.length);
            }
        } else {
            var interleaved = new byte[(int) stored.bytes()];
            int plane = stored.height * stored.width;
            for (int c = 0; c < stored.channels; c++) {
                for (int p = 0; p < plane; p++) {
                    interleaved[p * stored.channels + c] = picture.get(ValueLayout.JAVA_BYTE, (long) c * plane + p);
                }
            }
            out.copyFrom(MemorySegment.ofArray(Fit.fit(new Picture(stored.width, stored.height, stored.channels, interleaved), channels, height, width, background)));
        }
    }

    @Override
    public String toString() {
        String own = Datasets.shape(stored.channels, stored.height, stored.width);
        String asked = Datasets.shape(channels, height, width);
        return what + ": " + size() + " pictures" + Datasets.classes(labelNames) + ", " + own + (stored.pixels == Batch.Pixels.UINT8 ? "" : " float32") + (own.equals(asked) ? "" : " made " + asked);
    }
}
