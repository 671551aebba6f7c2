// The reading half of json.h: one pass, recursive, nothing looked at twice but keys.
#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "io/json.h"

namespace lgv {

class JsonParser {
public:
    JsonParser(std::string_view text, std::string_view file) : text_(text), file_(file) {}

    Json document() {
        Json json = value(0);
        skip_space();
        if (at_ != text_.size()) complain(at_, "text after the end of the JSON value");
        return json;
    }

private:
    static constexpr int kMostLevels = 64;
    static constexpr size_t kMostValues = 1'000'000;

    [[noreturn]] void complain(size_t at, const std::string& what) const {
        const std::string_view before = text_.substr(0, at);
        const size_t line = size_t(std::count(before.begin(), before.end(), '\n')) + 1;
        const size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        const auto continues = [](char c) { return (uint8_t(c) & 0xc0) == 0x80; };  // the later bytes of a UTF-8 character
        const size_t column = size_t(std::count_if(before.begin() + std::ptrdiff_t(start), before.end(), [&](char c) { return !continues(c); })) + 1;
        fail(Code::model, file_, ", line ", line, ", column ", column, ": ", what);
    }

    [[noreturn]] void unexpected(const char* wish) const {
        if (at_ >= text_.size()) complain(text_.size(), text("the text ends where ", wish, " should be"));
        const uint8_t c = uint8_t(text_[at_]);
        if (c > 0x20 && c < 0x7f) complain(at_, text("'", char(c), "' where ", wish, " should be"));
        constexpr char hex[] = "0123456789abcdef";
        complain(at_, text("byte 0x", hex[c >> 4], hex[c & 15], " where ", wish, " should be"));
    }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    void demand(char c, const char* wish) {
        if (!take(c)) unexpected(wish);
    }

    Json value(int level) {
        skip_space();
        if (level > kMostLevels) complain(at_, text("more than ", kMostLevels, " levels of brackets"));
        if (++values_ > kMostValues) complain(at_, text("more than ", kMostValues, " values"));
        Json json;
        const char c = at_ < text_.size() ? text_[at_] : '\0';
        if (c == '{') json.value_ = object(level);
        else if (c == '[') json.value_ = array(level);
        else if (c == '"') json.value_ = string();
        else if (take_word("true")) json.value_ = true;
        else if (take_word("false")) json.value_ = false;
        else if (take_word("null")) json.value_ = std::monostate{};
        else json.value_ = number();
        return json;
    }

    std::vector<Json> array(int level) {
        std::vector<Json> items;
        ++at_;
        skip_space();
        if (take(']')) return items;
        do {
            items.push_back(value(level + 1));
            skip_space();
        } while (take(','));
        demand(']', "',' or ']'");
        return items;
    }

    std::vector<Json::Member> object(int level) {
        std::vector<Json::Member> members;
        std::vector<size_t> starts;
        ++at_;
        skip_space();
        if (take('}')) return members;
        do {
            skip_space();
            if (at_ >= text_.size() || text_[at_] != '"') unexpected("a key in quotes");
            starts.push_back(at_);
            std::string key = string();
            skip_space();
            demand(':', "':'");
            members.emplace_back(std::move(key), value(level + 1));
            skip_space();
        } while (take(','));
        demand('}', "',' or '}'");
        refuse_repeated_keys(members, starts);
        return members;
    }

    // By sorting, since a hostile header may have a million keys.
    void refuse_repeated_keys(const std::vector<Json::Member>& members, const std::vector<size_t>& starts) const {
        std::vector<size_t> order(members.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
            const int difference = members[a].first.compare(members[b].first);
            return difference != 0 ? difference < 0 : a < b;
        });
        for (size_t i = 1; i < order.size(); ++i) {
            if (members[order[i]].first != members[order[i - 1]].first) continue;
            complain(starts[order[i]], text("the key ", json_string(members[order[i]].first), " is there twice"));
        }
    }

