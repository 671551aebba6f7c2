#include "device/cuda/stream.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "device/cuda/graph.h"
#include "device/cuda/properties.h"
#include "device/cuda/runtime.h"
#include "ops/affine/affine.cuda.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

namespace {

// y = 2 x + 1, 1000 float32, queued on a stream; x and y are device memory.
struct Doubling {
    static constexpr int64_t count = 1000, bytes = count * 4;

    DeviceMemory arena{8192};
    CudaAffine op{.op = {.x = {0}, .scale = 2, .shift = 1}, .out = {1}, .pixels = count, .c1 = 1, .c2 = 0};
    std::vector<int64_t> offsets{0, 4096};

    std::byte* x() const { return arena.data(); }
    std::byte* y() const { return arena.data() + 4096; }
    void queue(Stream stream) const { run(op, {stream, 1, arena.data(), offsets, nullptr}); }
};

std::vector<float> numbers(float first) {
    std::vector<float> v(Doubling::count);
    std::iota(v.begin(), v.end(), first);
    return v;
}

std::vector<float> read(const std::byte* device) {
    std::vector<float> v(Doubling::count);
    download(v.data(), device, Doubling::bytes);
    return v;
}

void expect_doubled(const std::vector<float>& y, float first) {
    for (int64_t i = 0; i < Doubling::count; ++i) ASSERT_EQ(y[size_t(i)], 2 * (first + float(i)) + 1) << i;
}

}  // namespace

TEST(CudaStream, does_things_in_order) {
    const Doubling doubling;
    PinnedMemory in{Doubling::bytes};
    const PinnedMemory out{Doubling::bytes};
    const CudaStream stream;
    std::memcpy(in.data(), numbers(3).data(), Doubling::bytes);
    queue_upload(stream, doubling.x(), in.data(), Doubling::bytes);
    doubling.queue(stream);
    queue_download(stream, out.data(), doubling.y(), Doubling::bytes);
    stream.wait();
    const auto* y = reinterpret_cast<const float*>(out.data());
    expect_doubled({y, y + Doubling::count}, 3);
    expect_no_findings();
}

