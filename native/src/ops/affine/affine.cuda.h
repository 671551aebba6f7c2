// Affine on the GPU. x and y may differ in type: it stands at the borders of a network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/affine/affine.h"
#include "ops/cuda.h"

namespace lgv {

struct CudaAffine {
    Affine op;
    Value out;
    CudaType from = CudaType::f32, to = CudaType::f32;
    int64_t pixels = 0;  // of an image
    int32_t c1 = 0, c2 = 0;
};

CudaAffine lower(const Affine& op, Value out, const Shapes& shapes, const CudaTypes& types, CudaWeights& weights, const CudaTarget& target);
CudaNeeds needs(const CudaAffine& op);
std::string algorithm(const CudaAffine& op);
void run(const CudaAffine& op, const CudaLaunch& launch);
std::vector<CudaCost> cost(const CudaAffine& op, int64_t rows);

}  // namespace lgv
