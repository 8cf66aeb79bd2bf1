#include "nce/core/files/safetensors.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/json.h"
#include "nce/core/files/paths.h"

static_assert(std::endian::native == std::endian::little,
              "safetensors are little-endian, and are copied as they are");

namespace nce {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr uint64_t kLargestHeader = 100'000'000;  // the format's own limit
const std::string kMetadata = "__metadata__";

template <class T>
T bits_at(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

float half(uint16_t bits) {
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  using Limits = std::numeric_limits<float>;
  if (exponent == 31) return fraction ? Limits::quiet_NaN() : sign * Limits::infinity();
  const float value =
      exponent ? std::ldexp(float(1024 + fraction), exponent - 25) : std::ldexp(float(fraction), -24);
  return sign * value;
}

double read_f16(const char* from) { return half(bits_at<uint16_t>(from)); }
double read_bf16(const char* from) {  // the upper half of F32
  const uint32_t bits = uint32_t(bits_at<uint16_t>(from)) << 16;
  return bits_at<float>(reinterpret_cast<const char*>(&bits));
}
// Micikevicius et al. 2022 (arXiv 2209.05433), table 1. E5M2 is the upper half of F16; E4M3 has no infinity, and one
// NaN of each sign.
double read_e5m2(const char* from) { return half(uint16_t(bits_at<uint8_t>(from) << 8)); }
double read_e4m3(const char* from) {
  const int bits = bits_at<uint8_t>(from), exponent = bits >> 3 & 15, fraction = bits & 7;
  if ((bits & 127) == 127) return std::numeric_limits<double>::quiet_NaN();
  const double value = exponent ? std::ldexp(8 + fraction, exponent - 10) : std::ldexp(fraction, -9);
  return bits & 128 ? -value : value;
}

template <class T>
double read_whole(const char* from) {
  const T value = bits_at<T>(from);
  const double number = double(value);
  check(number < std::ldexp(1.0, std::numeric_limits<T>::digits) && T(number) == value,
        "holds {}, which f64 cannot hold exactly", value);
  return number;
}
double read_bool(const char* from) {
  check(bits_at<uint8_t>(from) <= 1, "holds {}, and a BOOL must be 0 or 1", bits_at<uint8_t>(from));
  return *from;
}

// An element type of a file: its name, its size in bytes, our dtype, and how to read an element: null if it is ours.
struct Format {
  const char* name;
  size_t bytes;
  DType dtype;
  double (*read)(const char*);
};
constexpr Format kFormats[] = {
    {"F32", 4, DType::f32, nullptr},
    {"F64", 8, DType::f64, nullptr},
    {"F16", 2, DType::f32, read_f16},
    {"BF16", 2, DType::f32, read_bf16},
    {"F8_E4M3", 1, DType::f32, read_e4m3},
    {"F8_E5M2", 1, DType::f32, read_e5m2},
    {"I64", 8, DType::f64, read_whole<int64_t>},
    {"U64", 8, DType::f64, read_whole<uint64_t>},
    {"I32", 4, DType::f64, read_whole<int32_t>},
    {"U32", 4, DType::f64, read_whole<uint32_t>},
    {"I16", 2, DType::f64, read_whole<int16_t>},
    {"U16", 2, DType::f64, read_whole<uint16_t>},
    {"I8", 1, DType::f64, read_whole<int8_t>},
    {"U8", 1, DType::f64, read_whole<uint8_t>},
    {"BOOL", 1, DType::f64, read_bool},
};

// What the header says about a tensor. Each is checked alone.
struct Entry {
  std::string name;
  const Format* format;
  std::vector<int64_t> sizes;
  uint64_t count, begin, end;
};

Entry read_entry(const std::string& file, const std::string& name, const Json& json, uint64_t bytes) {
  const std::string where = fmt::format("{}: tensor {}", file, name);
  Entry entry{.name = name, .format = nullptr, .sizes = {}, .count = 1, .begin = 0, .end = 0};
  const std::string dtype = text_value(member(json, "dtype", where), where + ": dtype");
  for (const Format& format : kFormats)
    if (dtype == format.name) entry.format = &format;
  check(entry.format, "{} has elements of type {}, which is not supported", where, dtype);
  for (const Json& size : list_value(member(json, "shape", where), where + ": shape"))
    entry.sizes.push_back(whole_number(size, where + ": shape"));
  check(entry.sizes.size() <= size_t(Shape::kMax), "{} has {} dimensions; at most {} are supported", where,
        entry.sizes.size(), Shape::kMax);
  if (std::count(entry.sizes.begin(), entry.sizes.end(), 0) > 0) entry.count = 0;
  for (const int64_t size : entry.sizes) {
    check(entry.count == 0 || entry.count <= bytes / uint64_t(size), "{} is larger than the file", where);
    entry.count *= uint64_t(size);
  }
  const Json& range = list_value(member(json, "data_offsets", where), where + ": data_offsets");
  check(range.size() == 2, "{}: data_offsets: has {} numbers, must have 2", where, range.size());
  entry.begin = uint64_t(whole_number(range[0], where + ": data_offsets"));
  entry.end = uint64_t(whole_number(range[1], where + ": data_offsets"));
  check(entry.end <= bytes, "{} lies beyond the end of the file, which is cut off or damaged", where);
  check(entry.begin <= entry.end, "{} begins at byte {} and ends at {}", where, entry.begin, entry.end);
  check(entry.end - entry.begin == entry.count * entry.format->bytes, "{} of {} elements {} has {} bytes", where,
        entry.count, dtype, entry.end - entry.begin);
  return entry;
}

// The format says that tensors fill the file: no byte is between two tensors, after the last, or in two of them.
void check_places(const std::string& file, std::vector<Entry>& entries, uint64_t bytes) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t end = 0;
  const char* before = "";
  for (const Entry& entry : entries) {
    check(entry.begin >= end, "{}: tensors {} and {} overlap", file, before, entry.name);
    check(entry.begin == end, "{}: the {} bytes before tensor {} belong to no tensor", file, entry.begin - end,
          entry.name);
    end = entry.end, before = entry.name.c_str();
  }
  check(end == bytes, "{}: the last {} bytes belong to no tensor", file, bytes - end);
}

Tensor read_tensor(std::istream& file, const Entry& entry) {
  Tensor out = Tensor::empty(Shape(std::span<const int64_t>(entry.sizes)), entry.format->dtype);
  dispatch(out.dtype(), [&]<class T>(T) {
    T* to = out.mutable_data<T>();
    const size_t bytes = entry.format->bytes;
    if (!entry.format->read) {
      file.read(reinterpret_cast<char*>(to), std::streamsize(entry.count * bytes));
      return;
    }
    std::string elements(entry.count * bytes, '\0');
    file.read(elements.data(), std::streamsize(elements.size()));
    for (uint64_t i = 0; i < entry.count; ++i) to[i] = T(entry.format->read(elements.data() + i * bytes));
  });
  return out;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  NoGrad no_grad;
  const std::string file_name = path.string();
  for (const auto& [key, value] : metadata)
    check(is_utf8(key) && is_utf8(value), "{}: the metadata {} is {}, which is not UTF-8", file_name,
          json_text(Json(key)), json_text(Json(value)));
  std::string text = "{";  // by hand: a JSON object in this order would compare each new name with all others
  if (!metadata.empty()) text += fmt::format("\"{}\":{}", kMetadata, json_text(Json(metadata)));
  std::set<std::string> names{kMetadata};
  uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    check(names.insert(name).second, "{}: there are two tensors called {}", file_name, name);
    check(is_utf8(name), "{}: a tensor is called {}, which is not UTF-8", file_name, json_text(Json(name)));
    const uint64_t bytes = uint64_t(tensor.numel()) * size_of(tensor.dtype());
    const OrderedJson entry{{"dtype", tensor.dtype() == DType::f32 ? "F32" : "F64"},
                            {"shape", std::vector<int64_t>(tensor.shape().begin(), tensor.shape().end())},
                            {"data_offsets", {offset, offset + bytes}}};
    text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", json_text(Json(name)), json_text(entry));
    offset += bytes;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the elements are aligned
  const uint64_t length = text.size();
  check(length <= kLargestHeader, "{}: the names and shapes take {} bytes; the format allows {}", file_name, length,
        kLargestHeader);

  AtomicFile file(path);
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto& [name, tensor] : tensors) {
    const Tensor dense = tensor.contiguous();
    dispatch(dense.dtype(), [&]<class T>(T) { file.write(dense.data<T>(), size_t(dense.numel()) * sizeof(T)); });
  }
  file.commit();
}