TEST(CudaStream, follows_another_and_tells_how_long_it_took) {
    const Doubling doubling;
    const CudaStream first, second;
    CudaEvent begin, uploaded, end;
    PinnedMemory in{Doubling::bytes};
    std::memcpy(in.data(), numbers(0).data(), Doubling::bytes);
    EXPECT_TRUE(begin.done());
    begin.record(first);
    queue_upload(first, doubling.x(), in.data(), Doubling::bytes);
    uploaded.record(first);
    second.follow(uploaded);
    doubling.queue(second);
    end.record(second);
    end.wait();
    EXPECT_TRUE(end.done());
    EXPECT_GE(milliseconds_between(begin, end), 0);
    EXPECT_LT(milliseconds_between(begin, end), 60'000);
    expect_doubled(read(doubling.y()), 0);
    CudaEvent moved(std::move(end));
    EXPECT_TRUE(moved.done());
    expect_no_findings();
}

TEST(CudaGraph, runs_nothing_when_captured_and_everything_at_each_launch) {
    const Doubling doubling;
    const CudaStream stream;
    upload(doubling.x(), numbers(1).data(), Doubling::bytes);
    upload(doubling.y(), numbers(0).data(), Doubling::bytes);
    const CudaGraph graph(stream, [&](Stream s) {
        doubling.queue(s);
        queue_copy(s, doubling.x(), doubling.y(), Doubling::bytes);
    });
    ASSERT_TRUE(bool(graph));
    EXPECT_EQ(graph.nodes(), 2);
    stream.wait();
    EXPECT_EQ(read(doubling.y()), numbers(0)) << "it ran";
    graph.launch(stream);
    stream.wait();
    expect_doubled(read(doubling.y()), 1);
    graph.launch(stream);  // y = 2 (2 x + 1) + 1
    graph.launch(stream);
    stream.wait();
    const std::vector<float> y = read(doubling.y());
    for (int64_t i = 0; i < Doubling::count; ++i) ASSERT_EQ(y[size_t(i)], 8 * (1 + float(i)) + 7) << i;
    expect_no_findings();
}

TEST(CudaGraph, takes_in_streams_that_fork_and_join) {
    const Doubling one, other;
    const CudaStream stream, side;
    upload(one.x(), numbers(1).data(), Doubling::bytes);
    upload(other.x(), numbers(2).data(), Doubling::bytes);
    CudaEvent fork, join;
    const CudaGraph graph(stream, [&](Stream s) {
        fork.record(s);
        side.follow(fork);
        other.queue(side);
        join.record(side);
        one.queue(s);
        stream.follow(join);
    });
    EXPECT_EQ(graph.nodes(), 2);
    graph.launch(side);
    side.wait();
    expect_doubled(read(one.y()), 1);
    expect_doubled(read(other.y()), 2);
    expect_no_findings();
}

TEST(CudaGraph, that_cannot_be_captured_says_why_and_leaves_the_stream_usable) {
    const Doubling doubling;
    const CudaStream stream;
    upload(doubling.x(), numbers(5).data(), Doubling::bytes);
    EXPECT_THROW(CudaGraph(stream, [](Stream) { fail(Code::unsupported, "no such op"); }), Error);
    try {
        const CudaGraph graph(stream, [&](Stream s) {
            doubling.queue(s);
            fail(Code::unsupported, "no such op");
        });
        FAIL() << "captured";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "no such op");
    }
    EXPECT_THROW(CudaGraph(stream, [&](Stream s) {  // waits
                     doubling.queue(s);
                     stream.wait();
                 }),
                 Error);
    const CudaStream side;
    CudaEvent fork;
    try {
        const CudaGraph graph(stream, [&](Stream s) {  // leaves a stream behind
            fork.record(s);
            side.follow(fork);
            doubling.queue(side);
        });
        FAIL() << "captured";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("leaves a stream behind"), std::string::npos) << error.what();
    }
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
    doubling.queue(stream);
    stream.wait();
    expect_doubled(read(doubling.y()), 5);
    expect_no_findings();
}

TEST(CudaDevices, are_told_with_what_lowering_needs) {
    const CudaDevices devices = cuda_devices();
    ASSERT_FALSE(devices.all.empty()) << devices.why;
    EXPECT_EQ(devices.why, "");
    for (const CudaDevice& device : devices.all) {
        EXPECT_GE(device.capability, 80) << device.name;
        EXPECT_GT(device.multiprocessors, 0);
        EXPECT_GE(device.shared_bytes, 99 * 1024);
        EXPECT_GT(device.memory_bytes, int64_t(1) << 30);
        EXPECT_NE(device.description().find(device.name + ", compute capability "), std::string::npos);
    }
    EXPECT_NO_THROW(use_cuda_device(devices.all.front().index));
    EXPECT_THROW(use_cuda_device(4711), Error);
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
}

TEST(CudaDevices, that_are_missing_are_explained) {
    EXPECT_EQ(why_no_cuda_device(cudaErrorInsufficientDriver, 0, 13000), "this machine has no NVIDIA driver (libcuda.so.1)");
    EXPECT_EQ(why_no_cuda_device(cudaErrorInsufficientDriver, 12040, 13000),
              "the NVIDIA driver serves CUDA 12.4, and Langevin was built with 13.0: a newer driver is needed");
    EXPECT_EQ(why_no_cuda_device(cudaErrorNoDevice, 13000, 13000), "the NVIDIA driver sees no GPU (CUDA_VISIBLE_DEVICES may hide it)");
    EXPECT_EQ(why_no_cuda_device(cudaErrorLaunchFailure, 13000, 13000).find("the NVIDIA driver does not start: cudaErrorLaunchFailure"), 0u);
}

}  // namespace lgv::testing
