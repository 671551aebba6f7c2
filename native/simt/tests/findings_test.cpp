// What a finding says, and that it is said once.
#include <algorithm>

#include "planted_kernels.h"
#include "run.h"

namespace simt_tests {

namespace {

std::vector<Finding> run_planted(const std::string& name, const Config& knobs) {
    const auto kernel = std::find_if(planted.begin(), planted.end(), [&](const Planted& p) { return name == p.name; });
    EXPECT_NE(kernel, planted.end()) << name;
    std::vector<float> numbers(size_t(kernel->floats), 1.0f);
    return run_with(knobs, [&] {
        const Buffer<float> in(numbers), out(numbers);
        kernel->run(true, out.get(), in.get(), kernel->floats, numbers.data());
        cudaDeviceSynchronize();
    });
}

TEST(Findings, name_kernel_line_block_thread_and_seed) {
    const std::vector<Finding> findings = run_planted("misaligned_vector", checked(42, Copies::random));
    ASSERT_EQ(findings.size(), 1u) << text_of(findings) << "255 threads do it at one place: it is told once";
    const Finding& finding = findings[0];
    EXPECT_EQ(finding.kind, Kind::misaligned);
    EXPECT_EQ(finding.kernel, "simt_tests::misaligned_vector<true>");
    EXPECT_EQ(finding.file, "planted_kernels.cu");
    EXPECT_GT(finding.line, 0);
    EXPECT_GE(finding.thread, 0);
    EXPECT_LT(finding.thread, 256);
    EXPECT_EQ(finding.block.x, 0u);
    const std::string text = finding.text();
    for (const char* part : {"misaligned: read of 16 bytes at offset ", "simt_tests::misaligned_vector<true> planted_kernels.cu:", " block (0,0,0) thread ", "SIMT_SEED=42 SIMT_ASYNC=2"}) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
    }
}

TEST(Findings, a_race_names_both_places) {
    const std::vector<Finding> findings = run_planted("missing_barrier_before_overwriting", checked(3));
    ASSERT_FALSE(findings.empty());
    const std::string text = findings[0].text();
    EXPECT_NE(text.find("of shared memory at offset"), std::string::npos) << text;
    const size_t first = text.find("planted_kernels.cu:");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_NE(text.find("planted_kernels.cu:", first + 1), std::string::npos) << text;
}

TEST(Findings, a_deadlock_says_where_everybody_is) {
    const std::vector<Finding> findings = run_planted("barriers_in_a_ring", checked(3));
    ASSERT_FALSE(findings.empty());
    EXPECT_NE(findings[0].sentence.find("128 threads [0..127] wait at named barrier 1 planted_kernels.cu:"), std::string::npos) << findings[0].text();
    EXPECT_NE(findings[0].sentence.find("128 threads [128..255] wait at named barrier 2 planted_kernels.cu:"), std::string::npos) << findings[0].text();
}

TEST(Findings, the_same_seed_finds_the_same) {
    for (const uint64_t seed : {1, 2, 3}) {
        const std::string once = text_of(run_planted("missing_barrier", checked(seed))), again = text_of(run_planted("missing_barrier", checked(seed)));
        EXPECT_EQ(once, again);
    }
}

TEST(Findings, guards_work_without_the_shadow) {
    Config knobs = checked(1);
    knobs.check = false;
    for (const char* name : {"write_behind", "misaligned_vector", "divergent_barrier", "skipped_barrier", "read_behind_shared", "host_pointer", "wgmma_without_fence"}) {
        EXPECT_FALSE(run_planted(name, knobs).empty()) << name;
    }
}

TEST(Findings, what_follows_a_given_up_block_is_unharmed) {
    EXPECT_TRUE(std::any_of(planted.begin(), planted.end(), [](const Planted& p) { return std::string(p.name) == "early_return"; }));
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(run_planted("early_return", checked(uint64_t(i))).empty());
        EXPECT_FALSE(run_planted("bytes_that_never_come", checked(uint64_t(i))).empty());
        std::vector<float> numbers(256, 2.0f);
        const auto findings = run_with(checked(uint64_t(i)), [&] {
            const Buffer<float> in(numbers), out(256);
            planted.front().run(false, out.get(), in.get(), 256, nullptr);
            EXPECT_EQ(out.numbers(), numbers);
        });
        EXPECT_TRUE(findings.empty()) << text_of(findings);
    }
}

}  // namespace

}  // namespace simt_tests
