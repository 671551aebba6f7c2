package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// Against numbers from diffusers 0.42.1 (EMAModel.get_decay). Powers may differ in the last bit.
class EmaTest {
    private static final double BIT = 2e-16;

    @Test
    void the_ramp_is_that_of_diffusers_without_warm_up() {
        expect(Ema.ramp(0.9), 0.0, 0.18181818181818182, 0.25, 0.3076923076923077, 0.35714285714285715, 0.4, 0.4375, 0.47058823529411764, 0.5, 0.5263157894736842, 0.55);
        assertEquals(0.9, Ema.ramp(0.9).decay(1000));
    }

    @Test
    void the_warm_up_is_that_of_diffusers() {
        expect(Ema.warmup(0.9999), 0.0, 0.4053964424986395, 0.5613086623491692, 0.6464466094067263, 0.7009302437557559, 0.7391525699877854, 0.7676319197574591);
        assertEquals(0.9943808006210502, Ema.warmup(0.9999).decay(1000), BIT);
        assertEquals(0.9999, Ema.warmup(0.9999).decay(1_000_000));
        expect(new Ema.Warmup(0.99, 2, 2.0 / 3), 0.0, 0.23685717163111208, 0.3700394750525634, 0.4571164766810186, 0.5192501432308638, 0.5662015754463339);
    }

    @Test
    void a_constant_rate_is_the_same_from_the_first_update_on() {
        expect(Ema.constant(0.95), 0.95, 0.95, 0.95);
    }

    @Test
    void what_cannot_be_is_refused() {
        for (double decay : new double[] {-0.1, 1, Double.NaN}) {
            assertThrows(InvalidArgumentException.class, () -> Ema.constant(decay));
            assertThrows(InvalidArgumentException.class, () -> Ema.ramp(decay));
            assertThrows(InvalidArgumentException.class, () -> Ema.warmup(decay));
        }
        assertThrows(InvalidArgumentException.class, () -> new Ema.Warmup(0.9, 0, 1));
        assertThrows(InvalidArgumentException.class, () -> new Ema.Warmup(0.9, 1, -1));
    }

    private static void expect(Ema ema, double... wanted) {
        for (int n = 0; n < wanted.length; n++) {
            assertEquals(wanted[n], ema.decay(n), BIT, "after " + n + " updates");
        }
    }
}
