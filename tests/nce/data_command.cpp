// nce data: list, check, show, fetch.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb/stb_image.h>

#include <memory>

#include "fetch/standard_set.h"
#include "nce/core/error.h"
#include "nce/data/catalogue.h"
#include "support/idx.h"
#include "support/paths.h"
#include "support/runs.h"
#include "support/server.h"

using namespace nce;
using namespace nce::test;

namespace {

// A part of a set, in this order.
data::InMemoryDataset part_of(const data::InMemoryDataset& all, const std::vector<int>& items) {
  data::InMemoryDataset part = all;
  part.images.clear(), part.labels.clear();
  for (const int i : items) {
    const auto image = all.image(i);
    part.images.insert(part.images.end(), image.begin(), image.end());
    part.labels.push_back(all.labels[size_t(i)]);
  }
  return part;
}

struct Picture {
  int height = 0, width = 0;
  std::string pixels;  // (height, width, 3)
  const char* at(int y, int x) const { return pixels.data() + 3 * (y * width + x); }
};
Picture png(const std::filesystem::path& path) {
  Picture picture;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> bytes(
      stbi_load(path.c_str(), &picture.width, &picture.height, &channels, 3), stbi_image_free);
  REQUIRE(bytes);
  picture.pixels.assign(reinterpret_cast<char*>(bytes.get()), size_t(3 * picture.width * picture.height));
  return picture;
}

}  // namespace

TEST_CASE("data list tells every set, what lies under a root, and where the rest is to be had") {
  const TemporaryFolder folder;
  write_idx(folder, "MNIST/raw", "train", squares(8));
  const std::string all = succeed("data list").out, here = succeed("data list --root " + folder.path()).out;
  for (const auto& row : data::known_datasets()) {
    CAPTURE(row.name);
    CHECK(holds("\n" + all, "\n" + row.name + " "));
    CHECK(holds(all, row.folder));
    for (const auto& file : row.published.downloads) CHECK(file.md5.size() == 32);
    if (!row.published.downloads.empty()) CHECK(holds(all, "nce data fetch " + row.name + " --root ROOT"));
  }
  CHECK(holds(all, "glyphs         built in\n"));
  CHECK(holds(here, "mnist          2 of 4 files there\n"));
  CHECK(holds(here, "cifar10        not there\n    belongs in "));
  CHECK(holds(here, "folder         your own\n    is         a folder of pictures for each class\n"));
  folder.write("pictures/train/cats/a.png", "x");
  CHECK(holds(succeed("data list --root " + folder / "pictures").out, "folder         there\n"));
  check_refused("train --out x --root " + folder / "pictures", 2, "add --data folder");
  folder.write("cifar-10-batches-bin/test_batch.bin", std::string(30'730'000, '\0'));
  CHECK(holds(succeed("data list --root " + folder.path()).out, "cifar10        1 of 6 files there\n"));
  check_refused("data list --root /nowhere", 1, "/nowhere: there is no such folder");
}

TEST_CASE("data check counts labels, finds images that are there twice, and knows damaged files") {
  const TemporaryFolder folder;
  const data::InMemoryDataset all = squares(12);
  data::InMemoryDataset train = part_of(all, {0, 3, 6, 9, 1, 3, 0}), test = part_of(all, {9, 4, 7, 10});
  train.labels[5] = 3;  // image 3 once more, with another label
  write_idx(folder, ".", "train", train), write_idx(folder, ".", "t10k", test);
  const std::string line = "data check --data idx --root " + folder.path(), text = succeed(line).out;
  CHECK(
      text.starts_with("idx train: 7 images, 12 x 12 x 1\n"
                       "  4 labels:\n    label 0: 3\n    label 1: 1\n    label 2: 1\n    label 3: 2\n"));
  CHECK(holds(text, "  2 images are there twice, 1 of them with another label: 5 = 1, 6 = 0\nidx test: 4 images"));
  CHECK(holds(text, "  no image is there twice\n  1 image is among the training images too: 0 = 3\n"));
  CHECK(
      holds(succeed("data check").out, "glyphs train: 10000 images, 28 x 28 x 1\n  10 labels, 1000 images each\n"));

  write_idx(folder, "MNIST/raw", "train", train), write_idx(folder, "MNIST/raw", "t10k", test);
  folder.write("MNIST/raw/t10k-labels-idx1-ubyte.gz", "short");
  const Result damaged = run_line("data check --data mnist --root " + folder.path());
  CHECK(damaged.code == 1);
  CHECK(holds(damaged.out, "t10k-labels-idx1-ubyte.gz: 5 bytes; published are 4542\n"));
  CHECK(holds(damaged.err, "mnist: a file is not the published one (above)"));
  folder.write("MNIST/raw/t10k-labels-idx1-ubyte.gz", std::string(4542, 'x'));
  CHECK(holds(
      run_line("data check --data mnist --root " + folder.path()).out,
      "t10k-labels-idx1-ubyte.gz: MD5 933594766bbf9fe4ae30cdf98837e646; published is ec29112dd5afa0611ce80d1b7f02629c\n"));
  check_refused("data check --data mnist", 2, "--data mnist needs --root, the folder that holds MNIST/raw");
  check_refused("data check --limit 5", 2, "`nce data check` has no option --limit");
}

