#include "ptx/lexer.h"

#include <cctype>

#include "base/error.h"

namespace simt::ptx {

namespace {

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.'; }

}  // namespace

void Lexer::refuse(std::string_view why) const {
    lgv::fail(lgv::Code::argument, path_, ":", token_.line, ": ", why, " at \"", token_.text.substr(0, 60), "\"");
}

void Lexer::want(std::string_view what) {
    if (!take(what)) refuse(std::string("expected ") + std::string(what));
}

void Lexer::skip_blank() {
    while (at_ < text_.size()) {
        if (text_[at_] == '\n') ++line_;
        if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
            ++at_;
        } else if (text_.substr(at_, 2) == "//") {
            while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        } else if (text_.substr(at_, 2) == "/*") {
            const size_t end = std::min(text_.find("*/", at_ + 2), text_.size());
            for (; at_ < end; ++at_) if (text_[at_] == '\n') ++line_;
            at_ = std::min(end + 2, text_.size());
        } else {
            return;
        }
    }
}

void Lexer::advance() {
    skip_blank();
    const size_t from = at_;
    token_ = {Token::Kind::end, text_.substr(from, 0), line_};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '"') {
        const size_t end = std::min(text_.find('"', from + 1), text_.size());
        token_ = {Token::Kind::quoted, text_.substr(from + 1, end - from - 1), line_};
        at_ = std::min(end + 1, text_.size());
        return;
    }
    const bool minus = c == '-' && at_ + 1 < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_ + 1]));
    if (!minus && !in_word(c)) {
        token_ = {Token::Kind::punctuation, text_.substr(from, 1), line_};
        ++at_;
        return;
    }
    if (minus) ++at_;
    while (at_ < text_.size()) {
        if (in_word(text_[at_])) ++at_;
        else if (text_.substr(at_, 2) == "::" && at_ + 2 < text_.size() && in_word(text_[at_ + 2])) at_ += 2;
        else break;
    }
    const bool number = minus || std::isdigit(static_cast<unsigned char>(c));
    token_ = {number ? Token::Kind::number : Token::Kind::word, text_.substr(from, at_ - from), line_};
}

}  // namespace simt::ptx
