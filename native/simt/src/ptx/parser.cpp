// PTX text to kernels. What nvcc emits is read, not what a person could write: no function calls, no macros of expressions.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "ptx/lexer.h"
#include "ptx/program.h"

namespace simt::ptx {

namespace {

struct Line {
    int file, line, column;
    auto operator<=>(const Line&) const = default;
};

struct Symbol {
    enum class Kind : uint8_t { memory, shared, dynamic, local } kind;
    uint64_t value;  // address, number of the shared variable, offset in local memory
};

const std::map<std::string_view, Special>& specials() {
    static const std::map<std::string_view, Special> all{
        {"%tid.x", Special::tid_x}, {"%tid.y", Special::tid_y}, {"%tid.z", Special::tid_z}, {"%ntid.x", Special::ntid_x}, {"%ntid.y", Special::ntid_y},
        {"%ntid.z", Special::ntid_z}, {"%ctaid.x", Special::ctaid_x}, {"%ctaid.y", Special::ctaid_y}, {"%ctaid.z", Special::ctaid_z},
        {"%nctaid.x", Special::nctaid_x}, {"%nctaid.y", Special::nctaid_y}, {"%nctaid.z", Special::nctaid_z}, {"%laneid", Special::laneid},
        {"%warpid", Special::warpid}, {"%lanemask_eq", Special::lanemask_eq}, {"%lanemask_lt", Special::lanemask_lt}, {"%lanemask_le", Special::lanemask_le},
        {"%lanemask_gt", Special::lanemask_gt}, {"%lanemask_ge", Special::lanemask_ge}, {"%clock", Special::clock}, {"%clock64", Special::clock},
    };
    return all;
}

class Parser {
public:
    Parser(const std::string& text, const std::string& path) : lexer_(text, path), module_(std::make_unique<Module>()) { module_->path = path; }

    std::unique_ptr<Module> run() {
        while (lexer_.peek().kind != Token::Kind::end) top_level();
        for (const Located& l : located_) module_->kernels[l.kernel]->code[l.instruction].place = place_of(l.at);
        return std::move(module_);
    }

private:
    struct Located {
        size_t kernel, instruction;
        Line at;
    };

    // ---- the module
    void top_level() {
        const Token token = lexer_.next();
        if (token.is(".version") || token.is(".address_size")) lexer_.next();
        else if (token.is(".target")) module_->target = lexer_.next().text;
        else if (token.is(".file")) file();
        else if (token.is(".section")) skip_section();
        else if (token.is(".visible") || token.is(".weak") || token.is(".static") || token.is(".extern")) external_ = token.is(".extern");
        else if (token.is(".entry")) kernel();
        else if (token.is(".func")) lexer_.refuse("a function that is not inlined: kernels call none");
        else if (token.is(".shared") || token.is(".global") || token.is(".const")) variable(token.text);
        else if (token.is(",") || token.kind == Token::Kind::word || token.kind == Token::Kind::number || token.is(";")) return;  // the rest of .target, .pragma ...
        else lexer_.refuse("what is this");
    }

    void file() {
        const int number = int(integer(lexer_.next().text));
        const Token name = lexer_.next();
        module_->names.emplace_back(name.text);
        files_[number] = module_->names.back().c_str();
        while (lexer_.take(",")) lexer_.next();
    }

    void skip_section() {
        while (!lexer_.peek().is("{")) {
            if (lexer_.peek().kind == Token::Kind::end) lexer_.refuse("a section without contents");
            lexer_.next();
        }
        for (int depth = 0;;) {
            const Token token = lexer_.next();
            if (token.kind == Token::Kind::end) lexer_.refuse("a section without an end");
            if (token.is("{")) ++depth;
            if (token.is("}") && --depth == 0) return;
        }
    }

