// C = scale * act(A B + bias + residual): the one matrix product of linears and attention (and of whoever has B in panels).
//
// A: [M, K] row-major   B: [K, N] in panels   C, residual: [M, N] row-major   bias: [N]
// A panel is `panel` columns of B, all K rows of them, one row after the other: B[k][panel * i + j] = panels[(i * K + k) * panel + j], zeros in the
// columns behind N. 2 M N K flops.
//
// Every element of C is one chain of fused multiply-adds in ascending k from 0. So its bits depend on its row of A, its column of B and the
// instruction set alone: not on M or N, not on how a caller cuts the rows and panels, not on where memory begins.
#pragma once

#include <cstdint>

#include "device/cpu/isa.h"
#include "ops/op.h"

namespace lgv {

struct GemmCall {
    const float* a = nullptr;  // distances between rows are in floats
    int64_t a_row = 0;
    const float* panels = nullptr;
    float* c = nullptr;
    int64_t c_row = 0;
    int64_t m = 0, n = 0, k = 0;
    const float* bias = nullptr;      // none, or n
    const float* residual = nullptr;  // none, or m rows; may be c
    int64_t residual_row = 0;
    Activation act = Activation::none;
    float scale = 1;
};

// One instruction set's forms.
struct GemmKernels {
    int64_t panel;      // columns in a panel
    int64_t tile_rows;  // rows of A that are in registers at once
    void (*multiply)(const GemmCall& call);
    // Panels of B = the [k, n] matrix at `source`, whose rows are `row` floats apart.
    void (*pack)(const float* source, int64_t row, int64_t k, int64_t n, float* panels);
    // Panels of B = the transpose of the [n, k] matrix at `source`, whose rows are `row` floats apart.
    void (*pack_transposed)(const float* source, int64_t row, int64_t k, int64_t n, float* panels);
};

const GemmKernels& gemm_kernels(Isa isa);

constexpr int64_t panel_count(const GemmKernels& kernels, int64_t n) { return (n + kernels.panel - 1) / kernels.panel; }
constexpr int64_t packed_floats(const GemmKernels& kernels, int64_t k, int64_t n) { return panel_count(kernels, n) * kernels.panel * k; }

// Part `part` of `count` things cut into `parts` even ones.
struct Range {
    int64_t begin, end;
    constexpr int64_t size() const { return end - begin; }
};
constexpr Range even_part(int64_t count, int64_t parts, int64_t part) { return {count * part / parts, count * (part + 1) / parts}; }

}  // namespace lgv
