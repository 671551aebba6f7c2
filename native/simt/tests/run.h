// How the emulator's own tests run their kernels: with every knob set here, so that the environment changes nothing, and findings taken.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "simt/emulator.h"

namespace simt_tests {

using simt::Config, simt::Copies, simt::Finding, simt::Kind;

constexpr int seeds = 10;
constexpr Copies all_copies[] = {Copies::late, Copies::at_issue, Copies::random};

// Device memory with numbers in it.
template <class T>
class Buffer {
public:
    explicit Buffer(size_t count) : count_(count) { EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), cudaSuccess); }
    explicit Buffer(const std::vector<T>& numbers) : Buffer(numbers.size()) {
        EXPECT_EQ(cudaMemcpy(data_, numbers.data(), numbers.size() * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { cudaFree(data_); }

    T* get() const { return data_; }
    std::vector<T> numbers() const {
        std::vector<T> result(count_);
        EXPECT_EQ(cudaMemcpy(result.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
        return result;
    }

private:
    T* data_ = nullptr;
    size_t count_;
};

// Sets the knobs, runs and waits, puts the knobs back; gives what was found.
inline std::vector<Finding> run_with(const Config& knobs, const std::function<void()>& work) {
    const Config before = simt::config();
    simt::take_findings();
    simt::config() = knobs;
    work();
    cudaDeviceSynchronize();
    simt::config() = before;
    return simt::take_findings();
}

inline Config checked(uint64_t seed, Copies copies = Copies::late) {
    Config knobs;
    knobs.seed = seed;
    knobs.copies = copies;
    knobs.check = true;
    return knobs;
}

inline std::string text_of(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) text += finding.text() + "\n";
    return text.empty() ? "nothing was found" : text;
}

// Nothing wrong in it over all seeds and all kinds of asynchronous copies; and the same result each time, if it gives one.
template <class Work>
void expect_clean(Work work) {
    for (const Copies copies : all_copies) {
        for (uint64_t seed = 0; seed < seeds; ++seed) {
            const std::vector<Finding> findings = run_with(checked(seed, copies), work);
            ASSERT_TRUE(findings.empty()) << "seed " << seed << ", copies " << int(copies) << ": " << text_of(findings);
        }
    }
}

}  // namespace simt_tests
