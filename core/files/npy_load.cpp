#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <string_view>

#include "nce/core/error.h"
#include "nce/core/files/npy.h"
#include "nce/core/files/paths.h"
#include "nce/core/number.h"

namespace nce {
namespace {

constexpr std::string_view kTypes[] = {"f4", "f8", "b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"};

// The header is a Python dictionary with three keys: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class Header {
 public:
  Header(std::string_view text, const std::string& file) : text_(text), rest_(text), file_(file) {
    expect("{");
    while (!take("}")) {
      const std::string_view key = quoted();
      expect(":");
      if (key == "descr")
        type = quoted();
      else if (key == "fortran_order")
        read_order();
      else if (key == "shape")
        read_shape();
      else
        refuse();
      ++keys_;
      if (!take(",")) {
        expect("}");
        break;
      }
    }
    if (keys_ != 3 || type.empty() || !has_shape_) refuse();
  }

  std::string type;
  bool column_major = false;
  std::vector<int64_t> shape;

 private:
  [[noreturn]] void refuse() const { fail("{}: its header is not that of an array of numbers: {}", file_, text_); }
  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool take(std::string_view what) {
    skip_spaces();
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  void expect(std::string_view what) {
    if (!take(what)) refuse();
  }
  std::string_view quoted() {
    expect("'");
    const size_t end = rest_.find('\'');
    if (end == rest_.npos) refuse();
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }
  void read_order() {
    column_major = take("True");
    if (!column_major) expect("False");
  }
  void read_shape() {
    has_shape_ = true;
    expect("(");
    while (!take(")")) {
      skip_spaces();
      const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      const auto size = number_in<int64_t>(std::string(rest_.substr(0, digits)));
      if (!size) refuse();
      shape.push_back(*size);
      rest_.remove_prefix(digits);
      if (!take(",")) {
        expect(")");
        break;
      }
    }
  }

  std::string_view text_, rest_;
  const std::string& file_;
  int keys_ = 0;
  bool has_shape_ = false;
};

}  // namespace

int64_t NpyArray::size() const {
  int64_t count = 1;
  for (const int64_t n : shape) count *= n;
  return count;
}

double NpyArray::operator[](int64_t i) const {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, bytes.data() + size_t(i) * sizeof(T), sizeof(T));
    return double(value);
  };
  const char kind = type[0];
  switch (type[1]) {
    case '1':
      return kind == 'i' ? as(int8_t{}) : as(uint8_t{});
    case '2':
      return kind == 'i' ? as(int16_t{}) : as(uint16_t{});
    case '4':
      return kind == 'f' ? as(float{}) : kind == 'i' ? as(int32_t{}) : as(uint32_t{});
    default:
      return kind == 'f' ? as(double{}) : kind == 'i' ? as(int64_t{}) : as(uint64_t{});
  }
}

NpyArray load_npy(const std::filesystem::path& path) {
  const std::string name = path.string();
  check(!is_folder(path), "{}: is a folder, not a file", name);
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened", name);
  const int64_t all = bytes_of(path);
  std::array<uint8_t, 12> start{};
  file.read(reinterpret_cast<char*>(start.data()), 10);
  check(file.good() && std::memcmp(start.data(), "\x93NUMPY", 6) == 0,
        "{}: is no .npy file: its first bytes are not those that numpy.save writes", name);
  const int version = start[6];
  check(version >= 1 && version <= 3, "{}: a .npy file of version {}; known are 1, 2 and 3", name, version);
  if (version > 1) file.read(reinterpret_cast<char*>(start.data()) + 10, 2);
  const int64_t before = version == 1 ? 10 : 12;
  const int64_t length = start[8] | start[9] << 8 | int64_t(start[10]) << 16 | int64_t(start[11]) << 24;
  check(file.good() && length <= all - before, "{}: ends at byte {}, within its header", name, all);
  std::string text(size_t(length), ' ');
  file.read(text.data(), length);
  text.erase(text.find_last_not_of(" \n") + 1);
  Header header(text, name);

  NpyArray array{.shape = header.shape, .type = header.type, .bytes = {}};
  const char order = array.type[0];
  if (order == '<' || order == '|' || order == '=') array.type.erase(0, 1);
  check(std::find(std::begin(kTypes), std::end(kTypes), array.type) != std::end(kTypes),
        "{}: elements of type '{}'; known are {}, little-endian: save it with astype", name, header.type,
        fmt::join(kTypes, ", "));
  check(!header.column_major, "{}: its elements are column-major: save it with numpy.ascontiguousarray", name);
  int64_t bytes = array.type[1] - '0';
  for (const int64_t n : array.shape)
    check(!__builtin_mul_overflow(bytes, n, &bytes), "{}: the shape ({}) is not plausible", name,
          fmt::join(array.shape, ", "));
  const int64_t there = all - before - length;
  check(bytes == there, "{}: the shape ({}) of {} asks for {} bytes of elements; there are {}: the file is {}",
        name, fmt::join(array.shape, ", "), array.type, bytes, there, there < bytes ? "cut off" : "too long");
  array.bytes.resize(size_t(bytes));
  file.read(reinterpret_cast<char*>(array.bytes.data()), bytes);
  check(file.good(), "{}: cannot be read", name);
  return array;
}

}  // namespace nce
