#include "session/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include "base/philox.h"
#include "session/denoiser.h"
#include "tests/io/error_text.h"

namespace lgv {
namespace {

const std::string config = R"({"sample_size": 8, "in_channels": 2, "out_channels": 2, "block_out_channels": [8, 16],
    "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
    "norm_num_groups": 4, "attention_head_dim": 8, "num_class_embeds": 5, "langevin_none_label": 4, "dropout": 0.1})";
constexpr int64_t pixels = 2 * 8 * 8;
constexpr int32_t many = 20;  // images: more than a launch takes, so that there are two

lgv_trainer_settings settings_of(int32_t averages = 1) {
    return {.optimizer = LGV_OPTIMIZER_ADAMW, .initialisation = LGV_INITIALISATION_PYTORCH, .seed = 5, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8,
            .weight_decay = 0.01, .max_grad_norm = 1, .averages = averages};
}

std::shared_ptr<Trainer> open(int threads = 1, const lgv_trainer_settings& settings = settings_of()) {
    return Trainer::open(Device::open("cpu", threads), {.config = {"config", config}, .scheduler = {}, .labels = {}, .pipeline = {}, .note = {}}, settings);
}

std::vector<uint8_t> pictures(int32_t count) {
    std::vector<uint8_t> bytes(size_t(count * pixels));
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = uint8_t(i * 37 + i / 7 * 11);
    return bytes;
}

std::vector<lgv_training_row> rows_of(int32_t first, int32_t count) {
    std::vector<lgv_training_row> rows;
    for (int32_t i = first; i < first + count; ++i) {
        rows.push_back({.a = 0.8f, .b = 0.6f, .s = 1, .t = float(i * 50 % 1000), .w = 1, .u = 0, .v = 1, .label = i % 6 - 1, .class_timestep = 0, .flip = i % 2,
                        .seed = uint64_t(100 + i)});
    }
    return rows;
}

void accumulate(Trainer& trainer, int32_t first, int32_t count) {
    const std::vector<uint8_t> images = pictures(first + count);
    const std::vector<lgv_training_row> rows = rows_of(first, count);
    trainer.accumulate({.images = images.data() + first * pixels, .pixels = LGV_PIXELS_UINT8, .height = 0, .width = 0, .rows = rows, .noise = nullptr, .embeddings = nullptr});
}

void apply(Trainer& trainer, double learning_rate = 1e-3) {
    const double decay = 0.9;
    trainer.apply(learning_rate, {&decay, 1});
}

std::vector<float> arena(Trainer& trainer, int32_t which) {
    std::vector<float> values(size_t(trainer.describe().parameters));
    trainer.read(which, 0, values.data(), int64_t(values.size()));
    return values;
}

void expect_same_state(Trainer& a, Trainer& b) {
    for (const int32_t which : {LGV_ARENA_WEIGHTS, LGV_ARENA_GRADIENTS, LGV_ARENA_FIRST_MOMENTS, LGV_ARENA_SECOND_MOMENTS, LGV_ARENA_AVERAGE}) {
        const std::vector<float> x = arena(a, which), y = arena(b, which);
        EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(float)), 0) << "arena " << which;
    }
}

TEST(Trainer, ends_with_the_same_bits_whatever_the_threads) {
    const auto one = open(1), two = open(2), again = open(1);
    for (int step = 0; step < 3; ++step) {
        for (Trainer* trainer : {one.get(), two.get(), again.get()}) {
            accumulate(*trainer, step, many);
            apply(*trainer);
        }
    }
    expect_same_state(*one, *two);
    expect_same_state(*one, *again);
}

TEST(Trainer, learns_what_it_is_shown) {
    const auto trainer = open(2);
    for (int step = 0; step < 60; ++step) {
        accumulate(*trainer, 0, 8);
        apply(*trainer, 3e-3);
    }
    trainer->wait(0);
    lgv_training_metrics metrics[60];
    ASSERT_EQ(trainer->metrics(1, metrics), 60);
    EXPECT_LT(metrics[59].loss, 0.3 * metrics[0].loss);
    EXPECT_EQ(metrics[59].update, 60);
    EXPECT_EQ(metrics[59].images, 8);
    EXPECT_EQ(metrics[59].learning_rate, 3e-3);
}