TEST_CASE("the files of real sets are the published ones") {
  for (const auto& published : {std::pair("mnist", 4), {"fashion_mnist", 4}, {"cifar10", 6}}) {
    const char* const set = published.first;
    const int files = published.second;
    const auto root = real_data(data::known_datasets().find(set).folder.c_str());
    if (!root) continue;
    const std::string text = succeed(fmt::format("data check --data {} --root {}", set, root->string())).out;
    int right = 0;
    for (size_t at = 0; (at = text.find(": as published\n", at)) != std::string::npos; ++at) ++right;
    CHECK_MESSAGE(right == files, set);
    CHECK(holds(text, " train: "));
  }
}

TEST_CASE("data show writes images beside their views, the same for the same seed") {
  const TemporaryFolder folder;
  const data::InMemoryDataset all = squares(40);
  write_idx(folder, ".", "train", all), write_idx(folder, ".", "t10k", all);
  const auto show = [&](const std::string& name, const std::string& more) {
    return succeed("data show --data idx --root " + folder.path() + " --out " + folder / name + " " + more).out;
  };
  const std::string text = show("a.png", "--count 3 --num-views 2 --views crop");
  CHECK(holds(text, "a.png: 3 train images of idx, each beside 2 views: crop (min_scale 0.4"));
  const Picture picture = png(folder / "a.png");
  constexpr int kScale = 5, kSide = 12 * kScale;  // the least that makes 56 pixels
  CHECK(picture.height == 4 + 3 * (kSide + 4));
  CHECK(picture.width == 3 * (kSide + 4) + 12);
  // The first column holds the images that the text names, each pixel a square.
  std::istringstream lines(text.substr(text.find("  image ")));
  for (int row = 0; row < 3; ++row) {
    std::string word;
    int image = -1;
    REQUIRE(bool(lines >> word >> image));
    std::getline(lines, word);
    CHECK(word == ", label " + std::to_string(all.labels[size_t(image)]));
    int wrong = 0;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        for (int c = 0; c < 3; ++c)
          wrong += uint8_t(picture.at(4 + row * (kSide + 4) + y, 4 + x)[c]) !=
                   all.image(image)[size_t(y / kScale * 12 + x / kScale)];
    CHECK(wrong == 0);
  }
  CHECK(holds(
      show("byol.png", "--count 1 --num-views 2 --augment byol"),
      "each beside 2 views: crop,flip,jitter,grey,blur/crop,flip,jitter,grey,blur2,solarize (min_scale 0.08"));
  show("b.png", "--count 3 --num-views 2 --views crop"),
      show("c.png", "--count 3 --num-views 2 --views crop --seed 2");
  CHECK(read_file(folder / "a.png") == read_file(folder / "b.png"));
  CHECK(read_file(folder / "a.png") != read_file(folder / "c.png"));
  // A list that does nothing shows the image again.
  show("same.png", "--count 1 --num-views 1 --views identity --split test");
  const Picture same = png(folder / "same.png");
  for (int y = 0; y < kSide; ++y)
    CHECK(std::equal(same.at(4 + y, 4), same.at(4 + y, 4 + kSide), same.at(4 + y, 12 + kSide + 4)));
  check_refused("data show --out a.jpg", 2, "--out a.jpg: must end in .png");
  check_refused("data show --out a.png --count 0", 2, "--count: must be within 1 .. 100, got 0");
}

