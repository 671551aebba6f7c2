// What a CPU kernel sees when it is launched, and what it asks for beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/cpu/isa.h"
#include "device/cpu/team.h"
#include "ops/op.h"

namespace lgv {

// Memory that an op wants while it runs, besides its values. Sizes are for the rows of the program.
struct CpuNeeds {
    int64_t workspace_bytes = 0;  // shared by its tasks
    int64_t scratch_bytes = 0;    // for each thread
};

struct CpuLaunch {
    ThreadTeam& team;
    int64_t rows;                      // images that are there: the first of the program's rows. The others are dead and must not be touched
    std::byte* arena;
    std::span<const int64_t> offsets;  // of each value in the arena, by Value::id; multiples of 64
    std::byte* workspace;              // 64-byte aligned, as all of these
    std::byte* scratch;
    int64_t scratch_stride;
    float* gradients = nullptr;                    // of the backward pass: the arena of all parameters' gradients, to be added to
    std::span<const int64_t> gradient_offsets{};   // of each parameter in it, in floats, by Parameter::id

    float* at(Value value) const { return reinterpret_cast<float*>(arena + offsets[size_t(value.id)]); }
    const int32_t* labels_at(Value value) const { return reinterpret_cast<const int32_t*>(arena + offsets[size_t(value.id)]); }

    float* gradient_at(Parameter parameter) const { return gradients + gradient_offsets[size_t(parameter.id)]; }

    template <class T>
    T* scratch_of(int thread) const {
        return reinterpret_cast<T*>(scratch + thread * scratch_stride);
    }
};

}  // namespace lgv
