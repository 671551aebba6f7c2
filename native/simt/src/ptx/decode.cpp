// From an instruction's first word to the family that knows it.
#include <unordered_map>

#include "ptx/step.h"

namespace simt::ptx {

namespace {

using Family = Handler (*)(Instruction&, Form);

const std::unordered_map<std::string, Family>& families() {
    static const std::unordered_map<std::string, Family> all = [] {
        std::unordered_map<std::string, Family> map;
        const auto are = [&map](Family family, std::initializer_list<const char*> opcodes) { for (const char* opcode : opcodes) map[opcode] = family; };
        are(decode_arithmetic, {"add", "sub", "mul", "mad", "div", "rem", "min", "max", "neg", "abs"});
        are(decode_float, {"fma", "rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh", "copysign"});
        are(decode_bits, {"and", "or", "xor", "not", "shl", "shr", "shf", "lop3", "bfe", "bfi", "bfind", "brev", "popc", "clz", "prmt"});
        are(decode_compare, {"setp", "selp", "slct"});
        are(decode_convert, {"mov", "cvt", "cvta"});
        are(decode_memory, {"ld", "ldu", "st", "atom", "red", "prefetch", "membar"});
        are(decode_warp, {"shfl", "vote", "match", "redux", "elect", "activemask"});
        are(decode_control, {"bra", "brx", "ret", "exit", "trap", "nanosleep", "barrier"});
        are(decode_copies, {"cp"});
        are(decode_mbarrier, {"mbarrier"});
        are(decode_matrix, {"ldmatrix", "mma"});
        are(decode_wgmma, {"wgmma", "setmaxnreg"});
        return map;
    }();
    return all;
}

bool has(const Instruction& i, const char* word) {
    for (const std::string& w : i.words) if (w == word) return true;
    return false;
}

Family family_of(const Instruction& i) {
    if (i.opcode == "bar") return has(i, "warp") ? decode_warp : decode_control;
    if (i.opcode == "fence") return has(i, "proxy") || has(i, "mbarrier_init") ? decode_copies : decode_memory;
    const auto found = families().find(i.opcode);
    if (found == families().end()) return nullptr;
    if (found->second == decode_arithmetic && (has(i, "f32") || has(i, "f64"))) return decode_float;
    return found->second;
}

// The handlers read rows: an operand must be one wherever they do not ask.
bool operands_are_sound(const Instruction& i, const Kernel& kernel, Family family) {
    const bool rows_only = family == decode_arithmetic || family == decode_float || family == decode_bits || family == decode_compare;
    for (const Operand& o : i.operands) {
        if (o.kind == Operand::Kind::vector) {
            for (const Operand& part : o.parts) if (part.kind != Operand::Kind::row && part.kind != Operand::Kind::sink) return false;
        }
        if (o.kind == Operand::Kind::row && (o.row < 0 || o.row >= int(kernel.rows.size()))) return false;
        if (rows_only && (o.kind != Operand::Kind::row || (o.negated && family != decode_compare)) && !(i.opcode == "setp" && o.kind == Operand::Kind::sink)) return false;
        if (o.kind == Operand::Kind::label && i.opcode != "bra" && i.opcode != "brx") return false;
    }
    return true;
}

}  // namespace

void decode(Instruction& i, const Kernel& kernel) {
    const Family family = family_of(i);
    if (family == nullptr || !operands_are_sound(i, kernel, family)) return;
    i.run = family(i, Form(i.words));
}

}  // namespace simt::ptx
