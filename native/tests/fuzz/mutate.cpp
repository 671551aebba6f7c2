#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace lgv::fuzz {

namespace {

constexpr const char* numbers[] = {"0", "-1", "1", "2", "3", "-0", "65535", "65536", "65537", "16777216", "2147483647", "2147483648", "-2147483649", "4294967296",
                                   "1099511627776", "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615",
                                   "18446744073709551616", "1e308", "-1e-320", "1e999", "0.5", "NaN", "Infinity", "-Infinity", "1.0", "1e2", "null", "true",
                                   "[]", "{}", "\"\"", "[4,4,4,4,4,4,4,4]", "0x10", "01", "+1", ".5", "1."};
constexpr const char* words[] = {"F32", "F16", "BF16", "F64", "I64", "U8", "F8_E4M3", "BOOL", "", "..", "../../etc/passwd", "s1.safetensors", "s2.safetensors",
                                 "s3.safetensors", "DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "SkipDownBlock2D", "AttnSkipUpBlock2D",
                                 "UpBlock2D", "UNetMidBlock2D", "fourier", "learned", "positional", "timestep", "identity", "scale_shift", "swish", "gelu",
                                 "resnet", "conv", "UNet2DModel", "UNet2DConditionModel", "DDIMPipeline", "LDMPipeline", "conv_in.weight", "weight_map",
                                 "__metadata__", "langevin.config", "data_offsets", "shape", "dtype", "\\u0000", "\\ud800", "\xff\xfe", "\xc3\xa9"};
constexpr uint64_t lengths[] = {0, 1, 2, 7, 8, 9, 100, 4096, 99'999'999, 100'000'000, 100'000'001, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
                                0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffff7, 0xffffffffffffffff};

// Pieces of the text that `is_part` says yes to, as [begin, end).
template <class IsPart>
std::vector<std::pair<size_t, size_t>> runs(const std::string& text, const IsPart& is_part) {
    std::vector<std::pair<size_t, size_t>> found;
    for (size_t i = 0; i < text.size();) {
        size_t end = i;
        while (end < text.size() && is_part(text[end])) ++end;
        if (end > i) found.emplace_back(i, end);
        i = std::max(end, i + 1);
    }
    return found;
}

class Mutator {
public:
    Mutator(std::string& text, const std::string& other, std::mt19937_64& random) : text_(text), other_(other), random_(random) {}

    void once() {
        switch (below(12)) {
            case 0: return flip();
            case 1: return insert(std::string(1 + below(4), char(below(256))));
            case 2: return cut();
            case 3: return repeat();
            case 4: return truncate();
            case 5: return insert(std::string(1 + below(300), "[{(\"0 "[below(6)]));
            case 6: return splice();
            case 7: return swap_pieces();
            case 8:
            case 9: return replace_number();
            case 10: return replace_word();
            default: return set_byte();
        }
    }

private:
    size_t below(size_t n) { return n == 0 ? 0 : size_t(random_() % n); }
    size_t place() { return below(text_.size() + 1); }

    void flip() {
        if (!text_.empty()) text_[below(text_.size())] ^= char(1 << below(8));
    }
    void set_byte() {
        constexpr char bytes[] = "\0\xff\x7f\x80\"\\{}[]:,-+0919eE.tfnNI \n\t\r";
        if (!text_.empty()) text_[below(text_.size())] = bytes[below(sizeof bytes - 1)];
    }
    void insert(const std::string& what) { text_.insert(place(), what); }
    void cut() {
        const size_t at = place();
        text_.erase(at, 1 + below(below(2) ? 8 : 200));
    }
    void repeat() {
        const size_t at = place();
        const std::string piece = text_.substr(at, 1 + below(100));
        for (size_t i = 1 + below(20); i-- > 0;) text_.insert(at, piece);
    }
    void truncate() { text_.resize(place()); }
    void splice() {
        const size_t from = below(other_.size() + 1);
        text_.insert(place(), other_.substr(from, 1 + below(200)));
    }
    void swap_pieces() {
        const size_t a = place(), b = place(), n = 1 + below(40);
        const std::string piece = text_.substr(a, n);
        text_.replace(b, std::min(n, text_.size() - b), piece);
    }
    void replace_number() {
        const auto digits = runs(text_, [](char c) { return c >= '0' && c <= '9'; });
        if (digits.empty()) return;
        const auto [begin, end] = digits[below(digits.size())];
        text_.replace(begin, end - begin, numbers[below(std::size(numbers))]);
    }
    void replace_word() {
        const auto names = runs(text_, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-'; });
        if (names.empty()) return;
        const auto [begin, end] = names[below(names.size())];
        text_.replace(begin, end - begin, words[below(std::size(words))]);
    }

    std::string& text_;
    const std::string& other_;
    std::mt19937_64& random_;
};

void times(std::string& text, const std::string& other, std::mt19937_64& random) {
    Mutator mutator(text, other, random);
    for (size_t n = 1 + random() % 4; n-- > 0;) mutator.once();
}

std::string length_bytes(uint64_t length) {
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i) bytes[size_t(i)] = char(length >> (8 * i));
    return bytes;
}

}  // namespace

std::string mutated(const std::string& bytes, bool is_safetensors, const std::string& other, std::mt19937_64& random) {
    std::string out = bytes;
    if (!is_safetensors || random() % 4 == 0) {
        times(out, other, random);
        return out;
    }
    uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8 | uint8_t(bytes[size_t(i)]);
    if (random() % 8 == 0) return length_bytes(lengths[random() % std::size(lengths)]) + bytes.substr(8);
    // The header changes and its length with it: the text is what is read, not the frame that is refused.
    std::string header = bytes.substr(8, length);
    times(header, other, random);
    return length_bytes(header.size()) + header + bytes.substr(8 + length);
}

}  // namespace lgv::fuzz
