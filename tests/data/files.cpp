#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "nce/core/error.h"
#include "nce/core/memory_limit.h"
#include "nce/data/catalogue.h"
#include "nce/data/sets/cifar.h"
#include "nce/data/sets/idx.h"
#include "support/files.h"
#include "support/idx.h"
#include "support/npy.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::data;
using nce::test::idx;
using nce::test::npy;
using nce::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

void gzip(const fs::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), unsigned(bytes.size()));
  gzclose(file);
}

// Calls `load`, which must fail with `text`. "FOLDER" in it stands for the folder.
void refused(const TemporaryFolder& folder, const std::function<void()>& load, std::string text) {
  for (size_t at; (at = text.find("FOLDER")) != text.npos;) text.replace(at, 6, folder.path().string());
  CHECK_THROWS_WITH_AS(load(), text.c_str(), Error);
}

const InMemoryDataset& in_memory(const Dataset& set) { return dynamic_cast<const InMemoryDataset&>(set); }

}  // namespace

TEST_CASE("an IDX file that is not whole and well-formed is refused with file and offset") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& bytes, const std::string& reason) {
    folder.write("file", bytes);
    refused(
        folder, [&] { read_idx(folder / "file"); }, "FOLDER/file: " + reason);
  };
  refused(
      folder, [&] { read_idx(folder / "absent"); }, "FOLDER/absent: cannot be opened");
  read({0, 0, 9, 1, 0, 0, 0, 1, 5},
       "magic number 2305 at byte 0 is not that of an IDX file of bytes (2049 for labels, 2051 for images)");
  read(idx({5}, "abc"), "ends too early at byte 11 while reading the elements; 2 more were expected");
  read(idx({2}, "abc"), "unexpected bytes follow at byte 10, after the last element");
  read(idx({0}, ""), "size 0 of dimension 0, at byte 4, is not plausible");
  read(idx({int64_t{1} << 31}, ""), "size 2147483648 of dimension 0, at byte 4, is not plausible");
  const int64_t most = (int64_t{1} << 31) - 1;
  read(idx({most, most, most}, ""), "size 2147483647 of dimension 2, at byte 12, is not plausible");
  // No memory is taken for what cannot be there.
  read(idx({most, most, 1}, "abc"),
       "ends too early at byte 19 while reading the elements; 4611686014132420606 more were expected");
  gzip(folder / "file.gz", idx({most, most}, "abc"));
  const auto bytes = fs::file_size(folder / "file.gz");
  refused(
      folder, [&] { read_idx(folder / "file.gz"); },
      fmt::format("FOLDER/file.gz: damaged: {} bytes cannot hold 4611686014132420609 elements", bytes));
  const int64_t rows = machine_memory() / 1'000'000 + 1;
  gzip(folder / "bomb.gz", idx({rows, 1000, 1000}, ""));
  fs::resize_file(folder / "bomb.gz",
                  uintmax_t(rows * 1000));  // as much as could hold it; it takes no room on the disk
  refused(
      folder, [&] { read_idx(folder / "bomb.gz"); },
      fmt::format("FOLDER/bomb.gz: {} elements are more than the memory of this machine, {} bytes",
                  rows * 1'000'000, machine_memory()));
  gzip(folder / "whole.gz", idx({1000}, std::string(1000, 'x')));
  CHECK_NOTHROW(read_idx(folder / "whole.gz"));
  const std::string whole = nce::test::read_file(folder / "whole.gz");
  for (const size_t cut : {12, 8})  // in the data; only the trailer
    CHECK_THROWS_AS(read_idx(folder.write("cut.gz", whole.substr(0, whole.size() - cut))), Error);
}

TEST_CASE("an IDX file may have 2 GiB and more") {
  const TemporaryFolder folder;
  const int64_t rows = (int64_t{1} << 31) / 1000 + 1;
  const std::string path = folder.write("file", idx({rows, 1000}, ""));
  fs::resize_file(path, uintmax_t(12 + rows * 1000));  // takes no room on the disk
  const IdxArray array = read_idx(path);
  CHECK(array.sizes == std::vector<int64_t>{rows, 1000});
  CHECK(int64_t(array.values.size()) == rows * 1000);
}

TEST_CASE("a compressed IDX file may be as small as gzip can make it") {
  const TemporaryFolder folder;
  gzip(folder / "zeros.gz", idx({50'000'000}, std::string(50'000'000, 0)));
  CHECK(fs::file_size(folder / "zeros.gz") < 50'000'000 / 1000);
  CHECK(read_idx(folder / "zeros.gz").values.size() == 50'000'000);
}

