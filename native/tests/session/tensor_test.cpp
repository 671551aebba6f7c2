#include "session/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <future>
#include <thread>

#include "base/error.h"
#include "ops/step/picture.h"
#include "session/denoiser.h"
#include "tests/session/foreign_tensor.h"

namespace lgv {
namespace {

using testing::dlpack_float32;
using testing::dlpack_uint8;
using testing::ForeignTensor;

constexpr DlpackDevice cpu{dlpack_cpu, 0};

// What is refused with `code`, in which words.
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

std::vector<float> pattern(int64_t count, float factor) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = factor * std::sin(float(i) * 0.37f);
    return values;
}

std::vector<float> numbers_of(const Tensor& tensor) {
    std::vector<float> values(size_t(tensor.describe().bytes) / 4);
    tensor.read(values.data(), tensor.describe().bytes);
    return values;
}

// Two images of 3 x 4 x 5 in slots 0 and 1, one of 3 x 2 x 2 in slot 2.
std::shared_ptr<Denoiser> three_images(const std::shared_ptr<Device>& device, int32_t noise = LGV_NOISE_PHILOX) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(device, 3, 6, 4);
    const lgv_image images[] = {{.slot = 0, .noise = noise, .height = 4, .width = 5, .seed = 5, .start = 1},
                                {.slot = 1, .noise = noise, .height = 4, .width = 5, .seed = 6, .start = 1},
                                {.slot = 2, .noise = noise, .height = 2, .width = 2, .seed = 7, .start = 1}};
    denoiser->join(images);
    return denoiser;
}

constexpr int32_t both[] = {1, 0};
constexpr int64_t image = 3 * 4 * 5;

TEST(Tensor, is_zeros_and_holds_what_is_written) {
    const std::shared_ptr<Tensor> tensor = Tensor::open(Device::open("cpu", 1), LGV_TYPE_FLOAT32, {2, 3, 5});
    const lgv_tensor_description description = tensor->describe();
    EXPECT_EQ(description.bytes, 120);
    EXPECT_EQ(description.rank, 3);
    EXPECT_EQ(description.shape[1], 3);
    EXPECT_EQ(description.shape[3], 0);
    EXPECT_EQ(description.device_type, 1);
    EXPECT_EQ(description.address % 64, 0u);
    EXPECT_EQ(numbers_of(*tensor), std::vector<float>(30, 0));
    const std::vector<float> values = pattern(30, 1);
    tensor->write(values.data(), 120);
    EXPECT_EQ(numbers_of(*tensor), values);
    EXPECT_EQ(std::memcmp(reinterpret_cast<const void*>(description.address), values.data(), 120), 0);
    EXPECT_EQ(Tensor::open(tensor->device(), LGV_TYPE_UINT8, {})->describe().bytes, 1) << "without dimensions it is one number";
    EXPECT_SAYS(refusal(Code::argument, [&] { tensor->write(values.data(), 116); }), "write: 116 bytes, the tensor float32 [2, 3, 5] has 120");
    EXPECT_SAYS(refusal(Code::argument, [&] { tensor->read(nullptr, 0); }), "read: 0 bytes");
}

TEST(Tensor, refuses_types_and_shapes_that_cannot_be) {
    const std::shared_ptr<Device> device = Device::open("cpu", 1);
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::open(device, 2, {1}); }), "type 2, wanted one of enum lgv_type");
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::open(device, 0, {4, 0}); }), "length 0 of dimension 1");
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::open(device, 0, {1, -3}); }), "length -3");
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::open(device, 0, std::vector<int64_t>(9, 1)); }), "9 dimensions, at most 8");
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::open(device, 0, {int64_t{1} << 40, int64_t{1} << 40}); }), "more than 2^63 bytes");
    refusal(Code::memory, [&] { Tensor::open(device, 0, {int64_t{1} << 60}); });
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::wrap(device, 0, 0, {1}); }), "address 0");
    EXPECT_SAYS(refusal(Code::argument, [&] { Tensor::wrap(device, 0x1002, 0, {1}); }), "wanted a multiple of 4");
}

