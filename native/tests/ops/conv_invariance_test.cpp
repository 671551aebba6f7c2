// The law: the bits of an image depend on the image alone. On every convolution of the CIFAR U-Net and the MNIST net (and with each instruction set),
// images are computed alone with one thread, then in batches, at other positions, between other images, with more threads.
#include <gtest/gtest.h>

#include "tests/ops/conv_case.h"

namespace lgv {
namespace {

constexpr Padding down{0, 0, 1, 1};

std::vector<ConvCase> cifar_layers() {
    std::vector<ConvCase> layers{
        {.x = {1, 32, 32, 3}, .out_channels = 128},
        {.x = {1, 32, 32, 128}, .out_channels = 3},
        {.x = {1, 32, 32, 384}, .out_channels = 128, .time = true},
        {.x = {1, 32, 32, 256}, .out_channels = 128, .time = true},
        {.x = {1, 32, 32, 256}, .out_channels = 128, .kernel = 1, .pad = {}, .channels2 = 128},
        {.x = {1, 32, 32, 128}, .out_channels = 128, .residual = true},
        {.x = {1, 32, 32, 128}, .out_channels = 128, .stride = 2, .pad = down},
        {.x = {1, 16, 16, 128}, .out_channels = 256, .time = true},
        {.x = {1, 16, 16, 384}, .out_channels = 256, .time = true},
    };
    for (const int64_t side : {16, 8, 4}) {
        layers.push_back({.x = {1, side, side, 256}, .out_channels = 256, .residual = true});
        layers.push_back({.x = {1, side, side, 512}, .out_channels = 256, .time = true});
        layers.push_back({.x = {1, side, side, 256}, .out_channels = 256, .kernel = 1, .pad = {}, .channels2 = 256});
        layers.push_back({.x = {1, side, side, 256}, .out_channels = 256, .upsample = true});
        if (side > 4) layers.push_back({.x = {1, side, side, 256}, .out_channels = 256, .stride = 2, .pad = down});
    }
    return layers;
}

std::vector<ConvCase> mnist_layers() {
    std::vector<ConvCase> layers{
        {.x = {1, 28, 28, 1}, .out_channels = 32},
        {.x = {1, 28, 28, 32}, .out_channels = 1},
        {.x = {1, 28, 28, 96}, .out_channels = 32, .time = true},
        {.x = {1, 28, 28, 64}, .out_channels = 32, .kernel = 1, .pad = {}, .channels2 = 32},
        {.x = {1, 28, 28, 32}, .out_channels = 32, .residual = true},
        {.x = {1, 28, 28, 32}, .out_channels = 32, .stride = 2},
        {.x = {1, 14, 14, 32}, .out_channels = 64, .time = true},
    };
    for (const int64_t side : {14, 7}) {
        layers.push_back({.x = {1, side, side, 64}, .out_channels = 64, .residual = true});
        layers.push_back({.x = {1, side, side, 64}, .out_channels = 64, .time = true, .residual = true, .scale = 0.70710678f});
        layers.push_back({.x = {1, side, side, 64}, .out_channels = 64, .channels2 = 64, .time = true});
        layers.push_back({.x = {1, side, side, 64}, .out_channels = 64, .upsample = true});
        layers.push_back({.x = {1, side, side, 64}, .out_channels = 64, .stride = 2});
    }
    return layers;
}

void expect_same_bits_in_company(const std::vector<ConvCase>& layers, Isa isa) {
    if (isa == Isa::avx512 && choose_isa("") != Isa::avx512) GTEST_SKIP() << "skipped: this processor has no AVX-512";
    struct Company {
        int64_t images;
        int threads;
    };
    ThreadTeam teams[] = {ThreadTeam(1), ThreadTeam(2), ThreadTeam(3), ThreadTeam(4)};
    for (const ConvCase& layer : layers) {
        ConvFixture fixture(layer);
        std::vector<std::vector<float>> alone;
        for (int64_t image = 0; image < 3; ++image) alone.push_back(fixture.run_cpu({image}, teams[0], isa));
        ASSERT_NE(alone[0], alone[1]);
        for (const Company& c : {Company{1, 2}, {1, 3}, {1, 4}, {2, 1}, {2, 3}, {3, 2}, {3, 4}, {5, 1}, {5, 3}, {8, 2}, {8, 4}, {17, 1}, {17, 2}}) {
            std::vector<int64_t> images;
            for (int64_t n = 0; n < c.images; ++n) images.push_back((n * n + c.threads) % 3);
            const std::vector<float> together = fixture.run_cpu(images, teams[c.threads - 1], isa);
            for (int64_t n = 0; n < c.images; ++n) {
                const std::vector<float>& want = alone[size_t(images[size_t(n)])];
                ASSERT_EQ(std::memcmp(together.data() + size_t(n) * want.size(), want.data(), want.size() * 4), 0)
                    << layer.name() << ": place " << n << " of " << c.images << ", " << c.threads << " threads, " << name_of(isa);
            }
        }
    }
}

TEST(Conv2dInvariance, cifar_layers_give_the_same_bits_in_any_company_with_avx512) { expect_same_bits_in_company(cifar_layers(), Isa::avx512); }
TEST(Conv2dInvariance, cifar_layers_give_the_same_bits_in_any_company_with_avx2) { expect_same_bits_in_company(cifar_layers(), Isa::avx2); }
TEST(Conv2dInvariance, mnist_layers_give_the_same_bits_in_any_company_with_avx512) { expect_same_bits_in_company(mnist_layers(), Isa::avx512); }
TEST(Conv2dInvariance, mnist_layers_give_the_same_bits_in_any_company_with_avx2) { expect_same_bits_in_company(mnist_layers(), Isa::avx2); }

}  // namespace
}  // namespace lgv
