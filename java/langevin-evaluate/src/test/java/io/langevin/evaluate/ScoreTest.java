package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.InvalidArgumentException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreTest {
    /// Newcombe (1998) has these in his table, for Wilson's score method.
    @Test
    void intervals_are_wilsons() {
        assertEquals(0.2553, new Score(81, 263).low(), 5e-5);
        assertEquals(0.3662, new Score(81, 263).high(), 5e-5);
        assertEquals(0.0624, new Score(15, 148).low(), 5e-5);
        assertEquals(0.1605, new Score(15, 148).high(), 5e-5);
        assertEquals(0.0061, new Score(1, 29).low(), 5e-5);
        assertEquals(0.1718, new Score(1, 29).high(), 5e-5);
    }

    @Test
    void none_and_all_end_at_the_ends() {
        assertEquals(0, new Score(0, 20).low());
        assertEquals(0.1611, new Score(0, 20).high(), 5e-5);
        assertEquals(1, new Score(20, 20).high());
        assertEquals(1 - 0.1611, new Score(20, 20).low(), 5e-5);
        assertTrue(Double.isNaN(new Score(0, 0).share()));
    }

    @Test
    void scores_add_up() {
        assertEquals(new Score(5, 9), Score.sum(List.of(new Score(1, 2), new Score(4, 7))));
        assertEquals(5.0 / 9, new Score(5, 9).share());
        assertThrows(InvalidArgumentException.class, () -> new Score(3, 2));
    }
}
