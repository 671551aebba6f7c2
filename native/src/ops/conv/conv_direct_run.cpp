// The launch of a direct convolution: task = (group of output channels, image, band of rows).
#include <algorithm>

#include "ops/conv/conv_direct.h"

namespace lgv {

namespace {

// Weights that a band's tiles meet one after the other before the next channels' turn: they stay in the second-level cache.
constexpr int64_t chunk_bytes = 160 * 1024;
// So few tiles do not hide that their weights come from memory: each asks for its share of the next chunk.
constexpr int64_t few_tiles = 16;
// Bands of so few pixels meet their group's weights again with the next image: the group should stay in the cache too.
constexpr int64_t few_pixels = 64;
constexpr int64_t group_bytes = 512 * 1024;
constexpr int64_t tasks_for_each_thread = 2;  // more would copy their band once more each: 4 took 1.04 of the time of the CIFAR U-Net at batch 1

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Pointers {
    const float* x;
    const float* x2;
    const float* time;
    const float* residual;
    float* out;
};

struct Band {
    int64_t image;
    int64_t first, last;                // rows of the phases
    int64_t first_source, last_source;  // rows of the image that they read
};

Band band_of(const DirectConv& plan, int64_t image, int64_t band) {
    Band b{.image = image, .first = band * plan.band_rows, .last = (band + 1) * plan.band_rows, .first_source = plan.rows, .last_source = 0};
    for (const DirectPhase& phase : plan.phases) {
        const int64_t last = std::min(b.last, phase.rows);
        if (b.first >= last) continue;
        b.first_source = std::min(b.first_source, b.first * plan.stride + phase.y);
        b.last_source = std::max(b.last_source, (last - 1) * plan.stride + phase.y + phase.kernel_h);
    }
    b.first_source = std::clamp<int64_t>(b.first_source, 0, plan.rows);
    b.last_source = std::clamp(b.last_source, b.first_source, plan.rows);
    return b;
}

void copy_band(const DirectConv& plan, const Pointers& at, const Band& band, float* buffer) {
    const int64_t pixels = (plan.rows >> plan.zoom_shift) * (plan.columns >> plan.zoom_shift);
    plan.kernels->copy({
        .x = at.x + band.image * pixels * plan.channels,
        .x2 = at.x2 ? at.x2 + band.image * pixels * plan.channels2 : nullptr,
        .channels = plan.channels,
        .channels2 = plan.channels2,
        .width = plan.columns >> plan.zoom_shift,
        .zoom_shift = plan.zoom_shift,
        .first_row = band.first_source,
        .rows = band.last_source - band.first_source,
        .first_column = plan.first_column,
        .columns = plan.buffer_columns,
        .image_columns = plan.columns,
        .stride = plan.stride,
        .columns_per_phase = plan.columns_per_phase,
        .buffer = buffer,
        .block_step = plan.block_step,
        .row_step = plan.row_step,
    });
}

// The pixels of one phase in a band for one block of output channels, chunk by chunk of the input channels.
void run_block(const DirectConv& plan, const DirectPhase& phase, int64_t block_index, float scale, const Pointers& at, const Band& band,
               const float* buffer, float* partial) {
    const DirectKernels& kernels = *plan.kernels;
    const int64_t channels = plan.channels + plan.channels2, block = kernels.block, k = block_index * block;
    const int64_t channel_floats = phase.kernel_h * phase.kernel_w * block, taps_or_one = std::max<int64_t>(phase.kernel_h * phase.kernel_w, 1);
    const int64_t chunk = std::max<int64_t>(chunk_bytes / (taps_or_one * block * direct_channels * int64_t(sizeof(float))), 1) * direct_channels;
    const int64_t last_row = std::min(band.last, phase.rows), tiles_in_row = ceil_div(phase.columns, kernels.pixels);
    const int64_t all_tiles = std::max<int64_t>(last_row - band.first, 0) * tiles_in_row;

    DirectTile tile{};
    tile.block_step = plan.block_step;
    tile.row_step = plan.row_step;
    tile.taps = phase.taps.data();
    tile.kernel_h = phase.kernel_h;
    tile.kernel_w = phase.kernel_w;
    tile.image_columns = plan.columns;
    tile.pixel_step = plan.step * plan.out_channels;
    tile.bias = plan.bias ? plan.bias + k : nullptr;
    tile.time = at.time ? at.time + band.image * plan.out_channels + k : nullptr;
    tile.scale = scale;
    tile.lanes = std::min(block, plan.out_channels - k);
    const auto& tiles = kernels.tile[tile.lanes > block / 2 ? 1 : 0];

    for (int64_t c = 0; c < channels; c += chunk) {
        tile.channels = std::min(chunk, channels - c);
        tile.begins = c == 0;
        tile.ends = c + chunk >= channels;
        tile.weights = plan.weights + block_index * plan.block_floats + phase.weights + c * channel_floats;
        const int64_t taps = ceil_div(tile.channels, direct_channels) * taps_or_one;
        tile.next_bytes = all_tiles <= few_tiles ? ceil_div(tile.channels * channel_floats * int64_t(sizeof(float)), all_tiles * taps * 64) * 64 : 0;
        tile.next = reinterpret_cast<const char*>(tile.weights + tile.channels * channel_floats);
        for (int64_t i = band.first; i < last_row; ++i) {
            const int64_t row = i * plan.stride + phase.y;  // read by tap r = 0
            tile.first_tap = std::clamp<int64_t>(-row, 0, phase.kernel_h);
            tile.last_tap = std::clamp<int64_t>(plan.rows - row, tile.first_tap, phase.kernel_h);
            const int64_t buffer_row = tile.first_tap < tile.last_tap ? row + tile.first_tap - band.first_source : 0;
            for (int64_t t = 0; t < tiles_in_row; ++t) {
                const int64_t j = t * phase.columns / tiles_in_row, pixels = (t + 1) * phase.columns / tiles_in_row - j;
                const int64_t pixel = (band.image * plan.out_rows + phase.out_y + plan.step * i) * plan.out_columns + phase.out_x + plan.step * j;
                tile.in = buffer + c / direct_channels * plan.block_step + buffer_row * plan.row_step + j * direct_channels;
                tile.column = j * plan.stride + phase.x;
                tile.last_column = tile.column + (pixels - 1) * plan.stride;
                tile.partial = partial + ((i - band.first) * phase.columns + j) * block;
                tile.out = at.out + pixel * plan.out_channels + k;
                tile.residual = at.residual ? at.residual + pixel * plan.out_channels + k : nullptr;
                tiles[pixels - 1](tile);
                tile.next += tile.next_bytes * taps;
            }
        }
    }
}

}  // namespace

void run_direct(const DirectConv& plan, const Conv2d& op, Value out, const CpuLaunch& launch) {
    const Pointers at{
        .x = launch.at(op.x),
        .x2 = op.x2 ? launch.at(op.x2) : nullptr,
        .time = op.time ? launch.at(op.time) : nullptr,
        .residual = op.residual ? launch.at(op.residual) : nullptr,
        .out = launch.at(out),
    };
    const int64_t blocks = ceil_div(plan.out_channels, plan.kernels->block), bands = launch.rows * plan.bands;
    int64_t groups = ceil_div(tasks_for_each_thread * launch.team.threads(), std::max<int64_t>(bands, 1));
    if (plan.band_rows * plan.phases[0].columns <= few_pixels)
        groups = std::max(groups, ceil_div(blocks * plan.block_floats * int64_t(sizeof(float)), group_bytes));
    groups = std::clamp<int64_t>(groups, 1, blocks);

    launch.team.run(groups * bands, [&](int64_t task, int thread) {
        const int64_t group = task / bands;
        float* const buffer = launch.scratch_of<float>(thread);
        const Band band = band_of(plan, task % bands / plan.bands, task % plan.bands);
        copy_band(plan, at, band, buffer);
        for (int64_t b = group * blocks / groups; b < (group + 1) * blocks / groups; ++b)
            for (const DirectPhase& phase : plan.phases) run_block(plan, phase, b, op.scale, at, band, buffer, buffer + plan.buffer_floats);
    });
}

}  // namespace lgv
