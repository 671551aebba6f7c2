// Tensors on a GPU: what the stream is given late must not be seen early, nor memory end under it. Beside the same on the CPU.
#include "session/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "device/cuda/graph.h"
#include "device/cuda/stream.h"
#include "ops/step/step.cuda.h"
#include "session/denoiser.h"
#include "tests/cuda/cuda_bench.h"
#include "tests/session/foreign_tensor.h"

#ifdef LANGEVIN_SIMT
#include "simt/emulator.h"
#endif

namespace lgv::testing {
namespace {

constexpr int64_t image = 3 * 4 * 5, bytes = image * 4;
constexpr int32_t slot = 0;
constexpr DlpackDevice gpu{dlpack_cuda, 0};

// Everything that a stream is given happens as late as it may: an order that is not there is seen. (A GPU is not asked; it is mostly fast enough to hide it.)
class CudaTensor : public ::testing::Test {
protected:
#ifdef LANGEVIN_SIMT
    CudaTensor() : before_(simt::config()) { simt::config().copies = simt::Copies::late; }
    ~CudaTensor() override { simt::config() = before_; }
    simt::Config before_;
    static constexpr bool late = true;
#else
    static constexpr bool late = false;
#endif
};

std::vector<float> pattern(int64_t count, float factor) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = factor * std::sin(float(i) * 0.37f + 1);
    return values;
}

std::vector<float> numbers_of(const Tensor& tensor) {
    std::vector<float> values(size_t(tensor.describe().bytes) / 4);
    tensor.read(values.data(), tensor.describe().bytes);
    expect_no_findings();
    return values;
}

std::vector<float> peek(const std::byte* device) {
    std::vector<float> values(static_cast<size_t>(image));
    download(values.data(), device, bytes);  // waits for nobody's stream
    return values;
}

template <class Call>
std::string refusal(Code code, const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return "";
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// One image of 3 x 4 x 5 in slot 0 whose X is pattern(1), and a move queued that makes it pattern(2).
std::shared_ptr<Denoiser> doubling(const std::shared_ptr<Device>& device) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(device, 3, 3, 1);
    const lgv_image joins{.slot = slot, .height = 4, .width = 5, .seed = 5, .start = 0};
    denoiser->join({&joins, 1});
    const std::vector<float> x = pattern(image, 1);
    denoiser->write({&slot, 1}, LGV_PLANE_X, 0, x.data(), image);
    const lgv_update move{.slot = slot, .save = -1, .limit = 1, .a = 2};
    denoiser->step({}, {&move, 1});
    return denoiser;
}

std::vector<float> x_of(Denoiser& denoiser) {
    std::vector<float> x(static_cast<size_t>(image));
    denoiser.read({&slot, 1}, LGV_PLANE_X, 0, x.data(), image);
    return x;
}

TEST_F(CudaTensor, is_zeros_and_holds_what_is_written) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {3, 4, 5});
    EXPECT_EQ(tensor->describe().device_type, 2);
    EXPECT_EQ(tensor->describe().device_index, 0);
    EXPECT_EQ(numbers_of(*tensor), std::vector<float>(image, 0));
    const std::vector<float> values = pattern(image, 1);
    tensor->write(values.data(), bytes);
    EXPECT_EQ(numbers_of(*tensor), values);
}

