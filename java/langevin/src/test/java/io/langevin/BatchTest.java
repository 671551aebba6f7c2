package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static float[] counted(int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        return values;
    }

    @Test
    void a_part_has_what_belongs_to_its_images() {
        Batch batch = Batch.of(counted(5 * 12), 5, 3, 2, 2).withLabels(0, 1, 2, 3, 4).withNoise(counted(5 * 12)).withTimesteps(9, 8, 7, 6, 5).withEmbeddings(counted(10))
                .withClassTimesteps(0, 1, 2, 3, 4);
        Batch part = batch.part(3, 2);
        assertEquals(2, part.count());
        assertEquals(36, part.images().get(ValueLayout.JAVA_FLOAT, 0));
        assertEquals(24 * 4, part.images().byteSize());
        assertEquals(36, part.noise().get(ValueLayout.JAVA_FLOAT, 0));
        assertArrayEquals(new int[] {3, 4}, part.labels());
        assertArrayEquals(new int[] {6, 5}, part.timesteps());
        assertArrayEquals(new float[] {3, 4}, part.classTimesteps());
        assertEquals(6, part.embeddings().get(ValueLayout.JAVA_FLOAT, 0));
        assertEquals(2, part.embeddingSize());
        assertThrows(InvalidArgumentException.class, () -> batch.part(4, 2));
        assertThrows(InvalidArgumentException.class, () -> batch.part(0, 0));
        assertThrows(InvalidArgumentException.class, () -> batch.part(1, Integer.MAX_VALUE));
    }

    @Test
    void batches_hold_every_image_once() {
        Batch all = Batch.of(new byte[7 * 4], 7, 1, 2, 2);
        assertEquals(List.of(3, 3, 1), all.batches(3).stream().map(Batch::count).toList());
        assertEquals(List.of(7), all.batches(Integer.MAX_VALUE).stream().map(Batch::count).toList());
        assertNull(all.part(0, 1).labels());
        assertThrows(InvalidArgumentException.class, () -> all.batches(0));
    }

    @Test
    void what_does_not_fit_is_refused_with_both_numbers() {
        assertEquals("batch: images are 15 bytes, 2 images of this size have 16", assertThrows(InvalidArgumentException.class, () -> Batch.of(new byte[15], 2, 2, 2, 2)).getMessage());
        assertEquals("batch: images are 64 bytes, 2 images of this size have 32", assertThrows(InvalidArgumentException.class, () -> Batch.of(new float[16], 2, 1, 2, 2)).getMessage());
        Batch batch = Batch.of(new byte[16], 2, 2, 2, 2);
        assertEquals("batch: 3 labels for 2 images; there is one for each", assertThrows(InvalidArgumentException.class, () -> batch.withLabels(1, 2, 3)).getMessage());
        assertThrows(InvalidArgumentException.class, () -> batch.withTimesteps(1));
        assertThrows(InvalidArgumentException.class, () -> batch.withClassTimesteps());
        assertThrows(InvalidArgumentException.class, () -> batch.withNoise(new float[15]));
        assertThrows(InvalidArgumentException.class, () -> batch.withEmbeddings(new float[3]));
        assertThrows(InvalidArgumentException.class, () -> Batch.of(new byte[0], 0, 1, 2, 2));
        assertThrows(InvalidArgumentException.class, () -> Batch.of(MemorySegment.NULL, Batch.Pixels.UINT8, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
    }
}
