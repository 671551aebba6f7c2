// What the forward convolution's launches do, form by form, counted as the kernels' loops go.
#include <algorithm>

#include "ops/conv/conv_forward.cuda.h"

namespace lgv {

namespace {

int64_t up_to_whole(int64_t n, int64_t of) { return (n + of - 1) / of * of; }

// One axis of an image: extents of x and y, and where taps fall.
struct Axis {
    int64_t from, to, kernel, stride, before, zoom;

    // Products of an output and a tap that are not in the padding.
    int64_t inside() const {
        int64_t count = 0;
        for (int64_t i = 0; i < to; ++i)
            for (int64_t r = 0; r < kernel; ++r) count += at(i, r) >= 0;
        return count;
    }

    // Pixels of x that some tap falls on.
    int64_t touched() const {
        int64_t count = 0, last = -1;  // an output's taps leave no gap, and the next one's begin further on
        for (int64_t i = 0; i < to; ++i)
            for (int64_t r = 0; r < kernel; ++r) {
                const int64_t pixel = at(i, r);
                if (pixel > last) last = pixel, ++count;
            }
        return count;
    }

    // Pixels of x behind tiles of `tile` outputs, whose patches are `patch` long, all tiles together.
    int64_t in_patches(int64_t tile, int64_t patch) const {
        int64_t count = 0;
        for (int64_t first = 0; first < to; first += tile) {
            const int64_t begin = (first * stride - before) >> zoom;
            count += std::max<int64_t>(std::min(begin + patch, from) - std::max<int64_t>(begin, 0), 0);
        }
        return count;
    }

private:
    int64_t at(int64_t i, int64_t r) const {
        const int64_t pixel = (i * stride + r - before) >> zoom;
        return pixel < from ? pixel : -1;
    }
};

struct Sizes {
    const CudaConv2d& conv;
    ConvArguments p;
    Axis down, across;
    int64_t outputs;  // pixels of all images
    int64_t in_bytes, out_bytes, other_bytes;  // of an element

    Sizes(const CudaConv2d& c, int64_t rows)
        : conv(c), p(conv_arguments(c, rows)), down{c.x.h, c.y.h, c.op.kernel, c.op.stride, c.op.pad.top, p.zoom}, across{c.x.w, c.y.w, c.op.kernel, c.op.stride, c.op.pad.left, p.zoom},
          outputs(rows * p.pixels), in_bytes(size_of(c.from)), out_bytes(size_of(c.to)), other_bytes(size_of(c.inside)) {}

    int64_t channels() const { return p.c1 + p.c2; }
    int64_t taps() const { return int64_t(p.kernel) * p.kernel; }
    int64_t flops() const { return 2 * outputs * p.k * channels() * taps(); }
    int64_t x_bytes() const { return p.images * down.touched() * across.touched() * channels() * in_bytes; }
    int64_t factors_bytes() const { return conv.norm ? p.images * channels() * 8 : 0; }
    int64_t y_bytes() const { return outputs * p.k * out_bytes; }
    int64_t statistics_bytes() const { return !conv.statistics ? 0 : p.images * statistics_parts(conv).count() * p.k * 8; }

    // What the end of a sum reads: bias, time and residual.
    int64_t bias_bytes() const { return conv.op.bias ? p.k * 4 : 0; }
    int64_t time_bytes() const { return conv.op.time ? p.images * p.k * other_bytes : 0; }
    int64_t residual_bytes() const { return conv.op.residual ? outputs * p.k * other_bytes : 0; }
    int64_t added_bytes() const { return bias_bytes() + time_bytes() + residual_bytes(); }

