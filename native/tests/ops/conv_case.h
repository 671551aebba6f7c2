// A convolution with random numbers in its inputs and weights, run by the reference or by the CPU form, from an arena that is NaN wherever
// nothing was put.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "device/cpu/isa.h"
#include "device/cpu/team.h"
#include "device/memory.h"
#include "ops/conv/conv.cpu.h"
#include "ops/weights.h"

namespace lgv {

struct ConvCase {
    Shape x;                      // rows, size and channels of the first source
    int32_t out_channels = 1;
    int32_t kernel = 3;
    int32_t stride = 1;
    Padding pad = Padding::all(1);
    int64_t channels2 = 0;        // of a second source
    bool upsample = false, time = false, residual = false, bias = true;
    float scale = 1;

    std::string name() const {
        std::string text = to_text(x) + (channels2 ? " + " + std::to_string(channels2) : "") + " -> " + std::to_string(out_channels) + ", kernel " +
                           std::to_string(kernel) + ", stride " + std::to_string(stride) + ", padding " + std::to_string(pad.top) + " " +
                           std::to_string(pad.left) + " " + std::to_string(pad.bottom) + " " + std::to_string(pad.right);
        for (const auto& [set, word] : {std::pair(upsample, ", upsample"), {time, ", time"}, {residual, ", residual"}, {!bias, ", no bias"}})
            if (set) text += word;
        return text + ", scale " + std::to_string(scale);
    }
};

// Images are numbered from 0; image i is the same numbers whatever the rows, so that a case can be run with any choice of images.
class ConvFixture {
public:
    explicit ConvFixture(const ConvCase& c) : case_(c), tensors_(2), weights_(tensors(c)) {
        op_ = {.x = {0}, .x2 = {c.channels2 ? 1 : -1}, .weight = {0}, .bias = {c.bias ? 1 : -1}, .time = {c.time ? 2 : -1},
               .residual = {c.residual ? 3 : -1}, .out_channels = c.out_channels, .kernel = c.kernel, .stride = c.stride, .pad = c.pad,
               .upsample = c.upsample, .scale = c.scale};
    }

    const Conv2d& op() const { return op_; }
    Weights& weights() { return weights_; }
    static constexpr Value out{4};

    Shapes shapes(int64_t rows) const {
        Shape x = case_.x;
        x.n = rows;
        Shapes shapes{{x, {x.n, x.h, x.w, std::max<int64_t>(case_.channels2, 1)}, {x.n, 1, 1, case_.out_channels}, {}, {}}};
        Conv2d plain = op_;
        plain.residual = {};
        shapes.all[3] = shapes.all[4] = output_shape(plain, shapes);
        return shapes;
    }

    // Of value 0 .. 3 and this image.
    const std::vector<float>& numbers(int value, int64_t image) {
        std::vector<float>& numbers = numbers_[{value, image}];
        if (numbers.empty()) {
            std::mt19937_64 engine(uint64_t(value) * 1000003 + uint64_t(image) * 7919 + 1);
            std::normal_distribution<float> normal;
            numbers.resize(size_t(shapes(1).all[size_t(value)].elements()));
            for (float& number : numbers) number = normal(engine);
        }
        return numbers;
    }

    std::vector<float> run_reference(const std::vector<int64_t>& images) {
        const Shapes shapes = this->shapes(int64_t(images.size()));
        std::vector<std::vector<float>> values;
        std::vector<float*> pointers;
        for (int value = 0; value < 5; ++value) {
            values.emplace_back(size_t(shapes.all[size_t(value)].elements()));
            if (value < 4) fill(value, images, values.back().data());
            pointers.push_back(values.back().data());
        }
        reference(op_, ReferenceLaunch{.values = pointers, .shapes = shapes, .weights = weights_, .out = out});
        return values[4];
    }

