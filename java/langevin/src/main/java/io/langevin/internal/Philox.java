package io.langevin.internal;

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011), as native/src/base/philox.h has it: four random words of a 64-bit key and a counter of four words.
/// Allocates nothing; the words stay in it until the next draw.
public final class Philox {
    /// What a random number is for, the third word of the counter, so that no two uses of one seed share numbers (native: Purpose).
    public static final int TRAIN_TIMESTEP = 3;
    public static final int DATA_ORDER = 4;

    private final int[] words = new int[4];

    /// Draws the words of this key at counter (c0, c1, c2, c3).
    public void draw(long key, int c0, int c1, int c2, int c3) {
        int a = c0;
        int b = c1;
        int c = c2;
        int d = c3;
        int key0 = (int) key;
        int key1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++) {
            long left = 0xD2511F53L * (a & 0xFFFFFFFFL);
            long right = 0xCD9E8D57L * (c & 0xFFFFFFFFL);
            a = (int) (right >>> 32) ^ b ^ key0;
            b = (int) right;
            c = (int) (left >>> 32) ^ d ^ key1;
            d = (int) left;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        words[0] = a;
        words[1] = b;
        words[2] = c;
        words[3] = d;
    }

    /// Word `i` of the last draw, unsigned.
    public long word(int i) {
        return words[i] & 0xFFFFFFFFL;
    }

    /// Word `i` of the last draw as a number in [0, 1), exactly.
    public double unit(int i) {
        return word(i) * 0x1p-32;
    }
}
