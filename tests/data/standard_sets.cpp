#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/data/catalogue.h"
#include "support/files.h"
#include "support/idx.h"
#include "support/npy.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::data;
using nce::test::idx;
using nce::test::npy;
using nce::test::TemporaryFolder;

namespace {

// Calls `load`, which must fail with `text`. "FOLDER" in it stands for the folder.
void refused(const TemporaryFolder& folder, const std::function<void()>& load, std::string text) {
  for (size_t at; (at = text.find("FOLDER")) != text.npos;) text.replace(at, 6, folder.path().string());
  CHECK_THROWS_WITH_AS(load(), text.c_str(), Error);
}

std::vector<int> pixels_of(const Dataset& data, int64_t i) {
  std::vector<uint8_t> room;
  const Picture picture = data.image(i, room);
  return {picture.pixels.begin(), picture.pixels.end()};
}

// The value of a test picture: differs by row, column and channel.
int value(int y, int x, int c, int more = 0) { return (7 * y + 3 * x + 50 * c + more) % 251; }

// Whether image i is `value` at each place.
bool has_values(const Dataset& data, int64_t i, int more = 0) {
  const std::vector<int> pixels = pixels_of(data, i);
  size_t at = 0;
  bool same = true;
  for (int y = 0; y < data.height; ++y)
    for (int x = 0; x < data.width; ++x)
      for (int c = 0; c < data.channels; ++c) same = same && pixels[at++] == value(y, x, c, more);
  return same && at == pixels.size();
}

// Planes of red, green and blue; each row by row, or column by column.
std::string planes(int side, bool by_columns, int more = 0) {
  std::string bytes;
  for (int c = 0; c < 3; ++c)
    for (int a = 0; a < side; ++a)
      for (int b = 0; b < side; ++b) bytes += char(by_columns ? value(b, a, c, more) : value(a, b, c, more));
  return bytes;
}

}  // namespace

TEST_CASE("CIFAR-100 has fine and coarse labels with their published names") {
  const TemporaryFolder folder;
  const std::string below = "cifar-100-binary/";
  folder.write(below + "train.bin",
               std::string{19, 99} + planes(32, false) + std::string{4, 0} + planes(32, false, 5));
  folder.write(below + "test.bin", std::string{1, 73} + planes(32, false));
  const Splits fine = load_splits("cifar100", folder.path()),
               coarse = load_splits("cifar100", folder.path(), {{"coarse", "true"}});
  CHECK(fine.train->labels == std::vector<int>{99, 0});
  CHECK(fine.test->labels == std::vector<int>{73});
  CHECK(fine.train->classes == 100);
  CHECK(fine.train->class_names[99] == "worm");
  CHECK(fine.train->class_names[73] == "shark");
  CHECK(coarse.train->labels == std::vector<int>{19, 4});
  CHECK(coarse.test->labels == std::vector<int>{1});
  CHECK(coarse.train->classes == 20);
  CHECK(coarse.train->class_names[19] == "vehicles_2");
  CHECK(has_values(*fine.train, 1, 5));
  CHECK(has_values(*coarse.test, 0));
  CHECK(fine.train->missing == "49998 images of train.bin");
  const auto load = [&] { load_splits("cifar100", folder.path()); };
  folder.write(below + "train.bin", std::string{19, 100} + planes(32, false));
  refused(folder, load, "FOLDER/cifar-100-binary/train.bin: label 100 of record 0, at byte 1, is outside 0 .. 99");
  folder.write(below + "train.bin", std::string{19, 9} + planes(32, false) + "x");
  refused(
      folder, load,
      "FOLDER/cifar-100-binary/train.bin: 3075 bytes are not a whole number of records of 3074; the file is cut off, or has bytes too many");
  folder.write(below + "train.bin", "");
  std::filesystem::resize_file(folder / (below + "train.bin"), 50001 * 3074);  // takes no room on the disk
  refused(folder, load,
          "FOLDER/cifar-100-binary/train.bin: 50001 records; the published file has 50000: bytes were added to it");
  std::filesystem::remove_all(folder / "cifar-100-binary");
  refused(folder, load,
          "cifar100: no folder FOLDER/cifar-100-binary; the root must be the folder that holds cifar-100-binary");
  folder.write("cifar-100-python/train", "");
  refused(folder, load,
          "cifar100: FOLDER/cifar-100-python is the form for Python; needed is the binary one, the folder "
          "cifar-100-binary beside it");
}

