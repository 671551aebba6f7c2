// The kernels of PTX files, run by the names that they also have in this program. SIMT_PTX=file or folder selects them (interpreter_from_environment).
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine.h"
#include "ptx/program.h"

namespace simt::ptx {

class Interpreter : public Engine {
public:
    // A PTX file, or a folder of them (as it lies there, not below).
    explicit Interpreter(const std::string& path);

    // Throws lgv::Error where the kernel is in none of the files: it is not run some other way instead.
    bool takes(const Launch& launch, const std::string& symbol) override;
    void run_block() override;

    std::vector<std::string> kernels() const;
    // Instructions that a kernel holds and nobody here knows, by their text: they are findings where they are reached.
    std::vector<std::string> unknown();

private:
    struct File {
        std::string path, text;
        std::unique_ptr<Module> module;  // parsed when the first of its kernels is asked for
    };
    struct Found {
        size_t file;
        bool twice = false;
    };
    const Module& module_of(size_t file);

    std::string path_;
    std::vector<File> files_;
    std::unordered_map<std::string, Found> found_;
    const Module* module_ = nullptr;  // of the kernel that runs
    const Kernel* kernel_ = nullptr;
    std::vector<std::byte> parameters_;
    std::byte* parameters_at_ = nullptr;  // in it, aligned
};

// What SIMT_PTX names, or nothing.
std::unique_ptr<Engine> interpreter_from_environment();

}  // namespace simt::ptx
