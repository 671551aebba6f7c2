#include "ops/attention/attention_gradient.cpu.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"
#include "ops/attention/attention_gradient_kernels.h"
#include "ops/attention/softmax.h"
#include "ops/gemm/gemm.h"
#include "ops/weights.h"

namespace lgv {

extern const AttentionGradientKernels attention_gradient_avx512;
extern const AttentionGradientKernels attention_gradient_avx2;
extern const SoftmaxKernels softmax_avx512;
extern const SoftmaxKernels softmax_avx2;

namespace {

constexpr int64_t chunk_floats = 64 * 1024;    // of a chunk's P^T, and as many of dS^T: 256 KiB each
constexpr int64_t fewest_in_chunk = 64;        // a sum of fewer terms costs more in its loads and stores than in its products (L = 4096: 16 %)
constexpr int64_t score_floats = 64 * 1024;    // of a block's P, if it has more than one tile of rows, and as many of dS
constexpr int64_t workspace_floats = 1 << 21;  // 8 MiB, unless a single unit needs more
constexpr int64_t block_tiles = 2;
constexpr int64_t tasks_per_thread = 4;

constexpr int64_t whole_lines(int64_t floats) { return (floats + 15) / 16 * 16; }

// Between rows of scores, of length L, and of transposed scores: whole cache lines, and not a multiple of 4096 bytes, which would put a tile's rows into
// one set of the cache.
int64_t row_for(int64_t floats) { return whole_lines(floats) + 16; }

int64_t most_in_chunk(const CpuAttentionGradient& op) { return (op.length + op.chunks - 1) / op.chunks; }

// Where things lie in a unit's workspace, in floats.
struct UnitLayout {
    explicit UnitLayout(const CpuAttentionGradient& op) {
        const GemmKernels& gemm = *op.gemm;
        const auto take = [&](int64_t count) {
            const int64_t at = floats;
            floats += whole_lines(count);
            return at;
        };
        keys_transposed = take(packed_floats(gemm, op.head_size, op.length));
        values_transposed = take(packed_floats(gemm, op.head_size, op.length));
        keys = take(packed_floats(gemm, op.length, op.head_size));
        queries = take(packed_floats(gemm, most_in_chunk(op), op.head_size));
        dy = take(packed_floats(gemm, most_in_chunk(op), op.head_size));
        row = row_for(most_in_chunk(op));
        p = take(op.length * row);
        ds = take(op.length * row);
    }

    int64_t floats = 0;                                             // of all
    int64_t keys_transposed, values_transposed, keys, queries, dy;  // panels
    int64_t p, ds, row;                                             // [keys, the chunk's queries]
};

// The steps of one unit.
class Unit {
public:
    static constexpr int64_t packs = 5;

    Unit(const CpuAttentionGradient& op, const CpuLaunch& launch, int64_t unit, float* memory)
        : op_(op), launch_(launch), in_(op), memory_(memory), channels_(op.op.of.heads * op.head_size) {
        const int64_t heads = op.op.of.heads;
        place_ = unit / heads * op.length * channels_ + unit % heads * op.head_size;
    }

    void pack(int64_t part, int64_t chunk) const {
        const GemmKernels& gemm = *op_.gemm;
        const Range rows = even_part(op_.length, op_.chunks, chunk);
        const int64_t d = op_.head_size;
        if (part == 0) gemm.pack(at(op_.op.of.q, rows.begin), channels_, rows.size(), d, memory_ + in_.queries);
        if (part == 1) gemm.pack(at(op_.op.dy, rows.begin), channels_, rows.size(), d, memory_ + in_.dy);
        if (chunk != 0) return;  // the others hold for all chunks
        if (part == 2) gemm.pack_transposed(at(op_.op.of.k, 0), channels_, d, op_.length, memory_ + in_.keys_transposed);
        if (part == 3) gemm.pack_transposed(at(op_.op.of.v, 0), channels_, d, op_.length, memory_ + in_.values_transposed);
        if (part == 4) gemm.pack(at(op_.op.of.k, 0), channels_, op_.length, d, memory_ + in_.keys);
    }

    // dq of the block's rows; P^T and dS^T of them.
    void query_rows(int64_t chunk, int64_t block, int64_t blocks, float* scratch) const {
        const Range queries = even_part(op_.length, op_.chunks, chunk), part = even_part(queries.size(), blocks, block);
        const int64_t begin = queries.begin + part.begin, rows = part.size(), length = op_.length, d = op_.head_size, row = row_for(length);
        const float scale = float(1 / std::sqrt(double(d)));
        float *p = scratch, *ds = scratch + op_.block_rows * row;
        op_.gemm->multiply({.a = at(op_.op.of.q, begin), .a_row = channels_, .panels = memory_ + in_.keys_transposed, .c = p, .c_row = row, .m = rows,
                            .n = length, .k = d, .scale = scale});
        op_.softmax->rows(p, row, rows, length);
        op_.gemm->multiply({.a = at(op_.op.dy, begin), .a_row = channels_, .panels = memory_ + in_.values_transposed, .c = ds, .c_row = row, .m = rows,
                            .n = length, .k = d});
        op_.kernels->slopes(p, ds, row, rows, length, scale);
        op_.kernels->transpose(p, row, rows, length, memory_ + in_.p + part.begin, in_.row);
        op_.kernels->transpose(ds, row, rows, length, memory_ + in_.ds + part.begin, in_.row);
        float* dq = at(op_.op.dq.value, begin);
        op_.gemm->multiply({.a = ds, .a_row = row, .panels = memory_ + in_.keys, .c = dq, .c_row = channels_, .m = rows, .n = d, .k = length,
                            .residual = op_.op.dq.add ? dq : nullptr, .residual_row = channels_});
    }

