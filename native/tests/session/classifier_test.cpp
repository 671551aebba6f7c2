// Classifiers as their user holds them: trained, asked, written, opened, and refused where they are no diffusion model.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "models/network.h"
#include "session/denoiser.h"
#include "session/trainer.h"
#include "tests/graph/seeded_tensors.h"
#include "tests/io/error_text.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

constexpr int32_t side = 8, pixels = side * side, classes = 2, features = 4;
const std::string config = R"({"_class_name": "LangevinClassifier", "sample_size": 8, "in_channels": 1, "block_out_channels": [8, 16], "layers_per_block": 1,
    "norm_num_groups": 4, "features": 4, "num_classes": 2})";

lgv_trainer_settings settings_of() {
    return {.optimizer = LGV_OPTIMIZER_ADAMW, .initialisation = LGV_INITIALISATION_PYTORCH, .seed = 5, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8,
            .weight_decay = 0.01, .max_grad_norm = 1, .averages = 0};
}

ModelTexts texts_of(const std::string& json, ModelTexts::Text scheduler = {}, ModelTexts::Text labels = {}) {
    return {.config = {"config", json}, .scheduler = std::move(scheduler), .labels = std::move(labels), .pipeline = {}, .note = {}};
}

std::shared_ptr<Trainer> open(int threads = 1, const std::string& json = config) {
    return Trainer::open(Device::open("cpu", threads), texts_of(json), settings_of());
}

// Picture i: bright stripes, upright where i is even, lying where it is odd, anywhere, on a noisy ground.
std::vector<uint8_t> pictures(int32_t first, int32_t count) {
    std::vector<uint8_t> bytes;
    for (int32_t i = first; i < first + count; ++i) {
        const std::vector<float> noise = test::normals(uint64_t(1000 + i), pixels);
        for (int32_t y = 0; y < side; ++y)
            for (int32_t x = 0; x < side; ++x) {
                const bool bright = ((i % 2 == 0 ? x : y) + i / 2) % 4 < 2;
                bytes.push_back(uint8_t(std::clamp((bright ? 170.0f : 80.0f) + 40 * noise[size_t(y * side + x)], 0.0f, 255.0f)));
            }
    }
    return bytes;
}

std::vector<lgv_training_row> rows_of(int32_t first, int32_t count) {
    std::vector<lgv_training_row> rows;
    for (int32_t i = first; i < first + count; ++i) {
        rows.push_back({.a = 1, .b = 0, .s = 1, .t = NAN, .w = 1, .u = NAN, .v = NAN, .label = i % 2, .class_timestep = 0, .flip = i % 3 == 0, .seed = uint64_t(i)});
    }
    return rows;
}

void accumulate(Trainer& trainer, int32_t first, int32_t count) {
    const std::vector<uint8_t> images = pictures(first, count);
    const std::vector<lgv_training_row> rows = rows_of(first, count);
    trainer.accumulate({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 0, .width = 0, .rows = rows, .noise = nullptr, .embeddings = nullptr});
}

struct Said {
    std::vector<float> logits, features;
    friend bool operator==(const Said&, const Said&) = default;

    int32_t label(int32_t i) const { return logits[size_t(2 * i)] >= logits[size_t(2 * i + 1)] ? 0 : 1; }
};

Said classify(Model& model, const void* images, int32_t count, int32_t kind = LGV_PIXELS_UINT8) {
    Said said{std::vector<float>(size_t(count * classes)), std::vector<float>(size_t(count * features))};
    model.classify({.images = images, .pixels = kind, .height = 0, .width = 0, .count = count}, said.logits.data(), said.features.data());
    return said;
}

std::shared_ptr<Model> trained(int threads = 2, int updates = 60) {
    const auto trainer = open(threads);
    for (int update = 0; update < updates; ++update) {
        accumulate(*trainer, 24 * update, 24);
        trainer->apply(3e-3, {});
    }
    return trainer->model(-1);
}

TEST(Classifier, learns_to_tell_two_kinds_of_pictures_apart) {
    const auto model = trained();
    const std::vector<uint8_t> unseen = pictures(100000, 200);
    const Said said = classify(*model, unseen.data(), 200);
    int right = 0;
    for (int32_t i = 0; i < 200; ++i) right += said.label(i) == i % 2;
    EXPECT_EQ(right, 200);
}

TEST(Classifier, learns_the_same_bits_whatever_the_threads) {
    const std::vector<uint8_t> images = pictures(0, 3);
    EXPECT_EQ(classify(*trained(1, 3), images.data(), 3), classify(*trained(3, 3), images.data(), 3));
}

