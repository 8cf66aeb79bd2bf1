#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/ops.h"
#include "support/files.h"

using namespace nce;
using namespace nce::test;
namespace fs = std::filesystem;

namespace {

std::string raw(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

}  // namespace

TEST_CASE("safetensors: what is saved comes back, bit for bit, and equal contents give equal bytes") {
  const TemporaryFolder folder;
  const Tensor a = Tensor::randn({3, 4, 5}, Key(1)), b = Tensor::randn({2, 2}, Key(2), DType::f64);
  const Tensor c = Tensor::scalar(std::nan("")), none = Tensor::zeros({0, 3});
  const std::vector<std::pair<std::string, Tensor>> all{{"z", a}, {"b", t(b)}, {"c", c}, {"none", none}};
  save_safetensors(folder / "1", all, {{"key", "a \"value\"\n"}});
  save_safetensors(folder / "2", all, {{"key", "a \"value\"\n"}});
  CHECK(read_file(folder / "1") == read_file(folder / "2"));
  const SafeTensors read = load_safetensors(folder / "1");
  CHECK(read.metadata.at("key") == "a \"value\"\n");
  REQUIRE(read.tensors.size() == 4);
  CHECK(read.tensors[0].first == "z");
  CHECK(read.tensors[0].second.shape() == Shape{3, 4, 5});
  CHECK(read.tensors[0].second.to_vector<float>() == a.to_vector<float>());
  CHECK(read.tensors[1].second.dtype() == DType::f64);
  CHECK(read.tensors[1].second.to_vector<double>() == t(b).to_vector<double>());
  CHECK(std::isnan(read.tensors[2].second.item()));
  CHECK(read.tensors[3].second.shape() == Shape{0, 3});
}

TEST_CASE("safetensors: half precision and integers are read as the format says") {
  const TemporaryFolder folder;
  const uint16_t half[] = {0x3c00, 0xc000, 0x0001, 0x7c00}, brain[] = {0x3f80, 0xc000};
  const int64_t big = -(int64_t{1} << 52);
  std::string data(reinterpret_cast<const char*>(half), 8);
  data +=
      std::string(reinterpret_cast<const char*>(brain), 4) + std::string(reinterpret_cast<const char*>(&big), 8);
  folder.write("a", raw(R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                        R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},)"
                        R"("i":{"dtype":"I64","shape":[],"data_offsets":[12,20]}})",
                        data));
  const SafeTensors read = load_safetensors(folder / "a");
  CHECK(read.tensors[0].second.to_vector<float>() == std::vector<float>{1, -2, 0x1p-24f, INFINITY});
  CHECK(read.tensors[1].second.to_vector<float>() == std::vector<float>{1, -2});
  CHECK(read.tensors[2].second.item() == double(big));
}

TEST_CASE("safetensors: a damaged file is an error that names the file and what is wrong") {
  const TemporaryFolder folder;
  const fs::path path = folder / "a";
  const auto error_of = [&](const std::string& bytes) -> std::string {
    folder.write("a", bytes);
    try {
      load_safetensors(path);
    } catch (const Error& error) {
      const std::string text = error.what();
      REQUIRE(text.starts_with(path.string() + ": "));
      return text.substr(path.string().size() + 2);
    }
    return "no error";
  };
  save_safetensors(path, {{"weight", Tensor::ones({4})}});
  const std::string whole = read_file(path);
  CHECK(error_of(whole.substr(0, whole.size() - 1)) ==
        "tensor weight lies beyond the end of the file, which is cut off or damaged");
  CHECK(error_of(whole.substr(0, 20)) == "not a safetensors file, or cut off in its header");
  CHECK(error_of("") == "not a safetensors file, or cut off in its header");
  CHECK(error_of("PK\3\4 a zip file of another kind") == "not a safetensors file, or cut off in its header");
  CHECK(error_of(raw("{\"weight\": 1", "")).starts_with("not a safetensors file: its header is not the JSON"));
  CHECK(error_of(raw("{\"weight\": 1}", "")).starts_with("not a safetensors file: its header is not the JSON"));
  CHECK(error_of(raw(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", std::string(12, 'x'))) ==
        "tensor w of 3 elements F32 has 8 bytes");
  CHECK(error_of(raw(R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
                     std::string(12, 'x'))) == "tensor w is larger than the file");
  CHECK(error_of(raw(R"({"w":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}})", std::string(8, 'x'))) ==
        "tensor w has elements of type C64, which is not supported");
  fs::remove(path);
  CHECK_THROWS_WITH_AS(load_safetensors(path), (path.string() + ": cannot be opened").c_str(), Error);
}
