#include "ops/step/step.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "base/host_device.h"
#include "base/philox.h"
#include "ops/step/kernels.h"

namespace lgv {

namespace {

// A task: so many elements of one slot, or pixels of one image. Small pictures are one task, and alone they wake nobody.
constexpr int64_t task_elements = 4096;
constexpr int64_t task_pixels = 2048;

// Within a task so many at a time, so that all sums of a row stay in the first-level cache.
constexpr int64_t chunk = 1024;

int64_t parts(int64_t whole, int64_t part) { return (whole + part - 1) / part; }

// c0 * x0 + c1 * x1 + ... of n numbers each, from left to right, fused, into y.
class Sum {
public:
    Sum(float* y, int64_t n) : y_(y), n_(n) {}

    void add(float coefficient, const float* x) {
        if (coefficient == 0) return;
        if (empty_)
            step_kernels::multiply(y_, coefficient, x, n_);
        else
            step_kernels::multiply_add(y_, coefficient, x, n_);
        empty_ = false;
    }

    void end() {
        if (empty_) std::fill_n(y_, n_, 0.0f);
    }

private:
    float* y_;
    int64_t n_;
    bool empty_ = true;
};

bool makes_x0(const lgv_update& row) { return row.p != 0 || row.q != 0; }
bool is_thresholded(const lgv_update& row) { return row.quantile > 0 && makes_x0(row); }

// v = p*x + q*out. Both passes of a thresholded row come through here: the same bits.
void estimate_chunk(const lgv_update& row, const SlotPlanes& planes, int64_t first, int64_t n, float* v) {
    Sum estimate(v, n);
    if (row.p != 0) estimate.add(row.p, planes.x + first);
    if (row.q != 0) estimate.add(row.q, planes.out + first);
    estimate.end();
}

// The quantile of n magnitudes, whose order is lost: at f32(q) * f32(n - 1) in ascending order, linear between neighbours; NaN if one of them is.
// Magnitudes compare as their bits do, so that the order is total and NaN comes last.
float quantile_of(float* magnitudes, int64_t n, float q) {
    const auto less = [](float a, float b) { return std::bit_cast<uint32_t>(a) < std::bit_cast<uint32_t>(b); };
    const float position = q * float(n - 1);
    const int64_t below = std::min(int64_t(position), n - 1);
    std::nth_element(magnitudes, magnitudes + below, magnitudes + n, less);
    const float largest = *std::max_element(magnitudes + below, magnitudes + n, less);
    if (largest != largest) return largest;
    const float share = position - float(below);
    if (!(share > 0) || below + 1 == n) return magnitudes[below];
    const float above = *std::min_element(magnitudes + below + 1, magnitudes + n, less);
    return fused(share, above - magnitudes[below], magnitudes[below]);
}

// L = min(max(quantile, 1), limit) of a row whose |v| is in its x0. NaN stays.
float bound_of(const lgv_update& row, const SlotPlanes& planes) {
    float bound = quantile_of(planes.x0, planes.elements, row.quantile);
    if (bound < 1) bound = 1;
    if (bound > row.limit) bound = row.limit;
    return bound;
}

void update_chunk(const lgv_update& row, float bound, const SlotPlanes& planes, int64_t first, int64_t n) {
    alignas(64) float x0[chunk], noise[chunk], next[chunk], saved[chunk];
    const auto here = [first](const float* plane) { return plane == nullptr ? nullptr : plane + first; };
    const float* x = here(planes.x);
    const float* out = here(planes.out);

    estimate_chunk(row, planes, first, n, x0);
    if (is_thresholded(row))
        step_kernels::clamp_and_divide(x0, bound, n);
    else if (row.limit < std::numeric_limits<float>::infinity())
        step_kernels::clamp(x0, row.limit, n);

    const float* z = here(planes.noise);
    if (row.d != 0) {
        if (z == nullptr) {
            philox_normals(planes.seed, uint32_t(row.draw), Purpose::sample, first, n, noise);
            z = noise;
        }
        if (row.variance != 0) {
            const float* out2 = planes.out2 + first;
            if (row.variance == 1)
                step_kernels::deviate_in_range(noise, z, out2, row.logvar_hi, row.logvar_lo, n);
            else
                step_kernels::deviate(noise, z, out2, n);
            z = noise;
        }
    }

    Sum move(next, n);
    move.add(row.a, x);
    move.add(row.b, x0);
    move.add(row.e, out);
    move.add(row.d, z);
    for (int k = 0; k < 4; ++k) move.add(row.c[k], here(planes.history[k]));
    move.end();

    if (row.ka != 0 || row.kn != 0) {
        const float* known_noise = here(planes.known_noise);
        if (row.kn != 0 && known_noise == nullptr) {
            philox_normals(planes.seed, uint32_t(row.known_draw), Purpose::sample, first, n, noise);
            known_noise = noise;
        }
        Sum known(saved, n);
        known.add(row.ka, here(planes.known));
        known.add(row.kn, known_noise);
        // The mask is the same for every channel: it begins again with each.
        for (int64_t i = 0; i < n;) {
            const int64_t pixel = (first + i) % planes.pixels;
            const int64_t run = std::min(n - i, planes.pixels - pixel);
            step_kernels::blend(next + i, planes.mask + pixel, saved + i, run);
            i += run;
        }
    }

    // All has been read that the row reads of x and of the history, but for what is saved: then, and only then, they change.
    if (row.save >= 0) {
        Sum keep(saved, n);
        keep.add(row.sx, x);
        keep.add(row.s0, x0);
        keep.add(row.so, out);
        keep.add(row.sh, here(planes.history[row.save]));
        keep.end();
        std::copy_n(saved, n, planes.history[row.save] + first);
    }
    if (makes_x0(row)) std::copy_n(x0, n, planes.x0 + first);
    std::copy_n(next, n, planes.x + first);
}

// Channels `begin` to `end` of n pixels of one evaluation, into the planes of its slot.
void add_channels(float* out, float weight, bool is_first, const float* pixels, const Shape& shape, int64_t begin, int64_t end, int64_t n) {
    const int64_t stride = shape.h * shape.w;
    if (begin == end) return;
    if (weight != 0) {
        step_kernels::pixels_to_planes(out + begin * stride, weight, pixels + begin, stride, end - begin, shape.c, n, !is_first);
    } else if (is_first) {
        for (int64_t c = begin; c < end; ++c) std::fill_n(out + c * stride, n, 0.0f);
    }
}

// Calls work(update, first, count) for every chunk of those updates that are `wanted`, as tasks.
template <class Wanted, class Work>
void each_chunk(ThreadTeam& team, std::span<const SlotUpdate> updates, const Wanted& wanted, const Work& work) {
    int64_t largest = 0;
    for (const SlotUpdate& update : updates) largest = std::max(largest, update.planes.elements);
    const int64_t blocks = parts(largest, task_elements);
    team.run(int64_t(updates.size()) * blocks, [&](int64_t task, int) {
        const auto i = size_t(task / blocks);
        if (!wanted(updates[i])) return;
        const int64_t begin = task % blocks * task_elements;
        const int64_t end = std::min(begin + task_elements, updates[i].planes.elements);
        for (int64_t first = begin; first < end; first += chunk) work(i, first, std::min(chunk, end - first));
    });
}

}  // namespace

void network_input(ThreadTeam& team, std::span<const NetworkInput> images, const Shape& shape, float* net_x) {
    const int64_t pixels = shape.h * shape.w;
    const int64_t blocks = parts(pixels, task_pixels);
    team.run(int64_t(images.size()) * blocks, [&](int64_t task, int) {
        const NetworkInput& image = images[size_t(task / blocks)];
        const int64_t first = task % blocks * task_pixels;
        const int64_t n = std::min(task_pixels, pixels - first);
        float* to = net_x + (task / blocks * pixels + first) * shape.c;
        if (image.s == 0)
            std::fill_n(to, n * shape.c, 0.0f);
        else
            step_kernels::planes_to_pixels(to, image.s, image.x + first, pixels, shape.c, n);
    });
}

void write_pictures(ThreadTeam& team, std::span<const float* const> x, const Shape& shape, uint8_t* pictures) {
    const int64_t pixels = shape.h * shape.w;
    const int64_t blocks = parts(pixels, task_pixels);
    team.run(int64_t(x.size()) * blocks, [&](int64_t task, int) {
        const int64_t image = task / blocks, first = task % blocks * task_pixels;
        step_kernels::planes_to_bytes(pictures + (image * pixels + first) * shape.c, x[size_t(image)] + first, pixels, shape.c, std::min(task_pixels, pixels - first));
    });
}

// Images that share a plane are evaluations of one slot. The first of them does the work of all, in their order; the others have nothing to do.
void network_output(ThreadTeam& team, std::span<const NetworkOutput> images, const Shape& shape, int64_t means, const float* net) {
    const int64_t pixels = shape.h * shape.w;
    const int64_t blocks = parts(pixels, task_pixels);
    team.run(int64_t(images.size()) * blocks, [&](int64_t task, int) {
        const int64_t leader = task / blocks;
        float* const out = images[size_t(leader)].out;
        for (int64_t i = 0; i < leader; ++i)
            if (images[size_t(i)].out == out) return;
        const int64_t first = task % blocks * task_pixels;
        const int64_t n = std::min(task_pixels, pixels - first);
        for (int64_t i = leader; i < int64_t(images.size()); ++i) {
            const NetworkOutput& image = images[size_t(i)];
            if (image.out != out) continue;
            const float* from = net + (i * pixels + first) * shape.c;
            add_channels(out + first, image.weight, image.first, from, shape, 0, means, n);
            add_channels(out + first, image.weight_variance, image.first, from, shape, means, shape.c, n);
        }
    });
}

void update(ThreadTeam& team, std::span<const SlotUpdate> updates) {
    // What x0 is held in; of a thresholded row the image itself says it. Its |v| lie in its x0 until then.
    std::vector<float> bounds;
    bounds.reserve(updates.size());
    bool any_thresholded = false;
    for (const SlotUpdate& update : updates) {
        bounds.push_back(update.row.limit);
        any_thresholded = any_thresholded || is_thresholded(update.row);
    }
    if (any_thresholded) {
        const auto wanted = [](const SlotUpdate& update) { return is_thresholded(update.row); };
        each_chunk(team, updates, wanted, [&](size_t i, int64_t first, int64_t n) {
            const auto& [row, planes] = updates[i];
            estimate_chunk(row, planes, first, n, planes.x0 + first);
            step_kernels::magnitude(planes.x0 + first, n);
        });
        team.run(int64_t(updates.size()), [&](int64_t i, int) {
            if (wanted(updates[size_t(i)])) bounds[size_t(i)] = bound_of(updates[size_t(i)].row, updates[size_t(i)].planes);
        });
    }
    each_chunk(team, updates, [](const SlotUpdate&) { return true; },
               [&](size_t i, int64_t first, int64_t n) { update_chunk(updates[i].row, bounds[i], updates[i].planes, first, n); });
}

}  // namespace lgv