TEST(Classifier, loses_as_much_as_it_is_surprised) {
    const auto trainer = open();
    const std::vector<uint8_t> images = pictures(0, 4);
    std::vector<lgv_training_row> rows = rows_of(0, 4);
    double wanted = 0;
    const Said said = classify(*trainer->model(-1), images.data(), 4);
    for (int32_t i = 0; i < 4; ++i) {
        rows[size_t(i)].flip = 0;
        rows[size_t(i)].w = float(i);
        const double own = said.logits[size_t(2 * i + i % 2)], other = said.logits[size_t(2 * i + 1 - i % 2)];
        wanted += i * std::log(1 + std::exp(other - own)) / 4;
    }
    trainer->accumulate({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 0, .width = 0, .rows = rows, .noise = nullptr, .embeddings = nullptr});
    trainer->apply(1e-3, {});
    trainer->wait(0);
    lgv_training_metrics metrics;
    ASSERT_EQ(trainer->metrics(1, {&metrics, 1}), 1);
    EXPECT_NEAR(metrics.loss, wanted, 1e-6);
}

TEST(Classifier, says_the_same_of_a_picture_alone_and_in_any_company) {
    const auto one = trained(1, 3), three = trained(3, 3);
    constexpr int32_t many = 29;  // more than a launch takes, and a rest
    const std::vector<uint8_t> bytes = pictures(50, many);
    std::vector<float> floats;
    for (const uint8_t byte : bytes) floats.push_back(float(2 * int32_t(byte) - 255) / 255.0f);
    const Said all = classify(*one, bytes.data(), many);
    EXPECT_EQ(classify(*three, bytes.data(), many), all);
    EXPECT_EQ(classify(*three, floats.data(), many, LGV_PIXELS_FLOAT32), all);
    for (const int32_t i : {0, 7, 8, 28}) {
        const Said alone = classify(*three, bytes.data() + i * pixels, 1);
        EXPECT_EQ(std::memcmp(alone.logits.data(), all.logits.data() + i * classes, classes * sizeof(float)), 0) << i;
        EXPECT_EQ(std::memcmp(alone.features.data(), all.features.data() + i * features, features * sizeof(float)), 0) << i;
    }
    Said without{std::vector<float>(many * classes), {}};
    one->classify({.images = bytes.data(), .pixels = LGV_PIXELS_UINT8, .height = side, .width = side, .count = many}, without.logits.data(), nullptr);
    EXPECT_EQ(without.logits, all.logits);
}

TEST(Classifier, answers_many_threads_at_once) {
    const auto model = trained(2, 1);
    const std::vector<uint8_t> bytes = pictures(0, 20);
    const Said all = classify(*model, bytes.data(), 20);
    std::vector<std::thread> askers;
    std::vector<Said> said(8);
    for (size_t i = 0; i < said.size(); ++i) {
        askers.emplace_back([&, i] {
            for (int again = 0; again < 5; ++again) said[i] = classify(*model, bytes.data(), int32_t(1 + i * 2));
        });
    }
    for (std::thread& asker : askers) asker.join();
    for (size_t i = 0; i < said.size(); ++i) {
        EXPECT_EQ(std::memcmp(said[i].logits.data(), all.logits.data(), said[i].logits.size() * sizeof(float)), 0) << i;
    }
}

TEST(Classifier, is_written_opened_and_trained_on) {
    const auto trainer = Trainer::open(Device::open("cpu", 2), texts_of(config, {}, {"labels", R"(["upright", "lying"])"}), settings_of());
    accumulate(*trainer, 0, 8);
    trainer->apply(1e-2, {});
    const auto model = trainer->model(-1);
    const std::vector<uint8_t> images = pictures(0, 9);
    const Said said = classify(*model, images.data(), 9);
    const TemporaryFolder folder;
    for (const auto& [name, format] : {std::pair("folder", LGV_FORMAT_FOLDER), std::pair("file.safetensors", LGV_FORMAT_FILE)}) {
        const std::string path = (folder.path() / name).string();
        model->write(path, format);
        const auto again = Model::open(model->device(), path);
        EXPECT_EQ(classify(*again, images.data(), 9), said) << name;
        EXPECT_EQ(again->texts().labels.json, model->texts().labels.json);
        const lgv_model_description what = again->describe();
        EXPECT_EQ(what.classes, classes);
        EXPECT_EQ(what.features, features);
        EXPECT_EQ(what.in_channels, 1);
        EXPECT_EQ(what.out_channels, 0);
        EXPECT_EQ(what.labels, 0);
        EXPECT_EQ(what.none_label, -1);
        const auto further = Trainer::open_from(*again, settings_of());
        EXPECT_EQ(classify(*further->model(-1), images.data(), 9), said);
        accumulate(*further, 0, 8);
        further->apply(1e-2, {});
        EXPECT_NE(classify(*further->model(-1), images.data(), 9), said);
    }
}

