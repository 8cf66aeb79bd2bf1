#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "nce/core/error.h"
#include "nce/data/catalogue.h"
#include "nce/data/sets/cifar.h"
#include "nce/data/sets/idx.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::data;
namespace fs = std::filesystem;

namespace {

// A temporary folder, deleted with the object.
struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("nce-test-{}", getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string write(const char* name, const std::string& bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
    return (path / name).string();
  }
};

std::string idx(std::initializer_list<int> sizes, const std::string& values) {
  std::string bytes{0, 0, 8, char(sizes.size())};
  for (int size : sizes) bytes += {char(size >> 24), char(size >> 16), char(size >> 8), char(size)};
  return bytes + values;
}

std::string gzip(const fs::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), unsigned(bytes.size()));
  gzclose(file);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The folder with real data sets; empty where there is none.
fs::path real_data() {
  const fs::path root = nce::test::data_dir();
  if (fs::is_directory(root)) return root;
  MESSAGE("skipped: no data at NCE_DATA");
  return {};
}

}  // namespace

TEST_CASE("an IDX data set is read, plain and gzipped") {
  const Folder folder;
  const std::string images = idx({2, 2, 3}, "abcdefghijkl"), labels = idx({2}, std::string{3, 9});
  folder.write("set/MNIST/raw/t10k-images-idx3-ubyte", images);
  fs::create_directories(folder.path / "set/MNIST/raw");
  gzip(folder.path / "set/MNIST/raw/t10k-labels-idx1-ubyte.gz", labels);
  const Dataset set = mnist(folder.path / "set", Split::test);
  CHECK(set.size() == 2);
  CHECK(set.height == 2);
  CHECK(set.width == 3);
  CHECK(set.labels == std::vector<int>{3, 9});
  CHECK(set.image(1)[0] == 'g');
}

TEST_CASE("an IDX file that is not whole and well-formed is refused with file and offset") {
  const Folder folder;
  const auto refused = [&](const std::string& name, const std::string& reason) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(read_idx(name), (name + ": " + reason).c_str(), Error);
  };
  refused((folder.path / "absent").string(), "cannot be opened");
  refused(folder.write("magic", std::string{0, 0, 9, 1, 0, 0, 0, 1, 5}),
          "magic number 2305 at byte 0 is not that of an IDX file of bytes (2049 for labels, 2051 for images)");
  refused(folder.write("short", idx({5}, "abc")),
          "ends too early at byte 11 while reading the elements; 2 more were expected");
  refused(folder.write("long", idx({2}, "abc")), "unexpected bytes follow at byte 10, after the last element");
  refused(folder.write("zero", idx({0}, "")), "size 0 of dimension 0, at byte 4, is not plausible");
  const std::string whole = gzip(folder.path / "whole.gz", idx({1000}, std::string(1000, 'x')));
  CHECK_NOTHROW(read_idx(folder.path / "whole.gz"));
  const std::string cut = folder.write("cut.gz", whole.substr(0, whole.size() - 12));
  CHECK_THROWS_AS(read_idx(cut), Error);
  const std::string no_trailer = folder.write("trailer.gz", whole.substr(0, whole.size() - 8));
  CHECK_THROWS_AS(read_idx(no_trailer), Error);
}

TEST_CASE("labels and images must agree, and the root must hold the set") {
  const Folder folder;
  const std::string images = folder.write("images", idx({2, 1, 1}, "ab"));
  const std::string three = folder.write("three", idx({3}, std::string{1, 2, 3}));
  const std::string high = folder.write("high", idx({2}, std::string{1, 10}));
  CHECK_THROWS_WITH_AS(idx_dataset("x", images, three, 10),
                       (images + ": 2 images, but 3 labels in " + three).c_str(), Error);
  CHECK_THROWS_WITH_AS(idx_dataset("x", images, high, 10),
                       (high + ": label 10 at byte 9 is outside 0 .. 9").c_str(), Error);
  const std::string raw = (folder.path / "MNIST" / "raw").string();
  CHECK_THROWS_WITH_AS(mnist(folder.path, Split::train),
                       ("mnist: no folder " + raw + "; the root must be the folder that holds MNIST/raw").c_str(),
                       Error);
}