// More images than a launch of pictures takes; every plane and kind of noise; the bits of the CPU.
TEST_F(CudaTensor, planes_and_pictures_have_the_bits_of_the_cpu) {
    constexpr int32_t count = PictureSources::most + 3;
    const auto all_of = [](const char* name, int32_t noise) {
        const std::shared_ptr<Device> device = Device::open(name, 1);
        const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(device, 3, 3, count);
        std::vector<lgv_image> images;
        std::vector<int32_t> slots;
        for (int32_t i = 0; i < count; ++i) {
            images.push_back({.slot = i, .noise = noise, .height = 4, .width = 5, .seed = uint64_t(i), .start = 1});
            slots.push_back(count - 1 - i);
        }
        denoiser->join(images);
        const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {count, 3, 4, 5}), mask = Tensor::open(device, LGV_TYPE_FLOAT32, {count, 4, 5});
        const std::shared_ptr<Tensor> pictures = Tensor::open(device, LGV_TYPE_UINT8, {count, 4, 5, 3});
        if (noise == LGV_NOISE_WRITTEN) {
            const std::vector<float> values = pattern(count * image, 1.5f);
            tensor->write(values.data(), count * bytes);
            denoiser->write_tensor(slots, LGV_PLANE_NOISE, 0, tensor);
            denoiser->write_tensor(slots, LGV_PLANE_X, 0, tensor);
        }
        std::vector<float> numbers;
        const auto keep = [&](const Tensor& of) {
            const std::vector<float> values = numbers_of(of);
            numbers.insert(numbers.end(), values.begin(), values.end());
        };
        denoiser->read_tensor(slots, LGV_PLANE_X, 0, tensor);
        keep(*tensor);
        denoiser->write_tensor(slots, LGV_PLANE_HISTORY, 3, tensor);
        denoiser->read_tensor(slots, LGV_PLANE_NOISE, 2, tensor);
        keep(*tensor);
        denoiser->read_tensor(slots, LGV_PLANE_HISTORY, 3, tensor);
        keep(*tensor);
        const std::vector<float> known = pattern(count * 20, 1);
        mask->write(known.data(), count * 80);
        denoiser->write_tensor(slots, LGV_PLANE_MASK, 0, mask);
        mask->write(std::vector<float>(count * 20).data(), count * 80);
        denoiser->read_tensor(slots, LGV_PLANE_MASK, 0, mask);
        keep(*mask);
        std::vector<uint8_t> on_host(count * image), there(count * image);
        denoiser->read_tensor(slots, LGV_PLANE_X, 0, pictures);
        denoiser->read_pictures(slots, on_host.data(), count * image);
        pictures->read(there.data(), count * image);
        EXPECT_EQ(on_host, there);
        for (const uint8_t byte : there) numbers.push_back(byte);
        expect_no_findings();
        return numbers;
    };
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH, LGV_NOISE_WRITTEN}) {
        const std::vector<float> wanted = all_of("cpu", noise), got = all_of("cuda", noise);
        ASSERT_EQ(got.size(), wanted.size());
        expect_same_bits(got.data(), wanted.data(), int64_t(wanted.size()));
    }
}

TEST_F(CudaTensor, wraps_memory_that_the_gpu_can_use_and_no_other) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const DeviceMemory memory(bytes);
    const PinnedMemory pinned(bytes);
    const auto wrap = [&](const void* at, std::vector<int64_t> shape) { return Tensor::wrap(device, reinterpret_cast<uint64_t>(at), LGV_TYPE_FLOAT32, std::move(shape)); };
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    for (const std::byte* at : {memory.data(), pinned.data()}) {
        const std::shared_ptr<Tensor> tensor = wrap(at, {1, 3, 4, 5});
        denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
        tensor->close();  // it is all there when this returns
        EXPECT_EQ(peek(at), pattern(image, 2));
    }
    std::vector<float> host(static_cast<size_t>(image));
    EXPECT_SAYS(refusal(Code::argument, [&] { wrap(host.data(), {image}); }), "is nothing that CUDA knows");
#ifdef LANGEVIN_SIMT  // where buffers end where they were asked to
    EXPECT_SAYS(refusal(Code::argument, [&] { wrap(pinned.data() + 8192, {1}); }), "is nothing that CUDA knows");
    EXPECT_SAYS(refusal(Code::argument, [&] { wrap(memory.data(), {image + 64}); }), "the last byte's address");
#endif
    ForeignTensor lies(host.data(), gpu, dlpack_float32, {image});
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::from_dlpack(device, &lies.managed); }), "is nothing that CUDA knows");
    ForeignTensor elsewhere(memory.data(), {dlpack_cuda, 1}, dlpack_float32, {image});
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::from_dlpack(device, &elsewhere.managed); }), "the tensor is on cuda:1, this device is cuda:0");
    EXPECT_EQ(lies.deleted + elsewhere.deleted, 0);
}

TEST_F(CudaTensor, of_another_library_ends_once_when_the_gpu_is_done_with_it) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const DeviceMemory memory(bytes);
    zero(memory.data(), bytes);
    ForeignTensor foreign(memory.data(), gpu, dlpack_float32, {1, 3, 4, 5});
    std::vector<float> at_end;
    foreign.at_end = [&] { at_end = peek(memory.data()); };
    {
        const std::shared_ptr<Denoiser> denoiser = doubling(device);
        const std::shared_ptr<Tensor> tensor = Tensor::from_dlpack(device, &foreign.managed);
        denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
        tensor->close();
        denoiser->close();  // what has not begun is dropped: then nothing was written, and the end comes all the same
    }
    for (int i = 0; i < 3; ++i) device->run([] {});
    EXPECT_EQ(foreign.deleted, 1);
    EXPECT_TRUE(at_end == pattern(image, 2) || at_end == std::vector<float>(image, 0));

    // The same with the work begun, but not done: the worker has given it to the stream, which is late.
    ForeignTensor again(memory.data(), gpu, dlpack_float32, {1, 3, 4, 5});
    again.at_end = foreign.at_end;
    zero(memory.data(), bytes);
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    std::shared_ptr<Tensor> tensor = Tensor::from_dlpack(device, &again.managed);
    denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
    device->run([] {});
    if (late) {
        EXPECT_EQ(peek(memory.data()), std::vector<float>(image, 0)) << "it was not late";
    }
    EXPECT_EQ(again.deleted, 0);
    tensor.reset();
    device->run([] {});
    EXPECT_EQ(again.deleted, 1);
    EXPECT_EQ(at_end, pattern(image, 2));
}

