// Each kind of bug, planted in a small kernel, is found and called by its name, whatever the order of threads; the same kernel without it is clean.
#include "planted_kernels.h"

#include <algorithm>

#include "run.h"

namespace simt_tests {

namespace {

class PlantedBug : public ::testing::TestWithParam<Planted> {
protected:
    std::vector<Finding> run(bool bug, Config knobs) {
        const Planted& kernel = GetParam();
        std::vector<float> numbers(size_t(kernel.floats));
        for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = float(i * 37 % 101);
        const std::vector<float> host = numbers;
        // Endless ones take what they are given.
        knobs.block_seconds = std::string(kernel.name).starts_with("endless") ? 1 : 60;
        return run_with(knobs, [&] {
            const Buffer<float> in(numbers), out(numbers.size());
            if (kernel.out_is_set) cudaMemset(out.get(), 0, numbers.size() * 4);
            kernel.run(bug, out.get(), in.get(), kernel.floats, host.data());
            cudaDeviceSynchronize();
            result_ = out.numbers();
        });
    }

    std::vector<float> result_;
};

TEST_P(PlantedBug, is_found_by_name) {
    const std::vector<Kind>& wanted = GetParam().wanted;
    const bool endless = std::string(GetParam().name).starts_with("endless");
    for (const Copies copies : all_copies) {
        for (uint64_t seed = 0; seed < (endless ? 1 : seeds); ++seed) {
            const std::vector<Finding> findings = run(true, checked(seed, copies));
            const bool named = std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return std::find(wanted.begin(), wanted.end(), f.kind) != wanted.end(); });
            ASSERT_TRUE(named) << "seed " << seed << ", copies " << int(copies) << ": wanted " << name_of(wanted[0]) << ", but " << text_of(findings);
            for (const Finding& finding : findings) EXPECT_FALSE(finding.kernel.empty()) << finding.text();
        }
        if (endless) break;
    }
}

TEST_P(PlantedBug, is_not_found_where_there_is_none) {
    std::vector<float> first;
    for (const Copies copies : all_copies) {
        for (uint64_t seed = 0; seed < seeds; ++seed) {
            const std::vector<Finding> findings = run(false, checked(seed, copies));
            ASSERT_TRUE(findings.empty()) << "seed " << seed << ", copies " << int(copies) << ": " << text_of(findings);
            if (first.empty()) first = result_;
            ASSERT_TRUE(std::equal(first.begin(), first.end(), result_.begin(), [](float a, float b) { return a == b || (a != a && b != b); })) << "seed " << seed;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(all, PlantedBug, ::testing::ValuesIn(planted), [](const auto& info) { return std::string(info.param.name); });

}  // namespace

}  // namespace simt_tests