TEST_CASE("labels and images must agree, and the root must hold the set") {
  const TemporaryFolder folder;
  const fs::path images = folder.write("images", idx({2, 1, 1}, "ab"));
  const fs::path three = folder.write("three", idx({3}, std::string{1, 2, 3}));
  const fs::path high = folder.write("high", idx({2}, std::string{1, 10}));
  refused(
      folder, [&] { idx_dataset("x", images, three, 10); },
      "FOLDER/images: 2 images, but 3 labels in FOLDER/three");
  refused(
      folder, [&] { idx_dataset("x", images, high, 10); }, "FOLDER/high: label 10 at byte 9 is outside 0 .. 9");
  const auto load = [&](const char* name) { load_splits(name, folder.path()); };
  refused(
      folder, [&] { load("mnist"); },
      "mnist: no folder FOLDER/MNIST/raw; the root must be the folder that holds MNIST/raw");
  folder.write("FashionMNIST/raw/train-labels-idx1-ubyte", idx({1}, "\x01"));
  refused(
      folder, [&] { load("fashion_mnist"); },
      "FOLDER/FashionMNIST/raw/train-images-idx3-ubyte: not found, neither plain nor with .gz");
  refused(
      folder, [&] { load_splits("idx", folder / "none"); }, "idx: no folder FOLDER/none");
  refused(
      folder, [&] { load("mnits"); },
      "no data set is called 'mnits'; did you mean mnist? There are glyphs, mnist, fashion_mnist, kmnist, emnist, cifar10, cifar100, stl10, folder, idx, npy, dots");
}

TEST_CASE("a folder of IDX files is a data set, in grey and in colour, plain and gzipped") {
  const TemporaryFolder folder;
  folder.write("train-labels-idx1-ubyte", idx({2}, std::string("\0\x02", 2)));
  gzip(folder / "t10k-labels-idx1-ubyte.gz", idx({1}, "\x03"));
  folder.write("train-images-idx3-ubyte", idx({2, 1, 2}, "abcd"));
  folder.write("t10k-images-idx4-ubyte", idx({1, 1, 2, 3}, "abcdef"));
  const auto train = idx_folder(folder.path(), Split::train), test = idx_folder(folder.path(), Split::test);
  CHECK(train.labels == std::vector<int>{0, 2});
  CHECK(train.image(1)[0] == 'c');
  CHECK(train.channels == 1);
  CHECK(train.classes == 4);  // the largest label of both splits is 3
  CHECK(test.channels == 3);
  CHECK(test.image(0)[5] == 'f');
  CHECK(train.source == folder / "train-images-idx3-ubyte");
  refused(
      folder, [&] { load_splits("idx", folder.path()); },
      "FOLDER/t10k-images-idx4-ubyte: the test images (1 x 2 x 3, labels 0 .. 3) do not fit the training images (1 x 2 x "
      "1, labels 0 .. 3) of FOLDER/train-images-idx3-ubyte");
  gzip(folder / "train-images.idx4-ubyte.gz", idx({2, 1, 2, 3}, "abcdefghijkl"));
  refused(
      folder, [&] { idx_folder(folder.path(), Split::train); },
      "FOLDER/train-images-idx3-ubyte and FOLDER/train-images.idx4-ubyte.gz: which are the images? Remove one of the "
      "two");
}

TEST_CASE("names of IDX files may have a dot, as those of the first MNIST") {
  const TemporaryFolder folder;
  for (const std::string below : {"", "MNIST/raw/"}) {
    folder.write(below + "train-images.idx3-ubyte", idx({1, 1, 2}, "ab"));
    folder.write(below + "train-labels.idx1-ubyte", idx({1}, "\x01"));
    gzip(folder / (below + "t10k-images.idx3-ubyte.gz"), idx({1, 1, 2}, "cd"));
    gzip(folder / (below + "t10k-labels.idx1-ubyte.gz"), idx({1}, "\x01"));
  }
  for (const std::string name : {"idx", "mnist"}) {
    const Splits set = load_splits(name, folder.path());
    CHECK(in_memory(*set.train).images == std::vector<uint8_t>{'a', 'b'});
    CHECK(in_memory(*set.test).images == std::vector<uint8_t>{'c', 'd'});
  }
}

TEST_CASE("a data set that is not whole is refused, whoever made it") {
  const InMemoryDataset set({.name = "own", .height = 1, .width = 2, .channels = 1, .classes = 2, .labels = {1}},
                            {0, 9});
  const auto refused = [&](const char* text, auto change) {
    InMemoryDataset changed = set;
    change(changed);
    CHECK_THROWS_WITH_AS(validate(changed), text, Error);
  };
  CHECK_NOTHROW(validate(set));
  refused("own: a data set without images", [](InMemoryDataset& d) { d.labels.clear(), d.images.clear(); });
  refused("own: 1 labels ask for 2 bytes of images; there are 3",
          [](InMemoryDataset& d) { d.images.push_back(0); });
  refused("own: label 2 of image 0 is outside 0 .. 1", [](InMemoryDataset& d) { d.labels[0] = 2; });
  refused("own: label -1 of image 0 is outside 0 .. 1", [](InMemoryDataset& d) { d.labels[0] = -1; });
  InMemoryDataset other = set;
  CHECK_NOTHROW(validate_pair(set, other));
  other.classes = 1;
  CHECK_THROWS_WITH_AS(
      validate_pair(set, other),
      "own test: the test images (1 x 2 x 1, labels 0 .. 0) do not fit the training images (1 x 2 x 1, "
      "labels 0 .. 1) of own train",
      Error);
}

