package io.langevin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import io.langevin.data.DataOptions.Part;
import io.langevin.data.pictures.Made;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
    @TempDir
    Path folder;

    private Path write(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    private static byte[] pixels(Dataset data, int index) {
        return data.batch(index).images().toArray(ValueLayout.JAVA_BYTE);
    }

    private static String refusal(Path path, int channels, int height, int width) {
        return assertThrows(InvalidArgumentException.class, () -> Datasets.open(path, channels, height, width)).getMessage();
    }

    private static void assertSays(String part, String message) {
        assertTrue(message.contains(part), message);
        assertTrue(!message.contains("Exception"), message);
    }

    // ---- folders of pictures

    private void animals() throws IOException {
        write("dog/b.png", Made.png(8, 8, 0xFF0000));
        write("dog/deeper/a.png", Made.png(16, 8, 0x00FF00));
        write("cat/z.PNG", Made.png(8, 8, 0x0000FF));
        write("Zebra/1.png", Made.png(8, 8, 0xFFFFFF));
    }

    @Test
    void labels_of_pictures_are_their_first_folders_in_the_order_of_their_characters() throws IOException {
        animals();
        write("notes.txt", new byte[3]);
        write("cat/old.webp", new byte[3]);
        write("cat/._z.png", new byte[3]);
        write(".thumbnails/x.png", new byte[3]);
        Dataset data = Datasets.open(folder, 3, 8, 8);
        assertEquals(List.of("Zebra", "cat", "dog"), data.labelNames());
        assertEquals(4, data.size());
        assertEquals(List.of("Zebra/1.png", "cat/z.PNG", "dog/b.png", "dog/deeper/a.png"), List.of(data.name(0), data.name(1), data.name(2), data.name(3)));
        assertEquals("[0, 1, 2, 2]", Arrays.toString(data.batch(0, 1, 2, 3).labels()));
        assertEquals(0, pixels(data, 3)[0]);
        assertEquals(-1, pixels(data, 3)[64]);
        assertEquals(List.of("1 file (notes.txt) is no picture by its name, and is passed over", "1 file (cat/old.webp) is of a kind that is not read, and is passed over; convert it to PNG"), data.notes());
        assertEquals(folder + ": 4 pictures in files, 3 classes (Zebra, cat, dog), made 3 x 8 x 8", data.toString());
    }

    @Test
    void pictures_in_no_folder_have_no_labels() throws IOException {
        write("a.png", Made.png(8, 8, 1));
        Dataset data = Datasets.open(folder, 1, 4, 4);
        assertEquals(List.of(), data.labelNames());
        assertEquals(null, data.batch(0).labels());
        write("sub/b.png", Made.png(8, 8, 1));
        Dataset mixed = Datasets.open(folder, 1, 4, 4);
        assertEquals(List.of("sub"), mixed.labelNames());
        assertEquals("[-1, 0]", Arrays.toString(mixed.batch(0, 1).labels()));
        assertSays("1 picture is in no sub-folder and has no label", mixed.notes().getFirst());
    }

    @Test
    void folders_that_look_like_parts_of_a_data_set_are_remarked_upon() throws IOException {
        write("train/a.png", Made.png(8, 8, 1));
        write("test/b.png", Made.png(8, 8, 1));
        assertSays("the sub-folders test, train are taken for classes", Datasets.open(folder, 1, 4, 4).notes().getFirst());
        animals();
        assertEquals(List.of(), Datasets.open(folder, 1, 4, 4).notes());
    }

    @Test
    void transparent_pictures_stand_on_the_colour_that_was_chosen_or_keep_their_alpha() throws IOException {
        write("a.png", Made.png(2, 2, 4, new byte[16]));
        assertArrayEquals(new byte[] {-1, -1, -1}, pixels(Datasets.open(folder, 3, 1, 1), 0));
        assertArrayEquals(new byte[] {0x12, 0x34, 0x56}, pixels(Datasets.open(folder, 3, 1, 1, DataOptions.defaults().withBackground(DataOptions.colour("#123456"))), 0));
        assertArrayEquals(new byte[4], pixels(Datasets.open(folder, 4, 1, 1), 0));
    }

    @Test
    void a_broken_picture_is_named_by_its_file() throws IOException {
        animals();
        Path broken = write("cat/broken.jpg", "no jpeg".getBytes(StandardCharsets.US_ASCII));
        for (long cache : new long[] {0, 1 << 20}) {
            Dataset data = Datasets.open(folder, 3, 8, 8, DataOptions.defaults().withCache(cache));
            assertEquals(List.of(broken + ": it is no picture: it begins with neither PNG's, JPEG's, GIF's nor BMP's signature"), List.copyOf(data.broken().values()));
            try (Loader loader = data.shuffled(3).withSkipping(true).batches(20)) {
                loader.next();
                assertEquals(List.copyOf(data.broken().values()), loader.skipped());
            }
        }
        Dataset data = Datasets.open(folder, 3, 8, 8);
        Files.delete(folder.resolve("dog/b.png"));
        assertSays("dog/b.png: the file is gone", data.broken().get(data.broken().lastKey()));
    }

    @Test
    void a_folder_that_links_to_itself_ends() throws IOException {
        animals();
        Files.createSymbolicLink(folder.resolve("cat/loop"), folder);
        assertEquals(4, Datasets.open(folder, 3, 8, 8).size());
    }

    @Test
    void pictures_have_at_most_four_channels_and_no_test_part() throws IOException {
        animals();
        assertSays("1 to 4 channels (gray, gray and alpha, RGB, RGBA); the model asks for 5", refusal(folder, 5, 8, 8));
        assertSays("has no part to judge by",
                assertThrows(InvalidArgumentException.class, () -> Datasets.open(folder, 3, 8, 8, DataOptions.defaults().withPart(Part.TEST))).getMessage());
    }

    // ---- IDX

    private static byte[] idx(byte[] values, int... shape) {
        ByteBuffer all = ByteBuffer.allocate(4 + 4 * shape.length + values.length).put((byte) 0).put((byte) 0).put((byte) 8).put((byte) shape.length);
        Arrays.stream(shape).forEach(all::putInt);
        return all.put(values).array();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var packed = new GZIPOutputStream(out)) {
            packed.write(content);
        }
        return out.toByteArray();
    }

    private void digits() throws IOException {
        write("train-images-idx3-ubyte.gz", gzip(idx(Made.noise(5 * 28 * 28, 1), 5, 28, 28)));
        write("train-labels-idx1-ubyte.gz", gzip(idx(new byte[] {3, 0, 9, 3, 1}, 5)));
        write("t10k-images-idx3-ubyte", idx(Made.noise(2 * 28 * 28, 2), 2, 28, 28));
        write("t10k-labels-idx1-ubyte", idx(new byte[] {7, 2}, 2));
    }

    @Test
    void idx_files_are_read_packed_or_not_each_part_by_itself() throws IOException {
        digits();
        Dataset train = Datasets.open(folder, 1, 28, 28);
        Dataset test = Datasets.open(folder, 1, 28, 28, DataOptions.defaults().withPart(Part.TEST));
        assertEquals("[3, 0, 9, 3, 1]", Arrays.toString(train.batch(0, 1, 2, 3, 4).labels()));
        assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), train.labelNames());
        assertArrayEquals(Arrays.copyOfRange(Made.noise(5 * 28 * 28, 1), 2 * 784, 3 * 784), pixels(train, 2));
        assertEquals("[7, 2]", Arrays.toString(test.batch(0, 1).labels()));
        assertArrayEquals(Arrays.copyOfRange(Made.noise(2 * 28 * 28, 2), 784, 2 * 784), pixels(test, 1));
        assertEquals(2, Datasets.open(folder.resolve("t10k-images-idx3-ubyte"), 1, 28, 28).size());
        write("labels.txt", "null eins zwei drei vier fuenf sechs sieben acht neun".replace(' ', '\n').getBytes(StandardCharsets.UTF_8));
        assertEquals("drei", Datasets.open(folder, 1, 28, 28).labelNames().get(3));
        write("labels.txt", "a\nb\n".getBytes(StandardCharsets.UTF_8));
        assertSays("labels.txt has 2 names, there are labels up to 9", refusal(folder, 1, 28, 28));
    }

    @Test
    void folders_of_mnist_and_cifar_have_parts_others_do_not() throws IOException {
        assertEquals(false, Datasets.hasParts(folder));
        digits();
        assertEquals(true, Datasets.hasParts(folder));
        assertEquals(false, Datasets.hasParts(folder.resolve("t10k-images-idx3-ubyte")));
        Files.delete(folder.resolve("train-images-idx3-ubyte.gz"));
        assertEquals(false, Datasets.hasParts(folder), "one file is all that there is");
        Path cifar = write("cifar/data_batch_1.bin", records(1, 1)).getParent();
        assertEquals(false, Datasets.hasParts(cifar));
        write("cifar/test_batch.bin", records(1, 1));
        assertEquals(true, Datasets.hasParts(cifar));
        write("cifar/other-images-idx3-ubyte", idx(new byte[4], 1, 2, 2));
        assertEquals(false, Datasets.hasParts(cifar), "IDX files come before CIFAR's");
    }

    @Test
    void some_pictures_are_a_data_set_and_labels_may_be_those_of_another_list() throws IOException {
        animals();
        Dataset data = Datasets.open(folder, 1, 4, 4);
        Dataset some = data.subset(3, 0);
        assertEquals("[2, 0]", Arrays.toString(some.batch(0, 1).labels()));
        assertArrayEquals(pixels(data, 3), pixels(some, 0));
        assertEquals("dog/deeper/a.png", some.name(0));
        assertEquals("2 of " + data, some.toString());
        assertEquals("1", some.subset(1).toString().substring(0, 1));
        Dataset named = some.withLabelNames(List.of("dog", "ox", "Zebra", "cat"));
        assertEquals("[0, 2]", Arrays.toString(named.batch(0, 1).labels()));
        assertEquals(List.of("dog", "ox", "Zebra", "cat"), named.labelNames());
        assertEquals(List.of("Zebra", "cat", "dog"), some.labelNames());
        assertSays("has classes (Zebra) that are not among cat, dog", assertThrows(InvalidArgumentException.class, () -> data.withLabelNames(List.of("cat", "dog"))).getMessage());
        assertSays("none of the 4 pictures", assertThrows(InvalidArgumentException.class, data::subset).getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> data.subset(4));
    }

    @Test
    void gray_pictures_become_the_size_and_the_channels_of_the_model() throws IOException {
        digits();
        byte[] fitted = pixels(Datasets.open(folder, 3, 32, 32), 0);
        assertArrayEquals(Arrays.copyOf(fitted, 1024), Arrays.copyOfRange(fitted, 2048, 3072));
        assertArrayEquals(pixels(Datasets.open(folder, 1, 32, 32), 0), Arrays.copyOf(fitted, 1024));
        assertSays("5 images of 1 x 28 x 28 (channels, height, width); the model asks for 4 channels", refusal(folder, 4, 28, 28));
    }

    @Test
    void idx_files_without_labels_say_so() throws IOException {
        write("train-images-idx3-ubyte", idx(new byte[4], 1, 2, 2));
        Dataset data = Datasets.open(folder, 1, 2, 2);
        assertEquals(List.of(), data.labelNames());
        assertSays("there is no train-labels-idx1-ubyte beside", data.notes().getFirst());
    }

    @Test
    void broken_idx_files_say_what_is_wrong() throws IOException {
        Path images = write("train-images-idx3-ubyte", idx(new byte[7], 2, 2, 2));
        assertSays("has 23 bytes, its shape [2, 2, 2] wants 24", refusal(folder, 1, 2, 2));
        write("train-images-idx3-ubyte", new byte[] {1, 2, 3, 4, 5});
        assertSays("no IDX file: it begins with 0x01020304", refusal(folder, 1, 2, 2));
        write("train-images-idx3-ubyte", new byte[0]);
        assertSays("fewer than 4 bytes", refusal(folder, 1, 2, 2));
        write("train-images-idx3-ubyte", idx(new byte[0], -1, 2, 2));
        assertSays("impossible shape [-1]", refusal(folder, 1, 2, 2));
        byte[] doubles = idx(new byte[8], 2, 2, 2);
        doubles[2] = 0x0E;
        write("train-images-idx3-ubyte", doubles);
        assertSays("IDX type 14; 8 (uint8) is read", refusal(folder, 1, 2, 2));
        write("train-images-idx3-ubyte", idx(new byte[8], 2, 2, 2));
        write("train-labels-idx1-ubyte", idx(new byte[3], 3));
        assertSays("has the shape [3], but " + images + " has 2 pictures", refusal(folder, 1, 2, 2));
        Files.delete(images);
        byte[] packed = gzip(idx(Made.noise(800, 1), 2, 20, 20));
        write("train-images-idx3-ubyte.gz", Arrays.copyOf(packed, packed.length / 2));
        assertSays("damaged or cut short", refusal(folder, 1, 2, 2));
        write("emnist-train-images-idx3-ubyte", idx(new byte[8], 2, 2, 2));
        assertSays("has 2 IDX files for the part TRAIN (emnist-train-images-idx3-ubyte, train-images-idx3-ubyte.gz)", refusal(folder, 1, 2, 2));
    }

    // ---- CIFAR-10

    private static byte[] records(int count, long seed) {
        byte[] all = Made.noise(count * 3073, seed);
        for (int i = 0; i < count; i++) {
            all[i * 3073] = (byte) ((seed + i) % 10);
        }
        return all;
    }

    @Test
    void cifar_is_read_over_its_files() throws IOException {
        for (int i = 1; i <= 5; i++) {
            write("data_batch_" + i + ".bin", records(i, i));
        }
        write("test_batch.bin", records(2, 8));
        write("batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n".getBytes(StandardCharsets.US_ASCII));
        Dataset data = Datasets.open(folder, 3, 32, 32);
        assertEquals(15, data.size());
        assertEquals("cat", data.labelNames().get(3));
        assertEquals(List.of(), data.notes());
        assertArrayEquals(Arrays.copyOfRange(records(3, 3), 3073 + 1, 2 * 3073), pixels(data, 1 + 2 + 1));
        assertEquals(4, data.label(1 + 2 + 1));
        Dataset test = Datasets.open(folder, 3, 32, 32, DataOptions.defaults().withPart(Part.TEST));
        assertEquals("[8, 9]", Arrays.toString(test.batch(0, 1).labels()));
        assertEquals(2, Datasets.open(folder.resolve("test_batch.bin"), 3, 32, 32).size());
        assertEquals(256, pixels(Datasets.open(folder, 1, 16, 16), 3).length);
        Files.delete(folder.resolve("data_batch_2.bin"));
        assertEquals(13, Datasets.open(folder, 3, 32, 32).size());
        assertSays("without data_batch_2.bin", Datasets.open(folder, 3, 32, 32).notes().getFirst());
    }

    @Test
    void broken_cifar_files_say_what_is_wrong() throws IOException {
        write("data_batch_1.bin", new byte[3072]);
        assertSays("has 3072 bytes; CIFAR-10's are records of 3073", refusal(folder, 3, 32, 32));
        byte[] wrong = records(2, 1);
        wrong[3073] = 10;
        write("data_batch_1.bin", wrong);
        assertSays("picture 1 has the label 10", refusal(folder, 3, 32, 32));
        write("data_batch_1.bin", records(2, 1));
        write("batches.meta.txt", "airplane\n".getBytes(StandardCharsets.US_ASCII));
        assertSays("has 1 names, CIFAR-10 has 10", refusal(folder, 3, 32, 32));
    }

    // ---- safetensors

    private static byte[] safetensors(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).put(data).array();
    }

    private static byte[] longs(long... values) {
        ByteBuffer all = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(all::putLong);
        return all.array();
    }

    private static byte[] floats(float... values) {
        ByteBuffer all = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            all.putFloat(value);
        }
        return all.array();
    }

    @Test
    void bytes_of_any_number_of_channels_are_read_from_safetensors_with_labels() throws IOException {
        byte[] data = ByteBuffer.allocate(16 + 70).put(longs(4, -1)).put(Made.noise(70, 1)).array();
        Path file = write("set.safetensors", safetensors("""
                {"__metadata__": {"a": "b"}, "labels": {"dtype": "I64", "shape": [2], "data_offsets": [0, 16]}, "images": {"dtype": "U8", "shape": [2, 5, 7, 1], "data_offsets": [16, 86]}}""", data));
        for (Path path : List.of(file, folder)) {
            Dataset set = Datasets.open(path, 5, 7, 1);
            assertEquals("[4, -1]", Arrays.toString(set.batch(0, 1).labels()));
            assertEquals(5, set.labelNames().size());
            assertArrayEquals(Arrays.copyOfRange(Made.noise(70, 1), 35, 70), pixels(set, 1));
        }
        assertEquals(5 * 3 * 3, pixels(Datasets.open(file, 5, 3, 3), 0).length);
        assertSays("2 images of 5 x 7 x 1 (channels, height, width); the model asks for 3 channels", refusal(file, 3, 7, 1));
    }

    @Test
    void floats_are_taken_as_they_are() throws IOException {
        Path file = write("set.safetensors", safetensors("{\"images\":{\"dtype\":\"F32\",\"shape\":[2,1,1,2],\"data_offsets\":[0,16]}}  ", floats(-1, 0.5f, 0.25f, 1)));
        Dataset set = Datasets.open(file, 1, 1, 2);
        Batch batch = set.batch(1, 0);
        assertEquals(Batch.Pixels.FLOAT32, batch.pixels());
        assertArrayEquals(new float[] {0.25f, 1, -1, 0.5f}, batch.images().toArray(ValueLayout.JAVA_FLOAT));
        assertEquals(List.of(), set.notes());
        try (Loader loader = set.shuffled(1).batches(4)) {
            assertEquals(8, loader.next().images().toArray(ValueLayout.JAVA_FLOAT).length);
        }
        assertSays("the model asks for 2 x 2, and float32 is taken as it is", refusal(file, 1, 2, 2));
        write("set.safetensors", safetensors("{\"images\":{\"dtype\":\"F32\",\"shape\":[1,1,1,2],\"data_offsets\":[0,8]}}", floats(0, 255)));
        assertSays("values from 0.0 to 255.0; pictures of float32 are in [-1, 1]", Datasets.open(file, 1, 1, 2).notes().getFirst());
    }

    @Test
    void broken_safetensors_say_what_is_wrong() throws IOException {
        String[][] cases = {
            {"{\"weights\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "has no tensor images; its tensors are weights"},
            {"{\"images\":{\"dtype\":\"F16\",\"shape\":[1,1,1,4],\"data_offsets\":[0,8]}}", "images is F16 [1, 1, 1, 4]; it has to be U8 or F32"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[1,4,2],\"data_offsets\":[0,8]}}", "images is U8 [1, 4, 2]; it has to be U8 or F32, [N, C, H, W]"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[1,1,1,8],\"data_offsets\":[0,9]}}", "does not fit"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[1,1,1,8],\"data_offsets\":[4,12]}}", "does not fit"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[1,1,1,-8],\"data_offsets\":[0,8]}}", "shape has the entry -8"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[1,1,1,8],\"data_offsets\":7}}", "has no data_offsets"},
            {"{\"images\":{\"dtype\":\"U8\",\"shape\":[2,1,1,4],\"data_offsets\":[0,8]},\"labels\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", "it has to be I64 or U8, [2]"},
            {"{\"images\":", "the text ends"},
        };
        for (String[] broken : cases) {
            assertSays(broken[1], refusal(write("x.safetensors", safetensors(broken[0], new byte[8])), 1, 1, 8));
        }
        assertSays("cut short or no safetensors file", refusal(write("x.safetensors", new byte[7]), 1, 1, 8));
        assertSays("cut short or no safetensors file", refusal(write("x.safetensors", longs(-5)), 1, 1, 8));
        assertSays("not UTF-8", refusal(write("x.safetensors", new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -1}), 1, 1, 8));
    }

    // ---- what is none of these

    @Test
    void a_path_that_is_no_data_set_says_what_is_wanted_and_why() throws IOException {
        assertSays("nowhere does not exist. Data is a folder of PNG", refusal(folder.resolve("nowhere"), 3, 8, 8));
        assertSays("does not exist in " + Path.of("").toAbsolutePath(), refusal(Path.of("no-such-folder"), 3, 8, 8));
        assertSays("holds 0 files, none of them pictures", refusal(folder, 3, 8, 8));
        Path zip = write("pictures.zip", new byte[4]);
        assertSays("is an archive, which has to be unpacked first", refusal(zip, 3, 8, 8));
        assertSays("holds pictures.zip, which has to be unpacked first", refusal(folder, 3, 8, 8));
        Files.delete(zip);
        write("data_batch_1", new byte[4]);
        assertSays("CIFAR-10 in its Python version", refusal(folder, 3, 8, 8));
        Path one = write("a.png", Made.png(2, 2, 0));
        assertSays("or one picture", refusal(one, 3, 8, 8));
        assertSays("each is 1 or more", refusal(folder, 0, 8, 8));
    }

    @Test
    void colours_are_read_as_people_write_them() {
        assertEquals(0xFFFFFF, DataOptions.colour("white"));
        assertEquals(0xFF8800, DataOptions.colour("#ff8800"));
        assertSays("'red' is no colour", assertThrows(InvalidArgumentException.class, () -> DataOptions.colour("red")).getMessage());
        assertThrows(InvalidArgumentException.class, () -> DataOptions.defaults().withBackground(-1));
        assertThrows(InvalidArgumentException.class, () -> DataOptions.defaults().withCache(-1));
        assertThrows(InvalidArgumentException.class, () -> DataOptions.defaults().withPart(null));
    }
}
