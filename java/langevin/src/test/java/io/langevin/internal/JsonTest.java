package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.BadModelException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void reads_every_kind_of_value() {
        Json.Obj object = Json.parse("x", " {\"a\": [1, -2.5e2, 0.125], \"b\": {\"c\": null, \"d\": true, \"e\": false}, \"f\": \"\\u00e4\\n\\\"\\/\"} ").object();
        assertEquals(List.of(new Json.Num(1), new Json.Num(-250), new Json.Num(0.125)), object.fields().get("a").array());
        assertEquals("ä\n\"/", object.text("f", null));
        Json.Obj inner = object.fields().get("b").object();
        assertEquals(true, inner.isNull("c") && inner.bool("d", false) && !inner.bool("e", true) && inner.isNull("missing"));
    }

    @Test
    void reads_pythons_words_for_numbers() {
        assertEquals(List.of(new Json.Num(Double.POSITIVE_INFINITY), new Json.Num(Double.NEGATIVE_INFINITY), new Json.Num(Double.NaN)),
                Json.parse("x", "[Infinity, -Infinity, NaN]").array());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"a\": 1,}         | x, line 1, column 9: a key in quotes is wanted",
        "[1, 2               | x, line 1, column 6: ',' or ']' is wanted, but the text ends",
        "[01]                | x, line 1, column 3: ',' or ']' is wanted",
        "[1.]                | x, line 1, column 4: digits are wanted after the point",
        "[+1]                | x, line 1, column 2: a value is wanted",
        "-Inf                | x, line 1, column 1: a value is wanted",
        "1e999               | x, line 1, column 1: the number is too large",
        "\"abc               | x, line 1, column 5: the text ends inside a string, but the text ends",
        "\"\\x\"             | x, line 1, column 3: \\x is no escape of JSON",
        "\"\\u12g4\"         | x, line 1, column 6: \\u needs four hexadecimal digits",
        "{\"a\":1, \"a\":2}  | x, line 1, column 9: the key \"a\" is there twice",
        "{} {}               | x, line 1, column 4: something follows the end of the value",
        "truth               | x, line 1, column 1: a value is wanted",
    })
    void says_where_a_text_is_wrong(String text, String message) {
        assertEquals(message, assertThrows(BadModelException.class, () -> Json.parse("x", text)).getMessage());
    }

    @Test
    void counts_lines_and_refuses_an_empty_text() {
        assertEquals("x, line 3, column 2: ':' is wanted after a key", assertThrows(BadModelException.class, () -> Json.parse("x", "{\n\"a\"\n }")).getMessage());
        assertThrows(BadModelException.class, () -> Json.parse("x", ""));
    }

    @Test
    void refuses_what_is_nested_too_deep_instead_of_overflowing_the_stack() {
        assertThrows(BadModelException.class, () -> Json.parse("x", "[".repeat(100_000)));
        Json.parse("x", "[".repeat(Json.DEPTH) + "]".repeat(Json.DEPTH));
    }

    @Test
    void any_text_is_either_read_or_refused() {
        String text = "{\"a\": [1, -2.5e2, true, null, {\"b\": \"x\\u00e4\\n\"}], \"c\": -Infinity}";
        String letters = "{}[]\":,\\-+.eEtrufalsnIN0123456789 \n\u0000\ud800";
        var random = new Random(1);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            var mutated = new StringBuilder(text);
            for (int k = random.nextInt(1, 4); k > 0 && !mutated.isEmpty(); k--) {
                int at = random.nextInt(mutated.length());
                switch (random.nextInt(3)) {
                    case 0 -> mutated.deleteCharAt(at);
                    case 1 -> mutated.insert(at, letters.charAt(random.nextInt(letters.length())));
                    default -> mutated.setLength(random.nextInt(8) == 0 ? at : mutated.length());
                }
            }
            try {
                Json.parse("x", mutated.toString());
                read++;
            } catch (BadModelException refused) {
                continue;
            }
        }
        assertTrue(read > 100, "hardly any mutation is still JSON: " + read);
    }

    @Test
    void names_a_value_of_the_wrong_type() {
        Json.Obj object = Json.parse("config.json", "{\"a\": \"text\", \"b\": 1.5}").object();
        assertEquals("config.json: a is \"text\", it has to be a number", assertThrows(BadModelException.class, () -> object.number("a", 0)).getMessage());
        assertEquals("config.json: b is 1.5, it has to be an integer below 2^31", assertThrows(BadModelException.class, () -> object.integer("b", 0)).getMessage());
        assertEquals(7, object.integer("missing", 7));
    }

    @Test
    void names_a_text_that_has_to_be_an_object_and_is_not() {
        assertEquals("x: a JSON object is wanted, this is an array of 0", assertThrows(BadModelException.class, () -> Json.parseObject("x", "[]")).getMessage());
    }

    @Test
    void names_a_key_that_has_to_be_there_and_is_not() {
        Json.Obj object = Json.parse("case.json", "{\"a\": null, \"b\": [1, 2.5]}").object();
        assertEquals("case.json: a is null, it has to be a text", assertThrows(BadModelException.class, () -> object.text("a")).getMessage());
        assertEquals("case.json: c is missing, it has to be true or false", assertThrows(BadModelException.class, () -> object.bool("c")).getMessage());
        assertEquals("case.json: c is missing, it has to be a number", assertThrows(BadModelException.class, () -> object.number("c")).getMessage());
        assertEquals("case.json: b is an array of 2, it has to be an object", assertThrows(BadModelException.class, () -> object.object("b")).getMessage());
        assertEquals("case.json: a is null, it has to be a list of integers", assertThrows(BadModelException.class, () -> object.integers("a")).getMessage());
        assertEquals("case.json: b has the entry 2.5, it has to be an integer below 2^31", assertThrows(BadModelException.class, () -> object.integers("b")).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "9007199254740991", "9007199254740993", "9223372036854788153", "18446744073709551615"})
    void seeds_keep_all_their_64_bits(String seed) {
        Json.Obj object = Json.parse("case.json", "{\"seed\": " + seed + "}").object();
        assertEquals(seed, Long.toUnsignedString(object.unsigned("seed")));
        assertEquals(Double.parseDouble(seed), object.number("seed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "18446744073709551616", "-9007199254740993", "1e300", "NaN", "Infinity", "\"1\"", "null"})
    void what_is_no_unsigned_integer_is_no_seed(String seed) {
        Json.Obj object = Json.parse("case.json", "{\"seed\": " + seed + "}").object();
        assertTrue(assertThrows(BadModelException.class, () -> object.unsigned("seed")).getMessage().startsWith("case.json: seed is "), seed);
    }

    @Test
    void integers_beyond_an_int_are_refused_with_all_their_digits() {
        Json.Obj object = Json.parse("x", "{\"a\": 9007199254740993}").object();
        assertEquals("x: a is 9007199254740993, it has to be an integer below 2^31", assertThrows(BadModelException.class, () -> object.integer("a")).getMessage());
    }
}
