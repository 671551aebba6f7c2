#include <algorithm>
#include <cmath>
#include <vector>

#include "base/philox.h"
#include "ops/step/step.h"

namespace lgv {

namespace {

// coefficient * plane[i], where 0 means that nothing is read.
double term(float coefficient, const float* plane, int64_t i) { return coefficient == 0 ? 0.0 : double(coefficient) * double(plane[i]); }

double clean(const lgv_update& row, const SlotPlanes& planes, int64_t i) { return term(row.p, planes.x, i) + term(row.q, planes.out, i); }

// noise(draw), made where the planes do not have it; nothing where its coefficient is 0.
struct Noise {
    const float* values;
    std::vector<float> made;

    Noise(float coefficient, const float* given, int32_t draw, const SlotPlanes& planes) : values(given) {
        if (coefficient == 0 || given != nullptr) return;
        made.resize(size_t(planes.elements));
        philox_normals(planes.seed, uint32_t(draw), Purpose::sample, 0, planes.elements, made.data());
        values = made.data();
    }
};

// What the noise is multiplied with.
double deviation(const lgv_update& row, const SlotPlanes& planes, int64_t i) {
    if (row.variance == 0) return 1;
    const double out2 = double(planes.out2[i]);
    if (row.variance == 2) return std::sqrt(out2);
    const double w = (out2 + 1) / 2;
    return std::exp((w * double(row.logvar_hi) + (1 - w) * double(row.logvar_lo)) / 2);
}

// L = min(max(Q, 1), limit), Q the quantile of |v|: its position in float32, as PyTorch has it. All of them sorted; NaN if one is.
double threshold(const lgv_update& row, const SlotPlanes& planes) {
    std::vector<double> sorted;
    for (int64_t i = 0; i < planes.elements; ++i) {
        sorted.push_back(std::abs(clean(row, planes, i)));
        if (std::isnan(sorted.back())) return NAN;
    }
    std::sort(sorted.begin(), sorted.end());
    const float position = row.quantile * float(planes.elements - 1);
    const auto below = size_t(std::min(int64_t(position), planes.elements - 1));
    const double above = sorted[std::min(below + 1, sorted.size() - 1)];
    const double quantile = sorted[below] + (double(position) - double(below)) * (above - sorted[below]);
    return std::min(std::max(quantile, 1.0), double(row.limit));
}

}  // namespace

void network_input_reference(std::span<const NetworkInput> images, const Shape& shape, float* net_x) {
    const int64_t pixels = shape.h * shape.w;
    for (const NetworkInput& image : images)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < shape.c; ++c) *net_x++ = float(term(image.s, image.x, c * pixels + p));
}

void network_output_reference(std::span<const NetworkOutput> images, const Shape& shape, int64_t means, const float* net) {
    const int64_t pixels = shape.h * shape.w;
    for (const NetworkOutput& image : images)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < shape.c; ++c, ++net) {
                float& out = image.out[c * pixels + p];
                out = float((image.first ? 0.0 : double(out)) + term(c < means ? image.weight : image.weight_variance, net, 0));
            }
}

void update_reference(std::span<const SlotUpdate> updates) {
    for (const auto& [row, planes] : updates) {
        const Noise noise(row.d, planes.noise, row.draw, planes), known_noise(row.kn, planes.known_noise, row.known_draw, planes);
        const bool thresholded = row.quantile > 0 && (row.p != 0 || row.q != 0);
        const double limit = thresholded ? threshold(row, planes) : double(row.limit);
        for (int64_t i = 0; i < planes.elements; ++i) {
            const double v = clean(row, planes, i);
            double x0 = std::isnan(v) || std::isnan(limit) ? v : std::clamp(v, -limit, limit);
            if (thresholded) x0 /= limit;
            double next = term(row.a, planes.x, i) + term(row.e, planes.out, i);
            if (row.b != 0) next += double(row.b) * x0;
            if (row.d != 0) next += term(row.d, noise.values, i) * deviation(row, planes, i);
            for (int k = 0; k < 4; ++k) next += term(row.c[k], planes.history[k], i);
            if (row.ka != 0 || row.kn != 0) {
                const double mask = double(planes.mask[i % planes.pixels]);
                next = mask * (term(row.ka, planes.known, i) + term(row.kn, known_noise.values, i)) + (1 - mask) * next;
            }
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

void write_pictures_reference(std::span<const float* const> x, const Shape& shape, uint8_t* pictures) {
    const int64_t pixels = shape.h * shape.w;
    for (const float* image : x)
        for (int64_t p = 0; p < pixels; ++p)
            for (int64_t c = 0; c < shape.c; ++c) {
                const float shade = image[c * pixels + p] / 2 + 0.5f;
                // Not clamped where it is NaN: the comparison is false.
                *pictures++ = shade > 0 ? uint8_t(std::nearbyint(255 * std::min(shade, 1.0f))) : uint8_t{0};
            }
}

}  // namespace lgv