SafeTensors load_safetensors(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened: {}", name, std::strerror(errno));
  const auto size = uint64_t(bytes_of(path));
  uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  check(file.good() && length <= kLargestHeader && length <= size - sizeof length,
        "{}: not a safetensors file, or cut off in its header", name);
  const uint64_t bytes = size - sizeof length - length;
  std::string text(length, '\0');
  file.read(text.data(), std::streamsize(length));
  check(text.starts_with('{'), "{}: not a safetensors file: its header is not a JSON object", name);
  const Json header = parse_json(text, name + ": header");

  SafeTensors result;
  if (const auto metadata = header.find(kMetadata); metadata != header.end())
    for (const auto& [key, value] : object_value(*metadata, name + ": metadata").items())
      result.metadata[key] = text_value(value, fmt::format("{}: metadata: {}", name, key));
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items())
    if (key != kMetadata) entries.push_back(read_entry(name, key, value, bytes));
  check_places(name, entries, bytes);
  for (const Entry& entry : entries) {
    try {
      result.tensors.emplace_back(entry.name, read_tensor(file, entry));
    } catch (const Error& error) { fail("{}: tensor {} {}", name, entry.name, error.what()); }
    check(file.good(), "{}: cannot be read to its end", name);
  }
  return result;
}

}  // namespace nce
