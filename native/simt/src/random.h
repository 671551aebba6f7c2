// xorshift64: the choices of the adversary, the same for the same seed.
#pragma once

#include <cstdint>

namespace simt {

class Random {
public:
    void seed(uint64_t a, uint64_t b) {
        state_ = ((a + 1) * 0x9E3779B97F4A7C15u) ^ ((b + 1) * 0xD1B54A32D192ED03u);
        if (state_ == 0) state_ = 1;
        next(), next();
    }
    uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    // Of the upper half of the state, by a product: a division would be most of what a switch of threads costs.
    uint64_t below(uint64_t n) { return (next() >> 32) * n >> 32; }
    bool one_in(uint64_t n) { return below(n) == 0; }

private:
    uint64_t state_ = 0x9E3779B97F4A7C15u;
};

}  // namespace simt
