// One instruction of one warp: what a family's handlers are written with.
#pragma once

#include <array>
#include <bit>
#include <type_traits>

#include "block.h"
#include "ptx/program.h"
#include "simt/emulator.h"

namespace simt::ptx {

class BlockRun;  // block_run.h

using Row = std::array<uint64_t, warp_lanes>;

struct Warp {
    int number = 0, size = warp_lanes;
    uint32_t live = 0;                 // lanes that have not returned
    uint32_t waiting = 0;              // at an instruction that needs other lanes of the warp, until they come
    uint32_t blocked = 0;              // at an instruction that somebody else lets them leave (a barrier, the warpgroup)
    uint32_t polled = 0;               // found what they poll for not there
    std::array<uint32_t, warp_lanes> at{};  // program counters
    bool at_warpgroup = false;         // all of it is at an instruction of its warpgroup
    std::vector<Row> rows;

    uint32_t all() const { return size == warp_lanes ? ~0u : (1u << size) - 1; }
};

struct Step {
    BlockRun& block;
    Warp& warp;
    uint32_t lanes;  // those that execute it
    const Instruction& i;

    Row& row(int number) const { return warp.rows[size_t(number)]; }
    const Row& in(size_t operand) const { return row(i.operands[operand].row); }
    uint64_t value(const Operand& operand, int lane) const { return row(operand.row)[size_t(lane)]; }
    // To a register, as many bits as it has, or to nowhere (_).
    void put(const Operand& operand, int lane, uint64_t value) const {
        if (operand.kind == Operand::Kind::row) row(operand.row)[size_t(lane)] = operand.bits >= 64 ? value : value & ((1ull << operand.bits) - 1);
    }
    // [row + offset], in the space that the instruction names.
    uint64_t address(const Operand& operand, int lane) const { return uint64_t(operand.offset) + (operand.row < 0 ? 0 : row(operand.row)[size_t(lane)]); }
    int thread(int lane) const { return warp.number * warp_lanes + lane; }
    int first() const { return std::countr_zero(lanes); }
    void as(int lane) const;  // findings and accesses are this thread's from here on
    // Ends the block with a finding.
    [[noreturn]] void end(Kind kind, const std::string& sentence) const;

    template <class F>
    void each(F f) const {
        for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) f(std::countr_zero(rest));
    }
};

template <class T>
T as(uint64_t raw) {
    if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(uint32_t(raw));
    else if constexpr (std::is_same_v<T, double>) return std::bit_cast<double>(raw);
    else return static_cast<T>(raw);
}

// What the GPU makes of a NaN, whatever came in.
constexpr uint32_t nan_bits = 0x7fffffff;

template <class T>
uint64_t raw(T value) {
    if constexpr (std::is_same_v<T, float>) return value != value ? nan_bits : std::bit_cast<uint32_t>(value);
    else if constexpr (std::is_same_v<T, double>) return std::bit_cast<uint64_t>(value);
    else if constexpr (std::is_same_v<T, bool>) return value;
    else return static_cast<std::make_unsigned_t<T>>(value);
}

// operands[0] = op(operands[1], ...), lane by lane; `op` is a function of one to four T.
template <auto op, class T>
Flow lanewise(Step& s) {
    Row& out = s.row(s.i.operands[0].row);
    const Row& a = s.in(1);
    if constexpr (std::is_invocable_v<decltype(op), T, T, T>) {
        const Row &b = s.in(2), &c = s.in(3);
        s.each([&](int l) { out[size_t(l)] = raw(op(as<T>(a[size_t(l)]), as<T>(b[size_t(l)]), as<T>(c[size_t(l)]))); });
    } else if constexpr (std::is_invocable_v<decltype(op), T, T>) {
        const Row& b = s.in(2);
        s.each([&](int l) { out[size_t(l)] = raw(op(as<T>(a[size_t(l)]), as<T>(b[size_t(l)]))); });
    } else {
        s.each([&](int l) { out[size_t(l)] = raw(op(as<T>(a[size_t(l)]))); });
    }
    return Flow::next;
}

template <auto op>
Handler of_integers(Type type) {
    switch (type) {
        case Type::b16: case Type::u16: return lanewise<op, uint16_t>;
        case Type::b32: case Type::u32: return lanewise<op, uint32_t>;
        case Type::b64: case Type::u64: return lanewise<op, uint64_t>;
        case Type::s16: return lanewise<op, int16_t>;
        case Type::s32: return lanewise<op, int32_t>;
        case Type::s64: return lanewise<op, int64_t>;
        default: return nullptr;
    }
}

// Bits without a sign, of the width of `type`.
template <auto op>
Handler of_bits(Type type) {
    switch (bits_of(type)) {
        case 16: return lanewise<op, uint16_t>;
        case 32: return lanewise<op, uint32_t>;
        case 64: return lanewise<op, uint64_t>;
        default: return nullptr;
    }
}

// Reads the words of an instruction in their order. A word that nobody takes leaves the form incomplete, and the instruction unknown.
class Form {
public:
    explicit Form(const std::vector<std::string>& words) : words_(words) {}

    bool take(std::string_view word) {
        if (at_ == words_.size() || words_[at_] != word) return false;
        ++at_;
        return true;
    }
    // The place of the word among these, or -1.
    int take_one(std::initializer_list<std::string_view> of) {
        int n = 0;
        for (const std::string_view word : of) {
            if (take(word)) return n;
            ++n;
        }
        return -1;
    }
    Type take_type() {
        const Type type = at_ == words_.size() ? Type::none : type_named(words_[at_]);
        if (type != Type::none) ++at_;
        return type;
    }
    bool done() const { return at_ == words_.size(); }

private:
    const std::vector<std::string>& words_;
    size_t at_ = 0;
};

// The families. Each looks at the opcode and the form, sets what its handlers read, and returns one: nullptr for what it does not know.
Handler decode_arithmetic(Instruction& i, Form form);
Handler decode_float(Instruction& i, Form form);
Handler decode_bits(Instruction& i, Form form);
Handler decode_compare(Instruction& i, Form form);
Handler decode_convert(Instruction& i, Form form);
Handler decode_memory(Instruction& i, Form form);
Handler decode_warp(Instruction& i, Form form);
Handler decode_control(Instruction& i, Form form);
Handler decode_copies(Instruction& i, Form form);
Handler decode_mbarrier(Instruction& i, Form form);
Handler decode_matrix(Instruction& i, Form form);
Handler decode_wgmma(Instruction& i, Form form);

}  // namespace simt::ptx
