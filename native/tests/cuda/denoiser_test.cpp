// Denoisers on a GPU, through everything that a handle means: graphs that are replayed, the ring, slots that come and go. Beside the same on the CPU.
#include "session/denoiser.h"

#include <cmath>
#include <cstring>
#include <random>

#include "base/error.h"
#include "io/json.h"
#include "tests/cuda/cuda_bench.h"
#include "tests/cuda/seeded_model.h"

namespace lgv::testing {
namespace {

constexpr const char* config = R"({"sample_size": 8, "in_channels": 2, "out_channels": 2, "block_out_channels": [8, 16],
    "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
    "norm_num_groups": 4, "attention_head_dim": 8, "num_class_embeds": 5, "langevin_none_label": 4})";
constexpr int64_t elements = 2 * 8 * 8;
constexpr int32_t denoiser_embedding = 4 * 8;  // four times the first block, as diffusers has it

std::shared_ptr<Model> model_on(const char* device, const char* json = config) { return seeded_model(device, json); }

// A row of numbers such as a sampler might give: everything that a step can read is read.
lgv_update move_of(int32_t slot, int step) {
    return {.slot = slot, .draw = step + 1, .save = step % 4, .p = 1.1f, .q = -0.4f, .limit = 1, .quantile = step == 2 ? 0.9f : 0, .a = 0.7f, .b = 0.25f, .e = 0.05f,
            .d = 0.02f, .c = {step > 0 ? 0.01f : 0, 0, step > 2 ? -0.02f : 0, 0}, .ka = step == 1 ? 0.9f : 0, .kn = step == 1 ? 0.1f : 0, .known_draw = 3, .s0 = 0.5f,
            .so = 0.5f};
}

lgv_evaluation evaluation_of(int32_t slot, int32_t condition, int step, float weight) {
    return {.slot = slot, .condition = condition, .t = 900.0f - 100 * float(step), .s = 1, .weight = weight};
}

std::vector<float> read(Denoiser& denoiser, int32_t slot, int32_t plane = LGV_PLANE_X, int32_t index = 0, int64_t count = elements) {
    std::vector<float> values(static_cast<size_t>(count));
    denoiser.read({&slot, 1}, plane, index, values.data(), count);
    expect_no_findings();
    return values;
}

std::vector<float> pattern(int64_t count, float factor) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = factor * std::sin(float(i) * 0.37f);
    return values;
}

// Five guided steps of an image in slot `subject` among others that come and go, some of another size.
std::vector<float> draw(const std::shared_ptr<Model>& model, int32_t noise, int neighbours, uint32_t seed) {
    std::mt19937 random(seed);
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, neighbours + 1);
    for (int32_t label = 0; label < 4; ++label) denoiser->set_condition(label, {LGV_CONDITION_LABEL, label});
    const auto subject = int32_t(random() % uint32_t(neighbours + 1));
    for (int32_t slot = 0; slot <= neighbours; ++slot) {
        lgv_image image{.slot = slot, .noise = slot == subject ? noise : int32_t(random() % 2), .seed = slot == subject ? 77 : random(), .start = 1};
        if (slot != subject && random() % 4 == 0) image.height = 12, image.width = 4;
        denoiser->join({&image, 1});
    }
    const std::vector<float> known = pattern(elements, 0.5f), mask = pattern(64, 1);
    denoiser->write({&subject, 1}, LGV_PLANE_KNOWN, 0, known.data(), elements);
    denoiser->write({&subject, 1}, LGV_PLANE_MASK, 0, mask.data(), 64);
    for (int step = 0; step < 5; ++step) {
        std::vector<lgv_evaluation> evaluations;
        std::vector<lgv_update> updates;
        for (int32_t slot = 0; slot <= neighbours; ++slot) {
            if (slot != subject && random() % 3 == 0) continue;
            evaluations.push_back(evaluation_of(slot, 3, step, 1.5f));
            evaluations.push_back(evaluation_of(slot, -1, step, -0.5f));
            updates.push_back(move_of(slot, step));
        }
        denoiser->step(evaluations, updates);
        if (step == 3) denoiser->wait(2);
    }
    return read(*denoiser, subject);
}

