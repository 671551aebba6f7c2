package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    @Test
    void gives_the_known_answers_of_random123() {
        expect(0, new int[] {0, 0, 0, 0}, 0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L);
        expect(-1, new int[] {-1, -1, -1, -1}, 0x408f276dL, 0x41c83b0eL, 0xa20bc7c6L, 0x6d5451fdL);
        expect(0x299f31d0a4093822L, new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xd16cfe09L, 0x94fdccebL, 0x5001e420L, 0x24126ea1L);
    }

    private static void expect(long key, int[] counter, long... words) {
        var philox = new Philox();
        philox.draw(key, counter[0], counter[1], counter[2], counter[3]);
        for (int i = 0; i < 4; i++) {
            assertEquals(words[i], philox.word(i), "word " + i);
            assertEquals(words[i] / 4294967296.0, philox.unit(i), "word " + i + " is a number in [0, 1), exactly");
        }
    }
}
