#include "ops/attention/attention.cpu.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/attention/softmax.h"
#include "ops/gemm/gemm.h"
#include "ops/weights.h"

namespace lgv {

extern const SoftmaxKernels softmax_avx512;
extern const SoftmaxKernels softmax_avx2;

namespace {

constexpr int64_t score_floats = 64 * 1024;    // of a block's scores, if it has more than one tile of rows: 256 KiB
constexpr int64_t workspace_floats = 1 << 20;  // 4 MiB, unless a single (image, head) needs more
constexpr int64_t block_tiles = 2;
constexpr int64_t tasks_per_thread = 4;

int64_t key_floats(const CpuAttention& op) { return packed_floats(*op.gemm, op.head_size, op.length); }
int64_t value_floats(const CpuAttention& op) { return packed_floats(*op.gemm, op.length, op.head_size); }

// Between rows of scores: whole cache lines, and not a multiple of 4096 bytes, which would put a tile's rows into one set of the cache.
int64_t score_row(const CpuAttention& op) { return (op.length + 15) / 16 * 16 + 16; }

}  // namespace

CpuAttention lower(const Attention& op, Value out, const Shapes& shapes, Weights&, Isa isa) {
    const Shape& q = shapes[op.q];
    CpuAttention lowered{.op = op,
                         .out = out,
                         .gemm = &gemm_kernels(isa),
                         .softmax = isa == Isa::avx512 ? &softmax_avx512 : &softmax_avx2,
                         .length = q.h * q.w,
                         .head_size = q.c / op.heads,
                         .isa = isa};
    const int64_t tile = lowered.gemm->tile_rows;
    lowered.block_rows = std::clamp(score_floats / score_row(lowered) / tile, int64_t{1}, block_tiles) * tile;
    const int64_t unit = key_floats(lowered) + value_floats(lowered);
    lowered.units_together = std::clamp(workspace_floats / unit, int64_t{1}, q.n * op.heads);
    return lowered;
}

CpuNeeds needs(const CpuAttention& op) {
    const int64_t unit = key_floats(op) + value_floats(op);
    return {.workspace_bytes = op.units_together * unit * int64_t(sizeof(float)),
            .scratch_bytes = op.block_rows * score_row(op) * int64_t(sizeof(float))};
}

std::string algorithm(const CpuAttention& op) {
    return text("gemm ", name_of(op.isa), " ", op.gemm->tile_rows, "x", op.gemm->panel, ", ", op.block_rows, " query rows a task");
}

void run(const CpuAttention& op, const CpuLaunch& launch) {
    const GemmKernels& gemm = *op.gemm;
    const int64_t length = op.length, d = op.head_size, heads = op.op.heads, channels = heads * d;
    const int64_t keys = key_floats(op), unit_floats = keys + value_floats(op);
    const int64_t blocks = (length + op.block_rows - 1) / op.block_rows;
    const int64_t units = launch.rows * heads;
    const float scale = float(1 / std::sqrt(double(d)));
    const float *q = launch.at(op.op.q), *k = launch.at(op.op.k), *v = launch.at(op.op.v);
    float* y = launch.at(op.out);
    float* packed = reinterpret_cast<float*>(launch.workspace);
    // Where a unit's first pixel begins in q, k, v and y.
    const auto place = [&](int64_t unit) { return unit / heads * length * channels + unit % heads * d; };

    const auto pack = [&](int64_t unit, bool of_values, float* panels) {
        if (of_values) {
            gemm.pack(v + place(unit), channels, length, d, panels + keys);
        } else {
            gemm.pack_transposed(k + place(unit), channels, d, length, panels);
        }
    };
    const auto attend = [&](int64_t unit, int64_t block, const float* panels, float* scores) {
        const Range rows = even_part(length, blocks, block);
        const int64_t at = place(unit) + rows.begin * channels;
        gemm.multiply({.a = q + at, .a_row = channels, .panels = panels, .c = scores, .c_row = score_row(op),
                       .m = rows.size(), .n = length, .k = d, .scale = scale});
        op.softmax->rows(scores, score_row(op), rows.size(), length);
        gemm.multiply({.a = scores, .a_row = score_row(op), .panels = panels + keys, .c = y + at, .c_row = channels,
                       .m = rows.size(), .n = d, .k = length});
    };

    // Where there are enough units a thread takes one as a whole: what it packs, nobody else reads.
    const int64_t threads = launch.team.threads();
    if (threads <= op.units_together && (units % threads == 0 || units >= tasks_per_thread * threads)) {
        launch.team.run(units, [&](int64_t unit, int thread) {
            float* panels = packed + thread * unit_floats;
            for (const bool of_values : {false, true}) pack(unit, of_values, panels);
            for (int64_t block = 0; block < blocks; ++block) attend(unit, block, panels, launch.scratch_of<float>(thread));
        });
        return;
    }
    // Else as few at a time as keep the threads busy, so that what was packed is still in the cache.
    const int64_t busy = (threads * tasks_per_thread + blocks - 1) / blocks;
    const int64_t at_once = std::clamp(busy, int64_t{1}, op.units_together);
    for (int64_t first = 0; first < units; first += at_once) {
        const int64_t together = std::min(at_once, units - first);
        launch.team.run(2 * together, [&](int64_t task, int) { pack(first + task / 2, task % 2 == 1, packed + task / 2 * unit_floats); });
        launch.team.run(together * blocks, [&](int64_t task, int thread) {
            const int64_t unit = task / blocks;
            attend(first + unit, task % blocks, packed + unit * unit_floats, launch.scratch_of<float>(thread));
        });
    }
}

}  // namespace lgv