TEST(Tensor, takes_planes_and_gives_them_back) {
    const std::shared_ptr<Device> device = Device::open("cpu", 2);
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH, LGV_NOISE_WRITTEN}) {
        const std::shared_ptr<Denoiser> denoiser = three_images(device, noise);
        const std::vector<float> out = pattern(2 * 2 * image, 2), mask = pattern(2 * 20, 1), history = pattern(2 * image, 3);
        denoiser->write(both, LGV_PLANE_OUT, 0, out.data(), int64_t(out.size()));
        denoiser->write(both, LGV_PLANE_MASK, 0, mask.data(), int64_t(mask.size()));
        denoiser->write(both, LGV_PLANE_HISTORY, 2, history.data(), int64_t(history.size()));
        struct Of {
            int32_t plane, index;
            std::vector<int64_t> shape;
        };
        for (const auto& [plane, index, shape] : {Of{LGV_PLANE_X, 0, {2, 3, 4, 5}}, Of{LGV_PLANE_OUT, 0, {2, 6, 4, 5}}, Of{LGV_PLANE_NOISE, 3, {2, 3, 4, 5}},
                                                  Of{LGV_PLANE_HISTORY, 2, {2, 3, 4, 5}}, Of{LGV_PLANE_MASK, 0, {2, 4, 5}}}) {
            const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_FLOAT32, shape);
            denoiser->read_tensor(both, plane, index, tensor);
            std::vector<float> wanted(size_t(tensor->describe().bytes) / 4);
            denoiser->read(both, plane, index, wanted.data(), int64_t(wanted.size()));
            EXPECT_EQ(numbers_of(*tensor), wanted) << "plane " << plane << ", noise " << noise;
            if (plane == LGV_PLANE_NOISE && noise != LGV_NOISE_WRITTEN) continue;
            // The other way round: slots 0, 1 get what 1, 0 had.
            const int32_t turned[] = {0, 1};
            const std::vector<float> other = pattern(int64_t(wanted.size()), 5);
            tensor->write(other.data(), tensor->describe().bytes);
            denoiser->write_tensor(turned, plane, index, tensor);
            denoiser->read(turned, plane, index, wanted.data(), int64_t(wanted.size()));
            EXPECT_EQ(wanted, other) << "plane " << plane << ", noise " << noise;
        }
    }
}

TEST(Tensor, takes_pictures_which_the_host_reads_as_well) {
    const std::shared_ptr<Device> device = Device::open("cpu", 2);
    const std::shared_ptr<Denoiser> denoiser = three_images(device);
    std::vector<float> x(2 * image);
    denoiser->read(both, LGV_PLANE_X, 0, x.data(), int64_t(x.size()));
    std::vector<uint8_t> wanted(2 * image), got(2 * image);
    for (size_t n = 0; n < 2; ++n)
        for (size_t p = 0; p < 20; ++p)
            for (size_t c = 0; c < 3; ++c) wanted[n * image + p * 3 + c] = uint8_t(byte_of(x[n * image + c * 20 + p]));
    denoiser->read_pictures(both, got.data(), int64_t(got.size()));
    EXPECT_EQ(got, wanted);
    const std::shared_ptr<Tensor> tensor = Tensor::open(device, LGV_TYPE_UINT8, {2, 4, 5, 3});
    denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor);
    std::fill(got.begin(), got.end(), uint8_t{0});
    tensor->read(got.data(), int64_t(got.size()));
    EXPECT_EQ(got, wanted);
}

