package io.langevin.train;

import io.langevin.internal.Json;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// JSON as text.
final class JsonText {
    private JsonText() {
    }

    /// In one line.
    static String of(Json value) {
        return switch (value) {
            case Json.Obj object -> object.fields().entrySet().stream().map(JsonText::field).collect(Collectors.joining(", ", "{", "}"));
            case Json.Arr(List<Json> items) -> items.stream().map(JsonText::of).collect(Collectors.joining(", ", "[", "]"));
            case Json.Str(String text) -> Json.quote(text);
            case Json.Num(double number) -> number == Math.rint(number) && Math.abs(number) < 0x1p53 ? Long.toString((long) number) : Double.toString(number);
            case Json.Big(BigInteger number) -> number.toString();
            case Json.Bool(boolean truth) -> Boolean.toString(truth);
            case Json.Null() -> "null";
        };
    }

    /// A line for each field.
    static String lines(Json.Obj object) {
        return object.fields().entrySet().stream().map(JsonText::field).collect(Collectors.joining(",\n  ", "{\n  ", "\n}\n"));
    }

    private static String field(Map.Entry<String, Json> field) {
        return Json.quote(field.getKey()) + ": " + of(field.getValue());
    }
}
