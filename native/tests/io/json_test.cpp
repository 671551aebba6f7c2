#include "io/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "tests/io/error_text.h"

namespace lgv {
namespace {

Json parse(const std::string& text) { return Json::parse(text, "a.json"); }
std::string error(const std::string& text) { return error_of([&] { parse(text); }); }

TEST(Json, reads_every_kind_of_value_and_keeps_the_order_of_keys) {
    const Json json = parse(" { \"z\" : [ 1 , -2.5e1, true,false , null ] ,\n\t\"a\":{\"\":\"\"},\"m\":[],\"o\":{} }\r\n");
    EXPECT_EQ(json.to_text(), R"({"z":[1,-25,true,false,null],"a":{"":""},"m":[],"o":{}})");
    EXPECT_EQ(json.object("json")[0].first, "z");
    EXPECT_EQ(json.object("json")[1].first, "a");
}

TEST(Json, a_value_may_stand_alone) {
    EXPECT_EQ(parse("\"x\"").string("x"), "x");
    EXPECT_TRUE(parse(" true ").boolean("x"));
    EXPECT_TRUE(parse("null").is(Json::Kind::null));
    EXPECT_EQ(parse("0").integer("x"), 0);
}

TEST(Json, integers_are_exact_to_the_last_bit) {
    EXPECT_EQ(parse("9223372036854775807").integer("x"), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(parse("-9223372036854775808").integer("x"), std::numeric_limits<int64_t>::min());
    EXPECT_EQ(parse("9007199254740993").integer("x"), 9007199254740993);  // 2^53 + 1: no double
    EXPECT_EQ(parse("18446744073709551615").natural("x"), std::numeric_limits<uint64_t>::max());
    EXPECT_EQ(parse("32.0").integer("x"), 32);
    EXPECT_EQ(parse("1e3").natural("x"), 1000u);
    EXPECT_EQ(error_of([] { parse("9223372036854775808").integer("n"); }), "2: n is 9223372036854775808, wanted an integer");
    EXPECT_EQ(error_of([] { parse("-9223372036854775809").integer("n"); }), "2: n is -9223372036854775809, wanted an integer");
    EXPECT_EQ(error_of([] { parse("3.5").integer("n"); }), "2: n is 3.5, wanted an integer");
    EXPECT_EQ(error_of([] { parse("1e300").integer("n"); }), "2: n is 1e+300, wanted an integer");
    EXPECT_EQ(error_of([] { parse("-1").natural("n"); }), "2: n is -1, wanted an integer from 0 to 2^64 - 1");
    EXPECT_EQ(error_of([] { parse("18446744073709551616").natural("n"); }), "2: n is 18446744073709551616, wanted an integer from 0 to 2^64 - 1");
}

TEST(Json, doubles_are_rounded_correctly_and_come_back_the_same) {
    for (const char* digits : {"0.1", "1e-05", "0.0001", "0.02", "1.7976931348623157e308", "5e-324", "-0.0", "123456789.125"}) {
        const double value = parse(digits).number("x");
        EXPECT_EQ(value, std::strtod(digits, nullptr)) << digits;
        const double again = parse(json_number(value)).number("x");
        EXPECT_EQ(again, value) << digits;
        EXPECT_EQ(std::signbit(again), std::signbit(value)) << digits;
    }
    EXPECT_EQ(json_number(1e-5), "1e-05");
    EXPECT_EQ(json_number(0.1), "0.1");
}

// diffusers writes "lambda_min_clipped": -Infinity into scheduler configs.
TEST(Json, infinity_and_nan_are_numbers_as_in_python) {
    EXPECT_EQ(parse("-Infinity").number("x"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(parse("[Infinity]").array("x")[0].number("x"), std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(parse("NaN").number("x")));
    EXPECT_EQ(parse("[NaN, Infinity, -Infinity]").to_text(), "[NaN,Infinity,-Infinity]");
    EXPECT_EQ(error_of([] { parse("NaN").integer("n"); }), "2: n is NaN, wanted an integer");
    EXPECT_EQ(error("-NaN"), "2: a.json, line 1, column 2: 'N' where a digit should be");
}

TEST(Json, strings_hold_escapes_surrogate_pairs_and_utf_8) {
    EXPECT_EQ(parse(R"("\"\\\/\b\f\n\r\t")").string("x"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(parse(R"("\u0041\u00e9\u20AC\ud83d\ude00\u0000")").string("x"), std::string("A\u00e9\u20ac\U0001f600\0", 11));
    EXPECT_EQ(parse("\"\u00e9\u20ac\U0001f600\U0010ffff\"").string("x"), "\u00e9\u20ac\U0001f600\U0010ffff");
    const std::string all = std::string("q\"b\\n\nt\tz\0x\x1f\x7f", 14) + "\u00e9\U0001f600";
    EXPECT_EQ(parse(json_string(all)).string("x"), all);
}

TEST(Json, refuses_what_is_not_utf_8) {
    const std::string bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                               "\xff", "\xc3", "\xe2\x82", "\xc3(", "\xe2(\xac", "\xf0\x9f\x98"};
    for (const std::string& bytes : bad) {
        EXPECT_EQ(error("\"a" + bytes + "\""), "2: a.json, line 1, column 3: a string that is not UTF-8");
        EXPECT_NE(error("\"a" + bytes), "no error");
    }
}

TEST(Json, errors_name_file_line_and_column) {
    EXPECT_EQ(error(""), "2: a.json, line 1, column 1: the text ends where a value should be");
    EXPECT_EQ(error("{\n  \"a\": 1,\n  \"b\" 2\n}"), "2: a.json, line 3, column 7: '2' where ':' should be");
    EXPECT_EQ(error("{\"\u00e9\u20ac\": ?}"), "2: a.json, line 1, column 8: '?' where a value should be");
    EXPECT_EQ(error("[1, 2"), "2: a.json, line 1, column 6: the text ends where ',' or ']' should be");
    EXPECT_EQ(error("[1,]"), "2: a.json, line 1, column 4: ']' where a value should be");
    EXPECT_EQ(error("{\"a\":1,}"), "2: a.json, line 1, column 8: '}' where a key in quotes should be");
    EXPECT_EQ(error("{a:1}"), "2: a.json, line 1, column 2: 'a' where a key in quotes should be");
    EXPECT_EQ(error("{\"a\":1 \"b\":2}"), "2: a.json, line 1, column 8: '\"' where ',' or '}' should be");
    EXPECT_EQ(error("1 2"), "2: a.json, line 1, column 3: text after the end of the JSON value");
    EXPECT_EQ(error("\xef\xbb\xbf{}"), "2: a.json, line 1, column 1: byte 0xef where a value should be");
    EXPECT_EQ(error("\"abc"), "2: a.json, line 1, column 1: a string without an end");
    EXPECT_EQ(error("\"a\nb\""), "2: a.json, line 1, column 3: a control character in a string, which must be escaped");
    EXPECT_EQ(error(std::string("[\0]", 3)), "2: a.json, line 1, column 2: byte 0x00 where a value should be");
}

TEST(Json, refuses_numbers_and_escapes_that_json_does_not_have) {
    for (const char* bad : {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_000", "--1", "inf", "nan", "tru", "nul", "True", "'a'", "// x\n1",
                            R"("\x41")", R"("\u12")", R"("\u12g4")", R"("\u+123")", R"("\ud800")", R"("\ud800\u0041")", R"("\udc00")", R"("\)", R"("\u)"}) {
        EXPECT_NE(error(bad), "no error") << bad;
    }
    EXPECT_EQ(error("1e999"), "2: a.json, line 1, column 1: a number that is too large or too small for a double");
    EXPECT_EQ(error(R"("\ud800x")"), "2: a.json, line 1, column 2: the first half of a surrogate pair without the second");
    EXPECT_EQ(error(R"("\udc00")"), "2: a.json, line 1, column 2: the second half of a surrogate pair without the first");
}

TEST(Json, refuses_a_key_that_is_there_twice) {
    EXPECT_EQ(error("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"), "2: a.json, line 3, column 2: the key \"a\" is there twice");
    EXPECT_EQ(error(R"({"a": 1, "\u0061": 3})"), "2: a.json, line 1, column 10: the key \"a\" is there twice");
    EXPECT_EQ(error(R"([{"a": 1}, {"a": 1}])"), "no error");
}

TEST(Json, refuses_more_than_64_levels_and_a_million_values) {
    const auto nested = [](int levels) { return std::string(size_t(levels), '[') + std::string(size_t(levels), ']'); };
    EXPECT_EQ(error(nested(65)), "no error");  // the outermost is level 0
    EXPECT_EQ(error(nested(66)), "2: a.json, line 1, column 66: more than 64 levels of brackets");
    EXPECT_EQ(error(std::string(1000000, '[')), "2: a.json, line 1, column 66: more than 64 levels of brackets");
    std::string many = "[0";
    for (int i = 0; i < 1'000'000; ++i) many += ",0";
    EXPECT_NE(error(many + "]").find("more than 1000000 values"), std::string::npos);
}

TEST(Json, cut_anywhere_or_with_any_byte_changed_it_is_read_or_refused) {
    const std::string whole = R"({"a": [1, -2.5e-3, true, null, "x\ud83d\ude00\n"], "b": {"c": NaN, "d": "é€"}})";
    ASSERT_EQ(error(whole), "no error");
    for (size_t cut = 0; cut < whole.size(); ++cut) EXPECT_NE(error(whole.substr(0, cut)), "no error") << cut;
    for (size_t at = 0; at < whole.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = whole;
            changed[at] = char(byte);
            const std::string outcome = error(changed);  // an lgv::Error or none, nothing else
            EXPECT_TRUE(outcome == "no error" || outcome.starts_with("2: a.json, line ")) << outcome;
        }
    }
}

TEST(Fields, errors_name_file_key_and_value) {
    const Json json = parse(R"({"norm_eps": "abc", "act": 3, "channels": [32, "64"], "head": null, "flag": 1, "deep": {"x": [1, 2]}})");
    const Fields config(json, "config.json");
    EXPECT_EQ(error_of([&] { config.number("norm_eps", 1e-5); }), "2: config.json: norm_eps is \"abc\", wanted a number");
    EXPECT_EQ(error_of([&] { config.string("act"); }), "2: config.json: act is 3, wanted a string");
    EXPECT_EQ(error_of([&] { config.integers("channels"); }), "2: config.json: channels[1] is \"64\", wanted an integer");
    EXPECT_EQ(error_of([&] { config.integer("head", 8); }), "2: config.json: head is null, wanted an integer");
    EXPECT_EQ(error_of([&] { config.flag("flag", true); }), "2: config.json: flag is 1, wanted true or false");
    EXPECT_EQ(error_of([&] { config.strings("deep"); }), "2: config.json: deep is {\"x\":[1,2]}, wanted a list");
    EXPECT_EQ(error_of([&] { config.number("eps"); }), "2: config.json: eps is missing");
    EXPECT_EQ(error_of([] { Fields(parse("[1]"), "config.json"); }), "2: config.json is [1], wanted an object");
    const Json wide = parse("{\"k\": \"" + std::string(54, 'a') + "\u00e9\u00e9\u00e9\u00e9\"}");
    EXPECT_EQ(error_of([&] { Fields(wide, "f").number("k"); }), "2: f: k is \"" + std::string(54, 'a') + "\u00e9..., wanted a number");
}

TEST(Fields, give_what_is_there_and_the_fallback_of_what_is_not) {
    const Json json = parse(R"({"eps": 1e-6, "n": 7, "s": "silu", "f": false, "null": null, "i": [1, 2], "d": [0.5, 1], "w": ["a", "b"], "seed": 18446744073709551615})");
    const Fields fields(json, "config.json");
    EXPECT_EQ(fields.number("eps", 1), 1e-6);
    EXPECT_EQ(fields.number("no", 2.5), 2.5);
    EXPECT_EQ(fields.integer("n", 1), 7);
    EXPECT_EQ(fields.integer("no", 1), 1);
    EXPECT_EQ(fields.string("s", "relu"), "silu");
    EXPECT_EQ(fields.string("no", "relu"), "relu");
    EXPECT_FALSE(fields.flag("f", true));
    EXPECT_TRUE(fields.flag("no", true));
    EXPECT_EQ(fields.natural("seed"), std::numeric_limits<uint64_t>::max());
    EXPECT_EQ(fields.integers("i"), (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(fields.numbers("d"), (std::vector<double>{0.5, 1}));
    EXPECT_EQ(fields.strings("w"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(fields.has("null"));
    EXPECT_TRUE(fields.is_null("null"));
    EXPECT_FALSE(fields.is_null("n"));
    EXPECT_FALSE(fields.has("no"));
    EXPECT_FALSE(fields.is_null("no"));
    EXPECT_EQ(fields.name("eps"), "config.json: eps");
}

TEST(JsonWriter, sets_commas_and_quotes) {
    JsonWriter out;
    out.open('{').key("ro\"ws").value(4).key("ops").open('[').value("conv").open('[').close(']').value(0.5).value(true).close(']');
    out.key("deep").open('{').close('}').key("n").value(int64_t{-5}).key("u").value(~uint64_t{0}).key("j").value(parse("[1, {\"a\": null}]")).close('}');
    EXPECT_EQ(out.text(), R"({"ro\"ws":4,"ops":["conv",[],0.5,true],"deep":{},"n":-5,"u":18446744073709551615,"j":[1,{"a":null}]})");
    EXPECT_EQ(parse(out.text()).to_text(), out.text());
}

}  // namespace
}  // namespace lgv