TEST(Tensor, is_refused_where_it_does_not_fit) {
    const std::shared_ptr<Device> device = Device::open("cpu", 1), other = Device::open("cpu", 1);
    const std::shared_ptr<Denoiser> denoiser = three_images(device);
    const auto floats = [&](std::vector<int64_t> shape) { return Tensor::open(device, LGV_TYPE_FLOAT32, std::move(shape)); };
    const std::shared_ptr<Tensor> fits = floats({2, 3, 4, 5}), bytes = Tensor::open(device, LGV_TYPE_UINT8, {2, 4, 5, 3});
    const auto reading = [&](std::span<const int32_t> slots, int32_t plane, const std::shared_ptr<Tensor>& tensor, int32_t index = 0) {
        return refusal(Code::argument, [&] { denoiser->read_tensor(slots, plane, index, tensor); });
    };
    EXPECT_SAYS(reading(both, LGV_PLANE_X, floats({2, 60})), "read_tensor: a tensor float32 [2, 60] for X of 2 slots, wanted float32 [2, 3, 4, 5], or uint8 [2, 4, 5, 3]");
    EXPECT_SAYS(reading(both, LGV_PLANE_OUT, fits), "for OUT of 2 slots, wanted float32 [2, 6, 4, 5]");
    EXPECT_SAYS(reading(both, LGV_PLANE_MASK, fits), "wanted float32 [2, 4, 5]");
    EXPECT_SAYS(reading(both, LGV_PLANE_X0, bytes), "a tensor uint8 [2, 4, 5, 3] for X0");
    const int32_t mixed[] = {0, 2}, nobody[] = {3}, twice[] = {0, 0};
    EXPECT_SAYS(reading(mixed, LGV_PLANE_X, fits), "slot 0 is 4 x 5 pixels, slot 2 is 2 x 2");
    EXPECT_SAYS(reading({}, LGV_PLANE_X, fits), "no slots");
    EXPECT_SAYS(reading(nobody, LGV_PLANE_X, fits), "slot 3 is free");
    EXPECT_SAYS(reading(both, 7, fits), "plane 7");
    EXPECT_SAYS(reading(both, LGV_PLANE_HISTORY, fits, 4), "index 4");
    EXPECT_SAYS(reading(both, LGV_PLANE_X, Tensor::open(other, LGV_TYPE_FLOAT32, {2, 3, 4, 5})), "was opened on another device");
    const auto writing = [&](std::span<const int32_t> slots, int32_t plane, const std::shared_ptr<Tensor>& tensor) {
        return refusal(Code::argument, [&] { denoiser->write_tensor(slots, plane, 0, tensor); });
    };
    EXPECT_SAYS(writing(both, LGV_PLANE_X0, fits), "X0 is read only");
    EXPECT_SAYS(writing(both, LGV_PLANE_NOISE, fits), "its noise is made from its seed");
    EXPECT_SAYS(writing(twice, LGV_PLANE_X, fits), "write_tensor: slot 0 comes twice");
    EXPECT_SAYS(writing(both, LGV_PLANE_X, bytes), "wanted float32 [2, 3, 4, 5]");
    EXPECT_SAYS(refusal(Code::argument, [&] { denoiser->read_pictures(mixed, nullptr, 0); }), "read_pictures: slot 0 is 4 x 5");
    EXPECT_SAYS(refusal(Code::argument, [&] { denoiser->read_pictures(both, nullptr, 7); }), "room for 7 bytes, the pictures of the 2 slots have 120");
    denoiser->read_tensor(both, LGV_PLANE_X, 0, fits);  // and goes on
}

// A device whose worker is held until it is let go.
struct Held {
    std::shared_ptr<Device> device = Device::open("cpu", 1);
    std::promise<void> go;
    Held() {
        device->enqueue([gone = std::make_shared<std::future<void>>(go.get_future())] { gone->wait(); });
    }
};

TEST(Tensor, is_kept_by_work_that_was_queued_with_it) {
    Held held;
    const std::shared_ptr<Denoiser> denoiser = three_images(held.device);
    std::weak_ptr<Tensor> watched;
    {
        const std::shared_ptr<Tensor> tensor = Tensor::open(held.device, LGV_TYPE_FLOAT32, {2, 3, 4, 5});
        watched = tensor;
        denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor);
        tensor->close();
    }
    EXPECT_FALSE(watched.expired());
    held.go.set_value();
    denoiser->wait(0);
    held.device->run([] {});  // the work is let go of before the next begins
    EXPECT_TRUE(watched.expired());
}

TEST(Tensor, of_another_library_ends_once_when_the_work_with_it_is_done) {
    Held held;
    std::vector<float> memory(2 * image, -1);
    ForeignTensor foreign(memory.data(), cpu, dlpack_float32, {2, 3, 4, 5});
    std::vector<float> at_end;
    foreign.at_end = [&] { at_end = memory; };
    const std::shared_ptr<Denoiser> denoiser = three_images(held.device);
    {
        const std::shared_ptr<Tensor> tensor = Tensor::from_dlpack(held.device, &foreign.managed);
        EXPECT_EQ(tensor->data(), reinterpret_cast<std::byte*>(memory.data()));
        denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor);
        tensor->close();
    }
    EXPECT_EQ(foreign.deleted, 0);
    held.go.set_value();
    std::vector<float> wanted(2 * image);
    denoiser->read(both, LGV_PLANE_X, 0, wanted.data(), 2 * image);
    held.device->run([] {});
    held.device->run([] {});
    EXPECT_EQ(foreign.deleted, 1);
    EXPECT_EQ(at_end, wanted);
}

