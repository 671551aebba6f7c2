#include "session/denoiser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>

#include "base/philox.h"
#include "io/json.h"
#include "tests/io/temporary_folder.h"

namespace lgv {
namespace {

const std::string mnist = LANGEVIN_SOURCE_DIR "/tests/models/mnist";
constexpr int64_t pixels = 28 * 28;

std::shared_ptr<Model> open_mnist(int threads) { return Model::open(Device::open("cpu", threads), mnist); }

// A row of numbers such as a sampler might give: everything that a step can read is read.
lgv_update move_of(int32_t slot, int step) {
    return {.slot = slot, .draw = step + 1, .save = step % 4, .p = 1.1f, .q = -0.4f, .limit = 1, .a = 0.7f, .b = 0.25f, .e = 0.05f, .d = 0.02f,
            .c = {step > 0 ? 0.01f : 0, 0, step > 2 ? -0.02f : 0, 0}, .s0 = 0.5f, .so = 0.5f};
}

lgv_evaluation evaluation_of(int32_t slot, int32_t condition, int step, float weight) {
    return {.slot = slot, .condition = condition, .t = 900.0f - 100 * float(step), .s = 1, .weight = weight};
}

struct Steps {
    std::vector<lgv_evaluation> evaluations;
    std::vector<lgv_update> updates;
};

// The image that the tests follow: guided, so two evaluations a step.
void add_subject(Steps& steps, int32_t slot, int step) {
    steps.evaluations.push_back(evaluation_of(slot, 3, step, 1.5f));
    steps.evaluations.push_back(evaluation_of(slot, -1, step, -0.5f));
    steps.updates.push_back(move_of(slot, step));
}

void add_neighbour(Steps& steps, int32_t slot, std::mt19937& random) {
    const int step = int(random() % 9);
    if (random() % 5 != 0) steps.evaluations.push_back(evaluation_of(slot, int32_t(random() % 10), step, 1));
    if (random() % 4 == 0) steps.evaluations.push_back(evaluation_of(slot, -1, int(random() % 9), -2));
    if (random() % 5 != 0) steps.updates.push_back(move_of(slot, step));
}

std::vector<float> read(Denoiser& denoiser, int32_t slot, int32_t plane = LGV_PLANE_X, int32_t index = 0, int64_t count = pixels) {
    std::vector<float> values(static_cast<size_t>(count));
    denoiser.read({&slot, 1}, plane, index, values.data(), count);
    return values;
}

void set_labels(Denoiser& denoiser) {
    for (int32_t label = 0; label < 10; ++label) denoiser.set_condition(label, {LGV_CONDITION_LABEL, label});
}

// Five steps of the subject among `neighbours` others, which began `late` steps before it.
std::vector<float> draw_subject(const std::shared_ptr<Model>& model, int32_t noise, int neighbours, int late, uint32_t seed) {
    std::mt19937 random(seed);
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, neighbours + 1);
    set_labels(*denoiser);
    const auto subject = int32_t(random() % uint32_t(neighbours + 1));
    std::vector<int32_t> others;
    for (int32_t slot = 0; slot <= neighbours; ++slot) {
        if (slot == subject) continue;
        others.push_back(slot);
        lgv_image image{.slot = slot, .noise = int32_t(random() % 2), .seed = random(), .start = 1};
        if (random() % 4 == 0) image.height = 20, image.width = 12;
        denoiser->join({&image, 1});
    }
    for (int step = -late; step < 5; ++step) {
        if (step == -late || step == 0) {
            const lgv_image image{.slot = subject, .noise = noise, .seed = 77, .start = 1};
            if (step == 0) denoiser->join({&image, 1});
        }
        Steps steps;
        for (size_t i = 0; i < others.size() / 2; ++i) add_neighbour(steps, others[i], random);
        if (step >= 0) add_subject(steps, subject, step);
        for (size_t i = others.size() / 2; i < others.size(); ++i) add_neighbour(steps, others[i], random);
        denoiser->step(steps.evaluations, steps.updates);
    }
    return read(*denoiser, subject);
}

TEST(Denoiser, an_image_has_the_same_bits_alone_and_in_any_company) {
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH}) {
        const std::vector<float> alone = draw_subject(open_mnist(1), noise, 0, 0, 1);
        for (const float value : alone) ASSERT_TRUE(std::isfinite(value));
        for (const int threads : {1, 2, 3}) {
            const std::shared_ptr<Model> model = open_mnist(threads);
            for (const int company : {1, 2, 7, 16}) {
                for (const int late : {0, 2}) {
                    const std::vector<float> among = draw_subject(model, noise, company, late, uint32_t(company * 10 + late));
                    EXPECT_EQ(std::memcmp(among.data(), alone.data(), alone.size() * sizeof(float)), 0)
                        << threads << " threads, " << company << " neighbours, " << late << " steps late, noise " << noise;
                }
            }
        }
    }
}