TEST(Trainer, sums_batches_to_the_gradient_of_all_their_images) {
    const auto whole = open(), parts = open();
    accumulate(*whole, 0, 6);
    accumulate(*parts, 0, 2);
    accumulate(*parts, 2, 4);
    const std::vector<float> a = arena(*whole, LGV_ARENA_GRADIENTS), b = arena(*parts, LGV_ARENA_GRADIENTS);
    float largest = 0;
    for (const float g : a) largest = std::max(largest, std::abs(g));
    for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5f * largest);  // float32 sums in another order
}

TEST(Trainer, skips_an_update_whose_gradient_is_not_finite_and_says_so) {
    const auto trainer = open();
    accumulate(*trainer, 0, 4);
    apply(*trainer);
    const std::vector<float> weights = arena(*trainer, LGV_ARENA_WEIGHTS), moments = arena(*trainer, LGV_ARENA_SECOND_MOMENTS);
    const std::vector<float> images(size_t(pixels), std::numeric_limits<float>::infinity());
    const std::vector<lgv_training_row> rows = rows_of(1, 1);
    trainer->accumulate({.images = images.data(), .pixels = LGV_PIXELS_FLOAT32, .height = 8, .width = 8, .rows = rows, .noise = nullptr, .embeddings = nullptr});
    apply(*trainer);
    EXPECT_EQ(arena(*trainer, LGV_ARENA_WEIGHTS), weights);
    EXPECT_EQ(arena(*trainer, LGV_ARENA_SECOND_MOMENTS), moments);
    for (const float g : arena(*trainer, LGV_ARENA_GRADIENTS)) ASSERT_EQ(g, 0);
    lgv_training_metrics metrics[2];
    ASSERT_EQ(trainer->metrics(1, metrics), 2);
    EXPECT_EQ(metrics[0].skipped, 0);
    EXPECT_EQ(metrics[1].skipped, 1);
    EXPECT_EQ(trainer->progress(), std::pair(int64_t{2}, int64_t{1}));
    accumulate(*trainer, 0, 4);
    apply(*trainer);
    EXPECT_NE(arena(*trainer, LGV_ARENA_WEIGHTS), weights);
}

TEST(Trainer, goes_on_from_its_arenas_as_if_it_had_not_been_interrupted) {
    const auto straight = open(), before = open();
    for (Trainer* trainer : {straight.get(), before.get()}) {
        for (int step = 0; step < 2; ++step) {
            accumulate(*trainer, step, 5);
            apply(*trainer);
        }
    }
    const auto after = open(2, [] {
        lgv_trainer_settings other = settings_of();
        other.seed = 999;
        return other;
    }());
    for (const int32_t which : {LGV_ARENA_WEIGHTS, LGV_ARENA_FIRST_MOMENTS, LGV_ARENA_SECOND_MOMENTS, LGV_ARENA_AVERAGE}) {
        const std::vector<float> values = arena(*before, which);
        after->write(which, 0, values.data(), int64_t(values.size()));
    }
    const auto [updates, moves] = before->progress();
    after->resume(updates, moves);
    for (Trainer* trainer : {straight.get(), after.get()}) {
        accumulate(*trainer, 2, 5);
        apply(*trainer);
    }
    expect_same_state(*straight, *after);
    after->wait(3);
    EXPECT_EQ(error_of([&] { after->wait(2); }), "1: update 2: the first since the trainer went on is 3");
}

