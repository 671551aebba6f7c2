// How much processor time the cgroups of this process allow: what containers are limited by, and no affinity mask shows.
#pragma once

#include <string>

namespace lgv {

// Processors' worth of time: the smallest quota / period on the way from this process's cgroup to the top that it can see (version 2's
// cpu.max and version 1's cpu.cfs_quota_us); infinity where nothing limits it. `root` is "/", or a folder that stands for it in tests.
double cgroup_cpu_quota(const std::string& root);

}  // namespace lgv
