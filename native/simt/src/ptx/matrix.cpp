// ldmatrix and mma.sync.
#include <cstring>

#include "matrices.h"
#include "machine.h"
#include "ptx/block_run.h"

namespace simt::ptx {

namespace {

// ldmatrix.sync.aligned.m8n8.xN[.trans].shared.b16 {d}, [row]: lane 8m + r gives the address of row r of matrix m; lane l gets elements 2l and 2l + 1 of each matrix,
// row by row, or of its transpose. option: N, option2: transposed.
Flow load(Step& s) {
    const std::byte* rows[warp_lanes] = {};
    for (int l = 0; l < 8 * s.i.option; ++l) {
        const auto address = uint32_t(s.address(s.i.operands[1], l));
        s.as(l);
        if (!shared_access(address, 16, Access::read, s.i.place)) abandon_block();
        rows[l] = machine.window.at(address);
    }
    const Operand& d = s.i.operands[0];
    for (int m = 0; m < s.i.option; ++m) {
        const auto element = [&](int r, int c) {
            uint16_t v;
            std::memcpy(&v, rows[8 * m + (s.i.option2 ? c : r)] + 2 * (s.i.option2 ? r : c), 2);
            return uint32_t(v);
        };
        s.each([&](int l) {
            const int r = l / 4, c = l % 4 * 2;
            s.put(d.kind == Operand::Kind::vector ? d.parts[size_t(m)] : d, l, element(r, c) | element(r, c + 1) << 16);
        });
    }
    return Flow::next;
}

Flow multiply(Step& s) {  // d, a, b, c
    const auto& o = s.i.operands;
    float d[warp_lanes][4];
    uint32_t a[warp_lanes][4], b[warp_lanes][2];
    s.each([&](int l) {
        for (size_t k = 0; k < 4; ++k) d[l][k] = as<float>(s.value(o[3].parts[k], l)), a[l][k] = uint32_t(s.value(o[1].parts[k], l));
        for (size_t k = 0; k < 2; ++k) b[l][k] = uint32_t(s.value(o[2].parts[k], l));
    });
    s.as(0);
    mma_m16n8k16_bf16_warp(d, a, b);
    if (machine.config.count) machine.counters.matrix(2 * 16 * 8 * 16);
    s.each([&](int l) { for (size_t k = 0; k < 4; ++k) s.put(o[0].parts[k], l, std::bit_cast<uint32_t>(d[l][k])); });
    return Flow::next;
}

}  // namespace

Handler decode_matrix(Instruction& i, Form form) {
    i.together = Instruction::Together::everybody;
    if (!form.take("sync") || !form.take("aligned")) return nullptr;
    const auto& o = i.operands;
    if (i.opcode == "ldmatrix") {
        if (!form.take("m8n8") || o.size() != 2) return nullptr;
        const int count = form.take_one({"x1", "x2", "x4"});
        i.option = 1 << count;
        i.option2 = form.take("trans");
        form.take_one({"shared", "shared::cta"});
        const size_t parts = o[0].kind == Operand::Kind::vector ? o[0].parts.size() : 1;
        i.space = Space::shared;
        return count >= 0 && form.take("b16") && form.done() && int(parts) == i.option && o[1].kind == Operand::Kind::address ? load : nullptr;
    }
    for (const char* word : {"m16n8k16", "row", "col", "f32", "bf16", "bf16", "f32"}) if (!form.take(word)) return nullptr;
    if (!form.done() || o.size() != 4) return nullptr;
    static constexpr size_t parts[] = {4, 4, 2, 4};
    for (size_t k = 0; k < 4; ++k) if (o[k].kind != Operand::Kind::vector || o[k].parts.size() != parts[k]) return nullptr;
    return multiply;
}

}  // namespace simt::ptx