TEST_CASE("a folder of IDX files is a data set, in grey and in colour") {
  const Folder folder;
  folder.write("train-labels-idx1-ubyte", idx({2}, std::string("\0\x02", 2)));
  folder.write("t10k-labels-idx1-ubyte", idx({1}, "\x03"));
  folder.write("train-images-idx3-ubyte", idx({2, 1, 2}, "abcd"));
  folder.write("t10k-images-idx4-ubyte", idx({1, 1, 2, 3}, "abcdef"));
  const Dataset train = idx_folder(folder.path, Split::train), test = idx_folder(folder.path, Split::test);
  CHECK(train.size() == 2);
  CHECK(train.channels == 1);
  CHECK(train.classes == 4);  // the largest label of both splits is 3
  CHECK(test.channels == 3);
  CHECK(test.image(0)[5] == 'f');
  CHECK_THROWS_WITH_AS(load_dataset("idx", folder.path / "none", Split::train),
                       ("idx: no folder " + (folder.path / "none").string()).c_str(), Error);
}

TEST_CASE("CIFAR-10 records become pixels, and faults are named") {
  const Folder folder;
  const fs::path bin = folder.path / "cifar-10-batches-bin";
  std::string record(3073, 0);
  record[3072] = 40;  // the last blue
  record[0] = 7, record[1] = 10, record[1 + 1024] = 20, record[1 + 2048] = 30;
  folder.write("cifar-10-batches-bin/data_batch_2.bin", record + record);
  const Dataset set = cifar10(folder.path, Split::train);
  CHECK(set.labels == std::vector<int>{7, 7});
  CHECK(set.missing == "data_batch_1.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin");
  CHECK(set.image(1)[0] == 10);
  CHECK(set.image(1)[1] == 20);
  CHECK(set.image(1)[2] == 30);
  CHECK(set.image(0)[3071] == 40);
  CHECK_THROWS_WITH_AS(
      cifar10(folder.path, Split::train, true),
      ("cifar10: " + bin.string() + " lacks data_batch_1.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin")
          .c_str(),
      Error);
  const std::string cut = folder.write("cifar-10-batches-bin/test_batch.bin", record.substr(1));
  CHECK_THROWS_WITH_AS(
      cifar10(folder.path, Split::test),
      (cut + ": 3072 bytes are not a whole number of records of 3073; the file is cut off").c_str(), Error);
  record[0] = 11;
  folder.write("cifar-10-batches-bin/test_batch.bin", record);
  CHECK_THROWS_WITH_AS(cifar10(folder.path, Split::test),
                       (cut + ": label 11 of record 0, at byte 0, is outside 0 .. 9").c_str(), Error);
}

TEST_CASE("real MNIST, Fashion-MNIST and CIFAR-10 have their published counts and means") {
  const fs::path root = real_data();
  if (root.empty()) return;
  const auto mean = [](const Dataset& set) {
    return std::accumulate(set.images.begin(), set.images.end(), 0.0) / double(set.images.size()) / 255;
  };
  if (fs::exists(root / "MNIST")) {
    const Dataset train = mnist(root, Split::train), test = mnist(root, Split::test);
    CHECK(train.size() == 60000);
    CHECK(test.size() == 10000);
    CHECK(mean(train) == doctest::Approx(0.1307).epsilon(1e-3));
    CHECK(std::count(train.labels.begin(), train.labels.end(), 5) == 5421);
  }
  if (fs::exists(root / "FashionMNIST")) {
    const Dataset train = fashion_mnist(root, Split::train);
    CHECK(mean(train) == doctest::Approx(0.2860).epsilon(1e-3));
    CHECK(std::count(train.labels.begin(), train.labels.end(), 9) == 6000);
  }
  if (fs::exists(root / "cifar-10-batches-bin")) {
    const Dataset test = cifar10(root, Split::test);
    CHECK(test.size() == 10000);
    CHECK(mean(test) == doctest::Approx((0.4942 + 0.4851 + 0.4504) / 3).epsilon(1e-3));
    CHECK(std::count(test.labels.begin(), test.labels.end(), 3) == 1000);
  }
}

