#include "graph/predict.cuda.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace lgv {

namespace {

constexpr double flops_of_mma = 2 * 16 * 8 * 16;

// Launches of a step that are not the network's: begin, input, output, update.
constexpr int64_t launches_of_step = 4;

double micro(double seconds) { return seconds * 1e6; }
double mega(double number) { return number / 1e6; }

}  // namespace

std::vector<CudaCost> cost(const CudaOp& op, int64_t rows) {
    return std::visit([&](const auto& o) { return cost(o, rows); }, op);
}

CudaTarget target_of(const GpuMachine& machine) {
    return {.capability = machine.capability, .multiprocessors = machine.multiprocessors, .shared_bytes = machine.shared_of_block};
}

int32_t resident_blocks(const CudaCost& cost, const GpuMachine& machine) {
    using Is = GpuConstants;
    const int32_t registers = (cost.registers + 7) / 8 * 8;  // as they are given out
    const int64_t shared = cost.grid.shared_bytes + cost.static_bytes + Is::shared_of_system;
    return int32_t(std::min({int64_t{Is::blocks}, int64_t{Is::threads / cost.grid.threads}, int64_t{Is::registers / (registers * cost.grid.threads)},
                             machine.shared_of_multiprocessor / shared}));
}

CudaPrediction predict(const CudaCost& cost, const GpuMachine& machine) {
    using Is = GpuConstants;
    const double of_machine = 1.0 / machine.multiprocessors, of_block = 1.0 / double(cost.grid.blocks);
    const int64_t resident = std::max(resident_blocks(cost, machine), 1);
    const int64_t share = (cost.grid.blocks + machine.multiprocessors - 1) / machine.multiprocessors;  // of the busiest multiprocessor
    const int64_t waves = (share + resident - 1) / resident;
    const double busiest = double(share) * of_block;  // of all the work

    const double block_seconds = double(cost.matrix_instructions) * of_block * flops_of_mma / (machine.mma_sync * of_machine * Is::loop_share);
    const auto wave_seconds = [&](int64_t blocks) {
        const double warps = double(blocks * cost.grid.threads) / 32;
        return double(blocks) * block_seconds * std::max(Is::warps / warps, 1.0);
    };
    double matrix = double(share / resident) * wave_seconds(resident);
    if (share % resident != 0) matrix += wave_seconds(share % resident);

    const double moved = double(cost.bytes_read + cost.bytes_written);
    const std::pair<const char*, double> candidates[] = {
        {"matrix", matrix},
        {"threads", cost.matrix_instructions != 0 ? 0 : double(cost.flops) * busiest / (machine.threads_flops * of_machine)},
        {"specials", double(cost.specials) * busiest / (Is::specials * machine.clock)},
        {"memory", moved / machine.memory},
        {"L2", std::max(double(cost.l2_bytes) / machine.l2, double(cost.l2_bytes) * busiest / (Is::port * machine.clock))},
        {"latency", double(waves * cost.waits) * Is::l2_latency},
    };
    const auto& longest = *std::max_element(std::begin(candidates), std::end(candidates), [](const auto& a, const auto& b) { return a.second < b.second; });
    return {.floor = std::max(double(cost.flops) / machine.matrix_peak, moved / machine.memory), .seconds = Is::memory_latency + longest.second, .bound = longest.first};
}

std::string predict(std::span<const NamedCudaOp> ops, int64_t rows, const GpuMachine& machine) {
    size_t widest = 4;
    for (const NamedCudaOp& op : ops) widest = std::max(widest, op.name.size());
    std::ostringstream out;
    const auto line = [&](const auto& name, const auto& kernel, const auto& blocks, const auto& resident, const auto& read, const auto& written, const auto& l2, const auto& flops,
                          const auto& matrix, const auto& floor, const auto& seconds, const auto& bound, const auto& how) {
        out << std::left << std::setw(int(widest)) << name << "  " << std::setw(27) << kernel << std::right << std::fixed << std::setw(8) << blocks << std::setw(5) << resident
            << std::setprecision(2) << std::setw(10) << read << std::setw(10) << written << std::setw(10) << l2 << std::setprecision(3) << std::setw(10) << flops << std::setw(11)
            << matrix << std::setprecision(1) << std::setw(10) << floor << std::setw(10) << seconds << "  " << std::left << std::setw(8) << bound << "  " << how << '\n';
    };
    line("name", "kernel", "blocks", "/SM", "read MB", "write MB", "L2 MB", "GFLOP", "mma", "floor us", "time us", "bound", "algorithm");

    int64_t launches = 0, matrix = 0;
    double flops = 0, moved = 0, floor = 0, seconds = 0, norm_floor = 0, merge_floor = 0;
    for (const NamedCudaOp& op : ops) {
        for (const CudaCost& c : cost(*op.op, rows)) {
            const CudaPrediction p = predict(c, machine);
            line(op.name, c.kernel, c.grid.blocks, resident_blocks(c, machine), mega(double(c.bytes_read)), mega(double(c.bytes_written)), mega(double(c.l2_bytes)),
                 double(c.flops) / 1e9, c.matrix_instructions, micro(p.floor), micro(p.seconds), p.bound, algorithm(*op.op));
            ++launches;
            matrix += c.matrix_instructions;
            flops += double(c.flops);
            moved += double(c.bytes_read + c.bytes_written);
            floor += p.floor;
            seconds += p.seconds;
            if (std::string_view(c.kernel).starts_with("group_norm")) norm_floor += p.floor;
            if (std::string_view(c.kernel) == "conv_forward_merge") merge_floor += p.floor;
        }
    }
    using Is = GpuConstants;
    const double gaps = double(launches + launches_of_step) * Is::gap, step = seconds + double(launches_of_step) * Is::memory_latency + gaps;
    out << std::fixed << std::setprecision(3) << machine.title << ", " << rows << (rows == 1 ? " image: " : " images: ") << launches << " launches, " << moved / 1e6 << " MB, " << flops / 1e9
        << " GFLOP, " << matrix << " matrix instructions\n"
        << "floor " << floor * 1e3 << " ms, of which " << norm_floor * 1e3 << " ms are group norms' own launches and " << merge_floor * 1e3 << " ms the merging of split sums\n"
        << "predicted " << step * 1e3 << " ms a step: " << (step - gaps) * 1e3 << " ms of launches, " << gaps * 1e3 << " ms between them (" << launches_of_step << " are the step's own); "
        << std::setprecision(0) << double(rows) / step << " evaluations a second\n\n"
        << "How: read and write are the distinct bytes that a launch touches, taken as device memory's whatever L2 still holds; L2 is what its blocks ask for; mma are\n"
        << "mma.m16n8k16. Floor: the larger of flops at " << machine.matrix_peak / 1e12 << " TFLOP/s and bytes at " << std::setprecision(2) << machine.memory / 1e12 << " TB/s.\n"
        << "Time: " << micro(Is::memory_latency) << " us and the longest of matrix (blocks in waves over " << machine.multiprocessors << " multiprocessors, /SM at a time, mma.sync at " << Is::loop_share
        << " of " << std::setprecision(0) << machine.mma_sync / 1e12 << " TFLOP/s),\nmemory, L2 at " << std::setprecision(1) << machine.l2 / 1e12 << " TB/s, exponentials, and waits of "
        << std::setprecision(2) << micro(Is::l2_latency) << " us; " << micro(Is::gap) << " us between launches.\n"
        << "Nothing of this was measured on these kernels: docs/gpu.md says where each number comes from.\n";
    return std::move(out).str();
}

}  // namespace lgv
