#include "ops/step/step.h"

#include <algorithm>
#include <limits>

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

void update_chunk(const lgv_update& row, const SlotPlanes& planes, int64_t first, int64_t n) {
    alignas(64) float x0[chunk], noise[chunk], next[chunk], saved[chunk];
    const auto here = [first](const float* plane) { return plane == nullptr ? nullptr : plane + first; };
    const float* x = here(planes.x);
    const float* out = here(planes.out);

    Sum estimate(x0, n);
    estimate.add(row.p, x);
    estimate.add(row.q, out);
    estimate.end();
    if (row.limit < std::numeric_limits<float>::infinity()) step_kernels::clamp(x0, row.limit, n);

    const float* z = here(planes.noise);
    if (row.d != 0 && z == nullptr) {
        philox_normals(planes.seed, uint32_t(row.draw), Purpose::sample, first, n, noise);
        z = noise;
    }

    Sum move(next, n);
    move.add(row.a, x);
    move.add(row.b, x0);
    move.add(row.e, out);
    move.add(row.d, z);
    for (int k = 0; k < 4; ++k) move.add(row.c[k], here(planes.history[k]));
    move.end();

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
    if (row.p != 0 || row.q != 0) std::copy_n(x0, n, planes.x0 + first);
    std::copy_n(next, n, planes.x + first);
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

// Images that share a plane are evaluations of one slot. The first of them does the work of all, in their order; the others have nothing to do.
void network_output(ThreadTeam& team, std::span<const NetworkOutput> images, const Shape& shape, const float* net) {
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
            if (image.weight != 0) {
                const float* from = net + (i * pixels + first) * shape.c;
                step_kernels::pixels_to_planes(out + first, image.weight, from, pixels, shape.c, n, !image.first);
            } else if (image.first) {
                for (int64_t c = 0; c < shape.c; ++c) std::fill_n(out + c * pixels + first, n, 0.0f);
            }
        }
    });
}

void update(ThreadTeam& team, std::span<const SlotUpdate> updates) {
    int64_t largest = 0;
    for (const SlotUpdate& update : updates) largest = std::max(largest, update.planes.elements);
    const int64_t blocks = parts(largest, task_elements);
    team.run(int64_t(updates.size()) * blocks, [&](int64_t task, int) {
        const SlotUpdate& update = updates[size_t(task / blocks)];
        const int64_t begin = task % blocks * task_elements;
        const int64_t end = std::min(begin + task_elements, update.planes.elements);
        for (int64_t first = begin; first < end; first += chunk) update_chunk(update.row, update.planes, first, std::min(chunk, end - first));
    });
}

}  // namespace lgv
