#include "ops/embedding/embedding.h"

#include <cmath>

#include "base/error.h"

namespace lgv {

std::vector<float> frequencies(const TimestepEmbedding& op) {
    const int32_t half = op.channels / 2;
    const float minus_log = float(-std::log(10000.0));
    const float divisor = float(double(half) - double(op.freq_shift));
    std::vector<float> w;
    for (int32_t i = 0; i < half; ++i) {
        const float exponent = minus_log * float(i) / divisor;
        w.push_back(float(std::exp(double(exponent))));
    }
    return w;
}

Shape output_shape(const TimestepEmbedding& op, const Shapes& shapes) {
    const Shape& t = shapes[op.t];
    expect(t.per_image() == 1, Code::model, "timestep embedding: t has ", t.per_image(), " numbers an image, 1 is wanted");
    expect(op.channels >= 1, Code::model, "timestep embedding: ", op.channels, " channels, at least 1 is needed");
    for (const float w : frequencies(op)) {
        expect(std::isfinite(w), Code::model, "timestep embedding: freq_shift ", op.freq_shift, " and ", op.channels,
               " channels make a frequency that is not a number (freq_shift must not be near half of the channels)");
    }
    return {t.n, 1, 1, op.channels};
}

Shape output_shape(const FourierEmbedding& op, const Shapes& shapes) {
    const Shape& t = shapes[op.t];
    expect(t.per_image() == 1, Code::model, "fourier embedding: t has ", t.per_image(), " numbers an image, 1 is wanted");
    expect(op.channels >= 1, Code::model, "fourier embedding: ", op.channels, " frequencies, at least 1 is needed");
    return {t.n, 1, 1, 2 * op.channels};
}

Shape output_shape(const LabelEmbedding& op, const Shapes& shapes) {
    const Shape& label = shapes[op.label];
    expect(label.per_image() == 1, Code::model, "label embedding: ", label.per_image(), " labels an image, 1 is wanted");
    expect(op.rows >= 1 && op.channels >= 1, Code::model, "label embedding: a table of ", op.rows, " x ", op.channels, " has nothing to look up");
    return {label.n, 1, 1, op.channels};
}

// A product for each angle; the sines are not counted.
Cost cost(const TimestepEmbedding& op, const Shapes& shapes) {
    const int64_t n = shapes[op.t].n;
    return {.flops = n * (op.channels / 2), .bytes = 4 * (n + n * op.channels)};
}

Cost cost(const FourierEmbedding& op, const Shapes& shapes) {
    const int64_t n = shapes[op.t].n;
    return {.flops = n * (op.channels + 1), .bytes = 4 * (n + op.channels + 2 * n * op.channels)};
}

// Of the table only the rows that are looked up.
Cost cost(const LabelEmbedding& op, const Shapes& shapes) {
    const int64_t n = shapes[op.label].n;
    return {.flops = 0, .bytes = 4 * (n + 2 * n * op.channels)};
}

}  // namespace lgv
