// What the CUDA form of an op is made of. Each family folder that has one holds, besides what ops/op.h names,
//     x.cuda.h     the lowered struct (CudaX), lower(), needs(), algorithm(), run(): plain C++, no CUDA header
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
