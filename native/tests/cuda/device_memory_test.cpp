#include "device/cuda/memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/error.h"
#include "device/cuda/runtime.h"
#include "device/cuda/stream.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

TEST(CudaMemory, comes_back_as_it_was_sent) {
    std::vector<uint8_t> sent(100'003), got(sent.size());
    for (size_t i = 0; i < sent.size(); ++i) sent[i] = uint8_t(i * 7 + i / 251);
    const DeviceMemory memory{int64_t(sent.size())};
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 16, 0u);
    upload(memory.data(), sent.data(), int64_t(sent.size()));
    download(got.data(), memory.data(), int64_t(got.size()));
    EXPECT_EQ(sent, got);
    expect_no_findings();
}

TEST(CudaMemory, that_is_not_there_is_an_error_and_leaves_the_rest_alone) {
    const DeviceMemory before{64};
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            const DeviceMemory memory(int64_t(1) << 46);
            FAIL() << "64 TiB";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::memory);
            EXPECT_NE(std::string(error.what()).find("the GPU has no 70368744177664 bytes left"), std::string::npos) << error.what();
        }
        EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess) << "told twice";
        const DeviceMemory after{64};
        const uint64_t sent = 0x0123456789abcdefu;
        uint64_t got = 0;
        upload(after.data(), &sent, 8);
        download(&got, after.data(), 8);
        EXPECT_EQ(got, sent);
    }
}

TEST(CudaMemory, moves) {
    DeviceMemory a{16}, b;
    std::byte* const data = a.data();
    b = std::move(a);
    EXPECT_EQ(b.data(), data);
    EXPECT_EQ(b.bytes(), 16);
    const DeviceMemory c(std::move(b));
    EXPECT_EQ(c.data(), data);
}

TEST(CudaMemory, pinned_is_zeros_and_takes_queued_copies) {
    PinnedMemory from{4096};
    const PinnedMemory to{4096};
    for (int64_t i = 0; i < 4096; ++i) ASSERT_EQ(to.data()[i], std::byte{0});
    for (int64_t i = 0; i < 4096; ++i) from.data()[i] = std::byte(i * 3);
    const DeviceMemory one{4096}, other{4096};
    const CudaStream stream;
    queue_upload(stream, one.data(), from.data(), 4096);
    queue_zeros(stream, other.data(), 4096);
    queue_copy(stream, other.data() + 96, one.data(), 4000);
    queue_download(stream, to.data(), other.data(), 4096);
    stream.wait();
    for (int64_t i = 0; i < 96; ++i) ASSERT_EQ(to.data()[i], std::byte{0});
    EXPECT_EQ(std::memcmp(to.data() + 96, from.data(), 4000), 0);
    expect_no_findings();
}

TEST(CudaMemory, pinned_that_is_not_there_is_an_error) {
    EXPECT_THROW(PinnedMemory(int64_t(1) << 46), Error);
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
    EXPECT_EQ(PinnedMemory(16).bytes(), 16);
}

TEST(CudaErrors, name_what_happened_and_the_kernel) {
    EXPECT_NO_THROW(check(cudaSuccess));
    const auto told = [](cudaError_t result) {
        try {
            check(result);
        } catch (const Error& error) {
            return std::pair(error.code(), std::string(error.what()));
        }
        return std::pair(Code::ok, std::string());
    };
    EXPECT_EQ(told(cudaErrorMemoryAllocation).first, Code::memory);
    EXPECT_EQ(told(cudaErrorInvalidValue).first, Code::fault);
    EXPECT_EQ(told(cudaErrorInvalidValue).second.find("CUDA: cudaErrorInvalidValue"), 0u);
    const auto [code, fault] = told(cudaErrorIllegalAddress);
    EXPECT_EQ(code, Code::fault);
    EXPECT_NE(fault.find("cudaErrorIllegalAddress"), std::string::npos) << fault;
    EXPECT_NE(fault.find("CUDA_LAUNCH_BLOCKING=1"), std::string::npos) << fault;
}

TEST(CudaErrors, name_kernels_as_the_source_does) {
    EXPECT_EQ(kernel_name("_ZN3lgv12_GLOBAL__N_123affine_forward_elementsIffEEvPKT_S4_PKfPT0_liiffl"), "affine_forward_elements<float, float>");
    EXPECT_EQ(kernel_name("_ZN3lgv4stepEPfi"), "step");
    EXPECT_EQ(kernel_name("plain"), "plain");
}

}  // namespace lgv::testing
