// Runs a PTX text on the emulator: a kernel of one parameter (the address of 32-bit words), by its name.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "faults.h"
#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

inline std::string kernel_of(const std::string& body, const std::string& before = "") {
    return ".version 9.0\n.target sm_90a\n.address_size 64\n" + before +
           "\n.visible .entry k(\n .param .u64 k_param_0\n)\n{\n .reg .pred %p<9>;\n .reg .b16 %rs<9>;\n .reg .b32 %r<40>;\n .reg .f32 %f<40>;\n .reg .b64 %rd<20>;\n"
           " ld.param.u64 %rd0, [k_param_0];\n mov.u32 %r0, %tid.x;\n mul.wide.u32 %rd1, %r0, 4;\n add.s64 %rd1, %rd0, %rd1;\n ld.global.u32 %r1, [%rd1];\n mov.b32 %f1, %r1;\n" +
           body + "\n ret;\n}\n";
}

// What the kernel makes of the words, by `threads` threads in one block. Findings are in simt::findings().
inline std::vector<uint32_t> run_ptx(const std::string& text, std::vector<uint32_t> words, unsigned threads = 32) {
    static std::unique_ptr<Module> module;  // findings point into its names
    module = parse(text, "test.ptx");
    uint32_t* device = nullptr;
    EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&device), words.size() * 4), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(device, words.data(), words.size() * 4, cudaMemcpyHostToDevice), cudaSuccess);

    struct One : Engine {
        uint64_t parameter = 0;
        std::unique_ptr<BlockRun> block;
        bool takes(const Launch&, const std::string&) override { return true; }
        void run_block() override {
            block = std::make_unique<BlockRun>(*module->kernels.front(), reinterpret_cast<std::byte*>(&parameter));
            block->constants(*module);
            block->run();
        }
    };
    auto one = std::make_unique<One>();
    std::memcpy(&one->parameter, &device, sizeof device);
    auto before = std::exchange(machine.interpreter, std::move(one));
    Launch launch;
    launch.kernel = reinterpret_cast<const void*>(&kernel_of);
    launch.grid = dim3(1), launch.block = dim3(threads);
    launch.dynamic_shared_bytes = 4096;
    run(launch);
    machine.interpreter = std::move(before);
    EXPECT_EQ(cudaMemcpy(words.data(), device, words.size() * 4, cudaMemcpyDeviceToHost), cudaSuccess);
    cudaFree(device);
    return words;
}

// The word of thread `t` becomes %r2.
inline std::vector<uint32_t> map_words(const std::string& body, std::vector<uint32_t> words) {
    words.resize(32);
    return run_ptx(kernel_of(body + "\n st.global.u32 [%rd1], %r2;"), words);
}

inline uint32_t bits(float v) { return std::bit_cast<uint32_t>(v); }

struct Case {
    const char* body;
    std::vector<uint32_t> in, out;
};

inline void expect_cases(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.body);
        const std::vector<uint32_t> got = map_words(c.body, c.in);
        for (size_t i = 0; i < c.out.size(); ++i) EXPECT_EQ(got[i], c.out[i]) << "word " << i;
        for (const Finding& finding : take_findings()) ADD_FAILURE() << finding.text();
    }
}

}  // namespace simt::ptx