TEST(Denoiser, guidance_is_the_weighted_sum_of_the_evaluations) {
    const std::shared_ptr<Model> model = open_mnist(2);
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 3);
    set_labels(*denoiser);
    const lgv_image images[] = {{.slot = 0, .seed = 5, .start = 1}, {.slot = 1, .seed = 5, .start = 1}, {.slot = 2, .seed = 5, .start = 1}};
    denoiser->join(images);
    const lgv_evaluation evaluations[] = {evaluation_of(0, 4, 2, 1), evaluation_of(1, -1, 2, 1), evaluation_of(2, 4, 2, 3), evaluation_of(2, -1, 2, -2)};
    denoiser->step(evaluations, {});
    const std::vector<float> of_four = read(*denoiser, 0, LGV_PLANE_OUT), of_none = read(*denoiser, 1, LGV_PLANE_OUT), guided = read(*denoiser, 2, LGV_PLANE_OUT);
    for (size_t i = 0; i < guided.size(); ++i) ASSERT_EQ(guided[i], std::fma(-2.0f, of_none[i], 3.0f * of_four[i]));
}

TEST(Denoiser, an_evaluation_of_weight_zero_is_not_run) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(open_mnist(1), 1);
    set_labels(*denoiser);
    const lgv_image image{.slot = 0, .seed = 5, .start = 1};
    denoiser->join({&image, 1});
    const std::vector<float> marked(pixels, 3.0f);
    const int32_t slot = 0;
    denoiser->write({&slot, 1}, LGV_PLANE_OUT, 0, marked.data(), pixels);
    const lgv_evaluation evaluation = evaluation_of(0, 4, 2, 0);
    denoiser->step({&evaluation, 1}, {});
    EXPECT_EQ(read(*denoiser, 0, LGV_PLANE_OUT), marked);
}

TEST(Denoiser, start_noise_is_draw_zero_times_start_and_planes_come_back_as_written) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open("cpu", 2), 3, 3, 4);
    const lgv_image images[] = {{.slot = 0, .noise = LGV_NOISE_PHILOX, .height = 5, .width = 7, .seed = 9, .start = 2},
                                {.slot = 1, .noise = LGV_NOISE_TORCH, .height = 5, .width = 7, .seed = 9, .start = 1},
                                {.slot = 3, .noise = LGV_NOISE_WRITTEN, .height = 5, .width = 7, .start = 0}};
    denoiser->join(images);
    std::vector<float> philox(105), torch(105);
    philox_normals(9, 0, Purpose::sample, 0, 105, philox.data());
    TorchGenerator generator(9);
    generator.normals(torch.data(), 105);
    const std::vector<float> x = read(*denoiser, 0, LGV_PLANE_X, 0, 105);
    for (size_t i = 0; i < 105; ++i) EXPECT_EQ(x[i], 2 * philox[i]);
    EXPECT_EQ(read(*denoiser, 1, LGV_PLANE_X, 0, 105), torch);
    EXPECT_EQ(read(*denoiser, 1, LGV_PLANE_NOISE, 0, 105), torch);
    EXPECT_EQ(read(*denoiser, 3, LGV_PLANE_X, 0, 105), std::vector<float>(105, 0.0f));
    const int32_t slot = 3;
    for (const int32_t plane : {LGV_PLANE_X, LGV_PLANE_OUT, LGV_PLANE_NOISE, LGV_PLANE_HISTORY}) {
        denoiser->write({&slot, 1}, plane, plane == LGV_PLANE_HISTORY ? 2 : 0, torch.data(), 105);
    }
    EXPECT_EQ(read(*denoiser, 3, LGV_PLANE_X, 0, 105), torch);
    EXPECT_EQ(read(*denoiser, 3, LGV_PLANE_OUT, 0, 105), torch);
    EXPECT_EQ(read(*denoiser, 3, LGV_PLANE_NOISE, 7, 105), torch);
    EXPECT_EQ(read(*denoiser, 3, LGV_PLANE_HISTORY, 2, 105), torch);
}