    // .shared/.global/.const/.local [.align n] .type name [count] [= values];
    void variable(std::string_view space) {
        uint64_t align = 0, count = 1;
        Type type = Type::none;
        while (lexer_.peek().kind == Token::Kind::word && lexer_.peek().text[0] == '.') {
            const Token word = lexer_.next();
            if (word.is(".align")) align = integer(lexer_.next().text);
            else if (type = type_named(word.text.substr(1)); type == Type::none) lexer_.refuse("no type of a variable");
        }
        const std::string name(lexer_.next().text);
        bool sized = true;
        while (lexer_.take("[")) {
            if (lexer_.take("]")) { sized = false; continue; }
            count *= integer(lexer_.next().text);
            lexer_.want("]");
        }
        const uint64_t element = uint64_t(bits_of(type)) / 8, bytes = element * count;
        align = std::max(align, element);
        auto& symbols = kernel_ != nullptr ? local_symbols_ : symbols_;
        if (space == ".shared" && (external_ || !sized)) {
            symbols[name] = {Symbol::Kind::dynamic, 0};
        } else if (space == ".shared") {
            symbols[name] = {Symbol::Kind::shared, shared_.size()};
            shared_.push_back({name, uint32_t(bytes), uint32_t(align)});
        } else if (space == ".local") {
            const uint64_t at = (kernel_->local_bytes + align - 1) / align * align;
            kernel_->local_bytes = uint32_t(at + bytes);
            symbols[name] = {Symbol::Kind::local, at};
        } else {
            auto& memory = module_->memory.emplace_back(bytes + 16);
            std::byte* at = memory.data() + (16 - reinterpret_cast<uintptr_t>(memory.data()) % 16) % 16;
            if (lexer_.take("=")) initial_values(at, element, bytes);
            symbols[name] = {Symbol::Kind::memory, reinterpret_cast<uintptr_t>(at)};
        }
        external_ = false;
        lexer_.want(";");
    }

    void initial_values(std::byte* at, uint64_t element, uint64_t bytes) {
        const std::byte* end = at + bytes;
        int depth = 0;
        do {
            if (lexer_.take("{")) { ++depth; continue; }
            if (lexer_.take("}")) { --depth; continue; }
            if (lexer_.take(",")) continue;
            const uint64_t value = integer(lexer_.next().text);
            if (at + element > end) lexer_.refuse("more values than the variable has");
            std::memcpy(at, &value, element);
            at += element;
        } while (depth > 0);
    }

    // ---- a kernel
    void kernel() {
        auto owner = std::make_unique<Kernel>();
        kernel_ = owner.get();
        module_->kernels.push_back(std::move(owner));
        kernel_->name = common_name(lexer_.next().text);
        scopes_.assign(1, {});
        local_symbols_.clear();
        labels_.clear();
        tables_.clear();
        immediates_.clear();
        symbol_rows_.clear();
        external_ = false;
        if (lexer_.take("(")) parameters();
        while (!lexer_.peek().is("{")) lexer_.next();  // .maxntid 256, 1, 1 and its kin
        lexer_.want("{");
        for (int depth = 1; depth > 0;) {
            if (lexer_.take("{")) { scopes_.emplace_back(); ++depth; }
            else if (lexer_.take("}")) { scopes_.pop_back(); --depth; }
            else if (lexer_.peek().kind == Token::Kind::end) lexer_.refuse("a kernel without an end");
            else statement();
        }
        for (Instruction& i : kernel_->code) resolve(i);
        kernel_->shared = shared_;
        shared_.erase(std::remove_if(shared_.begin(), shared_.end(), [this](const SharedVariable& v) { return local_symbols_.count(v.name) != 0; }), shared_.end());
        for (Instruction& i : kernel_->code) decode(i, *kernel_);
        kernel_ = nullptr;
    }

    void parameters() {
        while (!lexer_.take(")")) {
            lexer_.want(".param");
            uint64_t align = 0, count = 1;
            Type type = Type::none;
            while (lexer_.peek().kind == Token::Kind::word && lexer_.peek().text[0] == '.') {
                const Token word = lexer_.next();
                if (word.is(".align")) align = integer(lexer_.next().text);
                else if (word.is(".ptr") || word.is(".global") || word.is(".shared") || word.is(".const")) continue;
                else if (type == Type::none) type = type_named(word.text.substr(1));
            }
            const std::string name(lexer_.next().text);
            if (lexer_.take("[")) { count = integer(lexer_.next().text); lexer_.want("]"); }
            const uint64_t element = uint64_t(bits_of(type)) / 8;
            if (element == 0) lexer_.refuse("a parameter without a type");
            align = count > 1 ? std::max<uint64_t>(align, 1) : element;
            const uint64_t at = (kernel_->parameter_bytes + align - 1) / align * align;
            kernel_->parameters.push_back({name, uint32_t(at), uint32_t(element * count)});
            kernel_->parameter_bytes = uint32_t(at + element * count);
            lexer_.take(",");
        }
    }

