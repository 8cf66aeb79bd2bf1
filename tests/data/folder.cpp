#include "nce/data/sets/folder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "nce/core/error.h"
#include "nce/data/digest.h"
#include "nce/data/loader.h"
#include "nce/data/normalise.h"
#include "nce/data/subset.h"
#include "support/files.h"
#include "support/paths.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::data;
using nce::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// A picture of one value, as PGM or PPM.
std::string plain(int height, int width, int value, int channels = 1) {
  return fmt::format("P{} {} {} 255\n", channels == 1 ? 5 : 6, width, height) +
         std::string(size_t(height * width * channels), char(value));
}

void refused(const TemporaryFolder& folder, const ImageFolder& options, const std::string& text) {
  CHECK_THROWS_WITH_AS(options.load(folder.path()), doctest::Contains(text.c_str()), Error);
}

std::vector<std::string> names_in(const Dataset& set) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < set.size(); ++i) names.push_back(set.sample_name(i));
  return names;
}

// Two classes with 5 and 10 pictures of several sizes, one of them in colour.
void write_classes(const TemporaryFolder& folder, const std::string& below) {
  for (int i = 0; i < 15; ++i)
    folder.write(fmt::format("{}{}/{}.{}", below, i < 5 ? "birds" : "apples", i, i == 7 ? "PPM" : "pgm"),
                 plain(8 + i % 3, 9, 10 * i, i == 7 ? 3 : 1));
}

}  // namespace

TEST_CASE("folders of classes are a data set: sorted, named, what is no picture left out, grey made colour") {
  const TemporaryFolder folder;
  write_classes(folder, "train/"), write_classes(folder, "test/");
  folder.write("train/apples/deep/er.pgm", plain(1, 1, 77));
  folder.write("train/apples/.hidden.pgm", "x"), folder.write("train/.git/a.pgm", "x");
  folder.write("train/birds/list.TXT", "x"), folder.write("train/README", "x");
  const Splits both = ImageFolder{.image_size = 8}.load(folder.path());
  const Dataset& train = *both.train;
  CHECK(train.class_names == std::vector<std::string>{"apples", "birds"});
  CHECK(train.size() == 16);
  CHECK(both.test->size() == 15);
  CHECK(train.channels == 3);
  CHECK(train.note == "2 files left out (.txt 1, no suffix 1)");
  CHECK(train.sample_name(0) == "train/apples/10.pgm");
  CHECK(train.sample_name(10) == "train/apples/deep/er.pgm");
  CHECK(train.sample_name(15) == "train/birds/4.pgm");
  CHECK(train.labels[15] == 1);
  std::vector<uint8_t> room;
  CHECK(train.image(10, room).pixels[0] == 77);
  CHECK(train.image(15, room).pixels[0] == 40);
  CHECK(train.image(15, room).pixels.size() == 8 * 8 * 3);
}

TEST_CASE("without a folder test a share of each class is the test set, by a seed") {
  const TemporaryFolder folder;
  write_classes(folder, "");
  const Splits both = ImageFolder{.image_size = 8, .test_fraction = 0.4}.load(folder.path());
  const auto count = [](const Dataset& set, int label) {
    return std::count(set.labels.begin(), set.labels.end(), label);
  };
  CHECK(count(*both.train, 0) == 6);
  CHECK(count(*both.test, 0) == 4);
  CHECK(count(*both.train, 1) == 3);
  CHECK(count(*both.test, 1) == 2);
  const auto of_seed = [&](int64_t seed) {
    return names_in(
        *ImageFolder{.image_size = 8, .test_fraction = 0.4, .split_seed = seed}.load(folder.path()).test);
  };
  CHECK(of_seed(1) == names_in(*both.test));
  CHECK(of_seed(2) != of_seed(1));
  CHECK(ImageFolder{.image_size = 8, .test_fraction = 0}.load(folder.path()).test->size() == 0);
}

TEST_CASE("a flat folder has no labels and no test set") {
  const TemporaryFolder folder;
  CHECK_FALSE(ImageFolder::lies_in(folder.path()));
  folder.write("b.pgm", plain(4, 4, 1)), folder.write("a.pgm", plain(4, 4, 2));
  const Splits both = ImageFolder{.image_size = 4}.load(folder.path());
  CHECK(names_in(*both.train) == std::vector<std::string>{"a.pgm", "b.pgm"});
  CHECK(ImageFolder::lies_in(folder.path()));
  CHECK_FALSE(ImageFolder::lies_in(folder / "none"));
  CHECK(both.train->classes == 1);
  CHECK(both.train->channels == 1);
  CHECK(both.test->size() == 0);
}

TEST_CASE("images that are kept and images that are decoded anew are the same, also by other numbers of threads") {
  const TemporaryFolder folder;
  write_classes(folder, "");
  const auto views = [&](double megabytes, ImageFolder::CropFrom from) {
    const Splits both =
        ImageFolder{.image_size = 8, .crop_from = from, .cache_mb = megabytes, .test_fraction = 0}.load(
            folder.path());
    Loader loader(*both.train, {.batch = 15});
    loader.start_epoch(0);
    auto values = loader.next()->views.to_vector<float>();
    values.push_back(float(digest(*both.train) % 1000));
    return values;
  };
  for (const auto from : {ImageFolder::CropFrom::image, ImageFolder::CropFrom::picture}) {
    CHECK(views(1, from) == views(0, from));
    CHECK(views(1, from) == views(0.001, from));
    CHECK(nce::test::same_on_threads([&] { return views(0.001, from); }));
  }
  CHECK(views(1, ImageFolder::CropFrom::image) != views(1, ImageFolder::CropFrom::picture));
}

