#include "device/cpu/cgroup.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

namespace lgv {
namespace {

// A folder that looks like the / of a machine.
class Cgroup : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = std::filesystem::temp_directory_path() / "langevin-cgroup-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void put(const std::string& path, const std::string& text) {
        const std::filesystem::path file = root_.string() + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    void version2(const std::string& top, const std::string& own) {
        put("/proc/self/mountinfo", "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                                    "31 22 0:28 " + top + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        put("/proc/self/cgroup", "0::" + own + "\n");
    }
    double quota() const { return cgroup_cpu_quota(root_.string()); }

    std::filesystem::path root_;
};

TEST_F(Cgroup, nothing_known_is_no_limit) { EXPECT_EQ(quota(), INFINITY); }

TEST_F(Cgroup, cpu_max_of_ones_own_group_counts) {
    version2("/", "/user.slice/job");
    put("/sys/fs/cgroup/user.slice/job/cpu.max", "150000 100000\n");
    EXPECT_DOUBLE_EQ(quota(), 1.5);
}

TEST_F(Cgroup, the_smallest_on_the_way_up_counts) {
    version2("/", "/a/b/c");
    put("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
    put("/sys/fs/cgroup/a/cpu.max", "60000 20000\n");
    EXPECT_DOUBLE_EQ(quota(), 3);
}

TEST_F(Cgroup, max_is_no_limit) {
    version2("/", "/");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    EXPECT_EQ(quota(), INFINITY);
}

TEST_F(Cgroup, a_container_sees_its_own_group_as_the_mount_point) {
    version2("/", "/");  // with a namespace of its own
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    EXPECT_DOUBLE_EQ(quota(), 2);
    version2("/docker/4f2a", "/docker/4f2a");  // without
    EXPECT_DOUBLE_EQ(quota(), 2);
    version2("/docker/4f2a", "/docker/4f2a/inner");
    put("/sys/fs/cgroup/inner/cpu.max", "50000 100000\n");
    EXPECT_DOUBLE_EQ(quota(), 0.5);
    version2("/", "/../../elsewhere");  // joined from outside of the namespace
    EXPECT_DOUBLE_EQ(quota(), INFINITY);
}

TEST_F(Cgroup, version_1_keeps_quota_and_period_in_two_files) {
    put("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
                                "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
    put("/proc/self/cgroup", "5:cpuset:/set\n4:cpu,cpuacct:/job\n0::/\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(quota(), INFINITY);
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n");
    EXPECT_DOUBLE_EQ(quota(), 2.5);
}

TEST_F(Cgroup, broken_files_are_no_limit) {
    version2("/", "/job");
    for (const char* content : {"", "nonsense", "100000", "0 100000", "-5 100000", "100000 0"}) {
        put("/sys/fs/cgroup/job/cpu.max", content);
        EXPECT_EQ(quota(), INFINITY) << content;
    }
    put("/proc/self/mountinfo", "no dash here\n - \n1 2 3 - cgroup2\n");
    put("/proc/self/cgroup", "::\nx\n0:\n");
    EXPECT_EQ(quota(), INFINITY);
}

}  // namespace
}  // namespace lgv
