// What the kernels of the forward convolution are given, and the launches of the forms: shared by conv.cuda.cu and conv_forward_*.cu.
#pragma once

#include "ops/conv/conv.cuda.h"

namespace lgv {

// Channels of x that a step over a sum takes, and those in a pack of 16 bytes. Sums run over [source][r][s][channels, up to whole packs].
constexpr int conv_step = 32, conv_pack = 8;

// The products of one output channel: kernel * kernel * channels at most, for which few_inputs keeps its weights in shared memory.
constexpr int few_inputs_terms = 96, few_inputs_channels = 8, few_inputs_columns = 64, few_outputs_columns = 8;

// Pixels of a block of few_inputs, and of a part of the statistics that it makes.
constexpr int few_inputs_pixels = 128, few_inputs_threads = 256;

struct ConvArguments {
    const void *x, *x2, *weight;
    const float* bias;
    const void *time, *residual;
    const float* factors;
    void* y;
    float *partial, *statistics;
    int64_t images;  // live
    int32_t height, width, c1, c2;         // of x as it lies in memory
    int32_t out_width, pixels, k;          // of y; pixels of an image
    int32_t kernel, stride, top, left, zoom;  // zoom 1: x is read at (y >> 1, x >> 1)
    int32_t silu, x_is_float, y_is_float;
    int32_t part_rows;  // tiles: pixels of a part of the statistics
    float scale;
    int32_t slot_bits, tiles_of_image, column_tiles;  // tiles: rows of a block that an image may have, as a power of two
    int32_t steps, splits;
};

// The patch of x, with the rim that its taps reach, behind a tile of few_outputs_width x few_outputs_height output pixels.
constexpr int few_outputs_width = 16, few_outputs_height = 8;
struct ConvPatch {
    int32_t width, height;
    constexpr int64_t bytes() const { return int64_t(width) * height * conv_step * 2; }
};
constexpr ConvPatch patch_of(int32_t kernel, int32_t stride, int32_t zoom) {
    // n pixels of an image at twice its size lie on at most n / 2 + 1 of its own.
    const int32_t width = (few_outputs_width - 1) * stride + kernel, height = (few_outputs_height - 1) * stride + kernel;
    return zoom ? ConvPatch{width / 2 + 1, height / 2 + 1} : ConvPatch{width, height};
}

// Pixels above each other in a part of the statistics that run_conv_patches makes, few_outputs_width side by side.
constexpr int conv_patch_part_height = 4;

// All but the memory: the sizes of a launch for `images`.
ConvArguments conv_arguments(const CudaConv2d& conv, int64_t images);

// How each form is launched. Error::unsupported where that is more than a GPU takes.
CudaGrid conv_patches_grid(const ConvArguments& arguments, CudaConvTile tile);
CudaGrid conv_tiles_grid(const ConvArguments& arguments, CudaConvTile tile);  // blocks / splits beside each other, `splits` of them
CudaGrid conv_few_inputs_grid(const ConvArguments& arguments);
CudaGrid conv_few_outputs_grid(const ConvArguments& arguments);
CudaGrid conv_elements_grid(const ConvArguments& arguments);  // of the merge, too

// Bytes of shared memory that run_conv_patches takes.
int64_t conv_patches_shared(int32_t kernel, int32_t zoom, int32_t columns);

void run_conv_patches(const ConvArguments& arguments, CudaConvTile tile, Stream stream);
void run_conv_tiles(const ConvArguments& arguments, CudaConvTile tile, Stream stream);
void run_conv_few_inputs(const ConvArguments& arguments, Stream stream);
void run_conv_few_outputs(const ConvArguments& arguments, Stream stream);
void run_conv_elements(const ConvArguments& arguments, Stream stream);

// The second pass of a split sum: partial sums in the order of the splits, and everything but the statistics that a tile would have done to them.
void run_conv_merge(const ConvArguments& arguments, Stream stream);

}  // namespace lgv
