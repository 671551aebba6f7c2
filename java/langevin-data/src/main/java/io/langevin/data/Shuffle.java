package io.langevin.data;

import io.langevin.InvalidArgumentException;
import io.langevin.internal.Philox;

/// An order of `size` things for every epoch, out of a seed: Fisher and Yates's shuffle (Durstenfeld 1964) with Philox for its dice, integers throughout. Step i of epoch e draws from
/// the 64 bits at counter (i, e, 4, e >> 32) of the seed. An epoch's order needs no other epoch's, so a run goes on at any place without looking back.
///
/// @param size things, numbered from 0
/// @param seed of all epochs
public record Shuffle(int size, long seed) {
    /// The third word of the counter, what a random number is for (native/src/base/philox.h has the others).
    private static final int ORDER = 4;

    public Shuffle {
        if (size < 1) {
            throw new InvalidArgumentException("an order of " + size + " pictures; there is 1 or more");
        }
    }

    /// Everything in its order of that epoch, counted from 0.
    public int[] epoch(long epoch) {
        var philox = new Philox();
        var order = new int[size];
        for (int i = 0; i < size; i++) {
            philox.draw(seed, i, (int) epoch, ORDER, (int) (epoch >>> 32));
            int j = (int) Math.unsignedMultiplyHigh(philox.word(1) << 32 | philox.word(0), i + 1L);       // 0 to i; off from even by less than 2^-32
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