// Images that share a generator may ask for different draws in one step: each gets the slice of its own draw.
TEST(Denoiser, a_batch_generator_serves_draws_in_any_order) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open("cpu", 2), 1, 1, 3);
    std::vector<lgv_image> images;
    for (int32_t slot = 0; slot < 3; ++slot) images.push_back({.slot = slot, .noise = LGV_NOISE_TORCH_BATCH, .height = 3, .width = 7, .seed = 4, .start = 1});
    denoiser->join(images);
    TorchGenerator generator(4);
    std::vector<std::vector<float>> draws(4, std::vector<float>(63));
    for (auto& draw : draws) generator.normals(draw.data(), 63);
    const int32_t asked[] = {3, 1, 2};
    std::vector<lgv_update> updates;
    for (int32_t slot = 0; slot < 3; ++slot) updates.push_back({.slot = slot, .draw = asked[slot], .save = -1, .d = 1});
    denoiser->step({}, updates);
    for (int32_t slot = 0; slot < 3; ++slot) {
        const std::vector<float> x = read(*denoiser, slot, LGV_PLANE_X, 0, 21);
        for (size_t i = 0; i < 21; ++i) EXPECT_EQ(x[i], draws[size_t(asked[slot])][size_t(slot) * 21 + i]) << "slot " << slot;
    }
}

Code code_of(const std::function<void()>& call, const std::string& part) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown, wanted: " << part;
    return Code::ok;
}

// A known picture in noise of its own draw, beside the draw of the row: of a generator, of a shared one, of Philox, in any order of draws.
TEST(Denoiser, a_known_picture_has_a_draw_of_its_own) {
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH, LGV_NOISE_TORCH_BATCH}) {
        const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open("cpu", 2), 1, 1, 3);
        std::vector<lgv_image> images;
        for (int32_t slot = 0; slot < 3; ++slot) images.push_back({.slot = slot, .noise = noise, .height = 3, .width = 7, .seed = 4, .start = 1});
        denoiser->join(images);
        const auto draw = [&](int32_t slot, int32_t k) { return read(*denoiser, slot, LGV_PLANE_NOISE, k, 21); };
        std::vector<float> mask(21);
        for (size_t i = 0; i < 21; ++i) mask[i] = float(i % 2);
        const std::vector<float> known(21, 4.0f);
        for (int32_t slot = 0; slot < 3; ++slot) {
            denoiser->write({&slot, 1}, LGV_PLANE_MASK, 0, mask.data(), 21);
            denoiser->write({&slot, 1}, LGV_PLANE_KNOWN, 0, known.data(), 21);
        }
        // The start noise every time, the same draw as the row's, one draw alone, and a later one: each after and before the others.
        const int32_t draws[][2] = {{1, 0}, {2, 2}, {3, 0}, {1, 5}, {2, 0}, {0, 3}, {4, 4}, {2, 3}};
        for (size_t step = 0; step < std::size(draws); ++step) {
            const auto [own, of_known] = draws[step];
            const float d = step == 5 ? 0.0f : 1.0f;
            std::vector<lgv_update> updates;
            for (int32_t slot = 0; slot < 3; ++slot) updates.push_back({.slot = slot, .draw = own, .save = -1, .d = d, .ka = 0.5f, .kn = 1, .known_draw = of_known});
            denoiser->step({}, updates);
            for (int32_t slot = 0; slot < 3; ++slot) {
                const std::vector<float> x = read(*denoiser, slot, LGV_PLANE_X, 0, 21), z = draw(slot, own), w = draw(slot, of_known);
                for (size_t i = 0; i < 21; ++i) ASSERT_EQ(x[i], i % 2 == 1 ? 2 + w[i] : d * z[i]) << "noise " << noise << ", step " << step << ", slot " << slot;
            }
        }
    }
}

// OUT of a denoiser with learned variance has both halves; updates read the first as out and the second as out2.
TEST(Denoiser, out_has_twice_the_channels_where_the_variance_is_learned) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open("cpu", 1), 3, 6, 1);
    const lgv_image image{.slot = 0, .height = 3, .width = 5, .seed = 9, .start = 1};
    denoiser->join({&image, 1});
    const std::vector<float> z = read(*denoiser, 0, LGV_PLANE_NOISE, 1, 45);
    std::vector<float> out(90);
    for (size_t i = 0; i < 90; ++i) out[i] = i < 45 ? float(i) : float((i - 45) * (i - 45));  // a variance, whose root is i
    const int32_t slot = 0;
    EXPECT_EQ(code_of([&] { denoiser->write({&slot, 1}, LGV_PLANE_OUT, 0, out.data(), 45); }, "write: 45 numbers, OUT of the 1 slots has 90"), Code::argument);
    denoiser->write({&slot, 1}, LGV_PLANE_OUT, 0, out.data(), 90);
    EXPECT_EQ(read(*denoiser, 0, LGV_PLANE_OUT, 0, 90), out);
    EXPECT_EQ(read(*denoiser, 0, LGV_PLANE_MASK, 0, 15), std::vector<float>(15, 0.0f));
    const lgv_update direct{.slot = 0, .draw = 1, .save = -1, .variance = 2, .e = 1, .d = 1};
    denoiser->step({}, {&direct, 1});
    const std::vector<float> x = read(*denoiser, 0, LGV_PLANE_X, 0, 45);
    for (size_t i = 0; i < 45; ++i) EXPECT_EQ(x[i], out[i] + z[i] * float(i)) << i;
}

