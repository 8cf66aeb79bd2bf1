#include "nce/core/files/json.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "nce/core/error.h"

namespace nce {
namespace {

using Json = nlohmann::json;

constexpr auto kReplace = Json::error_handler_t::replace;
constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();

// A value for an error text: at most so many bytes.
std::string shown(const Json& value) {
  const std::string text = json_text(value);
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

// "[json.exception.parse_error.101] parse error at line 2, column 5: ...", or after "] " what is out of range.
std::string reason(const Json::exception& error) {
  const std::string what = error.what();
  if (const size_t at = what.find("at line"); at != std::string::npos) return what.substr(at);
  return what.substr(what.find("] ") + 2);
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  std::vector<std::set<std::string>> open;  // the names in each object that has begun and not ended
  const auto note = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key)
      check(open.back().insert(value.get<std::string>()).second, "{}: two members are called {}", where,
            shown(value));
    return true;
  };
  try {
    return Json::parse(text, note);
  } catch (const Json::exception& error) { fail("{}: not JSON: {}", where, reason(error)); }
}

Json read_json(const std::filesystem::path& path) {
  std::error_code none;
  check(!std::filesystem::is_directory(path, none), "{}: is a folder, not a file", path.string());
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  return parse_json(std::string(std::istreambuf_iterator<char>(file), {}), path.string());
}

const Json& member(const Json& object, const std::string& name, const std::string& where) {
  check(object.is_object(), "{}: {} is not an object", where, shown(object));
  const auto found = object.find(name);
  check(found != object.end(), "{}: lacks '{}'", where, name);
  return *found;
}

int64_t whole_number(const Json& value, const std::string& where, int64_t least, int64_t most) {
  // A number that int64_t cannot hold is held unsigned, or as f64.
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<uint64_t>() <= kLargest) &&
                    value.get<int64_t>() >= least && value.get<int64_t>() <= most;
  check(fits, "{}: {} is not a whole number within {} .. {}", where, shown(value), least, most);
  return value.get<int64_t>();
}

double real_number(const Json& value, const std::string& where) {
  check(value.is_number(), "{}: {} is not a number", where, shown(value));
  return value.get<double>();
}

std::string json_text(const Json& value) { return value.dump(-1, ' ', false, kReplace); }
std::string json_text(const nlohmann::ordered_json& value) { return value.dump(-1, ' ', false, kReplace); }

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::exception&) { return false; }
}

}  // namespace nce
