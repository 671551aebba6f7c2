// Runs the kernels' tests on the emulator: every finding (a race, a read of what nobody wrote, a barrier that not all reach ...) fails the test in which it happens.
// They are looked for with everything that there is, unless SIMT_CHECK says otherwise. With SIMT_COUNT=1 each test prints what its kernels did to memory.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "simt/emulator.h"

namespace lgv::testing {

void expect_no_findings() {
    for (const simt::Finding& finding : simt::take_findings()) ADD_FAILURE() << finding.text();
}

namespace {

class AfterEachTest : public ::testing::EmptyTestEventListener {
    void OnTestEnd(const ::testing::TestInfo&) override {
        expect_no_findings();
        for (const simt::KernelCounters& counters : simt::take_counters()) std::fputs(simt::report(counters).c_str(), stdout);
    }
};

}  // namespace

}  // namespace lgv::testing

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    if (std::getenv("SIMT_CHECK") == nullptr) simt::config().check = true;
    ::testing::UnitTest::GetInstance()->listeners().Append(new lgv::testing::AfterEachTest);  // which it owns
    const int result = RUN_ALL_TESTS();
    // A device's worker may still be letting go of the last handle: what the emulator is made of is not torn down under it.
    std::fflush(nullptr);
    std::_Exit(result);
}
