// Resample on the GPU: a thread makes 16 bytes of one output pixel where the channels allow it, else one number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cuda.h"
#include "ops/resample/resample.h"

namespace lgv {

struct CudaResample {
    Resample op;
    Value out;
    CudaType type = CudaType::f32;
    int32_t h = 0, w = 0, channels = 0;  // of x
    int32_t vector = 1;                  // numbers in an access
};

CudaResample lower(const Resample& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaResample& op);
std::string algorithm(const CudaResample& op);
void run(const CudaResample& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaResample& op, int64_t rows);

}  // namespace lgv
