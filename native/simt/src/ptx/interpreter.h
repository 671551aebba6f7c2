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
    std::vector<std::string> unknown() const;

private:
    struct Found {
        const Module* module;
        const Kernel* kernel;
        bool twice = false;
    };
    std::string path_;
    std::vector<std::unique_ptr<Module>> modules_;
    std::unordered_map<std::string, Found> found_;
    const Found* running_ = nullptr;
    std::vector<std::byte> parameters_;
    std::byte* parameters_at_ = nullptr;  // in it, aligned
};

// What SIMT_PTX names, or nothing.
std::unique_ptr<Engine> interpreter_from_environment();

// The mangled name of a function of this program, also of one that no other file sees (dladdr knows only those that are exported): from the program's own table of symbols.
std::string symbol_of(const void* function);

}  // namespace simt::ptx