TEST_CASE("data fetch takes what is published and nothing else") {
  const TemporaryFolder folder;
  const std::string to = " --root " + folder.path();
  const auto missing = [&](const std::string& url) { return "data fetch mnist" + to + " --mirror " + url; };
  std::string gone;
  {
    const Server page([](const std::string&, const Server::Send& send) {
      const std::string text = "<html>please log in</html>";
      send(head_of(text, 0) + text);
    });
    gone = page.url();
    check_refused(
        missing(page.url()), 1,
        page.url() + "train-images-idx3-ubyte.gz: the server gives 26 bytes, the published file has 9912422;");
  }
  check_refused(missing(gone), 1, "train-images-idx3-ubyte.gz: no connection (");
  CHECK(std::filesystem::is_empty(folder / "MNIST/raw/train-images-idx3-ubyte.gz.part"));
  folder.write("MNIST/raw/train-images-idx3-ubyte.gz", "mine");
  check_refused(missing(gone), 1, "is there, and is not the published file; move it away, then fetch again");
  check_refused("data fetch glyphs" + to, 2, "glyphs is no set that can be fetched: it needs no files");
  check_refused("data fetch idx" + to, 2, "idx is no set that can be fetched: its files are your own");
  check_refused("data fetch minst" + to, 2, "there is no 'minst' here; did you mean mnist?");
  check_refused("data fetch mnist", 2, "--root is needed: ");
}

TEST_CASE("Ctrl-C stops a fetch, and the next one goes on") {
  const auto root = real_data("MNIST/raw");
  if (!root) return;
  const auto file_of = [&](const std::string& request) {
    const size_t begin = request.find('/') + 1;
    return read_file(*root / "MNIST/raw" / request.substr(begin, request.find(' ', begin) - begin));
  };
  const TemporaryFolder folder;
  const auto part = folder / "MNIST/raw/train-images-idx3-ubyte.gz.part";
  {
    const Server slow([&](const std::string& request, const Server::Send& send) {
      const std::string body = file_of(request);
      send(head_of(body, 0) + body.substr(0, 1'000'000));
      while (send("")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
    Process fetch(words("data fetch mnist --root " + folder.path() + " --mirror " + slow.url()));
    std::error_code none;
    CHECK(eventually([&] { return std::filesystem::file_size(part, none) == 1'000'000; }));
    fetch.kill(SIGINT);
    const Result stopped = fetch.wait();
    CHECK(stopped.code == 130);
    CHECK(holds(stopped.err, "interrupted; the same command goes on with what is there"));
  }
  CHECK(std::filesystem::file_size(part) == 1'000'000);
  const Server good([&](const std::string& request, const Server::Send& send) {
    const std::string body = file_of(request);
    send(head_of(body, range_of(request)) + body.substr(range_of(request)));
  });
  const std::string line = "data fetch mnist --root " + folder.path() + " --mirror " + good.url();
  CHECK(holds(succeed(line).out, "train-images-idx3-ubyte.gz: 9.9 MB, as published\n"));
  CHECK(good.requests().size() == 4);
  CHECK(range_of(good.requests()[0]) == 1'000'000);
  CHECK(holds(succeed(line).out, "t10k-labels-idx1-ubyte.gz: is there, as published\n"));
  CHECK(good.requests().size() == 4);
}

TEST_CASE("archives are unpacked beside themselves") {
  const TemporaryFolder folder;
  folder.write("in/a.bin", "bytes");
  REQUIRE(std::system(("tar -czf " + folder / "a.tar.gz" + " -C " + folder.path() + " in && rm -r " + folder / "in")
                          .c_str()) == 0);
  CHECK(cli::is_archive(folder / "a.tar.gz"));
  CHECK(!cli::is_archive(folder / "a-ubyte.gz"));
  cli::unpack(folder / "a.tar.gz");
  CHECK(read_file(folder / "in/a.bin") == "bytes");
  const std::string damaged = folder.write("b.zip", "no archive");
  std::string said;
  try {
    cli::unpack(damaged);
  } catch (const Error& error) { said = error.what(); }
  CHECK(holds(said, "b.zip was not unpacked"));
}
