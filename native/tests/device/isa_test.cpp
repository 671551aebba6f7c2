#include "device/cpu/isa.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/error.h"

namespace lgv {
namespace {

// What the kernel says of the first processor, "flags" or "model name".
std::string proc_cpuinfo(const std::string& key) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key) && line.find(':') + 2 <= line.size()) return line.substr(line.find(':') + 2);
    return "";
}

TEST(Isa, without_a_wish_is_the_largest_that_processor_and_kernel_have) {
    const std::string flags = text(" ", proc_cpuinfo("flags"), " ");
    bool all = true;
    for (const char* flag : {" avx512f ", " avx512bw ", " avx512dq ", " avx512vl "}) all = all && flags.find(flag) != std::string::npos;
    EXPECT_EQ(choose_isa(""), all ? Isa::avx512 : Isa::avx2);
}

TEST(Isa, can_be_kept_to_avx2) { EXPECT_EQ(choose_isa("avx2"), Isa::avx2); }

TEST(Isa, avx512_is_given_or_refused_but_never_replaced) {
    if (choose_isa("") == Isa::avx512) {
        EXPECT_EQ(choose_isa("avx512"), Isa::avx512);
    } else {
        EXPECT_THROW(choose_isa("avx512"), Error);
    }
}

TEST(Isa, refuses_a_wish_that_it_does_not_know_by_name) {
    try {
        choose_isa("sse2");
        FAIL() << "sse2 was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::argument);
        EXPECT_NE(std::string(error.what()).find("\"sse2\""), std::string::npos) << error.what();
    }
}

TEST(Isa, processor_name_is_the_kernels_without_padding) {
    const std::string name = processor_name();
    ASSERT_FALSE(name.empty());
    EXPECT_NE(name.front(), ' ');
    EXPECT_NE(name.back(), ' ');
    EXPECT_EQ(name.find("  "), std::string::npos);
    std::string known = proc_cpuinfo("model name");  // the same letters, with the padding that the maker put in
    std::erase(known, ' ');
    std::string ours = name;
    std::erase(ours, ' ');
    EXPECT_EQ(ours, known);
}

}  // namespace
}  // namespace lgv
