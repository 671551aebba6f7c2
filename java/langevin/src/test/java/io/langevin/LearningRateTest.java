package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// Against numbers from diffusers 0.42.1 (get_scheduler on an optimizer of rate 0.003): the same formulas in double, so all but the cosine agree to the bit.
class LearningRateTest {
    @Test
    void constant_is_constant_and_has_a_warm_up_if_asked() {
        expect(LearningRate.constant(0.003), 0, 0.003, 0.003, 0.003);
        expect(LearningRate.constant(0.003, 4), 0, 0.0, 0.00075, 0.0015, 0.0022500000000000003, 0.003, 0.003, 0.003, 0.003);
    }

    @Test
    void linear_falls_to_nothing_and_stays_there() {
        expect(LearningRate.linear(0.003, 3, 10), 0, 0.0, 0.001, 0.002, 0.003, 0.0025714285714285713, 0.002142857142857143, 0.0017142857142857142, 0.0012857142857142856,
                0.0008571428571428571, 0.00042857142857142855, 0.0, 0.0, 0.0, 0.0);
        expect(LearningRate.linear(0.003, 0, 5), 0, 0.003, 0.0024000000000000002, 0.0018, 0.0012000000000000001, 0.0006000000000000001, 0.0, 0.0);
    }

    @Test
    void cosine_falls_along_half_a_cosine_and_does_not_rise_again() {
        // Java's cosine and C's may differ in the last bit, of a number near 1.
        expect(LearningRate.cosine(0.003, 2, 6), 1e-18, 0.0, 0.0015, 0.003, 0.002560660171779821, 0.0015, 0.0004393398282201788, 0.0, 0.0, 0.0);
        expect(LearningRate.cosine(0.003, 0, 4), 1e-18, 0.003, 0.002560660171779821, 0.0015, 0.0004393398282201788, 0.0);
        LearningRate longer = LearningRate.cosine(0.003, 10, 40);
        assertEquals(0.0027, longer.at(9));
        assertEquals(0.002999999999999999, longer.at(10), 1e-17);
        assertEquals(0.0028703181864639014, longer.at(14), 1e-18);
        assertEquals(8.217156947590066e-06, longer.at(39), 1e-18);
    }

    @Test
    void what_cannot_be_is_refused() {
        assertThrows(InvalidArgumentException.class, () -> LearningRate.constant(0));
        assertThrows(InvalidArgumentException.class, () -> LearningRate.constant(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> LearningRate.constant(1e-4, -1));
        assertThrows(InvalidArgumentException.class, () -> LearningRate.linear(1e-4, 0, 0));
        assertEquals("a warm-up of 11 updates; it is 0 or more, and at most all 10",
                assertThrows(InvalidArgumentException.class, () -> LearningRate.cosine(1e-4, 11, 10)).getMessage());
    }

    private static void expect(LearningRate rate, double tolerance, double... wanted) {
        for (int k = 0; k < wanted.length; k++) {
            if (tolerance == 0) {
                assertEquals(wanted[k], rate.at(k), "after " + k + " updates");
            } else {
                assertEquals(wanted[k], rate.at(k), tolerance, "after " + k + " updates");
            }
        }
    }
}