    void statement() {
        const Token token = lexer_.peek();
        if (token.is(".reg")) return registers();
        if (token.is(".loc")) return location();
        if (token.is(".shared") || token.is(".local")) { lexer_.next(); return variable(token.text); }
        if (token.is(".pragma")) { while (!lexer_.take(";")) lexer_.next(); return; }
        if (token.is(";")) { lexer_.next(); return; }
        if (token.kind == Token::Kind::word && token.text[0] != '.') {
            const size_t from = lexer_.place();
            lexer_.next();
            if (lexer_.take(":")) return label(std::string(token.text));
            return instruction(from, token, {});
        }
        if (token.is("@")) {
            const size_t from = lexer_.place();
            lexer_.next();
            Operand guard;
            guard.negated = lexer_.take("!");
            guard.row = register_named(lexer_.next().text);
            if (guard.row < 0) lexer_.refuse("no register to guard with");
            const Token opcode = lexer_.next();
            return instruction(from, opcode, guard);
        }
        lexer_.refuse("no statement that is known here");
    }

    void label(const std::string& name) {
        if (lexer_.peek().is(".branchtargets")) {
            lexer_.next();
            std::vector<std::string>& table = tables_[name];
            do table.emplace_back(lexer_.next().text); while (lexer_.take(","));
            lexer_.want(";");
            return;
        }
        labels_[name] = int(kernel_->code.size());
    }

    // .reg .b32 %r<22>, %x;
    void registers() {
        lexer_.next();
        const Type type = type_named(lexer_.next().text.substr(1));
        if (type == Type::none || bits_of(type) > 64) lexer_.refuse("no type of a register");
        do {
            const std::string name(lexer_.next().text);
            if (lexer_.take("<")) {
                const uint64_t n = integer(lexer_.next().text);
                lexer_.want(">");
                for (uint64_t i = 0; i < n; ++i) scopes_.back()[name + std::to_string(i)] = new_row({Fill::Kind::registers, 0, bits_of(type)});
            } else {
                scopes_.back()[name] = new_row({Fill::Kind::registers, 0, bits_of(type)});
            }
        } while (lexer_.take(","));
        lexer_.want(";");
    }

    // .loc file line column [, function_name label, inlined_at file line column]
    void location() {
        lexer_.next();
        const auto number = [this] { return int(integer(lexer_.next().text)); };
        line_ = {number(), 0, 0};
        line_.line = number(), line_.column = number();
        inlined_.erase(line_);
        while (lexer_.take(",")) {
            const Token what = lexer_.next();
            if (what.is("function_name")) {
                lexer_.next();
                if (lexer_.take("+")) lexer_.next();
            } else if (what.is("inlined_at")) {
                Line outer{number(), 0, 0};
                outer.line = number(), outer.column = number();
                inlined_[line_] = outer;
            } else {
                lexer_.refuse("what of a location is this");
            }
        }
        // The callers are known now; the names of the files come last in the text.
        chain_ = {line_};
        for (auto at = inlined_.find(line_); at != inlined_.end() && chain_.size() < 20; at = inlined_.find(at->second)) chain_.push_back(at->second);
    }

    // Where the kernel calls the primitive, not the primitive's own line: as engine 1 reports it.
    Place place_of(const Line& line) const {
        const auto found = files_.find(line.file);
        return {found == files_.end() ? "" : found->second, line.line};
    }