    // The program has `rows` rows (as many as images if 0); those without an image are dead. Fails the caller's test, by a NaN in the first element
    // of the result, if anything but the output of the living rows was written.
    std::vector<float> run_cpu(const std::vector<int64_t>& images, ThreadTeam& team, Isa isa, int64_t rows = 0) {
        const Shapes shapes = this->shapes(rows ? rows : int64_t(images.size()));
        const CpuConv2d conv = lower(op_, out, shapes, weights_, isa);
        return run_lowered(conv, images, team, shapes);
    }

    std::vector<float> run_lowered(const CpuConv2d& conv, const std::vector<int64_t>& images, ThreadTeam& team, const Shapes& shapes) {
        std::vector<int64_t> offsets;
        int64_t bytes = 64;
        for (const Shape& shape : shapes.all) {
            offsets.push_back(bytes);
            bytes += (shape.elements() * 4 + 63) / 64 * 64 + 64;  // 64 bytes between values, to see who writes there
        }
        const CpuNeeds needs = lgv::needs(conv);
        const int64_t stride = (needs.scratch_bytes + 63) / 64 * 64;
        Memory arena(bytes), workspace(needs.workspace_bytes + 64), scratch(stride * team.threads() + 64);
        poison(arena), poison(workspace), poison(scratch);
        for (int value = 0; value < 4; ++value) fill(value, images, reinterpret_cast<float*>(arena.data() + offsets[size_t(value)]));
        Memory before(bytes);
        std::memcpy(before.data(), arena.data(), size_t(bytes));

        run(conv, {.team = team, .rows = int64_t(images.size()), .arena = arena.data(), .offsets = offsets, .workspace = workspace.data(),
                   .scratch = scratch.data(), .scratch_stride = stride});

        const int64_t floats = shapes[out].per_image() * int64_t(images.size()), from = offsets[4];
        std::vector<float> result(static_cast<size_t>(floats));
        std::memcpy(result.data(), arena.data() + from, size_t(floats) * 4);
        const int64_t after = from + floats * 4;
        if (std::memcmp(before.data(), arena.data(), size_t(from)) != 0 ||
            std::memcmp(before.data() + after, arena.data() + after, size_t(bytes - after)) != 0)
            result[0] = std::numeric_limits<float>::quiet_NaN();
        return result;
    }

private:
    void fill(int value, const std::vector<int64_t>& images, float* to) {
        const bool used = value == 0 || (value == 1 && op_.x2) || (value == 2 && op_.time) || (value == 3 && op_.residual);
        if (!used) return;
        for (const int64_t image : images) {
            const std::vector<float>& from = numbers(value, image);
            std::memcpy(to, from.data(), from.size() * 4);
            to += from.size();
        }
    }

    static void poison(Memory& memory) { std::memset(memory.data(), 0xff, size_t(memory.bytes())); }

    std::vector<TensorView> tensors(const ConvCase& c) {
        const int64_t channels = c.x.c + c.channels2;
        const std::vector<int64_t> shapes[2] = {{c.out_channels, channels, c.kernel, c.kernel}, {c.out_channels}};
        std::vector<TensorView> views;
        for (int i = 0; i < 2; ++i) {
            std::mt19937_64 engine(uint64_t(i) + 77);
            std::normal_distribution<float> normal(0, i == 0 ? float(1 / std::sqrt(double(channels) * c.kernel * c.kernel)) : 1.0f);
            int64_t elements = 1;
            for (const int64_t side : shapes[i]) elements *= side;
            tensors_[size_t(i)].resize(size_t(elements));
            for (float& number : tensors_[size_t(i)]) number = normal(engine);
            views.push_back({.dtype = DType::f32, .shape = shapes[i], .data = reinterpret_cast<const std::byte*>(tensors_[size_t(i)].data())});
        }
        return views;
    }

    ConvCase case_;
    std::map<std::pair<int, int64_t>, std::vector<float>> numbers_;
    std::vector<std::vector<float>> tensors_;
    Weights weights_;
    Conv2d op_;
};

}  // namespace lgv
