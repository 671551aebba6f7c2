// What the CUDA form of an op is made of. Each family folder that has one holds, besides what ops/op.h names,
//     x.cuda.h     the lowered struct (CudaX), lower(), needs(), algorithm(), run(), cost(): plain C++, no CUDA header
//     x.cuda.cu    equation, layouts, what is fused; device helpers; kernels; one run() that picks block sizes and checks alignment
//
// Values lie in one arena of device memory, NHWC. Those that a program makes are of one type: bfloat16 (the product; sums are float32), or float32 (the GPU's own
// oracle: simple kernels, fma by fma). What comes in and goes out keeps its own: images, timesteps and the network's output are float32, labels int32.
// The sequence of floating-point operations behind an output element depends on the shape of one image, the types and the target: never on rows, so that a
// row's bits are its own (no float atomics, no split of a sum by batch).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "device/cuda/memory.h"
#include "ops/op.h"

namespace lgv {

class CudaWeights;

enum class CudaType : uint8_t { bf16, f32, i32 };

constexpr int64_t size_of(CudaType type) { return type == CudaType::bf16 ? 2 : 4; }

constexpr const char* name_of(CudaType type) {
    switch (type) {
        case CudaType::bf16: return "bfloat16";
        case CudaType::f32: return "float32";
        case CudaType::i32: return "int32";
    }
    return "?";
}

// The type of every value, by its number.
struct CudaTypes {
    std::vector<CudaType> all;
    CudaType operator[](Value value) const { return all[size_t(value.id)]; }
};

// What lower() may know of the GPU.
struct CudaTarget {
    int32_t capability = 80;              // 10 * major + minor
    int32_t multiprocessors = 132;
    int64_t shared_bytes = 99 * 1024;     // that a block may have
};

// The family's lower():  CudaX lower(const X& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
// It refuses, by Error::unsupported with the numbers, what its kernels cannot do.

// Memory that an op wants while it runs, besides its values, for the rows of the program.
struct CudaNeeds {
    int64_t workspace_bytes = 0;
};

// How a kernel is launched. run() and cost() ask the same function for it.
struct CudaGrid {
    int64_t blocks = 0;
    int32_t threads = 0;       // of a block
    int64_t shared_bytes = 0;  // of a block, those that the launch asks for
};

// The family's cost():  std::vector<CudaCost> cost(const CudaX& op, int64_t rows);
// What each of its launches, one after the other, does for `rows` images: counted, not measured. native/tests/cuda/cost_test.cpp compares it with what the emulator counts.
struct CudaCost {
    const char* kernel;         // as the source names it
    CudaGrid grid;
    int32_t registers = 0;      // of a thread, and shared memory of a block that the kernel itself declares: kernels.txt, sm_90a
    int64_t static_bytes = 0;
    int64_t flops = 0;          // that are asked for: a multiply-add is two, taps in the padding count
    int64_t matrix_instructions = 0;  // mma m16n8k16 of a warp, those that multiply padding too; 0: flops are the threads' own
    int64_t specials = 0;       // exponentials and reciprocals
    int64_t bytes_read = 0;     // of device memory, each byte once however often it is read
    int64_t bytes_written = 0;
    int64_t l2_bytes = 0;       // that all blocks together read and write beyond their multiprocessor
    int64_t waits = 1;          // for memory, of a block, one after the other
};

// silu and mish: an exponential and a reciprocal; gelu the same.
constexpr int64_t specials_of(Activation act) { return act == Activation::none || act == Activation::relu ? 0 : 2; }

struct CudaLaunch {
    Stream stream;
    int64_t rows;                      // images that are there: the first of the program's rows. The others are dead and must not be touched
    std::byte* arena;                  // device memory, as all of these
    std::span<const int64_t> offsets;  // of each value in the arena, by Value::id; multiples of 256
    std::byte* workspace;              // 256-byte aligned

    template <class T>
    T* at(Value value) const {
        return value ? reinterpret_cast<T*>(arena + offsets[size_t(value.id)]) : nullptr;
    }
};

}  // namespace lgv