namespace {

// What each row of the catalogue must load, from small files that `write` makes.
struct Expected {
  int height, width, channels, classes;
  bool may_mirror;
  double smallest_crop;
  std::function<void(const Folder&)> write;
};

std::function<void(const Folder&)> idx_files(const std::string& below) {
  return [below](const Folder& folder) {
    for (const std::string split : {"train", "t10k"}) {
      folder.write((below + split + "-images-idx3-ubyte").c_str(), idx({1, 2, 3}, "abcdef"));
      folder.write((below + split + "-labels-idx1-ubyte").c_str(), idx({1}, "\x04"));
    }
  };
}

const std::map<std::string, Expected>& expected() {
  static const std::map<std::string, Expected> all{
      {"glyphs", {28, 28, 1, 10, false, 0.4, [](const Folder&) {}}},
      {"mnist", {2, 3, 1, 10, false, 0.4, idx_files("MNIST/raw/")}},
      {"fashion_mnist", {2, 3, 1, 10, true, 0.2, idx_files("FashionMNIST/raw/")}},
      {"cifar10",
       {32, 32, 3, 10, true, 0.08,
        [](const Folder& folder) {
          for (const char* name : {"cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/test_batch.bin"})
            folder.write(name, std::string(3073, '\1'));
        }}},
      {"idx", {2, 3, 1, 5, false, 0.4, idx_files("")}},
      {"dots", {1, 2, 1, 2, true, 0.08, [](const Folder&) {}}},
  };
  return all;
}

// An executable's own data set, registered before main.
Dataset dots_of(const fs::path&, Split) {
  return {.name = "dots", .height = 1, .width = 2, .channels = 1, .classes = 2, .images = {0, 9}, .labels = {1}};
}
const bool known = register_dataset({.name = "dots", .load = dots_of});

}  // namespace

TEST_CASE("every data set of the catalogue loads both splits, with its facts") {
  std::set<std::string> names;
  for (const KnownDataset& row : known_datasets()) {
    CAPTURE(row.name);
    REQUIRE(expected().contains(row.name));  // a new data set: add what it must load
    CHECK(names.insert(row.name).second);
    const Expected& e = expected().at(row.name);
    const Folder folder;
    e.write(folder);
    for (const Split split : {Split::train, Split::test}) {
      const Dataset set = load_dataset(row.name, folder.path, split);
      CHECK(set.name == row.name);
      CHECK(set.size() >= 1);
      CHECK(int64_t(set.images.size()) == set.size() * set.image_bytes());
      CHECK(set.height == e.height);
      CHECK(set.width == e.width);
      CHECK(set.channels == e.channels);
      CHECK(set.classes == e.classes);
      CHECK(set.may_mirror == e.may_mirror);
      CHECK(set.smallest_crop == e.smallest_crop);
    }
    if (row.folder.empty()) continue;
    CHECK_THROWS_WITH_AS(load_dataset(row.name, "", Split::train),
                         (row.name + ": needs a root, the folder that holds " + row.folder).c_str(), Error);
    CHECK_THROWS_AS(load_dataset(row.name, folder.path / "none", Split::train), Error);
  }
  CHECK(names.size() == expected().size());
}

TEST_CASE("an executable's own data set is a row like the others") {
  CHECK(known);
  CHECK(known_datasets().back().name == "dots");
  CHECK(load_dataset("dots", "", Split::test).images == std::vector<uint8_t>{0, 9});
  CHECK_THROWS_WITH_AS(register_dataset({.name = "mnist", .load = dots_of}),
                       "the data set 'mnist' is known already; choose another name", Error);
}

TEST_CASE("a data set is found by its name, or the error lists what there is or what is missing") {
  CHECK_THROWS_WITH_AS(load_dataset("mnits", "x", Split::train),
                       "no data set is called 'mnits'; there are glyphs, mnist, fashion_mnist, cifar10, idx, dots",
                       Error);
  CHECK(load_dataset("glyphs", "", Split::test).size() == 2000);

  const Folder folder;
  const std::string raw = (folder.path / "FashionMNIST" / "raw").string();
  CHECK_THROWS_WITH_AS(
      load_dataset("fashion_mnist", folder.path, Split::train),
      ("fashion_mnist: no folder " + raw + "; the root must be the folder that holds FashionMNIST/raw").c_str(),
      Error);
  const std::string images = folder.write("FashionMNIST/raw/train-images-idx3-ubyte", "\x01\x02\x03\x04");
  folder.write("FashionMNIST/raw/train-labels-idx1-ubyte", idx({1}, "\x01"));
  CHECK_THROWS_WITH_AS(load_dataset("fashion_mnist", folder.path, Split::train),
                       (images + ": magic number 16909060 at byte 0 is not that of an IDX file of bytes (2049 for "
                                 "labels, 2051 for images)")
                           .c_str(),
                       Error);
  fs::remove(images);
  CHECK_THROWS_WITH_AS(load_dataset("fashion_mnist", folder.path, Split::train),
                       (images + ": not found, neither plain nor with .gz").c_str(), Error);
}
