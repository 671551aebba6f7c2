// Predictions for GPUs that need not be here, by name. What they say is tested where kernels are compiled (tests/cuda/cost_test.cpp).
#include "session/model.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lgv {
namespace {

std::string predicted(const char* gpu, int32_t rows) {
    const auto model = Model::open(Device::open("cpu", 1), std::string(LANGEVIN_SOURCE_DIR) + "/models/mnist.safetensors");
    try {
        return model->predict(gpu, rows, 0, 0);
    } catch (const Error& error) {
        return text(int(error.code()), " ", error.what());
    }
}

TEST(Prediction, lists_the_gpus_that_it_knows) {
    EXPECT_EQ(predicted("v100", 1), text(int(Code::argument), " GPU \"v100\": predictions there are for a100, h100 and h200; devices that are here are cpu, cuda, cuda:1 (and so on), "
                                         "cuda/float32 and auto"));
    EXPECT_EQ(predicted("h200", 0), text(int(Code::argument), " rows: 0, wanted 1 or more"));
}

TEST(Prediction, is_made_without_a_gpu_or_says_what_is_missing) {
    const std::string text = predicted("h200", 2);
    if (text.starts_with(lgv::text(int(Code::unsupported)))) {
        EXPECT_NE(text.find("this library was built without CUDA"), std::string::npos) << text;
    } else {
        EXPECT_NE(text.find("H200 SXM 141 GB, 2 images: "), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace lgv