TEST(CudaDenoiser, draws_in_float32_what_the_cpu_draws) {
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH}) {
        const std::vector<float> wanted = draw(model_on("cpu"), noise, 0, 1), got = draw(model_on("cuda/float32"), noise, 0, 1);
        // Five evaluations of a network that is within 1e-5 of its largest output.
        for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-4f * largest(wanted)) << "element " << i;
    }
}

// What a network is told besides the image, in its other forms: a row of a table of timesteps, and a vector in place of a label.
TEST(CudaDenoiser, tells_the_network_timesteps_of_a_table_and_embeddings) {
    constexpr const char* told = R"({"sample_size": 4, "in_channels": 1, "out_channels": 1, "block_out_channels": [8, 8], "class_embed_type": "identity",
        "down_block_types": ["DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4,
        "time_embedding_type": "learned", "num_train_timesteps": 1001})";
    const auto said_on = [&](const char* device) {
        const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model_on(device, told), 2);
        const std::vector<lgv_image> images{{.slot = 0, .seed = 1, .start = 1}, {.slot = 1, .seed = 2, .start = 1}};
        denoiser->join(images);
        std::vector<lgv_evaluation> evaluations;
        for (const int32_t slot : {0, 1}) {
            const std::vector<float> embedding = pattern(denoiser_embedding, float(slot + 1));
            denoiser->set_condition(slot, {.kind = LGV_CONDITION_EMBEDDING, .label = 0, .timestep = 0, .count = denoiser_embedding, .values = embedding.data()});
            evaluations.push_back({.slot = slot, .condition = slot, .t = 900.0f - 400 * float(slot), .s = 1, .weight = 1});
        }
        denoiser->step(evaluations, {});
        std::vector<float> said = read(*denoiser, 0, LGV_PLANE_OUT, 0, 16), other = read(*denoiser, 1, LGV_PLANE_OUT, 0, 16);
        said.insert(said.end(), other.begin(), other.end());
        return said;
    };
    const std::vector<float> wanted = said_on("cpu"), got = said_on("cuda/float32");
    for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-5f * largest(wanted)) << "element " << i;
}

TEST(CudaDenoiser, an_image_has_the_same_bits_alone_and_in_any_company) {
    const std::shared_ptr<Model> model = model_on("cuda");
    const std::vector<float> alone = draw(model, LGV_NOISE_PHILOX, 0, 1);
    for (const float value : alone) ASSERT_TRUE(std::isfinite(value));
    for (const int company : {1, 4}) {
        SCOPED_TRACE(::testing::Message() << company << " neighbours");
        const std::vector<float> among = draw(model, LGV_NOISE_PHILOX, company, uint32_t(company));
        expect_same_bits(among.data(), alone.data(), elements);
    }
}

// Without a network a step is arithmetic that is correctly rounded: the same bits on every device.
std::vector<float> moved_on(const char* device, int32_t noise) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open_bare(Device::open(device, 1), 2, 4, 3);
    const std::vector<lgv_image> images{{.slot = 0, .noise = noise, .height = 5, .width = 7, .seed = 5, .start = 1},
                                        {.slot = 2, .noise = noise, .height = 5, .width = 7, .seed = 5, .start = 0.5f}};
    denoiser->join(images);
    const std::vector<float> out = pattern(2 * 4 * 35, 1), written = pattern(2 * 70, 2);
    const int32_t slots[] = {0, 2};
    denoiser->write(slots, LGV_PLANE_OUT, 0, out.data(), int64_t(out.size()));
    if (noise == LGV_NOISE_WRITTEN) denoiser->write(slots, LGV_PLANE_NOISE, 0, written.data(), int64_t(written.size()));
    for (int step = 0; step < 12; ++step) {  // more than the ring has entries
        std::vector<lgv_update> updates{move_of(0, step), move_of(2, step)};
        updates[1].variance = 1;
        updates[1].logvar_lo = -3;
        updates[1].logvar_hi = -1;
        denoiser->step({}, updates);
    }
    std::vector<float> all(2 * 70);
    for (const int32_t plane : {LGV_PLANE_X, LGV_PLANE_X0, LGV_PLANE_HISTORY, LGV_PLANE_NOISE}) {
        std::vector<float> values(2 * 70);
        denoiser->read(slots, plane, plane == LGV_PLANE_NOISE ? 4 : 0, values.data(), int64_t(values.size()));
        all.insert(all.end(), values.begin(), values.end());
    }
    expect_no_findings();
    return all;
}