    void instruction(size_t from, const Token& opcode, const Operand& guard) {
        if (opcode.kind != Token::Kind::word) lexer_.refuse("no instruction");
        Instruction i;
        std::string_view rest = opcode.text;
        while (!rest.empty()) {
            const size_t dot = std::min(rest.find('.'), rest.size());
            (i.opcode.empty() ? i.opcode : i.words.emplace_back()) = rest.substr(0, dot);
            rest.remove_prefix(std::min(dot + 1, rest.size()));
        }
        i.guard = guard.row, i.guard_negated = guard.negated;
        while (!lexer_.peek().is(";")) {
            if (lexer_.peek().kind == Token::Kind::end) lexer_.refuse("an instruction without an end");
            i.operands.push_back(operand());
            if (!lexer_.take(",") && !lexer_.peek().is(";")) lexer_.refuse("what of an operand is this");
        }
        i.text = lexer_.since(from);
        while (!i.text.empty() && std::isspace(static_cast<unsigned char>(i.text.back()))) i.text.pop_back();
        lexer_.want(";");
        if (!chain_.empty()) {
            Line at = chain_.front();
            for (const Line& line : chain_) { at = line; if (!primitives_.count(line.file)) break; }
            located_.push_back({module_->kernels.size() - 1, kernel_->code.size(), at});
        }
        kernel_->code.push_back(std::move(i));
    }

    Operand operand() {
        if (lexer_.take("{")) {
            Operand vector{.kind = Operand::Kind::vector};
            while (!lexer_.take("}")) { vector.parts.push_back(operand()); lexer_.take(","); }
            return vector;
        }
        if (lexer_.take("[")) return address();
        if (lexer_.take("!")) {
            Operand o = operand();
            o.negated = !o.negated;
            return o;
        }
        if (lexer_.take("-")) {  // -%r1 does not occur; a minus apart from its number does not either
            lexer_.refuse("a sign by itself");
        }
        const Token token = lexer_.next();
        Operand o = simple(token);
        if (lexer_.take("|")) {
            const Operand p = simple(lexer_.next());
            o.second = p.kind == Operand::Kind::row ? p.row : -1;
        }
        return o;
    }

    Operand simple(const Token& token) {
        if (token.is("_")) return {.kind = Operand::Kind::sink};
        if (const int row = token.kind == Token::Kind::word ? register_named(token.text) : -1; row >= 0) return {.kind = Operand::Kind::row, .row = row};
        if (const auto value = number(token.text)) return {.kind = Operand::Kind::row, .row = immediate(*value)};
        if (token.text == "WARP_SZ") return {.kind = Operand::Kind::row, .row = immediate(32)};
        if (const auto special = specials().find(token.text); special != specials().end()) {
            return {.kind = Operand::Kind::row, .row = row_of(std::string(token.text), {Fill::Kind::special, uint64_t(special->second), 64})};
        }
        if (token.kind != Token::Kind::word) lexer_.refuse("no operand");
        return {.kind = Operand::Kind::label, .label = std::string(token.text)};  // a variable, a parameter or a place in the code
    }

    // [%r1+16], [name+4], [%rd1, {%r1, %r2}]
    Operand address() {
        Operand o = simple(lexer_.next());
        o.kind = Operand::Kind::address;
        while (!lexer_.take("]")) {
            if (lexer_.take("+")) o.offset += int64_t(integer(lexer_.next().text));
            else if (lexer_.peek().kind == Token::Kind::number && lexer_.peek().text[0] == '-') o.offset += int64_t(integer(lexer_.next().text));
            else if (lexer_.take(",")) o.parts.push_back(operand());
            else lexer_.refuse("what of an address is this");
        }
        return o;
    }

    // ---- after the last line: names become rows and places
    void resolve(Instruction& i) {
        for (Operand& o : i.operands) resolve(i, o);
    }

    void resolve(Instruction& i, Operand& o) {
        for (Operand& part : o.parts) resolve(i, part);
        if (o.kind == Operand::Kind::row) o.bits = kernel_->rows[size_t(o.row)].bits;
        if (o.label.empty()) return;
        const auto [name, kind] = std::pair(o.label, o.kind);
        if (const auto table = tables_.find(name); table != tables_.end()) {
            for (const std::string& target : table->second) i.targets.push_back(place_in_code(target));
            return;
        }
        if (const auto label = labels_.find(name); label != labels_.end()) {
            i.targets.push_back(label->second);
            return;
        }
        for (size_t p = 0; p < kernel_->parameters.size(); ++p) {
            if (kernel_->parameters[p].name == name) return become(o, {Fill::Kind::parameter, kernel_->parameters[p].offset, 64});
        }
        for (const auto* symbols : {&local_symbols_, &symbols_}) {
            const auto s = symbols->find(name);
            if (s == symbols->end()) continue;
            static constexpr Fill::Kind kinds[] = {Fill::Kind::memory, Fill::Kind::shared, Fill::Kind::dynamic, Fill::Kind::local};
            return become(o, {kinds[size_t(s->second.kind)], s->second.value, 64});
        }
        lgv::fail(lgv::Code::argument, module_->path, ": ", kernel_->name, ": \"", i.text, "\" names ", name, ", which is not there");
    }