TEST_CASE("STL-10 is read column by column, with folds and with images without labels") {
  const TemporaryFolder folder;
  const std::string below = "stl10_binary/";
  const auto load = [&](std::vector<Setting> settings = {}) {
    return load_splits("stl10", folder.path(), settings);
  };
  refused(folder, load,
          "stl10: no folder FOLDER/stl10_binary; the root must be the folder that holds stl10_binary");
  folder.write(below + "train_X.bin", planes(96, true) + planes(96, true, 1) + planes(96, true, 2));
  refused(folder, load, "stl10: FOLDER/stl10_binary/train_y.bin is not there");
  folder.write(below + "train_y.bin", std::string{1, 10, 3});
  folder.write(below + "test_X.bin", planes(96, true, 9));
  folder.write(below + "test_y.bin", std::string{2});
  Splits all = load();
  CHECK(all.train->labels == std::vector<int>{0, 9, 2});
  CHECK(all.train->class_names[9] == "truck");
  CHECK(all.train->missing == "4997 images of train_X.bin, unlabeled_X.bin");
  CHECK(all.unlabelled == nullptr);
  CHECK(has_values(*all.train, 1, 1));
  CHECK(has_values(*all.test, 0, 9));
  folder.write(below + "unlabeled_X.bin", planes(96, true, 20) + planes(96, true, 21));
  folder.write(below + "fold_indices.txt", "0 1 \n2 0 \n");
  all = load({{"fold", "1"}});
  CHECK(all.train->labels == std::vector<int>{2, 0});
  CHECK(has_values(*all.train, 0, 2));
  REQUIRE(all.unlabelled);
  CHECK(all.unlabelled->size() == 2);
  CHECK(all.unlabelled->classes == 1);
  CHECK(has_values(*all.unlabelled, 1, 21));
  CHECK(load({{"learn_from", "train"}}).unlabelled == nullptr);
  CHECK(load({{"learn_from", "train"}}).train->missing == "4997 images of train_X.bin");
  refused(
      folder,
      [&] {
        load({{"fold", "2"}});
      },
      "FOLDER/stl10_binary/fold_indices.txt: has 2 lines, no fold 2");
  folder.write(below + "fold_indices.txt", "0 3\n");
  refused(
      folder,
      [&] {
        load({{"fold", "0"}});
      },
      "FOLDER/stl10_binary/fold_indices.txt: line 1: '3' is no number of an image, 0 .. 2");
  folder.write(below + "unlabeled_X.bin", "x");
  refused(
      folder, load,
      "FOLDER/stl10_binary/unlabeled_X.bin: 1 bytes are not a whole number of images of 27648; the file is cut off");
  folder.write(below + "train_y.bin", std::string{1, 0, 3});
  refused(folder, load, "FOLDER/stl10_binary/train_y.bin: label 0 at byte 1 is outside 1 .. 10");
  folder.write(below + "train_y.bin", std::string{1, 2});
  refused(folder, load,
          "FOLDER/stl10_binary/train_X.bin: 3 images, but 2 labels in FOLDER/stl10_binary/train_y.bin");
}

TEST_CASE("STL-10 images stay in the file: one that becomes shorter is an error that names the image") {
  const TemporaryFolder folder;
  for (const std::string split : {"train", "test"}) {
    folder.write("stl10_binary/" + split + "_X.bin", planes(96, true) + planes(96, true));
    folder.write("stl10_binary/" + split + "_y.bin", std::string{1, 2});
  }
  const Splits all = load_splits("stl10", folder.path());
  std::filesystem::resize_file(folder / "stl10_binary/train_X.bin", 96 * 96 * 3 + 5);
  CHECK(has_values(*all.train, 0));
  refused(
      folder, [&] { pixels_of(*all.train, 1); },
      "stl10: image 1: FOLDER/stl10_binary/train_X.bin: cannot be read: it became shorter");
}

TEST_CASE("EMNIST stands upright, and has the published labels of each of its sets") {
  struct Expected {
    const char* split;
    int classes, label;
    const char* name;
  };
  const Expected all[] = {{"byclass", 62, 61, "z"}, {"bymerge", 47, 46, "t"}, {"balanced", 47, 10, "A"},
                          {"letters", 27, 26, "z"}, {"digits", 10, 9, "9"},   {"mnist", 10, 0, "0"}};
  for (const Expected& e : all) {
    CAPTURE(std::string(e.split));
    const TemporaryFolder folder;
    std::string on_its_side;
    for (int x = 0; x < 28; ++x)
      for (int y = 0; y < 28; ++y) on_its_side += char(value(y, x, 0));
    // Unpacking gzip.zip makes a folder.
    const std::string below = e.label == 61 ? "EMNIST/raw/gzip/" : "EMNIST/raw/";
    for (const char* half : {"train", "test"}) {
      const std::string start = fmt::format("{}emnist-{}-{}", below, e.split, half);
      folder.write(start + "-images-idx3-ubyte", idx({1, 28, 28}, on_its_side));
      folder.write(start + "-labels-idx1-ubyte", idx({1}, std::string(1, char(e.label))));
    }
    const Splits both = load_splits("emnist", folder.path(), {{"emnist_split", e.split}});
    CHECK(has_values(*both.train, 0));
    CHECK(both.test->labels == std::vector<int>{e.label});
    CHECK(both.test->classes == e.classes);
    CHECK(both.test->class_names[size_t(e.label)] == e.name);
    CHECK(int(both.test->class_names.size()) == e.classes);
    CHECK(!both.train->may_mirror);
  }
}

