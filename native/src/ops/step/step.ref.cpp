#include <algorithm>
#include <cmath>
#include <vector>

#include "base/philox.h"
#include "ops/step/step.h"

namespace lgv {

namespace {

// coefficient * plane[i], where 0 means that nothing is read.
double term(float coefficient, const float* plane, int64_t i) { return coefficient == 0 ? 0.0 : double(coefficient) * double(plane[i]); }

}  // namespace

void network_input_reference(std::span<const NetworkInput> images, const Shape& shape, float* net_x) {
    const int64_t pixels = shape.h * shape.w;
    for (const NetworkInput& image : images)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < shape.c; ++c) *net_x++ = float(term(image.s, image.x, c * pixels + p));
}

void network_output_reference(std::span<const NetworkOutput> images, const Shape& shape, const float* net) {
    const int64_t pixels = shape.h * shape.w;
    for (const NetworkOutput& image : images)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < shape.c; ++c, ++net) {
                float& out = image.out[c * pixels + p];
                out = float((image.first ? 0.0 : double(out)) + term(image.weight, net, 0));
            }
}

void update_reference(std::span<const SlotUpdate> updates) {
    for (const auto& [row, planes] : updates) {
        std::vector<float> made;
        const float* noise = planes.noise;
        if (row.d != 0 && noise == nullptr) {
            made.resize(size_t(planes.elements));
            philox_normals(planes.seed, uint32_t(row.draw), Purpose::sample, 0, planes.elements, made.data());
            noise = made.data();
        }
        for (int64_t i = 0; i < planes.elements; ++i) {
            const double v = term(row.p, planes.x, i) + term(row.q, planes.out, i);
            const double limit = double(row.limit);
            const double x0 = std::isnan(v) ? v : std::clamp(v, -limit, limit);
            double next = term(row.a, planes.x, i) + term(row.e, planes.out, i) + term(row.d, noise, i);
            if (row.b != 0) next += double(row.b) * x0;
            for (int k = 0; k < 4; ++k) next += term(row.c[k], planes.history[k], i);
            if (row.save >= 0) {
                float& history = planes.history[row.save][i];
                double saved = term(row.sx, planes.x, i) + term(row.so, planes.out, i) + term(row.sh, planes.history[row.save], i);
                if (row.s0 != 0) saved += double(row.s0) * x0;
                history = float(saved);
            }
            if (row.p != 0 || row.q != 0) planes.x0[i] = float(x0);
            planes.x[i] = float(next);
        }
    }
}

}  // namespace lgv
