#include "io/json.h"

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace lgv {

namespace {

std::string shortened(std::string json) {
    constexpr size_t most = 60;
    if (json.size() <= most) return json;
    size_t end = most - 3;
    while (end > 0 && (uint8_t(json[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 character
    return json.substr(0, end) + "...";
}

template <class Out, class One>
std::vector<Out> list(const Json& json, const std::string& name, One one) {
    std::vector<Out> out;
    for (const Json& item : json.array(name)) out.push_back(one(item, text(name, "[", out.size(), "]")));
    return out;
}

}  // namespace

void Json::wanted(const char* wish, std::string_view what) const { fail(Code::model, what, " is ", shortened(to_text()), ", wanted ", wish); }

bool Json::boolean(std::string_view what) const {
    if (const bool* flag = std::get_if<bool>(&value_)) return *flag;
    wanted("true or false", what);
}

double Json::number(std::string_view what) const {
    if (const Number* number = std::get_if<Number>(&value_)) return number->value;
    wanted("a number", what);
}

int64_t Json::integer(std::string_view what) const {
    constexpr uint64_t edge = uint64_t{1} << 63;
    if (const Number* n = std::get_if<Number>(&value_)) {
        if (n->whole && n->magnitude < edge) return n->negative ? -int64_t(n->magnitude) : int64_t(n->magnitude);
        if (n->whole && n->negative && n->magnitude == edge) return INT64_MIN;
        if (!n->whole && std::abs(n->value) <= 0x1p53 && std::trunc(n->value) == n->value) return int64_t(n->value);
    }
    wanted("an integer", what);
}

uint64_t Json::natural(std::string_view what) const {
    if (const Number* n = std::get_if<Number>(&value_)) {
        if (n->whole && (!n->negative || n->magnitude == 0)) return n->magnitude;
        if (!n->whole && n->value >= 0 && n->value <= 0x1p53 && std::trunc(n->value) == n->value) return uint64_t(n->value);
    }
    wanted("an integer from 0 to 2^64 - 1", what);
}

const std::string& Json::string(std::string_view what) const {
    if (const std::string* string = std::get_if<std::string>(&value_)) return *string;
    wanted("a string", what);
}

const std::vector<Json>& Json::array(std::string_view what) const {
    if (const auto* items = std::get_if<std::vector<Json>>(&value_)) return *items;
    wanted("a list", what);
}

const std::vector<Json::Member>& Json::object(std::string_view what) const {
    if (const auto* members = std::get_if<std::vector<Member>>(&value_)) return *members;
    wanted("an object", what);
}

std::string Json::to_text() const {
    switch (kind()) {
        case Kind::null: return "null";
        case Kind::boolean: return std::get<bool>(value_) ? "true" : "false";
        case Kind::number: {
            const Number& n = std::get<Number>(value_);
            return n.whole ? text(n.negative ? "-" : "", n.magnitude) : json_number(n.value);
        }
        case Kind::string: return json_string(std::get<std::string>(value_));
        case Kind::array: {
            JsonWriter out;
            out.open('[');
            for (const Json& item : std::get<std::vector<Json>>(value_)) out.value(item);
            return out.close(']').text();
        }
        case Kind::object: {
            JsonWriter out;
            out.open('{');
            for (const auto& [key, item] : std::get<std::vector<Member>>(value_)) out.key(key).value(item);
            return out.close('}').text();
        }
    }
    return {};
}

Fields::Fields(const Json& object, std::string file) : members_(object.object(file)), file_(std::move(file)) {}

const Json* Fields::find(std::string_view key) const {
    for (const auto& [name, value] : members_) {
        if (name == key) return &value;
    }
    return nullptr;
}

bool Fields::is_null(std::string_view key) const {
    const Json* json = find(key);
    return json && json->is(Json::Kind::null);
}

const Json& Fields::at(std::string_view key) const {
    const Json* json = find(key);
    expect(json != nullptr, Code::model, file_, ": ", key, " is missing");
    return *json;
}

std::string Fields::name(std::string_view key) const { return text(file_, ": ", key); }

bool Fields::flag(std::string_view key) const { return at(key).boolean(name(key)); }
double Fields::number(std::string_view key) const { return at(key).number(name(key)); }
int64_t Fields::integer(std::string_view key) const { return at(key).integer(name(key)); }
uint64_t Fields::natural(std::string_view key) const { return at(key).natural(name(key)); }
std::string Fields::string(std::string_view key) const { return at(key).string(name(key)); }

std::vector<int64_t> Fields::integers(std::string_view key) const {
    return list<int64_t>(at(key), name(key), [](const Json& item, const std::string& what) { return item.integer(what); });
}

std::vector<double> Fields::numbers(std::string_view key) const {
    return list<double>(at(key), name(key), [](const Json& item, const std::string& what) { return item.number(what); });
}

std::vector<std::string> Fields::strings(std::string_view key) const {
    return list<std::string>(at(key), name(key), [](const Json& item, const std::string& what) { return item.string(what); });
}

bool Fields::flag(std::string_view key, bool fallback) const { return has(key) ? flag(key) : fallback; }
double Fields::number(std::string_view key, double fallback) const { return has(key) ? number(key) : fallback; }
int64_t Fields::integer(std::string_view key, int64_t fallback) const { return has(key) ? integer(key) : fallback; }
std::string Fields::string(std::string_view key, std::string fallback) const { return has(key) ? string(key) : fallback; }

std::string json_string(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += {'\\', c};
        else if (c == '\n') out += "\\n";
        else if (uint8_t(c) < 0x20) out += {'\\', 'u', '0', '0', hex[uint8_t(c) >> 4], hex[uint8_t(c) & 15]};
        else out += c;
    }
    return out + '"';
}

std::string json_number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    char digits[32];
    const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
    return std::string(digits, end.ptr);
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    if (comma_) text_ += ',';
    text_ += json;
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
    raw(std::string_view(&bracket, 1));
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
    raw(json_string(key));
    text_ += ':';
    comma_ = false;
    return *this;
}

}  // namespace lgv
