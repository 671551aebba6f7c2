// The files of PTX, and the kernels in them by name.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/error.h"
#include "ptx/block_run.h"
#include "ptx/interpreter.h"

namespace simt::ptx {

namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    lgv::expect(in.good(), lgv::Code::argument, path.string(), ": cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Interpreter::Interpreter(const std::string& path) : path_(path) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(path)) {
        for (const auto& entry : std::filesystem::directory_iterator(path)) if (entry.path().extension() == ".ptx") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
    } else {
        files.emplace_back(path);
    }
    lgv::expect(!files.empty(), lgv::Code::argument, path, ": no *.ptx is there");
    for (const auto& file : files) {
        files_.push_back({file.string(), contents(file), nullptr});
        const std::string& text = files_.back().text;
        constexpr std::string_view word = ".entry ";
        for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
            const size_t from = at + word.size(), end = std::min(text.find_first_of("( \t\r\n", from), text.size());
            const auto [known, fresh] = found_.try_emplace(common_name(std::string_view(text).substr(from, end - from)), Found{files_.size() - 1});
            if (!fresh) known->second.twice = true;
        }
    }
}

const Module& Interpreter::module_of(size_t number) {
    File& file = files_[number];
    if (file.module == nullptr) {
        file.module = parse(file.text, file.path);
        file.text.clear();
    }
    return *file.module;
}

bool Interpreter::takes(const Launch& launch, const std::string& symbol) {
    const std::string name = common_name(symbol);
    const auto at = found_.find(name);
    lgv::expect(at != found_.end(), lgv::Code::unsupported, "the kernel ", name, " is not in the PTX of ", path_);
    lgv::expect(!at->second.twice, lgv::Code::unsupported, "two files of ", path_, " hold a kernel ", name, " in an anonymous namespace: give one another name");
    module_ = &module_of(at->second.file);
    kernel_ = nullptr;
    for (const auto& k : module_->kernels) if (k->name == name) kernel_ = k.get();
    lgv::expect(kernel_ != nullptr, lgv::Code::fault, name, " was found in ", module_->path, " and not parsed");
    const Kernel& kernel = *kernel_;
    lgv::expect(kernel.parameters.size() == launch.arguments.size(), lgv::Code::unsupported, name, " has ", kernel.parameters.size(), " parameters in the PTX and ", launch.arguments.size(),
                " in this program");
    parameters_.assign(kernel.parameter_bytes + 256, std::byte{0});
    parameters_at_ = parameters_.data() + (128 - reinterpret_cast<uintptr_t>(parameters_.data()) % 128) % 128;
    for (size_t k = 0; k < kernel.parameters.size(); ++k) {
        const Parameter& p = kernel.parameters[k];
        lgv::expect(p.size == launch.arguments[k].bytes, lgv::Code::unsupported, name, ": parameter ", k, " has ", p.size, " bytes in the PTX and ", launch.arguments[k].bytes, " in this program");
        std::memcpy(parameters_at_ + p.offset, launch.arguments[k].data, p.size);
    }
    return true;
}

void Interpreter::run_block() {
    // abandon_block() leaves frames as they are: what owns memory lives here, and is replaced by the next block.
    static std::unique_ptr<BlockRun> block;
    block = std::make_unique<BlockRun>(*kernel_, parameters_at_);
    block->constants(*module_);
    block->run();
}

std::vector<std::string> Interpreter::kernels() const {
    std::vector<std::string> names;
    for (const auto& [name, found] : found_) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> Interpreter::unknown() {
    std::set<std::string> texts;
    for (size_t file = 0; file < files_.size(); ++file) {
        for (const auto& kernel : module_of(file).kernels) for (const Instruction& i : kernel->code) if (i.run == nullptr) texts.insert(i.text);
    }
    return {texts.begin(), texts.end()};
}

std::unique_ptr<Engine> interpreter_from_environment() {
    const char* path = std::getenv("SIMT_PTX");
    return path == nullptr || *path == 0 ? nullptr : std::make_unique<Interpreter>(path);
}

}  // namespace simt::ptx