TEST(CudaDenoiser, moves_have_the_bits_of_the_cpu) {
    for (const int32_t noise : {LGV_NOISE_PHILOX, LGV_NOISE_TORCH, LGV_NOISE_TORCH_BATCH, LGV_NOISE_WRITTEN}) {
        SCOPED_TRACE(::testing::Message() << "noise " << noise);
        const std::vector<float> wanted = moved_on("cpu", noise), got = moved_on("cuda", noise);
        expect_same_bits(got.data(), wanted.data(), int64_t(wanted.size()));
    }
}

TEST(CudaDenoiser, profile_counts_the_launches_of_every_op) {
    const std::shared_ptr<Model> model = model_on("cuda");
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model, 1);
    const lgv_image image{.slot = 0, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    denoiser->set_profiling(true);
    const lgv_evaluation evaluation = evaluation_of(0, -1, 0, 1);
    for (int i = 0; i < 3; ++i) denoiser->step({&evaluation, 1}, {});
    const Json root = Json::parse(denoiser->profile(), "profile");
    const auto& rows = root.array("profile");
    EXPECT_EQ(int32_t(rows.size()), model->plan(1, 8, 8).ops);
    for (const Json& row : rows) EXPECT_EQ(Fields(row, "profile").integer("launches"), 3);
}

TEST(CudaDenoiser, may_go_while_steps_are_queued) {
    const std::shared_ptr<Denoiser> denoiser = Denoiser::open(model_on("cuda"), 2);
    const lgv_image image{.slot = 1, .seed = 1, .start = 1};
    denoiser->join({&image, 1});
    const lgv_evaluation evaluation = evaluation_of(1, -1, 0, 1);
    for (int i = 0; i < 20; ++i) denoiser->step({&evaluation, 1}, {});
    const int32_t slot = 1;
    denoiser->leave({&slot, 1});
    denoiser->close();
}

std::string refusal(const std::string& device, Code code) {
    try {
        Device::open(device, 1);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code);
        return error.what();
    }
    return "";
}

TEST(CudaDevice, is_named_with_its_number_and_what_it_computes_in) {
    EXPECT_NE(Device::open("cuda", 0)->describe().find("\"type\":\"bfloat16\""), std::string::npos) << Device::open("cuda", 0)->describe();
    EXPECT_NE(Device::open("cuda:0/float32", 0)->describe().find("\"type\":\"float32\""), std::string::npos);
    EXPECT_NE(Device::open("auto", 0)->describe().find("\"device\":\"cuda:0\""), std::string::npos);
    EXPECT_NE(refusal("cuda:5", Code::no_device).find("no CUDA device 5"), std::string::npos);
    EXPECT_NE(refusal("cuda/float16", Code::argument).find("cuda/float32"), std::string::npos);
    EXPECT_NE(refusal("gpu", Code::argument).find("device \"gpu\""), std::string::npos);
}

TEST(CudaDevice, says_that_it_does_not_train_yet) {
    try {
        Device::open("cuda", 1)->backend().cpu("training");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::unsupported);
        EXPECT_NE(std::string(error.what()).find("training"), std::string::npos);
    }
}

}  // namespace
}  // namespace lgv::testing
