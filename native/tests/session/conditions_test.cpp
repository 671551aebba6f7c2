// What a network is told besides the image: class labels are in denoiser_test; here class timesteps and embeddings, and timesteps that not every network takes.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "session/denoiser.h"
#include "tests/graph/seeded_tensors.h"

namespace lgv {
namespace {

std::shared_ptr<Denoiser> open(const std::string& golden, int32_t slots) {
    const std::string folder = LANGEVIN_SOURCE_DIR "/tests/goldens/cases/" + golden + "/model";
    return Denoiser::open(Model::open(Device::open("cpu", 2), folder), slots);
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

lgv_condition timestep(float t) { return {.kind = LGV_CONDITION_TIMESTEP, .timestep = t}; }

lgv_condition embedding(const std::vector<float>& values) {
    return {.kind = LGV_CONDITION_EMBEDDING, .count = int32_t(values.size()), .values = values.data()};
}

void join(Denoiser& denoiser, int32_t slots) {
    for (int32_t slot = 0; slot < slots; ++slot) {
        const lgv_image image{.slot = slot, .seed = 5, .start = 1};
        denoiser.join({&image, 1});
    }
}

std::vector<float> said(Denoiser& denoiser, int32_t slot) {
    std::vector<float> values(3 * 16 * 16);
    denoiser.read({&slot, 1}, LGV_PLANE_OUT, 0, values.data(), int64_t(values.size()));
    return values;
}

TEST(Conditions, are_of_the_kind_that_the_model_takes) {
    const std::shared_ptr<Denoiser> table = open("unet-class-table", 1), number = open("unet-class-timestep", 1), identity = open("unet-class-identity", 1),
                                    plain = open("unet-plain", 1);
    const std::vector<float> values(32), few(31);
    const lgv_condition label{.kind = LGV_CONDITION_LABEL, .label = 1};
    table->set_condition(0, label);
    number->set_condition(0, timestep(3.5f));
    identity->set_condition(0, embedding(values));
    for (const auto& denoiser : {number, identity, plain}) EXPECT_EQ(code_of([&] { denoiser->set_condition(1, label); }, "takes no labels"), Code::argument);
    for (const auto& denoiser : {table, identity, plain}) EXPECT_EQ(code_of([&] { denoiser->set_condition(1, timestep(1)); }, "not \"timestep\""), Code::argument);
    for (const auto& denoiser : {table, number, plain}) EXPECT_EQ(code_of([&] { denoiser->set_condition(1, embedding(values)); }, "not \"identity\""), Code::argument);
    EXPECT_EQ(code_of([&] { number->set_condition(1, timestep(NAN)); }, "t nan"), Code::argument);
    EXPECT_EQ(code_of([&] { identity->set_condition(1, embedding(few)); }, "31 numbers"), Code::argument);
    EXPECT_EQ(code_of([&] { identity->set_condition(1, {.kind = LGV_CONDITION_EMBEDDING, .count = 32, .values = nullptr}); }, "values is NULL"), Code::argument);
    EXPECT_EQ(code_of([&] { plain->set_condition(1, {.kind = 3}); }, "condition kind 3"), Code::unsupported);
}

TEST(Conditions, none_is_refused_where_the_model_wants_one) {
    for (const char* golden : {"unet-class-timestep", "unet-class-identity", "unet-class-table"}) {
        const std::shared_ptr<Denoiser> denoiser = open(golden, 1);
        join(*denoiser, 1);
        const lgv_evaluation evaluation{.slot = 0, .condition = -1, .t = 10, .s = 1, .weight = 1};
        EXPECT_EQ(code_of([&] { denoiser->step({&evaluation, 1}, {}); }, "condition -1 (none)"), Code::argument) << golden;
    }
}

TEST(Conditions, timesteps_are_those_that_the_network_can_take) {
    const std::shared_ptr<Denoiser> fourier = open("unet-fourier-skip", 1), learned = open("unet-learned-time", 1);
    const auto step = [](Denoiser& denoiser, float t) {
        const lgv_evaluation evaluation{.slot = 0, .condition = -1, .t = t, .s = 1, .weight = 1};
        denoiser.step({&evaluation, 1}, {});
    };
    join(*fourier, 1);
    join(*learned, 1);
    step(*fourier, 0.25f);
    EXPECT_EQ(code_of([&] { step(*fourier, 0); }, "logarithm"), Code::argument);
    EXPECT_EQ(code_of([&] { step(*fourier, -1); }, "logarithm"), Code::argument);
    step(*learned, 999);
    EXPECT_EQ(code_of([&] { step(*learned, 1000); }, "whole number 0 to 999"), Code::argument);
    EXPECT_EQ(code_of([&] { step(*learned, 0.5f); }, "whole number 0 to 999"), Code::argument);
    EXPECT_EQ(code_of([&] { step(*learned, -1); }, "whole number 0 to 999"), Code::argument);
}

TEST(Conditions, an_embedding_is_copied_and_each_image_hears_its_own) {
    std::vector<float> first = test::normals(1, 32), second = test::normals(2, 32);
    const auto alone = [&](const std::vector<float>& values) {
        const std::shared_ptr<Denoiser> denoiser = open("unet-class-identity", 1);
        denoiser->set_condition(0, embedding(values));
        join(*denoiser, 1);
        const lgv_evaluation evaluation{.slot = 0, .condition = 0, .t = 10, .s = 1, .weight = 1};
        denoiser->step({&evaluation, 1}, {});
        return said(*denoiser, 0);
    };
    const std::vector<float> of_first = alone(first), of_second = alone(second);
    EXPECT_NE(of_first, of_second);

    const std::shared_ptr<Denoiser> both = open("unet-class-identity", 2);
    both->set_condition(0, embedding(first));
    both->set_condition(7, embedding(second));
    join(*both, 2);
    const lgv_evaluation evaluations[] = {{.slot = 0, .condition = 7, .t = 10, .s = 1, .weight = 1}, {.slot = 1, .condition = 0, .t = 10, .s = 1, .weight = 1}};
    both->step(evaluations, {});
    both->set_condition(7, embedding(first));  // of later steps
    first.assign(32, NAN);
    second.assign(32, NAN);
    EXPECT_EQ(said(*both, 0), of_second);
    EXPECT_EQ(said(*both, 1), of_first);
}

TEST(Conditions, a_class_timestep_is_heard) {
    const std::shared_ptr<Denoiser> denoiser = open("unet-class-timestep", 2);
    denoiser->set_condition(0, timestep(5));
    denoiser->set_condition(1, timestep(6.5f));
    join(*denoiser, 2);
    const lgv_evaluation evaluations[] = {{.slot = 0, .condition = 0, .t = 10, .s = 1, .weight = 1}, {.slot = 1, .condition = 1, .t = 10, .s = 1, .weight = 1}};
    denoiser->step(evaluations, {});
    EXPECT_NE(said(*denoiser, 0), said(*denoiser, 1));  // all else is the same, the noise too
}

}  // namespace
}  // namespace lgv