TEST_CASE("CIFAR-10 records become pixels, and faults are named") {
  const TemporaryFolder folder;
  const std::string test = "cifar-10-batches-bin/test_batch.bin";
  const auto load = [&] { cifar10(folder.path(), Split::test); };
  std::string record(3073, 0);
  record[3072] = 40;  // the last blue
  record[0] = 7, record[1] = 10, record[1 + 1024] = 20, record[1 + 2048] = 30;
  folder.write("cifar-10-batches-bin/data_batch_2.bin", record + record);
  const auto set = cifar10(folder.path(), Split::train);
  CHECK(set.labels == std::vector<int>{7, 7});
  CHECK(set.missing ==
        "data_batch_1.bin, 9998 images of data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin");
  CHECK(std::vector<int>(set.image(1).begin(), set.image(1).begin() + 3) == std::vector<int>{10, 20, 30});
  CHECK(set.image(0)[3071] == 40);
  refused(folder, load, "cifar10: FOLDER/cifar-10-batches-bin lacks test_batch.bin");
  folder.write(test, record.substr(1));
  refused(folder, load,
          "FOLDER/" + test +
              ": 3072 bytes are not a whole number of records of 3073; the file is cut off, or has bytes too many");
  record[0] = 11;
  folder.write(test, record);
  refused(folder, load, "FOLDER/" + test + ": label 11 of record 0, at byte 0, is outside 0 .. 9");
}

TEST_CASE("real MNIST, Fashion-MNIST and CIFAR-10 have their published counts and means") {
  struct Published {
    const char *name, *folder;
    Split split;
    int64_t size;
    double mean;
    int label, count;
  };
  const Published all[] = {
      {"mnist", "MNIST", Split::train, 60000, 0.1307, 5, 5421},
      {"mnist", "MNIST", Split::test, 10000, 0.1325, 5, 892},
      {"fashion_mnist", "FashionMNIST", Split::train, 60000, 0.2860, 9, 6000},
      {"cifar10", "cifar-10-batches-bin", Split::test, 10000, (0.4942 + 0.4851 + 0.4504) / 3, 3, 1000}};
  for (const Published& p : all) {
    CAPTURE(std::string(p.name));
    const auto root = nce::test::real_data(p.folder);
    if (!root) continue;
    const Splits both = load_splits(p.name, *root);
    const InMemoryDataset& set = in_memory(p.split == Split::train ? *both.train : *both.test);
    CHECK(set.size() == p.size);
    const double sum = std::accumulate(set.images.begin(), set.images.end(), 0.0);
    CHECK(sum / double(set.images.size()) / 255 == doctest::Approx(p.mean).epsilon(1e-3));
    CHECK(std::count(set.labels.begin(), set.labels.end(), p.label) == p.count);
  }
}

