// The two loops of the direct convolution that are written for an instruction set, as function pointers, and what they are given.
//
// A thread first copies the rows that a band of output rows reads into a buffer of its own, where
//   - x and x2 lie side by side, and channels are cut into blocks of 16, so that neighbouring pixels are always 16 floats apart and a tile's
//     pixels are constant displacements from one pointer, whatever the number of channels;
//   - columns left and right of the image exist and are 0 (rows above and below do not: their taps are skipped);
//   - with a stride, columns are sorted by column % stride, so that a tile's pixels are neighbours again.
//     buffer: [channel block][row][column % stride][column / stride][16]
// Then a tile of up to `pixels` neighbouring output pixels and `block` output channels is summed in registers, one chain of fused
// multiply-adds per output element, over (channel block, r, s, channel). Where channels do not all fit the cache the chain rests in memory
// (`partial`) between chunks of them. How pixels are cut into tiles, and channels into chunks, changes no bit.
//     weights: [output block][channel block][r][s][channel of the block][block]
#pragma once

#include <cstdint>

namespace lgv {

inline constexpr int64_t direct_channels = 16;  // of a block of the buffer

struct DirectCopy {
    const float* x;   // one image, [height, width, channels]
    const float* x2;  // or nullptr
    int64_t channels, channels2;
    int64_t width;                      // of x in memory
    int64_t zoom_shift;                 // 1: pixel (y, x) is read at (y / 2, x / 2)
    int64_t first_row, rows;            // all of them inside the image
    int64_t first_column, columns;      // some of them outside
    int64_t image_columns;              // those in 0 .. image_columns - 1 are inside
    int64_t stride, columns_per_phase;  // column / stride runs below columns_per_phase
    float* buffer;
    int64_t block_step, row_step;  // floats between blocks and rows of the buffer
};

struct DirectTile {
    const float* in;       // buffer, first channel block, row of tap r = first_tap, first pixel
    const float* weights;  // of this output block
    const char* next;      // weights that are wanted soon: the tile asks for next_bytes of them at each tap
    int64_t next_bytes;
    int64_t channels;
    int64_t block_step, row_step;
    const int64_t* taps;          // where in a row the first pixel's tap s lies
    int64_t kernel_h, kernel_w;
    int64_t first_tap, last_tap;  // the r whose rows are inside the image: first_tap <= r < last_tap
    int64_t column, last_column;  // of the image, read by tap s = 0 of the first and the last pixel
    int64_t image_columns;
    float* partial;         // [pixels][block]: sums over the channels so far
    bool begins, ends;      // from zeros, not from partial; to out, not to partial
    float* out;
    const float* residual;  // or nullptr; pixels and channels lie as in out
    int64_t pixel_step;     // floats between pixels of out
    const float* bias;      // [block] or nullptr
    const float* time;      // [lanes] or nullptr
    float scale;
    int64_t lanes;          // channels of this output block that exist
};

// Packing, in two steps for half a block of output channels (a vector of them) and up to 16 input channels. First the weights become columns, vectors
// over the output channels: column run * length + j holds from[output * output_step + run * run_step + j], 0 for outputs beyond `outputs`.
struct DirectColumns {
    const float* from;
    int64_t outputs, output_step;
    int64_t runs, run_step, length;
    float* columns;
};

// Then each tap of the packed form is the sum of some of the parameter's taps: to[i * block] = scale * sum of column i * taps + source.
struct DirectPackedTap {
    const float* columns;
    int64_t inputs, taps;
    const int32_t* sources;
    int64_t source_count;
    float scale;
    float* to;
};

inline constexpr int direct_most_pixels = 14;

struct DirectKernels {
    int64_t block;   // output channels of a tile: two vectors
    int64_t pixels;  // of the widest tile
    void (*copy)(const DirectCopy&);
    void (*make_columns)(const DirectColumns&);
    void (*pack_tap)(const DirectPackedTap&);
    void (*tile[2][direct_most_pixels])(const DirectTile&);  // [vectors - 1][pixels - 1]
};

extern const DirectKernels direct_avx512, direct_avx2;

}  // namespace lgv
