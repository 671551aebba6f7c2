package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.data.DataOptions;
import io.langevin.data.Dataset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitTest {
    @TempDir
    Path folder;

    private static List<String> names(Dataset data) {
        return IntStream.range(0, data.size()).mapToObj(data::name).toList();
    }

    private static String labels(Dataset data) {
        return Arrays.toString(IntStream.range(0, data.size()).map(data::label).toArray());
    }

    private static String refusal(Runnable mistake) {
        return assertThrows(InvalidArgumentException.class, mistake::run).getMessage();
    }

    private Path pictures(String name, String... files) throws IOException {
        for (String file : files) {
            Path path = folder.resolve(name).resolve(file);
            Files.createDirectories(path.getParent());
            new Images(1, 1, 2, 2, new float[4]).writePng(path);
        }
        return folder.resolve(name);
    }

    private static byte[] idx(int count, boolean labels) {
        ByteBuffer bytes = ByteBuffer.allocate(labels ? 8 + count : 16 + 4 * count).putInt(labels ? 0x801 : 0x803).putInt(count);
        if (!labels) {
            bytes.putInt(2).putInt(2);
        }
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.put((byte) (i % 3));
        }
        return bytes.array();
    }

    @Test
    void a_tenth_is_held_out_by_a_shuffle_that_is_always_the_same() {
        Split split = Split.of(Squares.of(200, 1), 0.1);
        assertEquals(180, split.training().size());
        assertEquals(20, split.heldOut().size());
        assertEquals(names(split.heldOut()), names(Split.of(Squares.of(200, 1), 0.1).heldOut()));
        assertEquals(200, Stream.concat(names(split.training()).stream(), names(split.heldOut()).stream()).distinct().count(), "no picture is on both sides");
        assertEquals(50, Split.of(Squares.of(200, 1), 0.25).heldOut().size());
        assertEquals("every 10th of a shuffle of them", split.how());
        assertTrue(refusal(() -> Split.of(Squares.of(200, 1), 1)).startsWith("a held-out share of 1.0; it is above 0 and below 1"));
        assertEquals("a held-out share of 0.1 of 3 pictures holds out none of them; take another share, or pictures of their own (held out by path)",
                refusal(() -> Split.of(Squares.of(3, 1), 0.1)));
    }

    @Test
    void the_yardstick_has_as_many_of_each_class_as_there_are() {
        Split split = Split.of(Squares.of(200, 1), 0.1);
        assertEquals("[0, 1, 2, 0, 1, 2]", labels(split.yardstick(6, true)));
        assertEquals(20, names(split.yardstick(20, true)).stream().distinct().count());
        assertEquals(names(split.yardstick(6, false)), names(split.yardstick(20, false)).subList(0, 6));
        assertEquals("count is 21, but only 20 pictures are held out to compare with; take 20 at most, or hold out more", refusal(() -> split.yardstick(21, true)));
        assertTrue(refusal(() -> split.yardstick(1, true)).startsWith("count is 1; it takes 2 pictures"));
    }

    @Test
    void parts_that_come_with_the_data_are_used() throws IOException {
        Files.write(folder.resolve("train-images-idx3-ubyte"), idx(7, false));
        Files.write(folder.resolve("train-labels-idx1-ubyte"), idx(7, true));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), idx(2, false));
        Files.write(folder.resolve("t10k-labels-idx1-ubyte"), idx(2, true));
        Split split = Split.of(folder, 1, 2, 2, DataOptions.defaults());
        assertEquals(7, split.training().size());
        assertEquals(2, split.heldOut().size());
        assertEquals(List.of("0", "1", "2"), split.classes());
        assertEquals(List.of("0", "1", "2"), split.heldOut().labelNames(), "also where the last class is not among them");
        assertEquals("the part to judge by that comes with them", split.how());
    }

    @Test
    void held_out_pictures_may_lie_elsewhere_and_are_matched_by_the_names_of_their_folders() throws IOException {
        Path training = pictures("training", "cat/1.png", "dog/1.png", "ox/1.png");
        Path others = pictures("others", "ox/2.png", "dog/2.png");
        Split split = Split.of(training, others, 1, 2, 2, DataOptions.defaults());
        assertEquals("[1, 2]", labels(split.heldOut()));
        assertEquals(others.toString(), split.how());
        Path unknown = pictures("unknown", "ox/2.png", "yak/2.png");
        assertTrue(refusal(() -> Split.of(training, unknown, 1, 2, 2, DataOptions.defaults())).contains("has classes (yak) that are not among cat, dog, ox"));
        Path bare = pictures("bare", "2.png");
        assertTrue(refusal(() -> Split.of(training, bare, 1, 2, 2, DataOptions.defaults())).contains("have no labels"));
    }

    @Test
    void pictures_without_a_label_are_left_out_where_others_have_one() throws IOException {
        Path some = pictures("some", "cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png", "dog/2.png", "3.png");
        Split split = Split.of(some, 1, 2, 2, DataOptions.defaults().withCache(0));
        assertEquals(5, split.training().size() + split.heldOut().size());
        assertTrue(split.notes().getLast().startsWith("without a label, and left out: 1 of "), split.notes().toString());
    }

    @Test
    void one_class_is_none() {
        assertEquals(List.of(), Split.of(new Squares(20, List.of("all"), 1), 0.1).classes());
        assertEquals(List.of(), Split.of(new Squares(20, List.of(), 1), 0.1).classes());
        assertEquals(Squares.THREE, Split.of(Squares.of(20, 1), 0.1).classes());
    }
}
