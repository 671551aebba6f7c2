// On the emulator every finding (a race, a read of what nobody wrote, a barrier that not all reach ...) fails the test in which it happens.
#include <gtest/gtest.h>

#include "simt/language.h"

namespace lgv::testing {

void expect_no_findings() {
    for (int i = 0; i < simt::error_count(); ++i) ADD_FAILURE() << simt::error_at(i).text;
    simt::clear_errors();
}

}  // namespace lgv::testing