TEST(Denoiser, refuses_what_cannot_be_with_the_thing_and_the_number) {
    const std::shared_ptr<Model> model = open_mnist(1);
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 2);
    const auto join = [&](lgv_image image) { denoiser->join({&image, 1}); };
    const auto evaluate = [&](lgv_evaluation e) { denoiser->step({&e, 1}, {}); };
    const auto update = [&](lgv_update u) { denoiser->step({}, {&u, 1}); };

    EXPECT_EQ(code_of([&] { Denoiser::open(model, 0); }, "slots: 0"), Code::argument);
    EXPECT_EQ(code_of([&] { join({.slot = 2}); }, "slot 2: there are 0 to 1"), Code::argument);
    EXPECT_EQ(code_of([&] { join({.slot = 0, .noise = 9}); }, "noise 9"), Code::argument);
    EXPECT_EQ(code_of([&] { join({.slot = 0, .height = 30, .width = 30}); }, "images of 30x30 do not fit"), Code::argument);
    EXPECT_EQ(code_of([&] { join({.slot = 0, .height = 28, .width = 0}); }, "width 0"), Code::argument);
    join({.slot = 0, .seed = 1, .start = 1});
    EXPECT_EQ(code_of([&] { join({.slot = 0}); }, "slot 0 is taken"), Code::argument);
    EXPECT_EQ(code_of([&] { evaluate(evaluation_of(1, -1, 0, 1)); }, "slot 1 is free"), Code::argument);
    EXPECT_EQ(code_of([&] { evaluate(evaluation_of(0, 5, 0, 1)); }, "condition 5 has not been set"), Code::argument);
    EXPECT_EQ(code_of([&] { evaluate({.slot = 0, .condition = -1, .t = NAN, .s = 1, .weight = 1}); }, "t nan"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->set_condition(0, {LGV_CONDITION_LABEL, 11}); }, "label 11"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->set_condition(0, {3, 1}); }, "condition kind 3"), Code::unsupported);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = 4}); }, "save 4"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .p = 1, .limit = 0}); }, "limit 0"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .variance = 1}); }, "variance 1: out has 1 channels, the image 1"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .variance = 3}); }, "variance 3"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .quantile = 1.5f}); }, "quantile 1.5"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .ka = NAN}); }, "coefficient"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .known_draw = -1}); }, "known_draw -1"), Code::argument);
    EXPECT_EQ(code_of([&] { evaluate({.slot = 0, .condition = -1, .weight_variance = 1}); }, "no learned variance"), Code::argument);
    EXPECT_EQ(code_of([&] { Denoiser::open_bare(model->device(), 3, 5, 1); }, "out_channels: 5, wanted 3, as channels, or 6"), Code::argument);
    EXPECT_EQ(code_of([&] { update({.slot = 0, .save = -1, .a = INFINITY}); }, "coefficient"), Code::argument);
    const lgv_update twice[] = {{.slot = 0, .save = -1, .a = 1}, {.slot = 0, .save = -1, .a = 1}};
    EXPECT_EQ(code_of([&] { denoiser->step({}, twice); }, "slot 0 comes twice"), Code::argument);
    float value = 0;
    const int32_t slot = 0;
    EXPECT_EQ(code_of([&] { denoiser->read({&slot, 1}, LGV_PLANE_X, 0, &value, 1); }, "room for 1 numbers"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->read({&slot, 1}, 9, 0, &value, 1); }, "plane 9"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->read({&slot, 1}, LGV_PLANE_HISTORY, 4, &value, 1); }, "index 4"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->write({&slot, 1}, LGV_PLANE_X0, 0, &value, pixels); }, "read only"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->write({&slot, 1}, LGV_PLANE_NOISE, 0, &value, pixels); }, "made from its seed"), Code::argument);
    EXPECT_EQ(code_of([&] { denoiser->wait(1); }, "step 1: 0 have been queued"), Code::argument);
    const std::shared_ptr<Denoiser> bare = Denoiser::open_bare(model->device(), 1, 1, 1);
    EXPECT_EQ(code_of([&] { bare->step({{evaluation_of(0, -1, 0, 1)}}, {}); }, "without a model"), Code::argument);
    // None of this disturbed the image that had joined.
    update({.slot = 0, .save = -1, .a = 1});
    denoiser->wait(0);
}

