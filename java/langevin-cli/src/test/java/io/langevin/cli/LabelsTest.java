package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelsTest {
    private static final LabelNames NAMES = new LabelNames(List.of("cat", "dog", "tabby, tabby cat", "crane", "tank, army tank", "crane", "tank, tank car", "Dog"));

    private static List<Integer> labels(String text) {
        return new Labels.Converter().convert(text).list(NAMES);
    }

    private static String refusal(String text) {
        return assertThrows(IllegalArgumentException.class, () -> labels(text)).getMessage();
    }

    @Test
    void numbers_ranges_and_names_are_classes() {
        assertEquals(List.of(7), labels("7"));
        assertEquals(List.of(1, 2, 3), labels("1,2, 3"));
        assertEquals(List.of(0, 1, 2, 3, 7), labels("0-3,7"));
        assertEquals(List.of(0, 5, 0), labels("cat,5,CAT"));
    }

    @Test
    void a_name_may_have_commas_in_it_and_each_part_is_a_name() {
        assertEquals(List.of(2), labels("tabby, tabby cat"));
        assertEquals(List.of(2), labels("tabby cat"));
        assertEquals(List.of(2, 4), labels("Tabby,army tank"));
    }

    @Test
    void capital_letters_decide_where_both_are_there() {
        assertEquals(List.of(1), labels("dog"));
        assertEquals(List.of(7), labels("Dog"));
        assertEquals("'DOG' is the name of 1 (dog), 7 (Dog); write the number", refusal("DOG"));
    }

    @Test
    void a_name_that_several_have_wants_a_number() {
        assertEquals("'crane' is the name of 3 (crane), 5 (crane); write the number", refusal("crane"));
        assertEquals("'tank' is the name of 4 (tank, army tank), 6 (tank, tank car); write the number", refusal("tank"));
    }

    @Test
    void an_unknown_name_brings_the_nearest() {
        assertEquals("no class is called 'cot'; the nearest: 0 (cat)", refusal("cot"));
        assertEquals("no class is called 'army'; the nearest: 4 (tank, army tank)", refusal("army"));
        assertEquals("no class is called 'xylophone'; there are 0 cat; 1 dog; 2 tabby, tabby cat; 3 crane; 4 tank, army tank; 5 crane; 6 tank, tank car; 7 Dog", refusal("xylophone"));
    }

    @Test
    void many_names_are_told_by_the_first_and_the_last() {
        var many = new ArrayList<String>();
        for (int i = 0; i < 1000; i++) {
            many.add("n" + i);
        }
        assertEquals("0 n0; 1 n1; 2 n2; 3 n3; 4 n4; 5 n5; 6 n6 ... 999 n999", new LabelNames(many).toString());
    }
}
