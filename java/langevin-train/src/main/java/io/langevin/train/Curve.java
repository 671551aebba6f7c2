package io.langevin.train;

import io.langevin.TrainMetrics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that grows with every update and is cut back to where a checkpoint left it: the bytes of a run that was killed and went on are those of one that was not.
final class Curve implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

    /// @param length bytes that are kept
    Curve(Path file, long length) {
        this.file = file;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(length);
            channel.position(channel.size());
        } catch (IOException e) {
            throw Durable.failed("open", file, e);
        }
    }

    /// `step,loss,grad_norm,learning_rate`
    static byte[] header() {
        return "step,loss,grad_norm,learning_rate\n".getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] line(TrainMetrics metrics) {
        return (metrics.update() + "," + metrics.loss() + "," + metrics.gradNorm() + "," + metrics.learningRate() + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /// The losses of a file, in their order; NaN of lines that somebody else wrote.
    static double[] losses(Path file) {
        try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.skip(1).mapToDouble(Curve::loss).toArray();
        } catch (IOException e) {
            throw Durable.failed("read", file, e);
        }
    }

    private static double loss(String line) {
        String[] fields = line.split(",");
        try {
            return fields.length == 4 ? Double.parseDouble(fields[1]) : Double.NaN;
        } catch (NumberFormatException notOurs) {
            return Double.NaN;
        }
    }

    void append(byte[] bytes) {
        if (buffer.remaining() < bytes.length) {
            flush();
        }
        if (bytes.length > buffer.capacity()) {
            throw new IllegalArgumentException(bytes.length + " bytes at once");
        }
        buffer.put(bytes);
    }

    /// To where others see it.
    void flush() {
        try {
            Durable.all(channel, buffer.flip());
            buffer.clear();
        } catch (IOException e) {
            throw Durable.failed("write", file, e);
        }
    }

    /// To the disk; its length then.
    long force() {
        flush();
        try {
            channel.force(true);
            return channel.size();
        } catch (IOException e) {
            throw Durable.failed("write", file, e);
        }
    }

    @Override
    public void close() {
        try (channel) {
            flush();
        } catch (IOException e) {
            throw Durable.failed("close", file, e);
        }
    }
}
