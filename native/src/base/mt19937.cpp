#include "base/mt19937.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace lgv {

namespace {

constexpr int64_t kLong = 16;

// 16 uniforms become 16 normals in place. The angle is rounded to float32 as PyTorch has it: near the zeros of sine and cosine that
// rounding is most of the value.
void pairs_to_normals(float* values) {
    constexpr float two_pi = float(2 * std::numbers::pi);
    for (int i = 0; i < 8; ++i) {
        const double radius = std::sqrt(-2 * std::log(1 - double(values[i])));
        const double angle = values[i + 8] * two_pi;
        values[i] = float(radius * std::cos(angle));
        values[i + 8] = float(radius * std::sin(angle));
    }
}

}  // namespace

Mt19937::Mt19937(uint32_t seed) {
    state_[0] = seed;
    for (int i = 1; i < kWords; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + uint32_t(i);
}

void Mt19937::refill() {
    for (int i = 0; i < kWords; ++i) {
        const uint32_t joined = (state_[i] & 0x80000000u) | (state_[(i + 1) % kWords] & 0x7fffffffu);
        state_[i] = state_[(i + 397) % kWords] ^ (joined >> 1) ^ (joined & 1 ? 0x9908b0dfu : 0u);
    }
    used_ = 0;
}

uint32_t Mt19937::next() {
    if (used_ == kWords) refill();
    uint32_t word = state_[used_++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680u;
    word ^= (word << 15) & 0xefc60000u;
    return word ^ (word >> 18);
}

void TorchGenerator::uniforms(float* out, int64_t n) {
    expect(n >= 0, Code::argument, "torch noise: ", n, " numbers");
    for (int64_t i = 0; i < n; ++i) out[i] = float(engine_.next() & 0xffffff) * 0x1p-24f;
}

void TorchGenerator::normals(float* out, int64_t n) {
    expect(n >= 0, Code::argument, "torch noise: ", n, " numbers");
    if (n < kLong) {
        for (int64_t i = 0; i < n; ++i) out[i] = float(scalar_normal());
        return;
    }
    uniforms(out, n);
    for (int64_t i = 0; i + kLong <= n; i += kLong) pairs_to_normals(out + i);
    if (n % kLong) {
        uniforms(out + n - kLong, kLong);
        pairs_to_normals(out + n - kLong);
    }
}

double TorchGenerator::uniform53() {
    const uint64_t high = engine_.next();
    const uint64_t word = high << 32 | engine_.next();
    return double(word & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
}

double TorchGenerator::scalar_normal() {
    if (second_) {
        const double value = *second_;
        second_.reset();
        return value;
    }
    const double angle = 2 * std::numbers::pi * uniform53();
    const double radius = std::sqrt(-2 * std::log1p(-uniform53()));
    second_ = radius * std::sin(angle);
    return radius * std::cos(angle);
}

}  // namespace lgv