TEST_CASE("a pair of .npy files a split is a data set, of bytes and of floats") {
  const TemporaryFolder folder;
  const auto load = [&] { return load_splits("npy", folder.path()); };
  folder.write("train_labels.npy", npy<int64_t>("<i8", "(2,)", {0, 3}));
  folder.write("test_labels.npy", npy<uint8_t>("|u1", "(1,)", {4}));
  folder.write("train_images.npy", npy<float>("<f4", "(2, 1, 2)", {0, 0.5f, 1, 0.2f}));
  refused(
      folder, load,
      "npy: FOLDER/test_images.npy is not there; needed are train_images.npy, train_labels.npy, test_images.npy and "
      "test_labels.npy");
  folder.write("test_images.npy", npy<double>("<f8", "(1, 1, 2, 1)", {254.6, 3}));
  Splits both = load();
  CHECK(pixels_of(*both.train, 0) == std::vector<int>{0, 128});
  CHECK(pixels_of(*both.train, 1) == std::vector<int>{255, 51});
  CHECK(pixels_of(*both.test, 0) == std::vector<int>{255, 3});
  CHECK(both.train->labels == std::vector<int>{0, 3});
  CHECK(both.train->classes == 5);
  CHECK(!both.train->may_mirror);  // one channel: taken for digits
  folder.write("test_images.npy", npy<uint8_t>("|u1", "(1, 1, 2, 3)", {1, 2, 3, 4, 5, 6}));
  refused(
      folder, load,
      "FOLDER/test_images.npy: the test images (1 x 2 x 3, labels 0 .. 4) do not fit the training images (1 x 2 x 1, "
      "labels 0 .. 4) of FOLDER/train_images.npy");
  folder.write("train_images.npy", npy<uint8_t>("|u1", "(2, 1, 2, 3)", std::vector<uint8_t>(12, 9)));
  both = load();
  CHECK(pixels_of(*both.test, 0) == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(both.train->may_mirror);
  const auto wrong = [&](const char* file, const std::string& bytes, const std::string& text) {
    const std::string right = nce::test::read_file(folder / file);
    folder.write(file, bytes);
    refused(folder, load, fmt::format("FOLDER/{}: {}", file, text));
    folder.write(file, right);
  };
  wrong("train_images.npy", npy<uint8_t>("|u1", "(2, 3)", std::vector<uint8_t>(6)),
        "the shape is (2, 3); images are (N, H, W), or (N, H, W, C) with 1 or 3 channels");
  wrong("train_images.npy", npy<uint8_t>("|u1", "(2, 1, 1, 4)", std::vector<uint8_t>(8)),
        "the shape is (2, 1, 1, 4); images are (N, H, W), or (N, H, W, C) with 1 or 3 channels");
  wrong("train_images.npy", npy<uint8_t>("|u1", "(0, 28, 28)", {}), "the shape is (0, 28, 28): it holds no images");
  wrong("train_images.npy", npy<uint8_t>("|u1", "(3, 1, 2, 3)", std::vector<uint8_t>(18)),
        "3 images, but 2 labels in " + (folder / "train_labels.npy").string());
  wrong("train_images.npy", npy<int32_t>("<i4", "(2, 1, 1)", {1, 2}),
        "elements of i4; images are bytes (u1) or floats (f4, f8): save them with astype");
  wrong("train_images.npy", npy<float>("<f4", "(2, 1, 1)", {0, -0.5f}),
        "element 1 is -0.5; floats of images lie within 0 .. 1, or within 0 .. 255");
  wrong("train_images.npy", npy<float>("<f4", "(2, 1, 1)", {NAN, 0}),
        "element 0 is nan; floats of images lie within 0 .. 1, or within 0 .. 255");
  wrong("train_labels.npy", npy<int64_t>("<i8", "(2,)", {0, -1}), "label -1 of image 1 is outside 0 .. 1000000");
  wrong("train_labels.npy", npy<float>("<f4", "(2,)", {0, 1}),
        "labels are one row of whole numbers; these are 1 dimensions of f4");
  wrong("train_labels.npy", npy<int64_t>("<i8", "(2, 1)", {0, 1}),
        "labels are one row of whole numbers; these are 2 dimensions of i8");
}

TEST_CASE("what is said of published files holds of those that are here") {
  for (const KnownDataset& row : known_datasets()) {
    CAPTURE(row.name);
    const Published& published = row.published;
    std::vector<PublishedFile> files = published.unpacked;
    for (const PublishedFile& download : published.downloads) {
      CHECK(download.name.starts_with("http"));
      CHECK(download.md5.size() == 32);
      const std::string file = download.name.substr(download.name.rfind('/') + 1);
      files.push_back({std::filesystem::path(published.folder) / file, download.bytes, download.md5});
    }
    CHECK(published.downloads.empty() == published.licence.empty());
    const auto root = nce::test::real_data("MNIST");
    for (const PublishedFile& file : files)
      if (root && std::filesystem::exists(*root / file.name)) {
        CAPTURE(file.name);
        CHECK(int64_t(std::filesystem::file_size(*root / file.name)) == file.bytes);
      }
  }
}
