#include "symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace simt {

namespace {

uint64_t where_the_program_was_loaded() {
    uint64_t base = 0;
    // The first object is the program.
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* out) {
            *static_cast<uint64_t*>(out) = info->dlpi_addr;
            return 1;
        },
        &base);
    return base;
}

std::unordered_map<uint64_t, std::string> read_functions() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    const std::vector<char> image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    lgv::expect(image.size() > sizeof(Elf64_Ehdr), lgv::Code::fault, "emulator: the program's own file cannot be read");
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image.data());
    const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image.data() + header->e_shoff);
    const uint64_t base = where_the_program_was_loaded();
    std::unordered_map<uint64_t, std::string> functions;
    for (int i = 0; i < header->e_shnum; ++i) {
        if (sections[i].sh_type != SHT_SYMTAB) continue;
        const char* names = image.data() + sections[sections[i].sh_link].sh_offset;
        const auto* symbols = reinterpret_cast<const Elf64_Sym*>(image.data() + sections[i].sh_offset);
        for (size_t s = 0; s < sections[i].sh_size / sizeof(Elf64_Sym); ++s) {
            if (ELF64_ST_TYPE(symbols[s].st_info) == STT_FUNC) functions.emplace(base + symbols[s].st_value, names + symbols[s].st_name);
        }
    }
    return functions;
}

void erase_all(std::string& text, const std::string& what) {
    for (size_t at; (at = text.find(what)) != std::string::npos;) text.erase(at, what.size());
}

}  // namespace

const std::string& symbol_of(const void* function) {
    static const std::unordered_map<uint64_t, std::string> functions = read_functions();
    static const std::string none;
    const auto at = functions.find(reinterpret_cast<uint64_t>(function));
    return at == functions.end() ? none : at->second;
}

std::string readable(const std::string& symbol) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> demangled(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
    if (status != 0 || !demangled) return symbol.empty() ? "a kernel" : symbol;
    std::string name = demangled.get();
    erase_all(name, "(anonymous namespace)::");
    erase_all(name, "lgv::");
    int angles = 0;
    for (size_t i = 0; i < name.size(); ++i) {
        angles += name[i] == '<' ? 1 : name[i] == '>' ? -1 : 0;
        if (name[i] == '(' && angles == 0) {
            name.resize(i);
            break;
        }
    }
    return name.starts_with("void ") ? name.substr(5) : name;
}

}  // namespace simt
