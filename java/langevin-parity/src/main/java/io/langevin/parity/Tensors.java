package io.langevin.parity;

import io.langevin.internal.Safetensors.Tensor;
import java.util.Arrays;
import java.util.Map;

/// The tensors of a case, each asked for by name, type and number of axes.
record Tensors(Map<String, Tensor> byName) {
    boolean has(String name) {
        return byName.containsKey(name);
    }

    Tensor floats(String name, int axes) {
        Tensor tensor = of(name, axes);
        if (tensor.floats() == null) {
            throw new BrokenCase("tensor " + name + " is not float32");
        }
        return tensor;
    }

    Tensor longs(String name, int axes) {
        Tensor tensor = of(name, axes);
        if (tensor.longs() == null) {
            throw new BrokenCase("tensor " + name + " is not int64");
        }
        return tensor;
    }

    private Tensor of(String name, int axes) {
        Tensor tensor = byName.get(name);
        if (tensor == null) {
            throw new BrokenCase("tensors.safetensors has no tensor " + name);
        }
        if (tensor.shape().length != axes) {
            throw new BrokenCase("tensor " + name + " has shape " + Arrays.toString(tensor.shape()) + ", wanted " + axes + " axes");
        }
        return tensor;
    }
}
