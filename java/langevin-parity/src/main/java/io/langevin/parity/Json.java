package io.langevin.parity;

import java.math.BigInteger;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A JSON value, and a strict reader for case.json and safetensors headers. It is not the library's own reader: what checks a thing should
/// not stand on it. As Python does, it takes NaN and Infinity for numbers.
sealed interface Json {
    record Null() implements Json {
    }

    record Bool(boolean value) implements Json {
    }

    /// As it is written: seeds use all 64 bits, which a double has not.
    record Num(String text) implements Json {
        double value() {
            return Double.parseDouble(text);
        }
    }

    record Text(String value) implements Json {
    }

    record Array(List<Json> items) implements Json {
    }

    record Obj(Map<String, Json> members) implements Json {
        static final Obj EMPTY = new Obj(Map.of());

        boolean has(String key) {
            return members.containsKey(key) && !(members.get(key) instanceof Null);
        }

        Json at(String key) {
            if (!members.containsKey(key)) {
                throw new BrokenCase("no \"" + key + "\"");
            }
            return members.get(key);
        }

        String text(String key) {
            return at(key) instanceof Text(String value) ? value : wrong(key, "a string");
        }

        boolean flag(String key) {
            return at(key) instanceof Bool(boolean value) ? value : wrong(key, "true or false");
        }

        double number(String key) {
            return at(key) instanceof Num number ? number.value() : wrong(key, "a number");
        }

        int count(String key) {
            BigInteger value = integer(key);
            return value.signum() >= 0 && value.bitLength() < 32 ? value.intValue() : wrong(key, "a whole number from 0 to 2147483647");
        }

        /// The bits of an unsigned number.
        long unsigned(String key) {
            BigInteger value = integer(key);
            return value.signum() >= 0 && value.bitLength() <= 64 ? value.longValue() : wrong(key, "a whole number from 0 to 2^64 - 1");
        }

        List<Json> list(String key) {
            return at(key) instanceof Array(List<Json> items) ? items : wrong(key, "a list");
        }

        Obj object(String key) {
            return at(key) instanceof Obj object ? object : wrong(key, "an object");
        }

        /// The whole numbers of a list.
        long[] integers(String key) {
            return list(key).stream().mapToLong(item -> {
                if (item instanceof Num(String text) && text.matches("-?\\d{1,15}")) {
                    return Long.parseLong(text);
                }
                return Obj.<Long>wrong(key, "a list of whole numbers");
            }).toArray();
        }

        private BigInteger integer(String key) {
            return at(key) instanceof Num(String text) && text.matches("-?\\d{1,20}") ? new BigInteger(text) : wrong(key, "a whole number");
        }

        private static <T> T wrong(String key, String wish) {
            throw new BrokenCase("\"" + key + "\" is not " + wish);
        }
    }

    /// @throws BrokenCase that says where the text stops being JSON
    static Json parse(byte[] utf8) {
        CharBuffer text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException broken) {
            throw new BrokenCase("the text is not UTF-8");
        }
        var reader = new Reader(text);
        Json value = reader.value(0);
        reader.space();
        if (text.hasRemaining()) {
            throw reader.unexpected("the end");
        }
        return value;
    }

    /// Recursive descent over the text; its position is the buffer's.
    final class Reader {
        private static final int DEEPEST = 64;

        private final CharBuffer text;

        private Reader(CharBuffer text) {
            this.text = text;
        }

        private Json value(int depth) {
            if (depth > DEEPEST) {
                throw new BrokenCase("JSON nested more than " + DEEPEST + " deep");
            }
            space();
            return switch (peek()) {
                case '{' -> object(depth);
                case '[' -> array(depth);
                case '"' -> new Text(string());
                case 't' -> word("true", new Bool(true));
                case 'f' -> word("false", new Bool(false));
                case 'n' -> word("null", new Null());
                case 'N' -> word("NaN", new Num("NaN"));
                case 'I' -> word("Infinity", new Num("Infinity"));
                default -> number();
            };
        }

        private Json object(int depth) {
            var members = new LinkedHashMap<String, Json>();
            text.get();
            space();
            if (took('}')) {
                return new Obj(members);
            }
            do {
                space();
                if (peek() != '"') {
                    throw unexpected("a key");
                }
                String key = string();
                space();
                take(':');
                if (members.put(key, value(depth + 1)) != null) {
                    throw new BrokenCase("\"" + key + "\" stands twice");
                }
                space();
            } while (took(','));
            take('}');
            return new Obj(members);
        }

        private Json array(int depth) {
            var items = new ArrayList<Json>();
            text.get();
            space();
            if (took(']')) {
                return new Array(items);
            }
            do {
                items.add(value(depth + 1));
                space();
            } while (took(','));
            take(']');
            return new Array(items);
        }

        private String string() {
            var out = new StringBuilder();
            take('"');
            while (peek() != '"') {
                char c = text.get();
                if (c < ' ') {
                    throw new BrokenCase("a control character inside a string of the JSON");
                }
                out.append(c == '\\' ? escaped() : c);
            }
            text.get();
            return out.toString();
        }

        private char escaped() {
            char c = peek();
            text.get();
            return switch (c) {
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case '"', '\\', '/' -> c;
                case 'u' -> {
                    String digits = text.remaining() < 4 ? "" : text.slice(text.position(), 4).toString();
                    if (!digits.matches("[0-9a-fA-F]{4}")) {
                        throw unexpected("four hexadecimal digits");
                    }
                    text.position(text.position() + 4);
                    yield (char) Integer.parseInt(digits, 16);
                }
                default -> throw new BrokenCase("\\" + c + " is no escape of JSON");
            };
        }

        private Json number() {
            var out = new StringBuilder();
            while (text.hasRemaining() && "+-.0123456789eE".indexOf(text.get(text.position())) >= 0) {
                out.append(text.get());
            }
            if (out.toString().equals("-") && text.hasRemaining() && peek() == 'I') {
                return word("Infinity", new Num("-Infinity"));
            }
            if (!out.toString().matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
                throw unexpected("a value");
            }
            return new Num(out.toString());
        }

        private Json word(String word, Json value) {
            for (int i = 0; i < word.length(); i++) {
                take(word.charAt(i));
            }
            return value;
        }

        private void space() {
            while (text.hasRemaining() && " \t\r\n".indexOf(text.get(text.position())) >= 0) {
                text.get();
            }
        }

        private char peek() {
            if (!text.hasRemaining()) {
                throw new BrokenCase("the JSON ends too early");
            }
            return text.get(text.position());
        }

        private boolean took(char c) {
            boolean there = peek() == c;
            if (there) {
                text.get();
            }
            return there;
        }

        private void take(char c) {
            if (!took(c)) {
                throw unexpected("'" + c + "'");
            }
        }

        private BrokenCase unexpected(String wish) {
            long line = text.duplicate().flip().chars().filter(c -> c == '\n').count() + 1;
            String found = text.hasRemaining() ? "'" + text.get(text.position()) + "'" : "the end";
            return new BrokenCase("line " + line + " of the JSON: " + found + " where " + wish + " should be");
        }
    }
}