TEST(Classifier, is_no_denoiser_and_a_denoiser_is_no_classifier) {
    const auto model = trained(1, 1);
    EXPECT_EQ(error_of([&] { Denoiser::open(model, 1); }),
              "1: a trainer's model after 1 updates classifies, it does not denoise: that takes a model that makes images");
    const auto device = Device::open("cpu", 1);
    const auto unet = Model::open(device, LANGEVIN_SOURCE_DIR "/native/tests/fuzz/corpus/pipeline");
    const uint8_t picture[16] = {};
    float logits[2];
    EXPECT_EQ(error_of(LANGEVIN_SOURCE_DIR, [&] { unet->classify({.images = picture, .pixels = 0, .height = 0, .width = 0, .count = 1}, logits, nullptr); }),
              "1: m/native/tests/fuzz/corpus/pipeline makes images, it does not classify: that takes a model whose config.json says \"_class_name\": "
              "\"LangevinClassifier\"");
    EXPECT_EQ(unet->describe().classes, 0);
    EXPECT_EQ(unet->describe().features, 0);
}

TEST(Classifier, refuses_what_cannot_be_by_name) {
    const auto trainer = open();
    const std::vector<uint8_t> images = pictures(0, 2);
    const auto batch = [&](const std::function<void(lgv_training_row&)>& change, int32_t height = 0, const float* embeddings = nullptr) {
        std::vector<lgv_training_row> rows = rows_of(0, 2);
        change(rows[1]);
        return error_of([&] {
            trainer->accumulate({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = height, .width = height, .rows = rows, .noise = nullptr, .embeddings = embeddings});
        });
    };
    EXPECT_EQ(batch([](auto& row) { row.label = 2; }), "1: row 1: label 2: config has classes 0 to 1");
    EXPECT_EQ(batch([](auto& row) { row.label = -1; }), "1: row 1: label -1: config has classes 0 to 1");
    EXPECT_EQ(batch([](auto& row) { row.a = NAN; }), "1: row 1: a coefficient is nan, wanted finite numbers");
    EXPECT_EQ(batch([](auto& row) { row.w = -1; }), "1: row 1: w -1, wanted 0 or more");
    EXPECT_EQ(batch([](auto&) {}, 6), "1: images of 6x6 do not fit config: sample_size is 8x8, and a classifier takes no other");
    const float numbers[8] = {};
    EXPECT_EQ(batch([](auto&) {}, 0, numbers), "1: embeddings are given: config takes none (its class_embed_type is not \"identity\")");

    const auto model = trainer->model(-1);
    float logits[4];
    const auto asked = [&](int32_t kind, int32_t height, int32_t width, int32_t count) {
        return error_of([&] { model->classify({.images = images.data(), .pixels = kind, .height = height, .width = width, .count = count}, logits, nullptr); });
    };
    EXPECT_EQ(asked(2, 0, 0, 1), "1: pixels 2, wanted one of enum lgv_pixels (0 to 1)");
    EXPECT_EQ(asked(0, 0, 0, 0), "1: count 0, wanted 1 or more");
    EXPECT_EQ(asked(0, 4, 8, 1), "1: images of 4x8 do not fit a trainer's model after 0 updates: sample_size is 8x8, and a classifier takes no other");
    EXPECT_EQ(asked(0, 8, -1, 1), "1: height 8 and width -1, wanted 1 to 16384");

    const auto opened = [&](ModelTexts texts) { return error_of([&] { Trainer::open(Device::open("cpu", 1), std::move(texts), settings_of()); }); };
    EXPECT_EQ(opened(texts_of(config, {"scheduler", "{}"})), "1: scheduler is given, and config is a classifier's: it has no scheduler");
    EXPECT_EQ(opened(texts_of(config, {}, {"labels", R"(["one"])"})), "2: labels has 1 names, the network 2 classes");
}

// Pictures of any size, where the config says none.
TEST(Classifier, without_a_size_takes_any_but_must_be_told) {
    std::string any = config;
    any.replace(any.find("\"sample_size\": 8, "), 18, "");
    const auto trainer = open(1, any);
    const std::vector<uint8_t> images = pictures(0, 2);
    const auto model = trainer->model(-1);
    float small[2], flat[2];
    model->classify({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 5, .width = 3, .count = 1}, small, nullptr);
    model->classify({.images = images.data(), .pixels = LGV_PIXELS_UINT8, .height = 1, .width = 128, .count = 1}, flat, nullptr);
    EXPECT_TRUE(std::isfinite(small[0]) && std::isfinite(flat[0]) && small[0] != flat[0]);
    EXPECT_EQ(error_of([&] { classify(*model, images.data(), 1); }), "1: a trainer's model after 0 updates has no sample_size: say height and width");
}

}  // namespace
}  // namespace lgv