TEST(Denoiser, all_images_of_a_join_take_their_slots_or_none) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open("cpu", 1), 1, 1, 2);
    const lgv_image images[] = {{.slot = 0, .height = 4, .width = 4}, {.slot = 0, .height = 4, .width = 4}};
    EXPECT_EQ(code_of([&] { denoiser->join(images); }, "slot 0 comes twice"), Code::argument);
    denoiser->join({images, 1});  // still free
}

TEST(Denoiser, a_fault_of_queued_work_is_reported_once_by_the_next_call) {
    const TemporaryFolder folder;
    std::filesystem::copy(mnist, folder.path() / "mnist", std::filesystem::copy_options::recursive);
    const std::shared_ptr<Model> model = Model::open(Device::open("cpu", 1), (folder.path() / "mnist").string());
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 1);
    const lgv_image image{.slot = 0, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    const std::filesystem::path weights = folder.path() / "mnist/unet/diffusion_pytorch_model.safetensors";
    std::filesystem::resize_file(weights, std::filesystem::file_size(weights) / 2);  // weights are packed with the first program: too late now
    const lgv_evaluation evaluation = evaluation_of(0, -1, 0, 1);
    denoiser->step({&evaluation, 1}, {});
    EXPECT_EQ(code_of([&] { denoiser->wait(0); }, "diffusion_pytorch_model.safetensors"), Code::model);
    denoiser->wait(0);
    const lgv_update keep{.slot = 0, .save = -1, .a = 1};
    denoiser->step({}, {&keep, 1});
    denoiser->wait(0);
}

TEST(Denoiser, a_second_thread_is_told_that_the_denoiser_is_busy) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(open_mnist(1), 8);
    std::vector<lgv_image> images;
    std::vector<lgv_evaluation> evaluations;
    for (int32_t slot = 0; slot < 8; ++slot) {
        images.push_back({.slot = slot, .seed = 1, .start = 1});
        evaluations.push_back(evaluation_of(slot, -1, 0, 1));
    }
    denoiser->join(images);
    for (int i = 0; i < 50; ++i) denoiser->step(evaluations, {});
    std::atomic<bool> ended{false};
    std::thread waiter([&] {
        for (bool waited = false; !waited;) {
            try {
                denoiser->wait(0);
                waited = true;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), Code::busy);  // the other thread came first: it is told the same way
            }
        }
        ended = true;
    });
    bool refused = false;
    while (!ended && !refused) {
        try {
            denoiser->step({}, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::busy);
            refused = true;
        }
    }
    EXPECT_TRUE(refused);
    waiter.join();
    denoiser->step(evaluations, {});  // and is free again
    denoiser->wait(0);
}

TEST(Denoiser, close_drops_what_has_not_begun_and_the_order_of_closing_is_free) {
    std::shared_ptr<Model> model = open_mnist(2);
    std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 1);
    const lgv_image image{.slot = 0, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    const lgv_evaluation evaluation = evaluation_of(0, -1, 0, 1);
    for (int i = 0; i < 100000; ++i) denoiser->step({&evaluation, 1}, {});  // many minutes, were they all run
    model.reset();  // the parent first
    denoiser->close();
    denoiser.reset();  // the device ends in its own worker: nothing to wait for here
}

TEST(Denoiser, profile_counts_the_launches_of_every_op) {
    const std::shared_ptr<Model> model = open_mnist(1);
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 1);
    const lgv_image image{.slot = 0, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    denoiser->set_profiling(true);
    const lgv_evaluation evaluation = evaluation_of(0, -1, 0, 1);
    for (int i = 0; i < 3; ++i) denoiser->step({&evaluation, 1}, {});
    const Json root = Json::parse(denoiser->profile(), "profile");
    const auto& rows = root.array("profile");
    EXPECT_EQ(int32_t(rows.size()), model->plan(1, 28, 28).ops);
    for (const Json& row : rows) EXPECT_EQ(Fields(row, "profile").integer("launches"), 3);
}

}  // namespace
}  // namespace lgv
