// The words of a PTX text.
#pragma once

#include <string>
#include <string_view>

namespace simt::ptx {

struct Token {
    enum class Kind : uint8_t { end, word, number, quoted, punctuation };
    Kind kind = Kind::end;
    std::string_view text;  // quoted: without its quotes
    int line = 0;

    bool is(std::string_view what) const { return kind != Kind::quoted && text == what; }
};

// A word is an instruction with its modifiers, a directive, a name: letters, digits, $ _ % . and "::" between two of them. Comments are skipped.
class Lexer {
public:
    Lexer(std::string_view text, std::string_view path) : text_(text), path_(path) { advance(); }

    const Token& peek() const { return token_; }
    Token next() {
        const Token token = token_;
        advance();
        return token;
    }
    bool take(std::string_view what) {
        if (!token_.is(what)) return false;
        advance();
        return true;
    }
    void want(std::string_view what);
    [[noreturn]] void refuse(std::string_view why) const;

    // What was read since: the text of an instruction.
    size_t place() const { return size_t(token_.text.data() - text_.data()); }
    std::string_view since(size_t place) const { return text_.substr(place, size_t(token_.text.data() - text_.data()) - place); }

private:
    void advance();
    void skip_blank();

    std::string_view text_, path_;
    size_t at_ = 0;
    int line_ = 1;
    Token token_;
};

}  // namespace simt::ptx
