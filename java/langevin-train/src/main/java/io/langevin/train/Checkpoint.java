package io.langevin.train;

import io.langevin.BadModelException;
import io.langevin.Parameter;
import io.langevin.TrainProgress;
import io.langevin.TrainState;
import io.langevin.Trainer;
import io.langevin.internal.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// All that a run is at one moment, in one safetensors file:
///
///     tensors      weights, first_moments, second_moments, ema_0 ...: float32 [n], the trainer's arrays as they are
///     metadata     what the fields here say, the settings of the run, and each parameter's name, shape and place in the arrays
///     crc32c       in the metadata, of the whole file, its own eight digits read as zeros
///
/// @param progress   updates, those that moved the weights, and images, from which the seeds of the next are counted
/// @param position   pictures of the data that were used
/// @param curveBytes of loss.csv, up to this update
/// @param eventBytes of the TensorBoard file, up to this update
/// @param pictures   how many the data had
/// @param labels     what its labels are called
record Checkpoint(TrainProgress progress, long position, long curveBytes, long eventBytes, long pictures, List<String> labels) {
    static final String FORMAT = "langevin-checkpoint-1";
    private static final byte[] SUM = "\"crc32c\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int SUM_DIGITS = 8;
    private static final int CHUNK = 1 << 22;
    private static final int LONGEST_HEADER = 1 << 26;

    /// The arrays that a trainer with so many averages consists of.
    private static List<TrainState> arrays(int emas) {
        var arrays = new ArrayList<>(List.of(TrainState.WEIGHTS, TrainState.FIRST_MOMENTS, TrainState.SECOND_MOMENTS));
        for (int i = 0; i < emas; i++) {
            arrays.add(TrainState.values()[TrainState.EMA_0.ordinal() + i]);
        }
        return arrays;
    }

    private static String name(TrainState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /// Writes it, whole or not at all, with the arrays of a trainer that is between two updates.
    void write(Path file, Trainer trainer, int emas, String settings) {
        byte[] header = header(trainer, emas, settings);
        int sumAt = indexOf(header, SUM) + SUM.length;
        var sum = new CRC32C();
        Durable.write(file, progress.updates(), channel -> {
            ByteBuffer begin = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
            sum.update(begin.duplicate());
            Durable.all(channel, begin);
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            for (TrainState state : arrays(emas)) {
                for (long at = 0; at < trainer.size(); at += CHUNK / 4) {
                    chunk.clear().limit((int) (4 * Math.min(CHUNK / 4, trainer.size() - at)));
                    trainer.read(state, at, MemorySegment.ofBuffer(chunk));
                    sum.update(chunk.duplicate());
                    Durable.all(channel, chunk);
                }
                if (state == TrainState.FIRST_MOMENTS) {
                    Fault.at(Fault.WRITE, progress.updates());
                }
            }
            ByteBuffer digits = ByteBuffer.wrap(digits(sum).getBytes(StandardCharsets.US_ASCII));
            channel.write(digits, 8 + sumAt);           // the header comes before what it sums up
        });
    }

    private static String digits(CRC32C sum) {
        return String.format("%08x", sum.getValue());
    }

    private byte[] header(Trainer trainer, int emas, String settings) {
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("format", FORMAT);
        metadata.put("crc32c", "0".repeat(SUM_DIGITS));
        metadata.put("bytes", Long.toString(4 * trainer.size() * arrays(emas).size()));
        metadata.put("updates", Long.toString(progress.updates()));
        metadata.put("moves", Long.toString(progress.moves()));
        metadata.put("images", Long.toString(progress.images()));
        metadata.put("position", Long.toString(position));
        metadata.put("curve_bytes", Long.toString(curveBytes));
        metadata.put("event_bytes", Long.toString(eventBytes));
        metadata.put("pictures", Long.toString(pictures));
        metadata.put("labels", labels.stream().map(Json::quote).collect(Collectors.joining(",", "[", "]")));
        metadata.put("settings", settings);
        metadata.put("parameters", trainer.parameters().stream().map(Checkpoint::place).collect(Collectors.joining(",", "[", "]")));
        var text = new StringBuilder("{\"__metadata__\":");
        text.append(metadata.entrySet().stream().map(entry -> Json.quote(entry.getKey()) + ":" + Json.quote(entry.getValue())).collect(Collectors.joining(",", "{", "}")));
        long at = 0;
        for (TrainState state : arrays(emas)) {
            text.append(",\"").append(name(state)).append("\":{\"dtype\":\"F32\",\"shape\":[").append(trainer.size()).append("],\"data_offsets\":[").append(at).append(',')
                    .append(at + 4 * trainer.size()).append("]}");
            at += 4 * trainer.size();
        }
        byte[] bytes = text.append('}').toString().getBytes(StandardCharsets.UTF_8);
        int padded = (bytes.length + 7) / 8 * 8;
        byte[] header = Arrays.copyOf(bytes, padded);
        Arrays.fill(header, bytes.length, padded, (byte) ' ');
        return header;
    }

    private static String place(Parameter parameter) {
        return "{\"name\":" + Json.quote(parameter.name()) + ",\"shape\":" + parameter.shape() + ",\"offset\":" + parameter.offset() + "}";
    }

    /// Reads what it says of itself, and all of it once to see that it is whole.
    ///
    /// @throws BadModelException for a file that was cut off or damaged
    static Checkpoint verified(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Opened opened = open(channel);
            String written = opened.metadata.text("crc32c");
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            for (long left = opened.bytes; left > 0; left -= chunk.limit()) {
                chunk.clear().limit((int) Math.min(CHUNK, left));
                fill(channel, chunk);
                opened.sum.update(chunk.duplicate());
            }
            if (!digits(opened.sum).equals(written)) {
                throw new BadModelException("its checksum is " + digits(opened.sum) + ", not " + written + ": it is damaged");
            }
            return of(opened.metadata);
        } catch (IOException e) {
            throw new BadModelException("it cannot be read: " + e.getMessage());
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new BadModelException("its header is damaged");
        }
    }

