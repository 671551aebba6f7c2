package io.langevin;

import io.langevin.internal.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// One tensor of a network, and its place in a trainer's arrays.
///
/// @param name    as in the model's file, "conv_in.weight"
/// @param shape   as in the model's file
/// @param offset  of its first number
/// @param trained false: it keeps its value (the frequencies of a Fourier embedding)
public record Parameter(String name, List<Integer> shape, long offset, boolean trained) {
    public Parameter {
        shape = List.copyOf(shape);
    }

    /// Its numbers.
    public long size() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    static List<Parameter> parse(String json) {
        var parameters = new ArrayList<Parameter>();
        for (Json entry : Json.parse("parameters", json).array()) {
            Json.Obj one = entry.object();
            parameters.add(new Parameter(one.text("name"), IntStream.of(one.integers("shape")).boxed().toList(), (long) one.number("offset"), one.bool("trained")));
        }
        return List.copyOf(parameters);
    }
}
