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
    expect(op.channels >= 2, Code::model, "timestep embedding: ", op.channels, " channels, a sine and a cosine need 2");
    expect(double(op.channels / 2) > double(op.freq_shift), Code::model, "timestep embedding: freq_shift ", op.freq_shift,
           " must be less than half of the ", op.channels, " channels");
    return {t.n, 1, 1, op.channels};
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

// Of the table only the rows that are looked up.
Cost cost(const LabelEmbedding& op, const Shapes& shapes) {
    const int64_t n = shapes[op.label].n;
    return {.flops = 0, .bytes = 4 * (n + 2 * n * op.channels)};
}

}  // namespace lgv