TEST(Tensor, goes_out_and_in_as_dlpack_without_a_copy) {
    DlpackManaged* managed = nullptr;
    {
        const std::shared_ptr<Tensor> tensor = Tensor::open(Device::open("cpu", 1), LGV_TYPE_FLOAT32, {2, 3});
        const std::vector<float> values{1, 2, 3, 4, 5, 6};
        tensor->write(values.data(), 24);
        managed = tensor->to_dlpack();
        tensor->close();
    }  // device and tensor are gone; what was handed on is not
    EXPECT_EQ(managed->major, 1u);
    EXPECT_EQ(managed->flags, 0u);
    EXPECT_EQ(managed->tensor.device, cpu);
    EXPECT_EQ(managed->tensor.type, dlpack_float32);
    ASSERT_EQ(managed->tensor.rank, 2);
    EXPECT_EQ(managed->tensor.shape[1], 3);
    EXPECT_EQ(managed->tensor.strides[0], 3);
    EXPECT_EQ(managed->tensor.strides[1], 1);
    const std::shared_ptr<Device> other = Device::open("cpu", 1);
    const void* const there = managed->tensor.data;
    const std::shared_ptr<Tensor> back = Tensor::from_dlpack(other, managed);
    EXPECT_EQ(back->data(), there);
    EXPECT_EQ(numbers_of(*back), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    DlpackManaged* const again = back->to_dlpack();
    std::thread elsewhere([again] { again->deleter(again); });
    elsewhere.join();
    EXPECT_EQ(numbers_of(*back)[5], 6) << "what is left keeps it";
}

// Those who hand on what was handed to them share one end.
TEST(Tensor, of_another_library_stays_while_it_is_handed_on) {
    std::vector<uint8_t> memory(6);
    ForeignTensor foreign(memory.data() + 1, cpu, dlpack_uint8, {3});
    foreign.managed.tensor.byte_offset = 2;
    const std::shared_ptr<Device> device = Device::open("cpu", 1);
    DlpackManaged* managed = nullptr;
    {
        const std::shared_ptr<Tensor> tensor = Tensor::from_dlpack(device, &foreign.managed);
        EXPECT_EQ(tensor->data(), reinterpret_cast<std::byte*>(memory.data() + 3));
        managed = tensor->to_dlpack();
    }
    device->run([] {});
    EXPECT_EQ(foreign.deleted, 0);
    managed->deleter(managed);
    device->run([] {});
    EXPECT_EQ(foreign.deleted, 1);
}

TEST(Tensor, refuses_a_dlpack_that_is_not_for_it_and_leaves_it_to_the_caller) {
    const std::shared_ptr<Device> device = Device::open("cpu", 1);
    alignas(64) float memory[64] = {};
    ForeignTensor foreign(memory, cpu, dlpack_float32, {2, 1, 4});
    const DlpackManaged good = foreign.managed;
    const auto refused = [&](Code code, const std::function<void(DlpackManaged&)>& spoil) {
        foreign.managed = good;
        spoil(foreign.managed);
        std::string said = refusal(code, [&] { Tensor::from_dlpack(device, &foreign.managed); });
        return said;
    };
    EXPECT_SAYS(refused(Code::unsupported, [](DlpackManaged& m) { m.major = 2; }), "version 2.1, wanted 1.x");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.device = {dlpack_cuda, 1}; }), "the tensor is on cuda:1, this device is the CPU");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.device = {12, 3}; }), "device type 12, index 3");
    EXPECT_SAYS(refused(Code::unsupported, [](DlpackManaged& m) { m.tensor.type = {2, 16, 1}; }), "type code 2 of 16 bits and 1 lanes");
    EXPECT_SAYS(refused(Code::unsupported, [](DlpackManaged& m) { m.tensor.type = {2, 32, 4}; }), "4 lanes");
    EXPECT_SAYS(refused(Code::unsupported, [](DlpackManaged& m) { m.tensor.type = {0, 8, 1}; }), "wanted float32 (2, 32, 1) or uint8");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.rank = 9; }), "9 dimensions");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.rank = -1; }), "-1 dimensions");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.shape = nullptr; }), "shape is NULL");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.data = nullptr; }), "data is NULL");
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged& m) { m.tensor.byte_offset = 2; }), "wanted a multiple of 4");
    foreign.strides = {1, 7, 2};
    EXPECT_SAYS(refused(Code::unsupported, [](DlpackManaged&) {}), "stride 1 of dimension 0 in float32 [2, 1, 4], wanted 4: make it contiguous");
    foreign.shape[0] = 0;
    EXPECT_SAYS(refused(Code::argument, [](DlpackManaged&) {}), "length 0 of dimension 0");
    device->run([] {});
    EXPECT_EQ(foreign.deleted, 0);
    // What is good: strides of dimensions with one place do not count, and there may be none; without a deleter nothing is called.
    foreign.shape = {2, 1, 4};
    foreign.strides = {4, 77, 1};
    foreign.managed = good;
    foreign.managed.deleter = nullptr;
    Tensor::from_dlpack(device, &foreign.managed);
    foreign.managed.tensor.strides = nullptr;
    Tensor::from_dlpack(device, &foreign.managed);
    device->run([] {});
    EXPECT_EQ(foreign.deleted, 0);
}

