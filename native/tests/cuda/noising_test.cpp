// Noising on the GPU against the CPU form: the same bits, x_t rounded once more where it is bfloat16.
#include "ops/noising/noising.cuda.h"

#include <random>

#include "base/error.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

TEST(CudaNoising, has_the_bits_of_the_cpu_in_any_batch) {
    std::mt19937 generator(4);
    for (const Shape& image : {Shape{1, 1, 1, 1}, Shape{1, 5, 7, 2}, Shape{1, 1, 1, 3}, Shape{1, 13, 3, 3}, Shape{1, 32, 33, 3}, Shape{1, 9, 9, 4}, Shape{1, 3, 1100, 1}, Shape{1, 3, 3, 130}}) {
        const int64_t n = image.per_image();
        const int count = 5;
        std::vector<uint8_t> bytes(size_t(count * n));
        for (uint8_t& b : bytes) b = uint8_t(generator());
        const std::vector<float> floats = normals(11, count * n), noise = normals(12, count * n);
        const DeviceMemory device_bytes(count * n), device_floats(4 * count * n), device_noise(4 * count * n);
        upload(device_bytes.data(), bytes.data(), count * n);
        upload(device_floats.data(), floats.data(), 4 * count * n);
        upload(device_noise.data(), noise.data(), 4 * count * n);
        const float coefficients[][5] = {{0.8f, 0.6f, 1, 0, 1}, {0.3f, 1.7f, 0.5f, 1, 0}, {0.6f, 0.8f, 1, -0.8f, 0.6f}, {1, 0, 2, 0, 0}, {0, 1, 0, 0.5f, 2}};
        std::vector<NoisedImage> on_host, on_device;
        for (int i = 0; i < count; ++i) {
            const float* c = coefficients[(i + int(n)) % 5];
            NoisedImage of{.bytes = generator() % 2 == 0, .flip = generator() % 2 == 0, .seed = (uint64_t{generator()} << 32) + generator(), .a = c[0], .b = c[1], .s = c[2], .u = c[3], .v = c[4]};
            const bool given = generator() % 3 == 0;
            of.pixels = of.bytes ? static_cast<const void*>(bytes.data() + i * n) : floats.data() + i * n;
            of.noise = given ? noise.data() + i * n : nullptr;
            on_host.push_back(of);
            of.pixels = of.bytes ? static_cast<const void*>(device_bytes.data() + i * n) : device_floats.data() + 4 * i * n;
            of.noise = given ? reinterpret_cast<const float*>(device_noise.data()) + i * n : nullptr;
            on_device.push_back(of);
        }
        std::vector<float> x(size_t(count * n)), target(x);
        ThreadTeam team(1);
        noise_images(team, on_host, image, x.data(), target.data());
        const DeviceMemory images(int64_t(on_device.size() * sizeof(NoisedImage)));
        upload(images.data(), on_device.data(), images.bytes());
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
            SCOPED_TRACE(text(to_text(image), " ", name_of(type)));
            const int64_t live = count - 1;  // the last row is dead
            const DeviceMemory device_x(count * n * size_of(type)), device_target(count * n * 4);
            std::vector<float> got_target(size_t(count * n), -5), got_x(size_t(count * n));
            upload(device_target.data(), got_target.data(), device_target.bytes());
            std::vector<std::byte> raw(size_t(device_x.bytes()), std::byte{0xff});
            upload(device_x.data(), raw.data(), device_x.bytes());
            noise_images(nullptr, reinterpret_cast<const NoisedImage*>(images.data()), live, image, type, device_x.data(), reinterpret_cast<float*>(device_target.data()));
            expect_no_findings();
            download(got_target.data(), device_target.data(), device_target.bytes());
            download(raw.data(), device_x.data(), device_x.bytes());
            for (int64_t i = 0; i < count * n; ++i) {
                bf16 half;
                std::memcpy(&half, raw.data() + i * size_of(type), 2);
                if (type == CudaType::bf16) got_x[size_t(i)] = to_float(half);
                else std::memcpy(&got_x[size_t(i)], raw.data() + 4 * i, 4);
            }
            expect_same_bits(got_target.data(), target.data(), live * n);
            const std::vector<float> wanted = rounded(x, type);
            expect_same_bits(got_x.data(), wanted.data(), live * n);
            for (int64_t i = live * n; i < count * n; ++i) ASSERT_TRUE(std::isnan(got_x[size_t(i)]) && got_target[size_t(i)] == -5) << "a dead row was written to";
            std::vector<std::byte> alone(raw.size(), std::byte{0xff});
            upload(device_x.data(), alone.data(), device_x.bytes());
            noise_images(nullptr, reinterpret_cast<const NoisedImage*>(images.data()), live, image, type, device_x.data(), nullptr);
            expect_no_findings();
            download(alone.data(), device_x.data(), device_x.bytes());
            ASSERT_EQ(alone, raw) << "without a target";
            if (HasFatalFailure()) return;
        }
    }
}

TEST(CudaNoising, refuses_what_it_cannot_turn) {
    const NoisedImage image;
    float out = 0;
    EXPECT_THROW(noise_images(nullptr, &image, 1, {1, 1, 1, 9000}, CudaType::f32, reinterpret_cast<std::byte*>(&out), &out), Error);
    EXPECT_THROW(noise_images(nullptr, &image, 1, {1, 1, 1, 1}, CudaType::i32, reinterpret_cast<std::byte*>(&out), &out), Error);
}

}  // namespace lgv::testing
