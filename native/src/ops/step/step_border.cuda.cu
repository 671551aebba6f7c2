// The ring, and the border between a slot's planes [C, H, W] and the network's values [N, H, W, C]: step.cuda.h.
//
//     net_x[n, p, c] = s * x[c, p]          out[c, p] = weight * net[n, p, c], or fused(weight, net, out)        0 coefficients: nothing is read
//
// A block turns a tile of pixels with all their channels through shared memory, so that planes and values both are read and written whole sectors at a time. The pitch of
// the tile lets neither way meet a bank conflict where channels are 1, 2, 4 ... or a few. Bytes: one read and one write. Bound by the launch: a picture has few channels.
#include "ops/step/step.cuda.h"

#include <algorithm>

#include "base/error.h"
#include "device/cuda/elements.cuh"

namespace lgv {

namespace {

constexpr int threads = 256;
constexpr int fetch_threads = 1024;
constexpr int tile_pixels = 256;          // or less, where there are many channels
constexpr int64_t tile_floats = 4096;
constexpr int64_t most_channels = 8192;   // a tile of one pixel

// One block. The first 16 KiB are asked for before the header is known: they hold small entries whole, which then wait for the bus but once.
__global__ void LGV_BLOCK_OF(fetch_threads) step_begin_entry(const std::byte* ring, int entries, int64_t entry_bytes, std::byte* state) {
    LGV_SHARED(index, int);
    LGV_SHARED(header, uint4);
    auto* next = reinterpret_cast<int*>(state);
    if (threadIdx.x == 0) index = ld_global(next);
    __syncthreads();
    const int at = index;
    const auto* from = reinterpret_cast<const uint4*>(ring + at * entry_bytes);
    auto* to = reinterpret_cast<uint4*>(state + CudaStep::entry_at);
    const int64_t room = entry_bytes / 16;
    uint4 mine = make_uint4(0, 0, 0, 0);
    if (threadIdx.x < room) mine = ld_global(from + threadIdx.x);
    if (threadIdx.x == 0) {
        header = mine;
        st_global(next, at + 1 == entries ? 0 : at + 1);
    }
    if (threadIdx.x < room) st_global(to + threadIdx.x, mine);
    __syncthreads();
    const int64_t used = (CudaStep::updates_at(int64_t(header.x)) + int64_t(header.y) * int64_t(sizeof(CudaUpdate))) / 16;
    for (int64_t i = fetch_threads + threadIdx.x; i < used && i < room; i += fetch_threads) st_global(to + i, ld_global(from + i));
}

LGV_DEVICE const StepHeader& header_of(const std::byte* state) { return *reinterpret_cast<const StepHeader*>(state + CudaStep::entry_at); }
LGV_DEVICE const CudaEvaluation* evaluations_of(const std::byte* state) {
    return reinterpret_cast<const CudaEvaluation*>(state + CudaStep::entry_at + CudaStep::evaluations_at);
}

// Walks the tile's numbers in the order of the values, `threads` at a time: number i is channel c of pixel p.
struct Walk {
    int c, p, more_c, more_p, channels;