    void become(Operand& o, const Fill& fill) {
        o.row = row_of(o.label, fill);
        if (o.kind == Operand::Kind::label) o.kind = Operand::Kind::row;
        o.label.clear();
    }

    int place_in_code(const std::string& name) const {
        const auto found = labels_.find(name);
        if (found == labels_.end()) lgv::fail(lgv::Code::argument, module_->path, ": ", kernel_->name, ": no label ", name);
        return found->second;
    }

    // ---- rows
    int new_row(const Fill& fill) {
        kernel_->rows.push_back(fill);
        return int(kernel_->rows.size()) - 1;
    }
    int row_of(const std::string& name, const Fill& fill) {
        const auto [at, fresh] = symbol_rows_.try_emplace(name, 0);
        if (fresh) at->second = new_row(fill);
        return at->second;
    }
    int immediate(uint64_t value) {
        const auto [at, fresh] = immediates_.try_emplace(value, 0);
        if (fresh) at->second = new_row({Fill::Kind::immediate, value, 64});
        return at->second;
    }
    int register_named(std::string_view name) const {
        const std::string key(name);
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) if (const auto found = scope->find(key); found != scope->end()) return found->second;
        return -1;
    }

    // 12, -1, 0x1F, 0f3F800000 (a float's bits), 0d... (a double's), 12U
    static std::optional<uint64_t> number(std::string_view text) {
        const bool minus = !text.empty() && text[0] == '-';
        if (minus) text.remove_prefix(1);
        if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
        int base = 10;
        if (text.size() > 1 && text[0] == '0') {
            const char kind = text[1];
            if (kind == 'x' || kind == 'X' || kind == 'f' || kind == 'F' || kind == 'd' || kind == 'D') base = 16, text.remove_prefix(2);
            else if (kind == 'b' || kind == 'B') base = 2, text.remove_prefix(2);
            else base = 8;
        }
        uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
        if (error != std::errc() || (end != text.data() + text.size() && std::string_view(end, size_t(text.data() + text.size() - end)) != "U")) return std::nullopt;
        return minus ? 0 - value : value;
    }
    uint64_t integer(std::string_view text) const {
        const auto value = number(text);
        if (!value) lexer_.refuse("expected a number before");
        return *value;
    }

public:
    // The numbers of the files whose lines are primitives: known before the text is read through, as it names its files last.
    void primitives(std::string_view text) {
        for (size_t at = text.find("\t.file"); at != std::string_view::npos; at = text.find("\t.file", at + 1)) {
            const std::string_view line = text.substr(at + 6, text.find('\n', at) - at - 6);
            if (line.find("/ptx.cuh\"") == std::string_view::npos && line.find("/host_device.h\"") == std::string_view::npos) continue;
            primitives_[std::atoi(std::string(line).c_str())] = true;
        }
    }

private:
    Lexer lexer_;
    std::unique_ptr<Module> module_;
    Kernel* kernel_ = nullptr;
    bool external_ = false;
    std::vector<std::unordered_map<std::string, int>> scopes_;
    std::unordered_map<std::string, Symbol> symbols_, local_symbols_;
    std::vector<SharedVariable> shared_;  // of the module, then of the kernel
    std::unordered_map<std::string, int> labels_, symbol_rows_;
    std::unordered_map<uint64_t, int> immediates_;
    std::unordered_map<std::string, std::vector<std::string>> tables_;
    std::map<int, const char*> files_;
    std::map<int, bool> primitives_;
    std::map<Line, Line> inlined_;
    std::vector<Line> chain_;
    std::vector<Located> located_;
    Line line_{};
};

}  // namespace

std::unique_ptr<Module> parse(const std::string& text, const std::string& path) {
    Parser parser(text, path);
    parser.primitives(text);
    return parser.run();
}

}  // namespace simt::ptx