namespace {

// What each row of the catalogue must load, from small files that `write` makes.
struct Expected {
  int height, width, channels, classes;
  bool may_mirror;
  double smallest_crop;
  std::function<void(const TemporaryFolder&)> write = [](const TemporaryFolder&) {};
};

std::function<void(const TemporaryFolder&)> idx_files(const std::string& below) {
  return [below](const TemporaryFolder& folder) {
    for (const std::string split : {"train", "t10k"}) {
      folder.write(below + split + "-images-idx3-ubyte", idx({1, 2, 3}, "abcdef"));
      folder.write(below + split + "-labels-idx1-ubyte", idx({1}, "\x04"));
    }
  };
}

// The same bytes as two files.
std::function<void(const TemporaryFolder&)> twice(const char* a, const char* b, size_t bytes) {
  return [=](const TemporaryFolder& folder) {
    for (const char* name : {a, b}) folder.write(name, std::string(bytes, '\1'));
  };
}

void emnist_files(const TemporaryFolder& folder) {
  for (const std::string split : {"train", "test"}) {
    folder.write("EMNIST/raw/emnist-balanced-" + split + "-images-idx3-ubyte", idx({1, 2, 3}, "abcdef"));
    folder.write("EMNIST/raw/emnist-balanced-" + split + "-labels-idx1-ubyte", idx({1}, "\x2e"));
  }
}

void npy_files(const TemporaryFolder& folder) {
  for (const std::string split : {"train", "test"}) {
    folder.write(split + "_images.npy", npy<uint8_t>("|u1", "(1, 2, 3)", {1, 2, 3, 4, 5, 6}));
    folder.write(split + "_labels.npy", npy<int>("<i4", "(1,)", {4}));
  }
}

void stl10_files(const TemporaryFolder& folder) {
  twice("stl10_binary/train_X.bin", "stl10_binary/test_X.bin", 96 * 96 * 3)(folder);
  twice("stl10_binary/train_y.bin", "stl10_binary/test_y.bin", 1)(folder);
}

void picture_files(const TemporaryFolder& folder) {
  for (const char* name : {"train/a/1.pgm", "train/b/1.pgm", "test/b/1.pgm"}) folder.write(name, "P5 1 1 255\nx");
}

const std::map<std::string, Expected> kExpected{
    {"glyphs", {28, 28, 1, 10, false, 0.4}},
    {"mnist", {2, 3, 1, 10, false, 0.4, idx_files("MNIST/raw/")}},
    {"fashion_mnist", {2, 3, 1, 10, true, 0.2, idx_files("FashionMNIST/raw/")}},
    {"kmnist", {2, 3, 1, 10, false, 0.4, idx_files("KMNIST/raw/")}},
    {"emnist", {3, 2, 1, 47, false, 0.4, emnist_files}},
    {"cifar10",
     {32, 32, 3, 10, true, 0.08,
      twice("cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/test_batch.bin", 3073)}},
    {"cifar100",
     {32, 32, 3, 100, true, 0.08, twice("cifar-100-binary/train.bin", "cifar-100-binary/test.bin", 3074)}},
    {"stl10", {96, 96, 3, 10, true, 0.08, stl10_files}},
    {"folder", {64, 64, 1, 2, true, 0.08, picture_files}},
    {"npy", {2, 3, 1, 5, false, 0.4, npy_files}},
    {"idx", {2, 3, 1, 5, false, 0.4, idx_files("")}},
    {"dots", {1, 2, 1, 2, true, 0.08}},
};

// An executable's own data set, registered before main.
struct Dots {
  int64_t brightest = 9;
  void fields(Options& o) { o.integer("brightest", brightest, "the brighter dot", {.least = 0, .most = 255}); }
  Splits load(const fs::path&) const {
    const auto dots = std::make_shared<InMemoryDataset>(
        DatasetFacts{.name = "dots", .height = 1, .width = 2, .channels = 1, .classes = 2, .labels = {1}},
        std::vector<uint8_t>{0, uint8_t(brightest)});
    return {dots, dots};
  }
};
const bool known = known_datasets().add(known_dataset("dots", "", Dots{}));

}  // namespace

TEST_CASE("every data set of the catalogue loads both splits, with its facts") {
  std::set<std::string> names;
  for (const KnownDataset& row : known_datasets()) {
    CAPTURE(row.name);
    REQUIRE(kExpected.contains(row.name));  // a new data set: add what it must load
    CHECK(names.insert(row.name).second);
    const Expected& e = kExpected.at(row.name);
    const TemporaryFolder folder;
    e.write(folder);
    const Splits both = load_splits(row.name, folder.path());
    for (const auto& split : {both.train, both.test}) {
      const Dataset& set = *split;
      CHECK(set.name == row.name);
      CHECK(set.size() >= 1);
      CHECK(std::tuple(set.height, set.width, set.channels, set.classes, set.may_mirror, set.smallest_crop) ==
            std::tuple(e.height, e.width, e.channels, e.classes, e.may_mirror, e.smallest_crop));
    }
    if (row.folder.empty()) continue;
    refused(
        folder, [&] { load_splits(row.name, ""); },
        row.name + ": needs a root, the folder that holds " + row.folder);
    CHECK_THROWS_AS(load_splits(row.name, folder / "none"), Error);
  }
  CHECK(names.size() == kExpected.size());
}

TEST_CASE("an executable's own data set is a row like the others") {
  CHECK(known);
  CHECK(names_of(known_datasets()).back() == "dots");
  CHECK(in_memory(*load_splits("dots", "").test).images == std::vector<uint8_t>{0, 9});
  CHECK(in_memory(*load_splits("dots", "", {{"brightest", "7"}}).train).images == std::vector<uint8_t>{0, 7});
  CHECK_THROWS_WITH_AS(load_splits("dots", "", {{"brightest", "300"}}),
                       "brightest: must be within 0 .. 255, got 300", Error);
  CHECK_THROWS_WITH_AS(known_datasets().add(known_dataset("mnist", "", Dots{})),
                       "the data set 'mnist' is known already; choose another name", Error);
}
