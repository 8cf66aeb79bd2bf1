#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>

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

TEST_CASE("safetensors: every element type is read as the format says, exactly") {
  const TemporaryFolder folder;
  const auto read = [&]<class T>(const char* dtype, const std::vector<T>& values) {
    const std::string data(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    folder.write("a", raw(fmt::format(R"({{"w":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})", dtype,
                                      values.size(), data.size()),
                          data));
    return load_safetensors(folder / "a").tensors.at(0).second;
  };
  const auto numbers = [&]<class T>(const char* dtype, const std::vector<T>& values) {
    const Tensor tensor = read(dtype, values);
    CHECK(tensor.dtype() == DType::f32);
    return tensor.to_vector<float>();
  };
  CHECK(numbers("F16", std::vector<uint16_t>{0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00}) ==
        std::vector<float>{1, -2, 0x1p-24f, 65504, -INFINITY});
  CHECK(numbers("BF16", std::vector<uint16_t>{0x3f80, 0xc000, 0x0001}) == std::vector<float>{1, -2, 0x1p-133f});
  // The extremes of Micikevicius et al. 2022, table 1.
  CHECK(numbers("F8_E4M3", std::vector<uint8_t>{0x00, 0x01, 0x07, 0x08, 0x38, 0xb8, 0x7e, 0xfe}) ==
        std::vector<float>{0, 0x1p-9f, 0.875f * 0x1p-6f, 0x1p-6f, 1, -1, 448, -448});
  CHECK(numbers("F8_E5M2", std::vector<uint8_t>{0x00, 0x01, 0x03, 0x04, 0x3c, 0xbc, 0x7b, 0xfc}) ==
        std::vector<float>{0, 0x1p-16f, 0.75f * 0x1p-14f, 0x1p-14f, 1, -1, 57344, -INFINITY});
  for (const char* dtype : {"F8_E4M3", "F8_E5M2"}) CHECK(std::isnan(numbers(dtype, std::vector<uint8_t>{0x7f})[0]));

  const auto whole = [&]<class T>(const char* dtype, const std::vector<T>& values) {
    const Tensor tensor = read(dtype, values);
    CHECK(tensor.dtype() == DType::f64);
    return tensor.to_vector<double>();
  };
  using Doubles = std::vector<double>;
  CHECK(whole("BOOL", std::vector<uint8_t>{0, 1}) == Doubles{0, 1});
  CHECK(whole("U8", std::vector<uint8_t>{0, 255}) == Doubles{0, 255});
  CHECK(whole("I8", std::vector<int8_t>{-128, 127}) == Doubles{-128, 127});
  CHECK(whole("U16", std::vector<uint16_t>{65535}) == Doubles{65535});
  CHECK(whole("I16", std::vector<int16_t>{-32768}) == Doubles{-32768});
  CHECK(whole("U32", std::vector<uint32_t>{4294967295}) == Doubles{4294967295});
  CHECK(whole("I32", std::vector<int32_t>{-2147483647 - 1}) == Doubles{-2147483648});
  CHECK(whole("U64", std::vector<uint64_t>{1ull << 53, 1ull << 63}) == Doubles{0x1p53, 0x1p63});
  CHECK(whole("I64", std::vector<int64_t>{-(1ll << 53), std::numeric_limits<int64_t>::min()}) ==
        Doubles{-0x1p53, -0x1p63});

  const auto refused = [&](const char* dtype, auto value, const std::string& what) {
    CHECK_THROWS_WITH_AS(read(dtype, std::vector{value}),
                         ((folder / "a").string() + ": tensor w holds " + what).c_str(), Error);
  };
  refused("I64", (int64_t{1} << 53) + 1, "9007199254740993, which f64 cannot hold exactly");
  refused("I64", -(int64_t{1} << 53) - 1, "-9007199254740993, which f64 cannot hold exactly");
  refused("I64", std::numeric_limits<int64_t>::max(), "9223372036854775807, which f64 cannot hold exactly");
  refused("U64", std::numeric_limits<uint64_t>::max(), "18446744073709551615, which f64 cannot hold exactly");
  refused("BOOL", uint8_t{2}, "2, and a BOOL must be 0 or 1");
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
  CHECK(error_of(whole) == "no error");
  CHECK(error_of(whole.substr(0, whole.size() - 1)) ==
        "tensor weight lies beyond the end of the file, which is cut off or damaged");
  CHECK(error_of(whole + "more") == "the last 4 bytes belong to no tensor");
  for (const std::string& other :
       {whole.substr(0, 20), std::string(), std::string("PK\3\4 a zip file of another kind")})
    CHECK(error_of(other) == "not a safetensors file, or cut off in its header");

  const auto header_error = [&](const std::string& header) { return error_of(raw(header, std::string(16, 'x'))); };
  for (const char* header : {"null", "[]", "5", "", " {}"})
    CHECK(header_error(header) == "not a safetensors file: its header is not a JSON object");
  CHECK(header_error("{\"w\": 1").starts_with("header: not JSON: at line 1, column 8: syntax error"));
  CHECK(header_error("{\"w\xff\": 1}").starts_with("header: not JSON: at line 1, column 4: syntax error"));
  CHECK(header_error("{\"w\": 1}") == "tensor w: 1 is not an object");
  CHECK(header_error("{}") == "the last 16 bytes belong to no tensor");
  CHECK(header_error(R"({"__metadata__":{"a":1}})") == "metadata: a: 1 is not a text");
  CHECK(header_error(R"({"__metadata__":null})") == "metadata: null is not an object");

  // What the header says of one tensor: its type, shape and place.
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& range,
                        const std::string& name = "w") {
    return fmt::format(R"("{}":{{"dtype":{},"shape":{},"data_offsets":{}}})", name, dtype, shape, range);
  };
  const auto alone = [&](const std::string& dtype, const std::string& shape, const std::string& range) {
    return header_error("{" + entry(dtype, shape, range) + "}");
  };
  const std::string f32 = "\"F32\"", whole_number = " is not a whole number within 0 .. 9223372036854775807";
  CHECK(alone(f32, "[4]", "[0,16]") == "no error");
  CHECK(alone(f32, "[2.5]", "[0,16]") == "tensor w: shape: 2.5" + whole_number);
  CHECK(alone(f32, "[-4]", "[0,16]") == "tensor w: shape: -4" + whole_number);
  CHECK(alone(f32, "[1e20]", "[0,16]") == "tensor w: shape: 1e+20" + whole_number);
  CHECK(alone(f32, "[\"4\"]", "[0,16]") == "tensor w: shape: \"4\"" + whole_number);
  CHECK(alone(f32, "4", "[0,16]") == "tensor w: shape: 4 is not a list");
  CHECK(alone(f32, "[1,1,1,1,1,1,1,1,4]", "[0,16]") == "tensor w has 9 dimensions; at most 8 are supported");
  CHECK(alone(f32, "[4]", "[0,1e20]") == "tensor w: data_offsets: 1e+20" + whole_number);
  CHECK(alone(f32, "[4]", "[-1,15]") == "tensor w: data_offsets: -1" + whole_number);
  CHECK(alone(f32, "[4]", "[0,16,16]") == "tensor w: data_offsets: has 3 numbers, must have 2");
  CHECK(alone(f32, "[4]", "null") == "tensor w: data_offsets: null is not a list");
  CHECK(alone(f32, "[4]", "[16,0]") == "tensor w begins at byte 16 and ends at 0");
  CHECK(alone(f32, "[3]", "[0,16]") == "tensor w of 3 elements F32 has 16 bytes");
  CHECK(alone(f32, "[4611686018427387904,4]", "[0,16]") == "tensor w is larger than the file");
  CHECK(alone(f32, "[4611686018427387904,4611686018427387904,0]", "[0,16]") ==
        "tensor w of 0 elements F32 has 16 bytes");
  CHECK(alone("\"C64\"", "[2]", "[0,16]") == "tensor w has elements of type C64, which is not supported");
  CHECK(alone("4", "[4]", "[0,16]") == "tensor w: dtype: 4 is not a text");
  CHECK(header_error(R"({"w":{"shape":[4],"data_offsets":[0,16]}})") == "tensor w: lacks 'dtype'");

  // Places of several tensors.
  const auto two = [&](const std::string& a, const std::string& b, const std::string& shape) {
    return header_error("{" + entry(f32, shape, a, "a") + "," + entry(f32, shape, b, "b") + "}");
  };
  CHECK(two("[8,16]", "[0,8]", "[2]") == "no error");
  CHECK(two("[0,8]", "[4,12]", "[2]") == "tensors a and b overlap");
  CHECK(two("[0,16]", "[0,16]", "[4]") == "tensors a and b overlap");
  CHECK(two("[0,4]", "[12,16]", "[1]") == "the 8 bytes before tensor b belong to no tensor");
  CHECK(two("[4,8]", "[8,12]", "[1]") == "the 4 bytes before tensor a belong to no tensor");
  CHECK(two("[0,4]", "[4,8]", "[1]") == "the last 8 bytes belong to no tensor");
  CHECK(header_error("{" + entry(f32, "[4]", "[0,16]") + "," + entry(f32, "[4]", "[0,16]") + "}") ==
        "header: two members are called \"w\"");
  CHECK(header_error(R"({"__metadata__":{"a":"1","a":"2"}})") == "header: two members are called \"a\"");

  fs::remove(path);
  CHECK_THROWS_WITH_AS(load_safetensors(path),
                       (path.string() + ": cannot be opened: No such file or directory").c_str(), Error);
}

