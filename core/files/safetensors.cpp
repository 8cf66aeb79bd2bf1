#include "nce/core/files/safetensors.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"

static_assert(std::endian::native == std::endian::little,
              "safetensors are little-endian, and are copied as they are");

namespace nce {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kLargestHeader = 100'000'000;  // the format's own limit

float from_half(uint16_t bits) {
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31)
    return fraction ? std::bit_cast<float>(0x7fc00000u) : sign * std::bit_cast<float>(0x7f800000u);
  const float value =
      exponent ? std::ldexp(float(1024 + fraction), exponent - 25) : std::ldexp(float(fraction), -24);
  return sign * value;
}

float from_bfloat(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

// An element type of a file: its name, its size in bytes, our dtype, and how to read a value.
struct Format {
  const char* name;
  size_t bytes;
  DType dtype;
  double (*read)(const char*);
};

template <class T>
double read_as(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return double(value);
}
template <float (*Convert)(uint16_t)>
double read_16(const char* from) {
  uint16_t bits;
  std::memcpy(&bits, from, 2);
  return double(Convert(bits));
}

constexpr Format kFormats[] = {
    {"F32", 4, DType::f32, read_as<float>},     {"F64", 8, DType::f64, read_as<double>},
    {"F16", 2, DType::f32, read_16<from_half>}, {"BF16", 2, DType::f32, read_16<from_bfloat>},
    {"I64", 8, DType::f64, read_as<int64_t>},   {"I32", 4, DType::f64, read_as<int32_t>},
    {"U8", 1, DType::f64, read_as<uint8_t>},
};

const Format& format_called(const std::string& file, const std::string& tensor, const std::string& name) {
  for (const Format& format : kFormats)
    if (name == format.name) return format;
  fail("{}: tensor {} has elements of type {}, which is not supported", file, tensor, name);
}

Tensor read_tensor(const std::string& file, const std::string& name, const Json& entry, const std::string& data) {
  const Format& format = format_called(file, name, entry.at("dtype").get<std::string>());
  const auto sizes = entry.at("shape").get<std::vector<int64_t>>();
  const auto range = entry.at("data_offsets").get<std::vector<uint64_t>>();
  check(sizes.size() <= size_t(Dims::kMax), "{}: tensor {} has {} dimensions; at most {} are supported", file, name,
        sizes.size(), Dims::kMax);
  uint64_t count = 1;
  for (int64_t size : sizes) {
    check(size >= 0 && (size == 0 || count <= data.size() / uint64_t(size)),
          "{}: tensor {} is larger than the file", file, name);
    count *= uint64_t(size);
  }
  check(range.size() == 2 && range[0] <= range[1] && range[1] <= data.size(),
        "{}: tensor {} lies beyond the end of the file, which is cut off or damaged", file, name);
  check(range[1] - range[0] == count * format.bytes, "{}: tensor {} of {} elements {} has {} bytes", file, name,
        count, format.name, range[1] - range[0]);
  Tensor out = Tensor::empty(Shape(std::span<const int64_t>(sizes)), format.dtype);
  const char* from = data.data() + range[0];
  dispatch(format.dtype, [&]<class T>(T) {
    T* to = out.mutable_data<T>();
    for (uint64_t i = 0; i < count; ++i) to[i] = T(format.read(from + i * format.bytes));
  });
  return out;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  NoGrad no_grad;
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    check(!header.contains(name) && name != "__metadata__", "{}: there are two tensors called {}", path.string(),
          name);
    const uint64_t bytes = uint64_t(tensor.numel()) * size_of(tensor.dtype());
    header[name] = {{"dtype", tensor.dtype() == DType::f32 ? "F32" : "F64"},
                    {"shape", std::vector<int64_t>(tensor.shape().begin(), tensor.shape().end())},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the elements are aligned
  const uint64_t length = text.size();

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
  check(file.good(), "{}: cannot be opened", name);
  std::error_code problem;
  const uint64_t size = std::filesystem::file_size(path, problem);
  check(!problem, "{}: {}", name, problem.message());
  uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  check(file.good() && length <= kLargestHeader && length <= size - sizeof length,
        "{}: not a safetensors file, or cut off in its header", name);
  std::string text(length, '\0'), data(size - sizeof length - length, '\0');
  file.read(text.data(), std::streamsize(text.size())).read(data.data(), std::streamsize(data.size()));
  check(file.good(), "{}: cannot be read to its end", name);

  SafeTensors result;
  try {
    const Json header = Json::parse(text);
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__")
        result.metadata = entry.get<std::map<std::string, std::string>>();
      else
        result.tensors.emplace_back(key, read_tensor(name, key, entry, data));
    }
  } catch (const nlohmann::json::exception& error) {
    fail("{}: not a safetensors file: its header is not the JSON that it should be ({})", name, error.what());
  }
  return result;
}

}  // namespace nce