TEST_CASE("files that cannot be decoded are named before training, or left out and counted") {
  const TemporaryFolder folder;
  write_classes(folder, "");
  folder.write("apples/text.png", "These are words.");
  folder.write("birds/cut.pgm", plain(8, 8, 1).substr(0, 40));
  refused(folder, {},
          "/apples/text.png: is no JPEG, PNG, BMP, GIF, PGM or PPM file, whatever its name says; 1 more "
          "cannot be decoded either; the option skip_bad leaves such files out");
  const Splits both = ImageFolder{.image_size = 8, .test_fraction = 0, .skip_bad = true}.load(folder.path());
  CHECK(both.train->size() == 15);
  CHECK(both.train->note.starts_with("2 files left out that cannot be decoded, the first "));
  std::vector<uint8_t> room;
  CHECK(both.train->image(14, room).pixels[0] == 40);
  CHECK(both.train->labels[14] == 1);
  fs::remove(folder / "birds/4.pgm");  // kept: not read again
  CHECK_NOTHROW(both.train->image(14, room));
}

TEST_CASE("digest and statistics are those of the pixels, and no file is decoded for them once more") {
  const TemporaryFolder folder;
  write_classes(folder, "");
  for (const char* bad : {"apples/0.png", "apples/13.png", "birds/z.png"}) folder.write(bad, "These are words.");
  for (const int64_t size : {8, 1024}) {  // one part, and several
    CAPTURE(size);
    const auto load = [&](std::optional<double> megabytes) {
      return ImageFolder{.image_size = size, .cache_mb = megabytes, .test_fraction = 0, .skip_bad = true}
          .load(folder.path())
          .train;
    };
    const auto kept = load({}), none = load(0);
    InMemoryDataset copy(static_cast<const DatasetFacts&>(*kept));
    std::vector<uint8_t> room;
    for (int64_t i = 0; i < kept->size(); ++i)
      std::ranges::copy(kept->image(i, room).pixels, std::back_inserter(copy.images));
    const Subset some(none, {14, 2});
    const Normalisation of_some = pixel_statistics(Subset(std::make_shared<InMemoryDataset>(copy), {14, 2}));
    fs::rename(folder / "apples", folder / "gone");
    CHECK(digest(*none) == digest(copy));
    CHECK(pixel_statistics(*none).mean == pixel_statistics(copy).mean);
    CHECK(pixel_statistics(*none).std == pixel_statistics(copy).std);
    CHECK(pixel_statistics(some).mean == of_some.mean);
    CHECK_THROWS_AS(none->image(0, room), Error);
    fs::rename(folder / "gone", folder / "apples");
  }
}

TEST_CASE("a file that is gone when it is needed again is named") {
  const TemporaryFolder folder;
  write_classes(folder, "");
  const Splits both = ImageFolder{.image_size = 8, .cache_mb = 0, .test_fraction = 0}.load(folder.path());
  fs::remove(folder / "birds/4.pgm");
  std::vector<uint8_t> room;
  CHECK_THROWS_WITH_AS(both.train->image(14, room), doctest::Contains("folder: image 14 (birds/4.pgm): "), Error);
}

TEST_CASE("folders that are no data set are refused") {
  const TemporaryFolder empty;
  empty.write("notes.txt", "x");
  refused(empty, {},
          ": holds no pictures (.jpg, .png, .bmp, .gif, .pgm, .ppm), neither in folders of classes nor beside "
          "them; 1 file left out (.txt 1)");
  empty.write("cats/a.pgm", plain(4, 4, 1)), fs::create_directory(empty / "dogs");
  refused(empty, {}, "/dogs: the class has no pictures; add some, or remove the folder");
  const TemporaryFolder unlike;
  unlike.write("train/cats/a.pgm", plain(4, 4, 1)), unlike.write("test/dogs/a.pgm", plain(4, 4, 1));
  refused(unlike, {}, "/test/dogs: the training set has no such class (");
  const TemporaryFolder loop;
  fs::create_directory_symlink(loop / "a", loop / "b"), fs::create_directory_symlink(loop / "b", loop / "a");
  refused(loop, {}, "Too many levels of symbolic links");
  refused(loop, {.image_size = 0}, "folder: image_size must be within 1 .. 4096, got 0");
}

TEST_CASE("real photographs of Caltech-101 load with their sizes and classes") {
  const auto root = nce::test::real_data("caltech101-subset");
  if (!root) return;
  const Splits both = ImageFolder{.image_size = 32}.load(*root / "caltech101-subset");
  CHECK(both.train->size() == 1200);
  CHECK(both.test->size() == 400);
  CHECK(both.train->classes == 20);
  CHECK(both.train->channels == 3);
}