    // Pixels of x behind all tiles of a square, with the rims that they share.
    int64_t patch_pixels() const {
        const ConvPatch patch = patch_of(p.kernel, p.stride, p.zoom);
        return p.images * down.in_patches(few_outputs_height, patch.height) * across.in_patches(few_outputs_width, patch.width);
    }
};

// Silu of what is normed: an exponential and a reciprocal.
int64_t specials_for(const CudaConv2d& conv, int64_t normed) { return conv.norm.silu ? 2 * normed : 0; }

constexpr int64_t in_flight = 3;  // stages of a ring that are under way

CudaCost patches(const Sizes& s) {
    const CudaConv2d& conv = s.conv;
    const CudaGrid grid = conv_patches_grid(s.p, conv.tile);
    const int64_t column_tiles = (s.p.k + conv.tile.columns - 1) / conv.tile.columns, row_tiles = grid.blocks / column_tiles, steps = s.channels() / conv_step * s.taps();
    const int64_t weight = steps * s.p.k * conv_step * 2, normed = column_tiles * s.patch_pixels() * s.channels();
    const int64_t written = s.y_bytes() + s.statistics_bytes();
    return {.kernel = "conv_forward_patches",
            .grid = grid,
            .registers = conv.tile.columns == 128 ? 216 : 128,
            .flops = s.flops(),
            .matrix_instructions = grid.blocks * steps * 2 * (conv.tile.rows / 16) * (conv.tile.columns / 8),
            .specials = specials_for(conv, normed),
            .bytes_read = s.x_bytes() + weight + s.factors_bytes() + s.added_bytes(),
            .bytes_written = written,
            .l2_bytes = normed * 2 + row_tiles * weight + s.residual_bytes() + written,
            .waits = 2 + steps / in_flight};
}

// `copied`: x goes to shared memory as it is, not by way of registers.
int32_t tile_registers(CudaConvTile tile, bool copied) {
    if (tile.rows == 128 && tile.columns == 128) return copied ? 216 : 248;
    if (tile.rows == 128 && tile.columns == 64) return copied ? 128 : 168;
    return copied ? 96 : 128;
}

CudaCost tiles(const Sizes& s) {
    const CudaConv2d& conv = s.conv;
    const bool in_packs = s.p.c1 % conv_pack == 0 && s.p.c2 % conv_pack == 0 && !s.p.x_is_float;
    const CudaGrid grid = conv_tiles_grid(s.p, conv.tile);
    const int64_t column_tiles = (s.p.k + conv.tile.columns - 1) / conv.tile.columns, row_tiles = grid.blocks / s.p.splits / column_tiles, steps = s.p.steps;
    const int64_t weight = steps * s.p.k * conv_step * 2, normed = column_tiles * s.p.images * s.down.inside() * s.across.inside() * s.channels();
    const bool split = s.p.splits > 1;
    const int64_t written = split ? s.p.splits * s.outputs * s.p.k * 4 : s.y_bytes() + s.statistics_bytes();
    return {.kernel = "conv_forward_tiles",
            .grid = grid,
            .registers = tile_registers(conv.tile, in_packs && !conv.norm),
            .flops = s.flops(),
            .matrix_instructions = row_tiles * column_tiles * steps * 2 * (conv.tile.rows / 16) * (conv.tile.columns / 8),
            .specials = specials_for(conv, normed),
            .bytes_read = s.x_bytes() + weight + s.factors_bytes() + (split ? 0 : s.added_bytes()),
            .bytes_written = written,
            .l2_bytes = normed * s.in_bytes + row_tiles * weight + (split ? 0 : s.residual_bytes()) + written,
            .waits = 2 + steps / s.p.splits / in_flight};
}

CudaCost few_outputs(const Sizes& s) {
    const CudaGrid grid = conv_few_outputs_grid(s.p);
    const int64_t slabs = up_to_whole(s.p.c1, conv_step) / conv_step + up_to_whole(s.p.c2, conv_step) / conv_step;
    const int64_t weight = slabs * conv_step * s.taps() * few_outputs_columns * 2, normed = s.patch_pixels() * s.channels();
    constexpr int64_t products = few_outputs_width * few_outputs_height / 16 * (conv_step / 16);  // of a slab's tap
    return {.kernel = "conv_forward_few_outputs",
            .grid = grid,
            .registers = 96,
            .flops = s.flops(),
            .matrix_instructions = grid.blocks * slabs * s.taps() * products,
            .specials = specials_for(s.conv, normed),
            .bytes_read = s.x_bytes() + weight + s.factors_bytes() + s.added_bytes(),
            .bytes_written = s.y_bytes(),
            .l2_bytes = normed * 2 + grid.blocks * weight + s.residual_bytes() + s.y_bytes(),
            .waits = 2 * slabs};
}

CudaCost few_inputs(const Sizes& s) {
    const CudaGrid grid = conv_few_inputs_grid(s.p);
    const int64_t columns = up_to_whole(s.p.k, few_inputs_columns) / few_inputs_columns, terms = s.taps() * s.channels();
    const int64_t weight = columns * few_inputs_columns * terms * 4;
    return {.kernel = "conv_forward_few_inputs",
            .grid = grid,
            .registers = 80,
            .static_bytes = (few_inputs_terms + 2 * few_inputs_threads / 32) * few_inputs_columns * 4,  // weights; two sums of each warp
            .flops = s.flops(),
            .specials = specials_for(s.conv, columns * s.outputs * terms),
            .bytes_read = s.x_bytes() + weight + s.factors_bytes() + s.added_bytes(),
            .bytes_written = s.y_bytes() + s.statistics_bytes(),
            .l2_bytes = columns * s.x_bytes() + grid.blocks * (weight / columns) + s.residual_bytes() + s.y_bytes() + s.statistics_bytes(),
            .waits = 1 + s.taps()};
}

CudaCost elements(const Sizes& s) {
    const int64_t weight = s.p.k * s.channels() * s.taps() * 4;
    const int64_t read = s.x_bytes() + weight + s.factors_bytes() + s.added_bytes();
    return {.kernel = "conv_forward_elements",
            .grid = conv_elements_grid(s.p),
            .registers = 48,
            .flops = s.flops(),
            .specials = specials_for(s.conv, s.outputs * s.p.k * s.channels() * s.taps()),
            .bytes_read = read,
            .bytes_written = s.y_bytes(),
            .l2_bytes = read + s.y_bytes(),
            .waits = s.taps() * s.channels()};
}

CudaCost merge(const Sizes& s) {
    const int64_t read = s.p.splits * s.outputs * s.p.k * 4 + s.added_bytes();
    return {.kernel = "conv_forward_merge",
            .grid = conv_elements_grid(s.p),
            .registers = 32,
            .flops = s.outputs * s.p.k * s.p.splits,
            .bytes_read = read,
            .bytes_written = s.y_bytes(),
            .l2_bytes = read + s.y_bytes()};
}

}  // namespace

std::vector<CudaCost> cost(const CudaConv2d& conv, int64_t rows) {
    const Sizes sizes(conv, rows);
    switch (conv.form) {
        case CudaConvForm::patches: return {patches(sizes)};
        case CudaConvForm::tiles: return conv.splits == 1 ? std::vector{tiles(sizes)} : std::vector{tiles(sizes), merge(sizes)};
        case CudaConvForm::few_inputs: return {few_inputs(sizes)};
        case CudaConvForm::few_outputs: return {few_outputs(sizes)};
        case CudaConvForm::elements: return {elements(sizes)};
    }
    return {};
}

}  // namespace lgv