    /// Copies the arrays of a whole one into a trainer, which then goes on from there.
    void load(Path file, Trainer trainer, int emas) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Opened opened = open(channel);
            if (opened.bytes != 4 * trainer.size() * arrays(emas).size()) {
                throw new BadModelException(file + " holds " + opened.bytes + " bytes of numbers, this network and its averages have " + 4 * trainer.size() * arrays(emas).size()
                        + ": was config.json or run.json changed?");
            }
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            for (TrainState state : arrays(emas)) {
                for (long at = 0; at < trainer.size(); at += CHUNK / 4) {
                    chunk.clear().limit((int) (4 * Math.min(CHUNK / 4, trainer.size() - at)));
                    fill(channel, chunk);
                    trainer.write(state, at, MemorySegment.ofBuffer(chunk));
                }
            }
            trainer.resume(progress);
        } catch (IOException e) {
            throw Durable.failed("read", file, e);
        }
    }

    /// @param bytes of the numbers
    /// @param sum   of what is before them
    private record Opened(Json.Obj metadata, long bytes, CRC32C sum) {
    }

    /// Reads up to the numbers.
    private static Opened open(FileChannel channel) throws IOException {
        long length = channel.size();
        ByteBuffer first = full(channel, Math.min(8, length));
        long headerLength = first.limit() < 8 ? -1 : first.getLong(0);
        if (headerLength < 0 || headerLength > Math.min(LONGEST_HEADER, length - 8)) {
            throw new BadModelException("it is cut off or damaged: its " + length + " bytes do not hold its header");
        }
        ByteBuffer header = full(channel, headerLength);
        Json.Obj metadata = Json.parseObject("its header", StandardCharsets.UTF_8.decode(header.duplicate()).toString()).object("__metadata__");
        if (!metadata.text("format", "").equals(FORMAT)) {
            throw new BadModelException("it is no checkpoint of this version of Langevin");
        }
        long bytes = number(metadata, "bytes");
        if (length != 8 + headerLength + bytes) {
            throw new BadModelException("it has " + length + " bytes, not " + (8 + headerLength + bytes) + ": it is cut off");
        }
        int sumAt = indexOf(header.array(), SUM) + SUM.length;
        Arrays.fill(header.array(), sumAt, sumAt + SUM_DIGITS, (byte) '0');
        var sum = new CRC32C();
        sum.update(first);
        sum.update(header);
        return new Opened(metadata, bytes, sum);
    }

    private static Checkpoint of(Json.Obj metadata) {
        return new Checkpoint(new TrainProgress(number(metadata, "updates"), number(metadata, "moves"), number(metadata, "images")), number(metadata, "position"),
                number(metadata, "curve_bytes"), number(metadata, "event_bytes"), number(metadata, "pictures"),
                new Json.Arr(Json.parse("labels", metadata.text("labels")).array()).texts("labels"));
    }

    private static long number(Json.Obj metadata, String key) {
        return Long.parseLong(metadata.text(key));
    }

    private static ByteBuffer full(FileChannel channel, long bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, buffer);
        return buffer;
    }

    /// Reads until it is full, and rewinds it.
    private static void fill(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new BadModelException("it is cut off after " + channel.position() + " bytes");
            }
        }
        buffer.flip();
    }

    private static int indexOf(byte[] text, byte[] word) {
        for (int at = 0; at + word.length <= text.length; at++) {
            if (Arrays.equals(text, at, at + word.length, word, 0, word.length)) {
                return at;
            }
        }
        throw new BadModelException("its header is damaged");
    }
}
