// The counters on cases of which every textbook has the numbers.
#include "counter_kernels.h"
#include "run.h"

namespace simt_tests {

namespace {

using simt::KernelCounters, simt::LineCounter;

class Counters : public ::testing::Test {
protected:
    template <class Work>
    KernelCounters count(Work work) {
        Config knobs;
        knobs.seed = 3;
        knobs.count = true;
        simt::take_counters();
        const auto findings = run_with(knobs, work);
        EXPECT_TRUE(findings.empty()) << text_of(findings);
        const std::vector<KernelCounters> all = simt::take_counters();
        EXPECT_EQ(all.size(), 1u);
        return all.empty() ? KernelCounters{} : all.front();
    }
    static const LineCounter& line(const KernelCounters& counters, int number, bool shared) {
        static const LineCounter none;
        const LineCounter* found = counters.at(number, shared);
        EXPECT_NE(found, nullptr) << "line " << number << "\n" << report(counters);
        return found == nullptr ? none : *found;
    }

    const Buffer<float> in_{std::vector<float>(32768, 1.0f)};
    const Buffer<float> out_{1024};
};

TEST_F(Counters, a_tile_read_by_columns_conflicts_32_ways) {
    Lines at;
    const KernelCounters c = count([&] { at = run_transpose(false, out_.get(), in_.get()); });
    EXPECT_EQ(line(c, at.shared_write, true).units_per_request(), 1);
    EXPECT_EQ(line(c, at.shared_read, true).units_per_request(), 32);
    EXPECT_EQ(line(c, at.shared_read, true).excess(), 32);
    EXPECT_EQ(line(c, at.global_read, false).units_per_request(), 4);
    EXPECT_EQ(line(c, at.global_read, false).requests, 32u);
    EXPECT_EQ(c.wavefronts, 32u + 32 * 32);
    EXPECT_EQ(c.ideal_wavefronts, 64u);
}

TEST_F(Counters, a_padded_tile_does_not_conflict) {
    Lines at;
    const KernelCounters c = count([&] { at = run_transpose(true, out_.get(), in_.get()); });
    EXPECT_EQ(line(c, at.shared_read, true).units_per_request(), 1);
    EXPECT_EQ(line(c, at.shared_write, true).units_per_request(), 1);
    EXPECT_EQ(c.wavefronts, c.ideal_wavefronts);
}

TEST_F(Counters, strides_waste_sectors) {
    for (const auto& [stride, sectors] : {std::pair(1, 4), std::pair(2, 8), std::pair(8, 32), std::pair(32, 32)}) {
        Lines at;
        const KernelCounters c = count([&] { at = run_strided(stride, out_.get(), in_.get()); });
        EXPECT_EQ(line(c, at.global_read, false).units_per_request(), sectors) << "stride " << stride;
        EXPECT_EQ(line(c, at.global_read, false).excess(), sectors / 4.0) << "stride " << stride;
        EXPECT_EQ(line(c, at.global_read, false).lanes_per_request(), 32);
        EXPECT_EQ(c.bytes_read, uint64_t(8 * sectors * 32)) << "stride " << stride;
        EXPECT_EQ(c.bytes_written, 1024u);
        EXPECT_EQ(c.useful_bytes, 2048u);
    }
}

TEST_F(Counters, vectors_of_16_bytes_go_by_quarters_of_a_warp) {
    Lines at;
    const KernelCounters c = count([&] { at = run_vectors(out_.get(), in_.get()); });
    for (const auto& [number, shared] : {std::pair(at.shared_write, true), std::pair(at.shared_read, true)}) {
        EXPECT_EQ(line(c, number, shared).units_per_request(), 4);
        EXPECT_EQ(line(c, number, shared).excess(), 1);
        EXPECT_EQ(line(c, number, shared).bytes, 16);
    }
    EXPECT_EQ(line(c, at.global_read, false).units_per_request(), 16);
    EXPECT_EQ(line(c, at.global_read, false).excess(), 1);
    EXPECT_EQ(c.sectors, 2u * 4096 / 32);
}

TEST_F(Counters, rows_of_matrices_conflict_by_their_distance) {
    // 8 rows of 16 bytes are a pass over the banks if they lie in different ones: 16 and 80 bytes apart, but not 128 (all in the same four banks) or 64 (every second).
    for (const auto& [row_bytes, ways] : {std::pair(16, 1), std::pair(80, 1), std::pair(64, 4), std::pair(128, 8)}) {
        Lines at;
        const KernelCounters c = count([&] { at = run_matrices(row_bytes, 3, out_.get()); });
        EXPECT_EQ(line(c, at.shared_read, true).excess(), ways) << row_bytes << " bytes";
        EXPECT_EQ(line(c, at.shared_read, true).requests, 3u);
        EXPECT_EQ(c.matrix_instructions, 3u);
        EXPECT_EQ(c.matrix_flops, 3u * 2 * 16 * 8 * 16);
    }
}

TEST_F(Counters, bulk_copies_are_counted_by_their_bytes) {
    const KernelCounters c = count([&] { run_bulk(out_.get(), in_.get()); });
    EXPECT_EQ(c.sectors, 1024u / 32 + 8 * 4);
    EXPECT_EQ(c.useful_bytes, 2048u);
    EXPECT_EQ(c.bytes_read, 1024u);
    EXPECT_EQ(c.blocks, 1u);
    EXPECT_EQ(c.threads, 256u);
}

TEST_F(Counters, an_access_in_a_shared_helper_is_the_kernels) {
    Lines at;
    const KernelCounters c = count([&] { at = run_helper(out_.get(), in_.get()); });
    EXPECT_EQ(line(c, at.global_read, false).requests, 2u);
    EXPECT_EQ(line(c, at.global_read, false).file, "counter_kernels.cu");
    EXPECT_NE(line(c, at.global_read, false).place.find("in elements.cuh:"), std::string::npos) << line(c, at.global_read, false).place;
    EXPECT_EQ(line(c, at.global_write, false).requests, 2u);
    EXPECT_EQ(c.kernel, "simt_tests::read_through_helper");
    EXPECT_NE(report(c).find("counter_kernels.cu:"), std::string::npos);
}

TEST_F(Counters, launches_of_a_kernel_add_up_and_are_taken_once) {
    const KernelCounters c = count([&] {
        for (int i = 0; i < 3; ++i) run_strided(1, out_.get(), in_.get());
    });
    EXPECT_EQ(c.launches, 3u);
    EXPECT_EQ(c.blocks, 3u);
    EXPECT_TRUE(simt::take_counters().empty());
}

}  // namespace

}  // namespace simt_tests
