// noise(draw) of an image whose numbers are not Philox's: PyTorch's generator, one for an image or one for a batch.
#pragma once

#include <cstdint>
#include <vector>

#include "base/mt19937.h"

namespace lgv {

// Draw k is the k-th randn of `images` x `elements` numbers from a generator seeded with `seed`. One draw is kept: asking for it again, for another
// image, costs nothing; an earlier one starts the generator again.
class TorchNoise {
public:
    TorchNoise(uint64_t seed, int64_t images, int64_t elements) : seed_(seed), elements_(elements), generator_(seed), values_(size_t(images * elements)) {}

    const float* draw(int32_t draw, int64_t image) {
        if (draw < current_) {
            generator_ = TorchGenerator(seed_);
            current_ = -1;
        }
        for (; current_ < draw; ++current_) generator_.normals(values_.data(), int64_t(values_.size()));
        return values_.data() + image * elements_;
    }

    int32_t current() const { return current_; }  // the draw that is kept; -1: none yet

private:
    uint64_t seed_;
    int64_t elements_;
    TorchGenerator generator_;
    std::vector<float> values_;
    int32_t current_ = -1;
};

}  // namespace lgv
