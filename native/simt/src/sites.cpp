#include "sites.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace simt {

namespace {

std::string without_folder(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

SourceLine plain(const std::string& path, int line) {
    const std::string file = without_folder(path);
    return {file, line, file + ":" + std::to_string(line)};
}

// Headers whose lines stand for those of whoever uses them.
bool is_shared_helper(const std::string& path) {
    return path.find("device/cuda/") != std::string::npos || path.find("simt/include/") != std::string::npos || path.find("/simt/simt/") != std::string::npos ||
           path.find("base/bf16.h") != std::string::npos || path.find("base/host_device.h") != std::string::npos;
}

struct Frame {
    std::string path;
    int line;
};

// The chain of inlined functions at a return address, innermost first.
std::vector<Frame> frames_at(const void* return_address) {
    std::vector<Frame> frames;
    Dl_info info{};
    if (dladdr(return_address, &info) == 0 || info.dli_fname == nullptr) return frames;
    // What the loader calls the program may be a relative name that no longer leads to it.
    const std::string program = ::access(info.dli_fname, R_OK) == 0 ? info.dli_fname : "/proc/" + std::to_string(getpid()) + "/exe";
    char command[700];
    std::snprintf(command, sizeof command, "addr2line -i -e '%s' %#zx", program.c_str(),
                  size_t(static_cast<const char*>(return_address) - static_cast<const char*>(info.dli_fbase)) - 1);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), pclose);
    char text[1024];
    while (pipe && std::fgets(text, sizeof text, pipe.get()) != nullptr) {
        const std::string line = text;
        const size_t colon = line.find_last_of(':');
        if (colon == std::string::npos) continue;
        const int number = std::atoi(line.c_str() + colon + 1);
        if (number > 0) frames.push_back({line.substr(0, colon), number});
    }
    return frames;
}

SourceLine named(Place place) {
    if (place.at == nullptr) return {"", 0, "an unknown place"};
    if (place.line > 0) return plain(static_cast<const char*>(place.at), place.line);
    const std::vector<Frame> frames = frames_at(place.at);
    if (frames.empty()) return {"", 0, "a place without debug information"};
    size_t kernel = 0;
    while (kernel + 1 < frames.size() && is_shared_helper(frames[kernel].path)) ++kernel;
    SourceLine source = plain(frames[kernel].path, frames[kernel].line);
    if (kernel > 0) source.text += " (in " + plain(frames[kernel - 1].path, frames[kernel - 1].line).text + ")";
    return source;
}

}  // namespace

uint32_t Sites::number_of(Place place) {
    if (place.at == nullptr) return 0;
    Recent& recent = recent_[Hash()(place) % 1021];
    if (recent.number != 0 && recent.place == place) return recent.number;
    const auto [at, fresh] = numbers_.try_emplace(place, uint32_t(sites_.size()));
    if (fresh) sites_.push_back(place);
    recent = {place, at->second};
    return at->second;
}

const SourceLine& Sites::line_of(Place place) {
    const auto at = lines_.find(place);
    return at != lines_.end() ? at->second : lines_.emplace(place, named(place)).first->second;
}

}  // namespace simt