TEST_CASE("safetensors: tensors come in the order of their elements") {
  const TemporaryFolder folder;
  folder.write("a", raw(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                        R"("c":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},)"
                        R"("a":{"dtype":"U8","shape":[],"data_offsets":[2,3]}}  )",
                        "\1\2\3"));
  const SafeTensors read = load_safetensors(folder / "a");
  REQUIRE(read.tensors.size() == 3);
  CHECK(read.tensors[0].first == "b");
  CHECK(read.tensors[1].first == "c");
  CHECK(read.tensors[2].first == "a");
  CHECK(read.tensors[2].second.item() == 3);
}

TEST_CASE("safetensors: what cannot be written is refused before the file is touched") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  const auto refused = [&](const std::vector<std::pair<std::string, Tensor>>& tensors,
                           const std::map<std::string, std::string>& metadata, const std::string& what) {
    CHECK_THROWS_WITH_AS(save_safetensors(path, tensors, metadata), (path + ": " + what).c_str(), Error);
    CHECK(!fs::exists(path));
  };
  const Tensor one = Tensor::ones({1});
  refused({{"w", one}, {"w", one}}, {}, "there are two tensors called w");
  refused({{"__metadata__", one}}, {}, "there are two tensors called __metadata__");
  refused({{"w\xff", one}}, {}, "a tensor is called \"w\xef\xbf\xbd\", which is not UTF-8");
  refused({}, {{"run", "a\xff"}}, "the metadata \"run\" is \"a\xef\xbf\xbd\", which is not UTF-8");
  refused({}, {{"a\xff", "run"}}, "the metadata \"a\xef\xbf\xbd\" is \"run\", which is not UTF-8");
}

TEST_CASE("safetensors: eight times as many tensors take about eight times as long") {
  const TemporaryFolder folder;
  const auto seconds = [&](int64_t count, auto work) {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (int64_t i = 0; i < count; ++i) tensors.emplace_back(fmt::format("layer.{}.weight", i), Tensor::ones({2}));
    save_safetensors(folder / "a", tensors);
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const auto start = std::chrono::steady_clock::now();
      work(tensors);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  const auto save = [&](const auto& tensors) { save_safetensors(folder / "b", tensors); };
  const auto load = [&](const auto& tensors) {
    CHECK(load_safetensors(folder / "a").tensors.size() == tensors.size());
  };
  CHECK(seconds(8000, save) < 24 * seconds(1000, save));  // 64 times if each name is compared with all
  CHECK(seconds(8000, load) < 24 * seconds(1000, load));
}