    // What the chunk gives to dv, or to dk, of these keys.
    void key_rows(int64_t chunk, Range keys, bool of_values) const {
        const Gradient to = of_values ? op_.op.dv : op_.op.dk;
        float* d = at(to.value, keys.begin);
        op_.gemm->multiply({.a = memory_ + (of_values ? in_.p : in_.ds) + keys.begin * in_.row, .a_row = in_.row,
                            .panels = memory_ + (of_values ? in_.dy : in_.queries), .c = d, .c_row = channels_, .m = keys.size(), .n = op_.head_size,
                            .k = even_part(op_.length, op_.chunks, chunk).size(), .residual = to.add || chunk != 0 ? d : nullptr,
                            .residual_row = channels_});
    }

private:
    float* at(Value value, int64_t pixel) const { return launch_.at(value) + place_ + pixel * channels_; }

    const CpuAttentionGradient& op_;
    const CpuLaunch& launch_;
    UnitLayout in_;
    float* memory_;
    int64_t channels_;
    int64_t place_;  // of the unit's first pixel in q, k, v and the others
};

}  // namespace

CpuAttentionGradient lower(const AttentionGradient& op, const Shapes& shapes, Weights&, Isa isa) {
    const Shape q = output_shape(op.of, shapes);
    for (const auto& [name, value] : {std::pair("dy", op.dy), std::pair("dq", op.dq.value), std::pair("dk", op.dk.value), std::pair("dv", op.dv.value)}) {
        expect(value && shapes[value] == q, Code::model, "attention's gradient: ", name, " is ", value ? to_text(shapes[value]) : "missing", ", expected ",
               to_text(q));
    }
    CpuAttentionGradient lowered{.op = op,
                                 .gemm = &gemm_kernels(isa),
                                 .softmax = isa == Isa::avx512 ? &softmax_avx512 : &softmax_avx2,
                                 .kernels = isa == Isa::avx512 ? &attention_gradient_avx512 : &attention_gradient_avx2,
                                 .length = q.h * q.w,
                                 .head_size = q.c / op.of.heads,
                                 .isa = isa};
    const int64_t tile = lowered.gemm->tile_rows;
    const int64_t rows = std::max(chunk_floats / lowered.length, fewest_in_chunk);
    lowered.chunks = (lowered.length + rows - 1) / rows;
    lowered.block_rows = std::clamp(score_floats / row_for(lowered.length) / tile, int64_t{1}, block_tiles) * tile;
    lowered.units_together = std::clamp(workspace_floats / UnitLayout(lowered).floats, int64_t{1}, q.n * op.of.heads);
    return lowered;
}

CpuNeeds needs(const CpuAttentionGradient& op) {
    return {.workspace_bytes = op.units_together * UnitLayout(op).floats * int64_t(sizeof(float)),
            .scratch_bytes = 2 * op.block_rows * row_for(op.length) * int64_t(sizeof(float))};
}

std::string algorithm(const CpuAttentionGradient& op) {
    return text("gemm ", name_of(op.isa), " ", op.gemm->tile_rows, "x", op.gemm->panel, ", ", op.chunks, " chunks of queries");
}

void run(const CpuAttentionGradient& op, const CpuLaunch& launch) {
    const int64_t units = launch.rows * op.op.of.heads, threads = launch.team.threads(), floats = UnitLayout(op).floats;
    float* workspace = reinterpret_cast<float*>(launch.workspace);
    const auto blocks_of = [&](int64_t rows) { return (rows + op.block_rows - 1) / op.block_rows; };
    const auto query_blocks = [&](int64_t chunk) { return blocks_of(even_part(op.length, op.chunks, chunk).size()); };

    const bool a_unit_each = threads <= op.units_together && (units % threads == 0 || units >= tasks_per_thread * threads);
    if (a_unit_each) {
        launch.team.run(units, [&](int64_t task, int thread) {
            const Unit unit(op, launch, task, workspace + thread * floats);
            for (int64_t chunk = 0; chunk < op.chunks; ++chunk) {
                const int64_t blocks = query_blocks(chunk);
                for (int64_t part = 0; part < Unit::packs; ++part) unit.pack(part, chunk);
                for (int64_t block = 0; block < blocks; ++block) unit.query_rows(chunk, block, blocks, launch.scratch_of<float>(thread));
                for (const bool of_values : {true, false}) unit.key_rows(chunk, {0, op.length}, of_values);
            }
        });
        return;
    }
    const int64_t key_blocks = blocks_of(op.length);
    for (int64_t first = 0; first < units; first += op.units_together) {
        const int64_t together = std::min(op.units_together, units - first);
        const auto unit = [&](int64_t i) { return Unit(op, launch, first + i, workspace + i * floats); };
        for (int64_t chunk = 0; chunk < op.chunks; ++chunk) {
            const int64_t blocks = query_blocks(chunk);
            launch.team.run(together * Unit::packs, [&](int64_t task, int) { unit(task / Unit::packs).pack(task % Unit::packs, chunk); });
            launch.team.run(together * blocks,
                            [&](int64_t task, int thread) { unit(task / blocks).query_rows(chunk, task % blocks, blocks, launch.scratch_of<float>(thread)); });
            launch.team.run(together * 2 * key_blocks, [&](int64_t task, int) {
                const int64_t part = task % (2 * key_blocks);
                unit(task / (2 * key_blocks)).key_rows(chunk, even_part(op.length, key_blocks, part / 2), part % 2 == 0);
            });
        }
    }
}

}  // namespace lgv
