// What a PTX text becomes: modules of kernels, kernels of instructions, instructions of operands that all are rows of 32 lanes.
//
// Registers, immediates, special registers and the addresses of variables are rows alike: a row is filled once per warp (an immediate, %tid.x, the address of a
// shared array) or written by instructions, and an instruction never asks which it is. A value is held zero-extended to 64 bits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simt/calls.h"

namespace simt::ptx {

enum class Type : uint8_t { none, b8, b16, b32, b64, b128, s8, s16, s32, s64, u8, u16, u32, u64, f16, f16x2, bf16, bf16x2, tf32, f32, f64, pred };

int bits_of(Type type);  // 1 for a predicate
bool is_signed(Type type);
Type type_named(std::string_view word);  // Type::none for what is no type

enum class Space : uint8_t { generic, global, shared, local, constant, parameter };

struct Operand {
    enum class Kind : uint8_t { none, row, vector, address, label, sink };
    Kind kind = Kind::none;
    int row = -1;               // row, address (-1: the offset alone)
    int64_t offset = 0;         // address
    bool negated = false;       // !p
    std::string label = {};     // label: its name, until the kernel is complete
    std::vector<Operand> parts = {};  // vector
    int second = -1;            // the row of p in d|p
    int bits = 64;              // row: of the register; values are cut to it
};

// What an instruction leaves its warp to do.
enum class Flow : uint8_t {
    next,    // go on behind it
    moved,   // it set the lanes' own program counters
    waits,   // the lanes stay at it until somebody moves them on
    polls,   // go on, but others first: a condition that they must bring about did not hold
};

struct Step;
using Handler = Flow (*)(Step&);

struct Instruction {
    std::string text;                 // as it stands, for messages
    std::string opcode;               // its first word
    std::vector<std::string> words;   // the others: .global .v4 .u32
    std::vector<Operand> operands;
    int guard = -1;                   // row of @p
    bool guard_negated = false;
    Handler run = nullptr;            // nullptr: nobody here knows it
    Type type = Type::none, from = Type::none;
    int option = 0, option2 = 0;      // the family's own (which comparison, which shuffle ...)
    Space space = Space::generic;
    int vector = 1;
    // Whether it needs lanes of the warp together (they wait for one another as long as any of the others can still run): all that are live, or those of a mask.
    enum class Together : uint8_t { nobody, everybody, masked } together = Together::nobody;
    int member_mask = -1;             // row of the mask
    std::vector<int> targets;         // of a branch, as numbers of instructions
    Place place;
    uint64_t count = 0;               // times executed, by a warp
};

// How a row is filled before a warp begins.
struct Fill {
    enum class Kind : uint8_t { registers, immediate, special, shared, dynamic, local, memory, parameter };
    Kind kind = Kind::registers;
    uint64_t value = 0;  // immediate; number of the special register, shared variable; offset in local memory, parameters; address in memory
    int bits = 64;
};

struct SharedVariable {
    std::string name;
    uint32_t size, align;
};

struct Parameter {
    std::string name;
    uint32_t offset, size;
};

struct Kernel {
    std::string name;  // mangled, without what tells one anonymous namespace from another
    std::vector<Instruction> code;
    std::vector<Fill> rows;
    std::vector<Parameter> parameters;
    uint32_t parameter_bytes = 0, local_bytes = 0;
    std::vector<SharedVariable> shared;
};

enum class Special : uint8_t {
    tid_x, tid_y, tid_z, ntid_x, ntid_y, ntid_z, ctaid_x, ctaid_y, ctaid_z, nctaid_x, nctaid_y, nctaid_z, laneid, warpid, lanemask_eq, lanemask_lt, lanemask_le,
    lanemask_gt, lanemask_ge, clock
};

// One PTX file.
struct Module {
    std::string path, target;
    std::deque<std::unique_ptr<Kernel>> kernels;
    std::deque<std::string> names;               // of source files; findings point into them
    std::deque<std::vector<std::byte>> memory;   // of .const and .global variables
};

// Parses a PTX text. lgv::Error with the line where it is not one.
std::unique_ptr<Module> parse(const std::string& text, const std::string& path);

// "_ZN3lgv47_GLOBAL__N__a976eee3_14_affine_cuda_cu_395aefaf3fooE" and g++'s "_ZN3lgv12_GLOBAL__N_13fooE" are one kernel: both become the latter.
std::string common_name(std::string_view mangled);

// Gives an instruction its handler, or none. Strict: a word that the family does not know makes the instruction unknown.
void decode(Instruction& instruction, const Kernel& kernel);

}  // namespace simt::ptx