TEST(Trainer, gives_models_that_stay_as_they_are) {
    const auto trainer = open();
    accumulate(*trainer, 0, 4);
    apply(*trainer);
    const std::vector<float> then = arena(*trainer, LGV_ARENA_AVERAGE);
    const auto model = trainer->model(0);
    accumulate(*trainer, 4, 4);
    apply(*trainer);
    std::vector<float> kept(then.size());
    model->read_weights(kept.data());
    EXPECT_EQ(kept, then);
    EXPECT_NE(arena(*trainer, LGV_ARENA_AVERAGE), then);
    const auto tuned = Trainer::open_from(*model, settings_of());
    EXPECT_EQ(arena(*tuned, LGV_ARENA_WEIGHTS), then);
    EXPECT_EQ(arena(*tuned, LGV_ARENA_AVERAGE), then);

    const auto denoiser = Denoiser::open(model, 1);
    const lgv_image image{.slot = 0, .noise = LGV_NOISE_PHILOX, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    const lgv_evaluation evaluation{.slot = 0, .condition = -1, .t = 500, .s = 1, .weight = 1};
    denoiser->step({&evaluation, 1}, {});
    std::vector<float> out(size_t{pixels});
    denoiser->read({&image.slot, 1}, LGV_PLANE_OUT, 0, out.data(), pixels);
    for (const float value : out) EXPECT_TRUE(std::isfinite(value));
}

TEST(Trainer, holds_no_more_memory_after_many_steps) {
    const auto trainer = open();
    accumulate(*trainer, 0, 3);
    apply(*trainer);
    trainer->wait(0);
    const lgv_trainer_description first = trainer->describe();
    const int64_t arena_bytes = trainer->plan(3, 0, 0).arena_bytes;
    for (int step = 0; step < 100; ++step) {
        accumulate(*trainer, step, 3);
        apply(*trainer);
    }
    trainer->wait(0);
    EXPECT_EQ(trainer->describe().packed_bytes, first.packed_bytes);
    EXPECT_EQ(trainer->plan(3, 0, 0).arena_bytes, arena_bytes);
}

TEST(Trainer, refuses_what_cannot_be_by_name) {
    const auto trainer = open();
    const auto with = [&](const std::function<void(lgv_training_row&)>& change) {
        return error_of([&] {
            std::vector<lgv_training_row> rows = rows_of(1, 2);
            change(rows[1]);
            const std::vector<uint8_t> images = pictures(2);
            trainer->accumulate({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 0, .width = 0, .rows = rows, .noise = nullptr, .embeddings = nullptr});
        });
    };
    EXPECT_EQ(with([](lgv_training_row& row) { row.label = 5; }), "1: row 1: label 5: config has 0 to 4");
    EXPECT_EQ(with([](lgv_training_row& row) { row.b = NAN; }), "1: row 1: a coefficient is nan, wanted finite numbers");
    EXPECT_EQ(with([](lgv_training_row& row) { row.flip = 2; }), "1: row 1: flip 2, wanted 0 or 1");
    EXPECT_EQ(error_of([&] { apply(*trainer); }), "1: apply: nothing has been accumulated since the last update");
    accumulate(*trainer, 0, 1);
    EXPECT_EQ(error_of([&] { trainer->apply(1e-3, {}); }), "1: 0 decays, the trainer keeps 1 moving averages");
    EXPECT_EQ(error_of([&] { trainer->resume(1, 1); }), "1: resume: 1 batches have been accumulated; a trainer goes on from elsewhere only before the first");
    EXPECT_EQ(error_of([&] { trainer->model(1); }), "1: average 1, wanted -1 (the weights) to 0");
    float value = 0;
    EXPECT_EQ(error_of([&] { trainer->read(5, 0, &value, 1); }), "1: arena 5, wanted one of enum lgv_arena: 0 to 3, and 4 to 4 for the moving averages");
    EXPECT_EQ(error_of([&] { open(1, settings_of(5)); }), "1: averages 5, wanted 0 to 4");
    EXPECT_NE(error_of([&] {
        std::string learned = config;
        learned.replace(learned.find("\"out_channels\": 2"), 17, "\"out_channels\": 4");
        Trainer::open(Device::open("cpu", 1), {.config = {"config", learned}, .scheduler = {}, .labels = {}, .pipeline = {}, .note = {}}, settings_of());
    }).find("learned variance is not trained"), std::string::npos);
}

}  // namespace
}  // namespace lgv
