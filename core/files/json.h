#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// JSON (RFC 8259): everything in nce reads and writes it with these functions. An `Error` begins with `where`, a file
/// or a place in it.
namespace nce {

/// Reads one value. Errors, such as "a.json: not JSON: at line 2, column 5: ...", also for: an object with two members
/// of one name; bytes that are not UTF-8; numbers that f64 cannot hold; more than 100 lists and objects in each other.
nlohmann::json parse_json(std::string_view text, const std::string& where);
/// The same from a file.
nlohmann::json read_json(const std::filesystem::path& path);

/// A member of an object: "a.json: lacks 'step'", "a.json: [] is not an object".
const nlohmann::json& member(const nlohmann::json& object, const std::string& name, const std::string& where);

/// A whole number within `least` .. `most`. Everything else, such as 1.5, 1e20, "3" or null, is an error:
/// "a.json: step: 1.5 is not a whole number within 0 .. 9".
int64_t whole_number(const nlohmann::json& value, const std::string& where, int64_t least = 0,
                     int64_t most = std::numeric_limits<int64_t>::max());
/// Any number: "a.json: knn: null is not a number".
double real_number(const nlohmann::json& value, const std::string& where);

/// A text, a list, an object: "a.json: dtype: 3 is not a text".
std::string text_value(const nlohmann::json& value, const std::string& where);
const nlohmann::json& list_value(const nlohmann::json& value, const std::string& where);
const nlohmann::json& object_value(const nlohmann::json& value, const std::string& where);

/// JSON on one line. Bytes of a text that are not UTF-8 become U+FFFD, because JSON cannot hold them.
std::string json_text(const nlohmann::json& value);
std::string json_text(const nlohmann::ordered_json& value);

/// Whether a JSON or TOML file can hold a text unchanged. (The name of a file, for one, need not be UTF-8.)
bool is_utf8(std::string_view text);

}  // namespace nce
