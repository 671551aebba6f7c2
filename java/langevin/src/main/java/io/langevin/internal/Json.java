package io.langevin.internal;

import io.langevin.BadModelException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A JSON reader (RFC 8259), strict: one value, no comments, no trailing commas, no duplicate keys, at most [#DEPTH] levels. Errors name the file, line and
/// column. The one thing beyond the standard are the words that Python writes for numbers: Infinity, -Infinity and NaN stand in diffusers' configs.
public sealed interface Json {
    /// Deeper nesting is refused: configs have 3 levels, and a hostile file must not overflow the stack.
    int DEPTH = 64;

    /// An object; keys in the file's order. The getters refuse other types by name, and a missing key or null unless they are given what stands for it.
    record Obj(String source, Map<String, Json> fields) implements Json {
        public boolean isNull(String key) {
            return fields.getOrDefault(key, new Null()) instanceof Null;
        }

        public String text(String key) {
            return fields.get(key) instanceof Str(String value) ? value : wrong(key, "a text");
        }

        public String text(String key, String otherwise) {
            return isNull(key) ? otherwise : text(key);
        }

        public boolean bool(String key) {
            return fields.get(key) instanceof Bool(boolean value) ? value : this.<Boolean>wrong(key, "true or false");
        }

        public boolean bool(String key, boolean otherwise) {
            return isNull(key) ? otherwise : bool(key);
        }

        public double number(String key) {
            return switch (fields.get(key)) {
                case Num(double value) -> value;
                case Big(BigInteger value) -> value.doubleValue();
                case null, default -> wrong(key, "a number");
            };
        }

        public double number(String key, double otherwise) {
            return isNull(key) ? otherwise : number(key);
        }

        public int integer(String key) {
            return fields.get(key) instanceof Num(double value) && value == (int) value ? (int) value : this.<Integer>wrong(key, "an integer below 2^31");
        }

        public int integer(String key, int otherwise) {
            return isNull(key) ? otherwise : integer(key);
        }

        /// The 64 bits of an unsigned integer.
        public long unsigned(String key) {
            return switch (fields.get(key)) {
                case Num(double value) when value >= 0 && value < 0x1p53 && value == (long) value -> (long) value;
                case Big(BigInteger value) when value.signum() > 0 && value.bitLength() <= 64 -> value.longValue();
                case null, default -> wrong(key, "an integer from 0 to 2^64 - 1, in digits");
            };
        }

        public int[] integers(String key) {
            if (!(fields.get(key) instanceof Arr(List<Json> items))) {
                return wrong(key, "a list of integers");
            }
            return items.stream().mapToInt(item -> {
                if (item instanceof Num(double value) && value == (int) value) {
                    return (int) value;
                }
                throw new BadModelException(source + ": " + key + " has the entry " + item + ", it has to be an integer below 2^31");
            }).toArray();
        }

        public List<String> texts(String key) {
            return fields.get(key) instanceof Arr list ? list.texts(source + ": " + key) : this.<List<String>>wrong(key, "a list of texts");
        }

        public Obj object(String key) {
            return fields.get(key) instanceof Obj object ? object : wrong(key, "an object");
        }

        private <T> T wrong(String key, String wish) {
            throw new BadModelException(source + ": " + key + " is " + (fields.containsKey(key) ? fields.get(key) : "missing") + ", it has to be " + wish);
        }

        @Override
        public String toString() {
            return "an object";
        }
    }

    record Arr(List<Json> items) implements Json {
        /// All of them, which have to be texts; `name` is what errors call the list.
        public List<String> texts(String name) {
            return items.stream().map(item -> {
                if (item instanceof Str(String value)) {
                    return value;
                }
                throw new BadModelException(name + " has the entry " + item + ", it has to be a text");
            }).toList();
        }

        @Override
        public String toString() {
            return "an array of " + items.size();
        }
    }

    record Str(String value) implements Json {
        @Override
        public String toString() {
            return '"' + (value.length() > 60 ? value.substring(0, 60) + "..." : value) + '"';
        }
    }

    record Num(double value) implements Json {
        @Override
        public String toString() {
            return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
        }
    }

    /// An integer from 2^53 on, exactly: a double would round it, and seeds have 64 bits.
    record Big(BigInteger value) implements Json {
        @Override
        public String toString() {
            return value.toString();
        }
    }

    record Bool(boolean value) implements Json {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Null() implements Json {
        @Override
        public String toString() {
            return "null";
        }
    }

    /// This value as an object.
    default Obj object() {
        if (this instanceof Obj object) {
            return object;
        }
        throw new BadModelException("a JSON object is wanted, this is " + this);
    }

    /// This value as an array.
    default List<Json> array() {
        if (this instanceof Arr(List<Json> items)) {
            return items;
        }
        throw new BadModelException("a JSON array is wanted, this is " + this);
    }

    /// A text as JSON writes it, in quotes.
    static String quote(String text) {
        var out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {      // a lone surrogate has no UTF-8
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /// Reads a whole text; `source` names it in errors.
    static Json parse(String source, String text) {
        var reader = new Reader(source, text);
        reader.space();
        Json value = reader.value(0);
        reader.space();
        if (reader.at < text.length()) {
            throw reader.wrong("something follows the end of the value");
        }
        return value;
    }

    /// Reads a whole text that has to be an object.
    static Obj parseObject(String source, String text) {
        Json value = parse(source, text);
        if (value instanceof Obj object) {
            return object;
        }
        throw new BadModelException(source + ": a JSON object is wanted, this is " + value);
    }

    /// One pass over the text, one method for each rule of the grammar.
    final class Reader {
        private final String source;
        private final String text;
        private int at;

        private Reader(String source, String text) {
            this.source = source;
            this.text = text;
        }

        private Json value(int depth) {
            if (depth > DEPTH) {
                throw wrong("nested more than " + DEPTH + " levels deep");
            }
            return switch (peek()) {
                case '{' -> objectAt(depth);
                case '[' -> arrayAt(depth);
                case '"' -> new Str(string());
                case 't' -> word("true", new Bool(true));
                case 'f' -> word("false", new Bool(false));
                case 'n' -> word("null", new Null());
                case 'I' -> word("Infinity", new Num(Double.POSITIVE_INFINITY));
                case 'N' -> word("NaN", new Num(Double.NaN));
                default -> number();
            };
        }

        private Json objectAt(int depth) {
            var fields = new LinkedHashMap<String, Json>();
            at++;
            space();
            if (peek() == '}') {
                at++;
                return new Obj(source, fields);
            }
            while (true) {
                if (peek() != '"') {
                    throw wrong("a key in quotes is wanted");
                }
                int start = at;
                String key = string();
                space();
                take(':', "':' is wanted after a key");
                space();
                if (fields.put(key, value(depth + 1)) != null) {
                    at = start;
                    throw wrong("the key \"" + key + "\" is there twice");
                }
                space();
                if (peek() == '}') {
                    at++;
                    return new Obj(source, Collections.unmodifiableMap(fields));
                }
                take(',', "',' or '}' is wanted");
                space();
            }
        }

        private Json arrayAt(int depth) {
            var items = new ArrayList<Json>();
            at++;
            space();
            if (peek() == ']') {
                at++;
                return new Arr(items);
            }
            while (true) {
                items.add(value(depth + 1));
                space();
                if (peek() == ']') {
                    at++;
                    return new Arr(Collections.unmodifiableList(items));
                }
                take(',', "',' or ']' is wanted");
                space();
            }
        }

        private String string() {
            var out = new StringBuilder();
            at++;
            while (true) {
                char c = peek();
                if (c < ' ') {
                    throw wrong(c == 0 && at >= text.length() ? "the text ends inside a string" : "a control character inside a string has to be escaped");
                }
                at++;
                if (c == '"') {
                    return out.toString();
                }
                out.append(c == '\\' ? escape() : c);
            }
        }

        private char escape() {
            char c = peek();
            at++;
            return switch (c) {
                case '"', '\\', '/' -> c;
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'u' -> unicode();
                default -> {
                    at--;
                    throw wrong("\\" + c + " is no escape of JSON");
                }
            };
        }

        private char unicode() {
            int code = 0;
            for (int i = 0; i < 4; i++) {
                int digit = Character.digit(peek(), 16);
                if (digit < 0 || peek() > 'f') {
                    throw wrong("\\u needs four hexadecimal digits");
                }
                code = code * 16 + digit;
                at++;
            }
            return (char) code;
        }

        private Json number() {
            int start = at;
            if (text.startsWith("-I", at)) {
                return word("-Infinity", new Num(Double.NEGATIVE_INFINITY));
            }
            skip('-');
            if (!skip('0')) {
                digits("a value is wanted");
            }
            int whole = at;
            if (skip('.')) {
                digits("digits are wanted after the point");
            }
            if (skip('e') || skip('E')) {
                if (!skip('+')) {
                    skip('-');
                }
                digits("digits are wanted in the exponent");
            }
            String number = text.substring(start, at);
            double value = Double.parseDouble(number);
            if (Double.isInfinite(value)) {
                at = start;
                throw wrong("the number is too large");
            }
            return at == whole && Math.abs(value) >= 0x1p53 ? new Big(new BigInteger(number)) : new Num(value);
        }

        private void digits(String wish) {
            int start = at;
            while (peek() >= '0' && peek() <= '9') {
                at++;
            }
            if (at == start) {
                throw wrong(wish);
            }
        }

        private Json word(String word, Json value) {
            if (!text.startsWith(word, at)) {
                throw wrong("a value is wanted");
            }
            at += word.length();
            return value;
        }

        private boolean skip(char c) {
            boolean there = peek() == c;
            at += there ? 1 : 0;
            return there;
        }

        private void take(char c, String wish) {
            if (!skip(c)) {
                throw wrong(wish);
            }
        }

        private void space() {
            while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : 0;
        }

        private BadModelException wrong(String what) {
            int line = 1;
            int column = 1;
            for (int i = 0; i < Math.min(at, text.length()); i++) {
                boolean end = text.charAt(i) == '\n';
                line += end ? 1 : 0;
                column = end ? 1 : column + 1;
            }
            return new BadModelException(source + ", line " + line + ", column " + column + ": " + what + (at >= text.length() ? ", but the text ends" : ""));
        }
    }
}
