// What every op is made of. An op is a small struct that names its inputs (Value), its weights (Parameter) and its numbers; it knows nothing
// of memory or devices. Layout is NHWC. Each family folder holds
//     x.h          the struct; output_shape, the rule for its output and the place where wrong shapes are refused; cost
//     x.ref.cpp    reference(): plain C++ with double accumulation, the oracle of every other form
//     x.cpu.h/.cpp the CPU form: lower() (packs weights, chooses an algorithm by the shape of one image), needs(), algorithm(), run()
// and x_gradient.* the same for the ops of the backward pass that differentiate it. Such an op names what it writes itself (outputs()); for each of its
// parameters() it adds a derivative to the gradients, one flat float32 arena. graph/gradient_rules.cpp says which ops differentiate which.
// A sum over images has an order that the program's shape and the number of live rows fix, never the threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/shape.h"

namespace lgv {

class Weights;

// An activation in the op list, by its number; -1: none, an input that the op does not have.
struct Value {
    int32_t id = -1;
    explicit operator bool() const { return id >= 0; }
    friend bool operator==(Value, Value) = default;
};

// A weight tensor of the model, by its number in the op list's table; -1: none.
struct Parameter {
    int32_t id = -1;
    explicit operator bool() const { return id >= 0; }
    friend bool operator==(Parameter, Parameter) = default;
};

// The shape of every value so far, by its number.
struct Shapes {
    std::vector<Shape> all;
    const Shape& operator[](Value value) const { return all[size_t(value.id)]; }
};

// Nominal work of one launch: flops count a multiply-add as two, taps in the padding too; bytes are inputs, weights and output, once each.
struct Cost {
    int64_t flops = 0;
    int64_t bytes = 0;
};

// silu: x / (1 + exp(-x))   mish: x tanh(ln(1 + exp(x)))   gelu: x Phi(x), Phi the normal distribution   relu: max(x, 0)
enum class Activation { none, silu, mish, gelu, relu };

constexpr const char* name_of(Activation act) {
    switch (act) {
        case Activation::none: return "none";
        case Activation::silu: return "silu";
        case Activation::mish: return "mish";
        case Activation::gelu: return "gelu";
        case Activation::relu: return "relu";
    }
    return "?";
}

// Where an op of the backward pass puts a derivative of the loss: into a value, written, or added to what earlier ops have put there. none: not wanted.
struct Gradient {
    Value value;
    bool add = false;
    explicit operator bool() const { return bool(value); }
};

// What reference() runs on: every value in memory of its own, float32 (labels: int32 in the same room), or double where derivatives are compared with
// finite differences.
template <class Real>
struct ReferenceLaunchOf {
    std::span<Real* const> values;  // by Value::id
    const Shapes& shapes;
    const Weights& weights;
    Value out;                             // of a forward op
    std::span<Real* const> gradients{};    // of the backward pass, by Parameter::id, in the parameter's own order: to be added to

    Real* at(Value value) const { return values[size_t(value.id)]; }
    Real* gradient_at(Parameter parameter) const { return gradients[size_t(parameter.id)]; }

    // Puts `derivative` where `to` says, at element i.
    void put(Gradient to, int64_t i, double derivative) const {
        Real& there = at(to.value)[i];
        there = Real(to.add ? there + derivative : derivative);
    }
};

using ReferenceLaunch = ReferenceLaunchOf<float>;

}  // namespace lgv
