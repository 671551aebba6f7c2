// The tests of native/tests/cuda on a GPU; every one of them is skipped where there is none.
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "device/cuda/properties.h"

namespace lgv::testing {

void expect_no_findings() {}  // an emulator's; compute-sanitizer has its own

class SkipAll : public ::testing::EmptyTestEventListener {
public:
    explicit SkipAll(std::string why) : why_(std::move(why)) {}

private:
    void OnTestStart(const ::testing::TestInfo&) override { GTEST_SKIP() << "skipped: no CUDA device (" << why_ << ")"; }

    std::string why_;
};

}  // namespace lgv::testing

int main(int count, char** arguments) {
    ::testing::InitGoogleTest(&count, arguments);
    const lgv::CudaDevices devices = lgv::cuda_devices();
    if (devices.all.empty()) {
        ::testing::UnitTest::GetInstance()->listeners().Append(new lgv::testing::SkipAll(devices.why));
    } else if (!GTEST_FLAG_GET(list_tests)) {
        std::cout << "on " << devices.all.front().description() << std::endl;
    }
    return RUN_ALL_TESTS();
}