    LGV_DEVICE explicit Walk(int channels) : channels(channels) {
        p = int(threadIdx.x) / channels;
        c = int(threadIdx.x) - p * channels;
        more_p = threads / channels;
        more_c = threads - more_p * channels;
    }
    LGV_DEVICE void next() {
        p += more_p;
        c += more_c;
        if (c >= channels) c -= channels, ++p;
    }
};

template <class T>
__global__ void LGV_BLOCK_OF(threads) step_network_input(const std::byte* state, T* net_x, float* t, uint32_t* words, void* embedding, bool embedding_is_bf16, int embedding_size,
                                                              int channels, int64_t pixels, int tile, int pitch, int tiles) {
    const int64_t n = blockIdx.x / unsigned(tiles);
    if (n >= header_of(state).evaluations) return;
    const CudaEvaluation& image = evaluations_of(state)[n];
    const int at_tile = int(blockIdx.x - n * tiles);
    if (at_tile == 0) {
        if (threadIdx.x == 0 && t != nullptr) st_global(t + n, image.t);
        if (threadIdx.x == 0 && words != nullptr) st_global(words + n, image.word);
        for (int i = int(threadIdx.x); i < embedding_size; i += threads) {
            const float v = ld_global_nc(image.embedding + i);
            if (embedding_is_bf16) {
                store(static_cast<bf16*>(embedding) + n * embedding_size + i, v);
            } else {
                store(static_cast<float*>(embedding) + n * embedding_size + i, v);
            }
        }
    }
    auto* numbers = static_cast<float*>(dynamic_shared());
    const int64_t first = int64_t(at_tile) * tile;
    const int here = int(pixels - first < tile ? pixels - first : tile);
    const float s = image.s;
    T* to = net_x + (n * pixels + first) * channels;
    if (s == 0) {
        for (int i = int(threadIdx.x); i < here * channels; i += threads) store(to + i, 0.0f);
        return;
    }
    for (int c = 0; c < channels; ++c) {
        const float* plane = image.x + c * pixels + first;
        for (int p = int(threadIdx.x); p < here; p += threads) numbers[c * pitch + p] = __fmul_rn(s, ld_global_nc(plane + p));
    }
    __syncthreads();
    Walk walk(channels);
    for (int i = int(threadIdx.x); i < here * channels; i += threads, walk.next()) store(to + i, numbers[walk.c * pitch + walk.p]);
}

// The tile is in shared memory between the images of a chain; a number is one thread's there.
template <class T>
__global__ void LGV_BLOCK_OF(threads) step_network_output(const std::byte* state, const T* net, int channels, int means, int64_t pixels, int tile, int pitch, int tiles) {
    const int64_t leader = blockIdx.x / unsigned(tiles);
    if (leader >= header_of(state).evaluations) return;
    const CudaEvaluation* images = evaluations_of(state);
    if (images[leader].leads == 0) return;
    auto* numbers = static_cast<float*>(dynamic_shared());
    const int64_t first = int64_t(blockIdx.x - leader * tiles) * tile;
    const int here = int(pixels - first < tile ? pixels - first : tile);
    float* out = images[leader].out + first;
    if (images[leader].first == 0) {
        for (int c = 0; c < channels; ++c)
            for (int p = int(threadIdx.x); p < here; p += threads) numbers[c * pitch + p] = ld_global(out + c * pixels + p);
        __syncthreads();
    }
    for (int64_t n = leader; n >= 0; n = images[n].next) {
        const float weight = images[n].weight, weight_variance = images[n].weight_variance;
        const bool is_first = images[n].first != 0;
        const T* from = net + (n * pixels + first) * channels;
        Walk walk(channels);
        for (int i = int(threadIdx.x); i < here * channels; i += threads, walk.next()) {
            float& number = numbers[walk.c * pitch + walk.p];
            const float w = walk.c < means ? weight : weight_variance;
            if (w != 0) {
                const float v = load(from + i);
                number = is_first ? __fmul_rn(w, v) : fused(w, v, number);
            } else if (is_first) {
                number = 0;
            }
        }
    }
    __syncthreads();
    for (int c = 0; c < channels; ++c)
        for (int p = int(threadIdx.x); p < here; p += threads) st_global(out + c * pixels + p, numbers[c * pitch + p]);
}

struct Tile {
    int pixels, pitch, count;
    int64_t bytes;
};

// 32 / channels past a multiple of 32: neighbours on channels lie that far apart in the banks.
Tile tile_of(int64_t channels, int64_t pixels) {
    Tile tile;
    tile.pixels = int(std::clamp<int64_t>(tile_floats / channels, 1, std::min<int64_t>(pixels, tile_pixels)));
    const int past = std::max(int(32 / channels), 1);
    tile.pitch = channels == 1 || tile.pixels == 1 ? tile.pixels : (tile.pixels + 31) / 32 * 32 + past;
    tile.count = int((pixels + tile.pixels - 1) / tile.pixels);
    tile.bytes = channels * tile.pitch * int64_t(sizeof(float));
    return tile;
}

}  // namespace

void check_step(const CudaStep& step) {
    const int64_t pixels = step.image.h * step.image.w, channels = std::max(step.image.c, step.out_channels);
    expect(channels <= most_channels, Code::unsupported, "step: ", channels, " channels, at most ", most_channels, " can be turned");
    expect(step.out_channels >= step.means, Code::argument, "step: ", step.means, " of ", step.out_channels, " channels are means");
    for (const int64_t c : {step.image.c, step.out_channels}) {
        const int64_t blocks = step.evaluations * int64_t(tile_of(std::max<int64_t>(c, 1), std::max<int64_t>(pixels, 1)).count);
        expect(blocks < int64_t{1} << 31, Code::unsupported, "step: ", step.evaluations, " images of ", pixels, " pixels are more than 2^31 tiles");
    }
    expect(step.in != CudaType::i32 && step.out != CudaType::i32, Code::unsupported, "step: a network from ", name_of(step.in), " to ", name_of(step.out));
    expect(step.most_elements < int64_t{1} << 31, Code::unsupported, "step: an image of ", step.most_elements, " numbers, fewer than 2^31 can be moved");
    expect(step.entries >= 1, Code::argument, "step: a ring of ", step.entries, " entries");
}

void begin_step(const CudaStep& step, Stream stream) {
    launch(step_begin_entry, dim3(1), dim3(fetch_threads), 0, stream, step.ring, step.entries, step.entry_bytes(), step.state);
}

void network_input(const CudaStep& step, Stream stream, const CudaNetworkInputs& inputs) {
    if (step.evaluations == 0) return;
    const int64_t pixels = step.image.h * step.image.w;
    const Tile tile = tile_of(step.image.c, pixels);
    const auto queue = [&]<class T>(T* x) {
        launch(step_network_input<T>, dim3(unsigned(step.evaluations * int64_t(tile.count))), dim3(threads), tile.bytes, stream, step.state, x, inputs.t, inputs.word,
               static_cast<void*>(inputs.embedding), inputs.embedding_type == CudaType::bf16, inputs.embedding_size, int(step.image.c), pixels, tile.pixels, tile.pitch,
               tile.count);
    };
    step.in == CudaType::bf16 ? queue(reinterpret_cast<bf16*>(inputs.x)) : queue(reinterpret_cast<float*>(inputs.x));
}

void network_output(const CudaStep& step, Stream stream, const std::byte* net) {
    if (step.evaluations == 0) return;
    const int64_t pixels = step.image.h * step.image.w;
    const Tile tile = tile_of(step.out_channels, pixels);
    const auto queue = [&]<class T>(const T* from) {
        launch(step_network_output<T>, dim3(unsigned(step.evaluations * int64_t(tile.count))), dim3(threads), tile.bytes, stream, step.state, from, int(step.out_channels),
               int(step.means), pixels, tile.pixels, tile.pitch, tile.count);
    };
    step.out == CudaType::bf16 ? queue(reinterpret_cast<const bf16*>(net)) : queue(reinterpret_cast<const float*>(net));
}

}  // namespace lgv
