// The noise of torch.Generator("cpu").manual_seed(seed): MT19937 (Matsumoto, Nishimura 1998) and the two ways in which PyTorch's CPU
// randn turns its words into float32 normals.
//
//     n >= 16:  a word is u = (word mod 2^24) / 2^24, n of them in order. Each 16 values are eight pairs (i, i + 8):
//               r = sqrt(-2 ln(1 - u[i])), angle = 2 pi u[i + 8] (in float32), out[i] = r cos, out[i + 8] = r sin.
//               If 16 does not divide n, the last 16 values are drawn once more, with 16 new words.
//     n < 16:   one pair at a time in double from two 53-bit uniforms, the second normal kept for the next short call, however many long
//               calls lie between.
//
// Uniforms are exact. Normals are computed in double and rounded: PyTorch's own float32 polynomials, which differ from processor to
// processor, are up to 4 ulp away.
#pragma once

#include <cstdint>
#include <optional>

namespace lgv {

class Mt19937 {
public:
    explicit Mt19937(uint32_t seed);

    uint32_t next();

private:
    void refill();

    static constexpr int kWords = 624;
    uint32_t state_[kWords];
    int used_ = kWords;
};

class TorchGenerator {
public:
    // PyTorch seeds its engine with the low 32 bits.
    explicit TorchGenerator(uint64_t seed) : engine_(uint32_t(seed)) {}

    // What torch.randn gives for n elements (any shape: row-major). Calls follow one another as in PyTorch.
    void normals(float* out, int64_t n);

    // What torch.rand gives.
    void uniforms(float* out, int64_t n);

private:
    double scalar_normal();
    double uniform53();

    Mt19937 engine_;
    std::optional<double> second_;  // of the last pair of the short way
};

}  // namespace lgv