    Json::Number number() {
        const size_t start = at_;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (take_word("NaN")) return {std::numeric_limits<double>::quiet_NaN(), false, false, 0};
        if (take_word("Infinity")) return {infinity, false, false, 0};
        if (take_word("-Infinity")) return {-infinity, false, true, 0};
        const bool negative = take('-');
        const size_t digits = at_;
        if (!take('0')) take_digits(start == at_ ? "a value" : "a digit");
        const std::string_view magnitude = text_.substr(digits, at_ - digits);
        bool whole = true;
        if (take('.')) {
            whole = false;
            take_digits("a digit");
        }
        if (take('e') || take('E')) {
            whole = false;
            if (!take('+')) take('-');
            take_digits("a digit");
        }
        Json::Number result{0, whole, negative, 0};
        const std::from_chars_result read = std::from_chars(text_.data() + start, text_.data() + at_, result.value);
        if (read.ec == std::errc::result_out_of_range) complain(start, "a number that is too large or too small for a double");
        if (whole) {
            const std::from_chars_result exact = std::from_chars(magnitude.data(), magnitude.data() + magnitude.size(), result.magnitude);
            result.whole = exact.ec == std::errc{};
        }
        return result;
    }

    void take_digits(const char* wish) {
        const auto digit = [&] { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; };
        if (!digit()) unexpected(wish);
        while (digit()) ++at_;
    }

    std::string string() {
        const size_t start = at_++;
        std::string out;
        for (;;) {
            const size_t run = at_;
            while (at_ < text_.size() && uint8_t(text_[at_]) >= 0x20 && uint8_t(text_[at_]) < 0x80 && text_[at_] != '"' && text_[at_] != '\\') ++at_;
            out.append(text_, run, at_ - run);
            if (at_ >= text_.size()) complain(start, "a string without an end");
            if (take('"')) return out;
            if (take('\\')) escape(out);
            else if (uint8_t(text_[at_]) < 0x20) complain(at_, "a control character in a string, which must be escaped");
            else utf8(out);
        }
    }

    void escape(std::string& out) {
        constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        const size_t which = at_ < text_.size() ? letters.find(text_[at_]) : std::string_view::npos;
        if (which != std::string_view::npos) {
            out += meanings[which];
            ++at_;
            return;
        }
        if (!take('u')) unexpected("one of \"\\/bfnrtu after a backslash");
        const size_t start = at_ - 2;
        uint32_t code = hex4();
        if (code >= 0xdc00 && code < 0xe000) complain(start, "the second half of a surrogate pair without the first");
        if (code >= 0xd800 && code < 0xdc00) {
            const uint32_t low = take_word("\\u") ? hex4() : 0;
            if (low < 0xdc00 || low >= 0xe000) complain(start, "the first half of a surrogate pair without the second");
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(out, code);
    }

    uint32_t hex4() {
        uint32_t code = 0;
        const size_t end = std::min(at_ + 4, text_.size());
        const std::from_chars_result read = std::from_chars(text_.data() + at_, text_.data() + end, code, 16);
        const bool four = read.ec == std::errc{} && read.ptr == text_.data() + at_ + 4;
        if (!four) complain(at_, "four hexadecimal digits should follow \\u");
        at_ += 4;
        return code;
    }

    static void append_utf8(std::string& out, uint32_t code) {
        if (code < 0x80) {
            out += char(code);
            return;
        }
        const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr uint32_t lead[] = {0, 0xc0, 0xe0, 0xf0};
        out += char(lead[more] | code >> (6 * more));
        for (int i = more - 1; i >= 0; --i) out += char(0x80 | (code >> (6 * i) & 0x3f));
    }

    // Copies one character of two to four bytes; refuses what is not UTF-8 (overlong, surrogate, above U+10FFFF, cut off).
    void utf8(std::string& out) {
        const uint8_t first = uint8_t(text_[at_]);
        const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        uint32_t code = first & (0x3f >> more);
        bool good = first >= 0xc2 && first <= 0xf4 && at_ + size_t(more) < text_.size();
        for (int i = 1; good && i <= more; ++i) {
            const uint8_t next = uint8_t(text_[at_ + size_t(i)]);
            good = (next & 0xc0) == 0x80;
            code = code << 6 | (next & 0x3f);
        }
        constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        good = good && code >= least[more] && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
        if (!good) complain(at_, "a string that is not UTF-8");
        out.append(text_, at_, size_t(more) + 1);
        at_ += size_t(more) + 1;
    }

    std::string_view text_, file_;
    size_t at_ = 0;
    size_t values_ = 0;
};

Json Json::parse(std::string_view text, std::string_view file) { return JsonParser(text, file).document(); }

}  // namespace lgv
