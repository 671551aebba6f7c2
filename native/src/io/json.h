// JSON in and out: configs, safetensors headers, golden cases. Strict (RFC 8259) with the one exception that Python makes too: NaN,
// Infinity and -Infinity are numbers, since diffusers writes them into scheduler configs. Keys keep their order and may not repeat.
// Errors say file, line and column; the accessors of Fields say file and key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lgv {

class Json {
public:
    enum class Kind { null, boolean, number, string, array, object };
    using Member = std::pair<std::string, Json>;

    // `file` is the name in error messages. At most 64 levels and a million values.
    static Json parse(std::string_view text, std::string_view file);

    Kind kind() const { return Kind(value_.index()); }
    bool is(Kind kind) const { return this->kind() == kind; }

    // Each demands the right kind; `what` names the value in the error ("config.json: norm_eps").
    bool boolean(std::string_view what) const;
    double number(std::string_view what) const;
    int64_t integer(std::string_view what) const;  // exact: 3 and 3.0, not 3.5
    uint64_t natural(std::string_view what) const;  // exact, up to 2^64 - 1
    const std::string& string(std::string_view what) const;
    const std::vector<Json>& array(std::string_view what) const;
    const std::vector<Member>& object(std::string_view what) const;

    // Compact JSON. Numbers come back as they were: whole ones exactly, others with the digits that round-trip.
    std::string to_text() const;

private:
    friend class JsonParser;

    struct Number {
        double value;
        bool whole;  // was written without fraction and exponent, and fits: then +-magnitude is exact
        bool negative;
        uint64_t magnitude;
    };

    [[noreturn]] void wanted(const char* wish, std::string_view what) const;

    std::variant<std::monostate, bool, Number, std::string, std::vector<Json>, std::vector<Member>> value_;  // in the order of Kind
};

// An object whose fields are asked for by name. The JSON must outlive it.
//
//     Fields config(json, "config.json");
//     float eps = config.number("norm_eps", 1e-5);        // config.json: norm_eps is "abc", wanted a number
class Fields {
public:
    Fields(const Json& object, std::string file);

    const Json* find(std::string_view key) const;                         // nullptr: not there
    bool has(std::string_view key) const { return find(key) != nullptr; }
    bool is_null(std::string_view key) const;                             // there, and null

    // A missing key is an error.
    const Json& at(std::string_view key) const;
    bool flag(std::string_view key) const;
    double number(std::string_view key) const;
    int64_t integer(std::string_view key) const;
    uint64_t natural(std::string_view key) const;
    std::string string(std::string_view key) const;
    std::vector<int64_t> integers(std::string_view key) const;
    std::vector<double> numbers(std::string_view key) const;
    std::vector<std::string> strings(std::string_view key) const;

    // A missing key is the fallback; a null is an error as any other wrong kind is.
    bool flag(std::string_view key, bool fallback) const;
    double number(std::string_view key, double fallback) const;
    int64_t integer(std::string_view key, int64_t fallback) const;
    std::string string(std::string_view key, std::string fallback) const;

    // "config.json: norm_eps": for the caller's own complaints about a value.
    std::string name(std::string_view key) const;
    const std::string& file() const { return file_; }

private:
    const std::vector<Json::Member>& members_;
    std::string file_;
};

std::string json_string(std::string_view text);  // quoted and escaped
std::string json_number(double value);           // the shortest that reads back as the same double; NaN and Infinity as Python writes them

// Puts an object or array together from the outside in; commas and quotes are its business.
//
//     JsonWriter out;
//     out.open('{').key("rows").value(4).key("ops").open('[').value("conv").close(']').close('}');
class JsonWriter {
public:
    JsonWriter& open(char bracket);   // '{' or '['
    JsonWriter& close(char bracket);  // '}' or ']'
    JsonWriter& key(std::string_view key);
    JsonWriter& value(std::string_view text) { return raw(json_string(text)); }
    JsonWriter& value(const char* text) { return raw(json_string(text)); }
    JsonWriter& value(double number) { return raw(json_number(number)); }
    JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(int64_t number) { return raw(std::to_string(number)); }
    JsonWriter& value(uint64_t number) { return raw(std::to_string(number)); }
    JsonWriter& value(int number) { return raw(std::to_string(number)); }
    JsonWriter& value(const Json& json) { return raw(json.to_text()); }
    JsonWriter& raw(std::string_view json);  // a value that is JSON already

    const std::string& text() const { return text_; }

private:
    std::string text_;
    bool comma_ = false;
};

}  // namespace lgv