TEST_F(CudaTensor, of_our_own_may_end_while_the_gpu_writes_it) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    for (int i = 0; i < 3; ++i) {
        const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {1, 3, 4, 5});
        denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
        tensor->close();
    }
    EXPECT_EQ(x_of(*denoiser), pattern(image, 2));
    expect_no_findings();
}

TEST_F(CudaTensor, goes_out_and_in_as_dlpack_after_all_handles_are_closed) {
    DlpackManaged* managed = nullptr;
    {
        const std::shared_ptr<Device> device = Device::open("cuda", 1);
        const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {1, 3, 4, 5});
        doubling(device)->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
        managed = tensor->to_dlpack();
        tensor->close();
    }
    EXPECT_EQ(managed->tensor.device, gpu);
    const std::shared_ptr<Device> other = Device::open("cuda", 1);
    const std::shared_ptr<Tensor> back = Tensor::from_dlpack(other, managed);
    EXPECT_EQ(numbers_of(*back).size(), size_t(image));
}

// ---- Streams of others --------------------------------------------------------------------------------------------------------------

TEST_F(CudaTensor, work_of_the_device_comes_after_that_of_another_stream) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {1, 3, 4, 5});
    denoiser->wait(0);  // the worker makes no graph meanwhile: giving back memory would wait for all streams
    const CudaStream theirs;
    PinnedMemory values(bytes);
    std::memcpy(values.data(), pattern(image, 7).data(), bytes);
    queue_upload(theirs, tensor->data(), values.data(), bytes);
    device->after_stream(reinterpret_cast<uint64_t>(theirs.handle()));
    denoiser->write_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
    EXPECT_EQ(x_of(*denoiser), pattern(image, 7));
    expect_no_findings();
}

TEST_F(CudaTensor, work_of_another_stream_comes_after_that_of_the_device_without_waiting_for_it) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {1, 3, 4, 5});
    const CudaStream theirs;
    const PinnedMemory values(bytes);
    denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
    device->before_stream(reinterpret_cast<uint64_t>(theirs.handle()));
    if (late) {
        EXPECT_EQ(peek(tensor->data()), std::vector<float>(image, 0)) << "the GPU was waited for";
    }
    queue_download(theirs, values.data(), tensor->data(), bytes);
    theirs.wait();
    EXPECT_EQ(std::memcmp(values.data(), pattern(image, 2).data(), bytes), 0);
    expect_no_findings();
}

TEST_F(CudaTensor, the_default_stream_is_a_stream_too) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const std::shared_ptr<Denoiser> denoiser = doubling(device);
    const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, {1, 3, 4, 5});
    denoiser->read_tensor({&slot, 1}, LGV_PLANE_X, 0, tensor);
    device->before_stream(0);
    EXPECT_EQ(peek(tensor->data()), pattern(image, 2)) << "a copy on the default stream";
    device->after_stream(0);
}

TEST_F(CudaTensor, streams_that_are_none_or_become_a_graph_are_refused) {
    const std::shared_ptr<Device> device = Device::open("cuda", 1);
    const CudaStream theirs;
    const auto handle = reinterpret_cast<uint64_t>(theirs.handle());
    const DeviceMemory memory(64);
    const CudaGraph graph(theirs, [&](Stream stream) {
        queue_zeros(stream, memory.data(), 64);
        EXPECT_SAYS(refusal(Code::argument, [&] { device->after_stream(handle); }), "is being captured as a graph");
        EXPECT_SAYS(refusal(Code::argument, [&] { device->before_stream(handle); }), "is being captured as a graph");
    });
    EXPECT_EQ(graph.nodes(), 1) << "the capture went on";
#ifdef LANGEVIN_SIMT  // the real runtime looks into what it is given
    EXPECT_SAYS(refusal(Code::argument, [&] { device->after_stream(0x1230); }), "stream 0x1230: CUDA knows no stream of this handle");
    EXPECT_SAYS(refusal(Code::argument, [&] { device->before_stream(0x1230); }), "stream 0x1230");
#endif
}

}  // namespace
}  // namespace lgv::testing
