#include "nce/core/files/json.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/json_template.h"

template class nlohmann::basic_json<>;
template class nlohmann::detail::serializer<nlohmann::json>;

namespace nce {
namespace {

using Json = nlohmann::json;

constexpr auto kReplace = Json::error_handler_t::replace;
constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();

// A value for an error text, cut if it is long.
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

constexpr size_t kDeepest = 100;

// Finds objects with two members of one name, and values that are nested so deeply that a recursion over them could end
// the program. (The library's parse with a callback could find the first, but its time is quadratic.)
class Names : public Json::json_sax_t {
 public:
  std::string wrong;  // what is wrong
  bool start_object(size_t) override { return enter(); }
  bool end_object() override { return open_.pop_back(), true; }
  bool key(std::string& name) override {
    return open_.back().insert(name).second || refuse(fmt::format("two members are called {}", shown(Json(name))));
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_array(size_t) override { return enter(); }
  bool end_array() override { return open_.pop_back(), true; }
  bool parse_error(size_t, const std::string&, const Json::exception& error) override {
    return refuse("not JSON: " + reason(error));
  }

 private:
  // Not by an exception: leaving the library's parser by one takes longer than all the rest.
  bool refuse(std::string why) { return wrong = std::move(why), false; }
  bool enter() {
    open_.emplace_back();
    return open_.size() <= kDeepest ||
           refuse(fmt::format("lists and objects lie within each other more than {} deep", kDeepest));
  }
  std::vector<std::set<std::string>> open_;  // the names in each list or object that has not ended yet
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  Names names;
  check(Json::sax_parse(text, &names), "{}: {}", where, names.wrong);
  return Json::parse(text);
}

Json read_json(const std::filesystem::path& path) { return parse_json(contents_of(path), path.string()); }

const Json& member(const Json& object, const std::string& name, const std::string& where) {
  const auto found = object_value(object, where).find(name);
  check(found != object.end(), "{}: lacks '{}'", where, name);
  return *found;
}

int64_t whole_number(const Json& value, const std::string& where, int64_t least, int64_t most) {
  // If int64_t cannot hold a number, it is unsigned or f64.
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

std::string text_value(const Json& value, const std::string& where) {
  check(value.is_string(), "{}: {} is not a text", where, shown(value));
  return value.get<std::string>();
}

const Json& list_value(const Json& value, const std::string& where) {
  check(value.is_array(), "{}: {} is not a list", where, shown(value));
  return value;
}

const Json& object_value(const Json& value, const std::string& where) {
  check(value.is_object(), "{}: {} is not an object", where, shown(value));
  return value;
}

std::string json_text(const Json& value) { return value.dump(-1, ' ', false, kReplace); }
std::string json_text(const nlohmann::ordered_json& value) { return value.dump(-1, ' ', false, kReplace); }

// The Unicode Standard 15.0, table 3-7.
bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto byte = [&](size_t i) { return i < text.size() ? int(uint8_t(text[i])) : 0; };
    const int first = byte(0);
    if (first > 0xf4 || (first >= 0x80 && first < 0xc2)) return false;
    // The range of the second byte: no form that is longer than needed, no surrogate, nothing above U+10FFFF.
    const int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const size_t more = size_t(first >= 0x80) + size_t(first >= 0xe0) + size_t(first >= 0xf0);
    if (more > 0 && (byte(1) < least || byte(1) > most)) return false;
    for (size_t i = 2; i <= more; ++i)
      if ((byte(i) & 0xc0) != 0x80) return false;
    text.remove_prefix(more + 1);
  }
  return true;
}

}  // namespace nce
