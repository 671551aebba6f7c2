#include "device/cpu/cgroup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <vector>

namespace lgv {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// Where a hierarchy that can limit processors is mounted. `top` is the cgroup that one sees there as the mount point itself.
struct Mount {
    int version = 0;
    std::string top, point;
};

bool has_item(const std::string& list, const std::string& item) { return ("," + list + ",").find("," + item + ",") != std::string::npos; }

// /proc/self/mountinfo, a mount a line: "31 23 0:28 <top> <point> rw,... - <type> <source> <options>", optional fields before the dash.
std::vector<Mount> cpu_mounts(const std::string& root) {
    std::vector<Mount> mounts;
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) {
        const size_t dash = line.find(" - ");
        if (dash == std::string::npos) continue;
        std::istringstream left(line.substr(0, dash)), right(line.substr(dash + 3));
        std::string id, parent, device, type, source, options;
        Mount mount;
        left >> id >> parent >> device >> mount.top >> mount.point;
        right >> type >> source >> options;
        if (type == "cgroup2") mount.version = 2;
        if (type == "cgroup" && has_item(options, "cpu")) mount.version = 1;
        if (mount.version != 0) mounts.push_back(mount);
    }
    return mounts;
}

// /proc/self/cgroup, a hierarchy a line: "0::<path>" of version 2, "4:cpu,cpuacct:<path>" of version 1.
std::optional<std::string> own_cgroup(const std::string& root, int version) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const size_t first = line.find(':');
        const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        if (version == 2 ? controllers.empty() : has_item(controllers, "cpu")) return line.substr(second + 1);
    }
    return std::nullopt;
}

// The quota of one cgroup's folder. cpu.max: "150000 100000", or "max 100000". Version 1 keeps the two numbers in files; -1 is no limit.
double quota_of(const std::filesystem::path& folder, int version) {
    double quota = 0, period = 0;
    if (version == 2) {
        std::ifstream file(folder / "cpu.max");
        if (!(file >> quota >> period)) return unlimited;
    } else {
        std::ifstream quota_file(folder / "cpu.cfs_quota_us"), period_file(folder / "cpu.cfs_period_us");
        if (!(quota_file >> quota) || !(period_file >> period)) return unlimited;
    }
    return quota > 0 && period > 0 ? quota / period : unlimited;
}

}  // namespace

double cgroup_cpu_quota(const std::string& root) {
    double smallest = unlimited;
    for (const Mount& mount : cpu_mounts(root)) {
        const std::optional<std::string> cgroup = own_cgroup(root, mount.version);
        if (!cgroup) continue;
        // Seen from inside a container the path may lie outside of what is mounted: then the mount point is our own cgroup.
        const bool below = mount.top == "/" || *cgroup == mount.top || cgroup->starts_with(mount.top + "/");
        const std::filesystem::path point = root + mount.point;
        std::filesystem::path folder = point;
        if (below) folder += mount.top == "/" ? *cgroup : cgroup->substr(mount.top.size());
        folder = folder.lexically_normal();
        for (;; folder = folder.parent_path()) {
            smallest = std::min(smallest, quota_of(folder, mount.version));
            if (folder.native().size() <= point.lexically_normal().native().size()) break;
        }
    }
    return smallest;
}

}  // namespace lgv