TEST(Tensor, that_is_read_only_is_read_and_not_written) {
    const std::shared_ptr<Device> device = Device::open("cpu", 1);
    std::vector<float> memory = pattern(2 * image, 1);
    ForeignTensor foreign(memory.data(), cpu, dlpack_float32, {2, 3, 4, 5});
    foreign.managed.flags = dlpack_read_only;
    std::shared_ptr<Tensor> tensor = Tensor::from_dlpack(device, &foreign.managed);
    const std::shared_ptr<Denoiser> denoiser = three_images(device);
    EXPECT_SAYS(refusal(Code::argument, [&] { tensor->write(memory.data(), tensor->describe().bytes); }), "marked it as read only");
    EXPECT_SAYS(refusal(Code::argument, [&] { denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor); }), "marked it as read only");
    denoiser->write_tensor(both, LGV_PLANE_X, 0, tensor);
    std::vector<float> x(2 * image);
    denoiser->read(both, LGV_PLANE_X, 0, x.data(), 2 * image);
    EXPECT_EQ(x, memory);
    DlpackManaged* const managed = tensor->to_dlpack();
    EXPECT_EQ(managed->flags, dlpack_read_only);
    managed->deleter(managed);
    tensor.reset();
    for (int i = 0; i < 2; ++i) device->run([] {});  // the queued writing lets go of it, then its end is queued: `foreign` has to be there until then
    EXPECT_EQ(foreign.deleted, 1);
}

TEST(Tensor, that_wraps_memory_gives_it_back_when_close_returns) {
    Held held;
    std::vector<float> memory(2 * image, -1);
    const std::shared_ptr<Denoiser> denoiser = three_images(held.device);
    const std::shared_ptr<Tensor> tensor = Tensor::wrap(held.device, reinterpret_cast<uint64_t>(memory.data()), LGV_TYPE_FLOAT32, {2, 3, 4, 5});
    denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor);
    std::future<void> closed = std::async(std::launch::async, [&] { tensor->close(); });
    EXPECT_EQ(closed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    held.go.set_value();
    closed.get();
    std::vector<float> wanted(2 * image);
    denoiser->read(both, LGV_PLANE_X, 0, wanted.data(), 2 * image);
    EXPECT_EQ(memory, wanted);
}

TEST(Device, has_the_callers_thread_for_a_stream_on_the_cpu) {
    Held held;
    const std::shared_ptr<Denoiser> denoiser = three_images(held.device);
    std::vector<float> memory(2 * image, -1);
    const std::shared_ptr<Tensor> tensor = Tensor::wrap(held.device, reinterpret_cast<uint64_t>(memory.data()), LGV_TYPE_FLOAT32, {2, 3, 4, 5});
    denoiser->read_tensor(both, LGV_PLANE_X, 0, tensor);
    std::future<void> done = std::async(std::launch::async, [&] { held.device->before_stream(0); });
    EXPECT_EQ(done.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    held.go.set_value();
    done.get();
    EXPECT_NE(memory[0], -1) << "it is done";
    held.device->after_stream(0);
    EXPECT_SAYS(refusal(Code::argument, [&] { held.device->after_stream(5); }), "stream 5: the CPU has none; 0 stands for the caller's thread");
    EXPECT_SAYS(refusal(Code::argument, [&] { held.device->before_stream(6); }), "stream 6");
}

}  // namespace
}  // namespace lgv
