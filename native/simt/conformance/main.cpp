// lgv_simt_conformance [--compare FILE]: prints the lines, or says where they differ from those of the file (0: nowhere).
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>

#include "base/error.h"
#include "conformance.h"
#include "device/cuda/memory.h"
#include "device/cuda/runtime.h"
#ifdef LANGEVIN_SIMT
#include "simt/emulator.h"
#endif

namespace {

std::string hash_of(const std::vector<uint32_t>& words) {
    uint64_t hash = 14695981039346656037u;  // FNV-1a over words
    for (const uint32_t word : words) hash = (hash ^ word) * 1099511628211u;
    char text[20];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

std::string result_of(const conformance::Line& line, lgv::DeviceMemory& out, const lgv::DeviceMemory& in) {
    std::vector<uint32_t> words(conformance::most_words, 0x5a5a5a5au);
    lgv::upload(out.data(), words.data(), int64_t(words.size()) * 4);
    line.run(reinterpret_cast<uint32_t*>(out.data()), reinterpret_cast<const uint32_t*>(in.data()));
    lgv::check(cudaDeviceSynchronize());
#ifdef LANGEVIN_SIMT
    for (const simt::Finding& finding : simt::take_findings()) return "finding: " + finding.text();
#endif
    words.resize(size_t(line.words));
    lgv::download(words.data(), out.data(), int64_t(words.size()) * 4);
    return hash_of(words);
}

std::map<std::string, std::string> lines_of(const char* path) {
    std::ifstream file(path);
    lgv::expect(file.good(), lgv::Code::argument, path, ": cannot be read");
    std::map<std::string, std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const size_t at = line.rfind("  ");
        lgv::expect(at != std::string::npos, lgv::Code::argument, path, ": no result in \"", line, "\"");
        lines[line.substr(0, line.find_last_not_of(' ', at) + 1)] = line.substr(at + 2);
    }
    return lines;
}

}  // namespace

int main(int argc, char** argv) try {
    const bool compares = argc == 3 && std::strcmp(argv[1], "--compare") == 0;
    if (argc != 1 && !compares) {
        std::fprintf(stderr, "usage: lgv_simt_conformance [--compare FILE]\n");
        return 2;
    }
    std::map<std::string, std::string> expected;
    if (compares) expected = lines_of(argv[2]);
#ifdef LANGEVIN_SIMT
    simt::config().seed = 0;
#endif
    lgv::DeviceMemory out(conformance::most_words * 4), in(conformance::input_words * 4);
    std::vector<uint32_t> given(conformance::input_words);
    for (size_t i = 0; i < given.size(); ++i) given[i] = uint32_t(i * 2654435761u) ^ uint32_t(i << 7);
    lgv::upload(in.data(), given.data(), int64_t(given.size()) * 4);
    std::vector<conformance::Line> lines = conformance::primitives(90);
    for (const conformance::Line& line : conformance::wgmma_lines()) lines.push_back(line);
    int wrong = 0;
    for (const conformance::Line& line : lines) {
        const std::string got = result_of(line, out, in);
        if (!compares) {
            std::printf("%-56s  %s\n", line.name.c_str(), got.c_str());
            continue;
        }
        const auto wanted = expected.find(line.name);
        if (wanted == expected.end() || wanted->second != got) {
            ++wrong;
            std::printf("%s: %s here, %s expected\n", line.name.c_str(), got.c_str(), wanted == expected.end() ? "nothing" : wanted->second.c_str());
        }
        if (wanted != expected.end()) expected.erase(wanted);
    }
    for (const auto& [name, result] : expected) std::printf("%s: expected, and not tried here\n", name.c_str()), ++wrong;
    std::printf("%zu lines%s\n", lines.size(), !compares ? "" : wrong == 0 ? ", all as expected" : ", NOT all as expected");
    return wrong == 0 ? 0 : 1;
} catch (const lgv::Error& error) {
    std::fprintf(stderr, "lgv_simt_conformance: %s\n", error.what());
    return 2;
}
