// Data sets as users have them: in any order, in colours that do not occur, without labels, not fitting each other.
#include "support/idx.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

const std::string kShort = "train --data idx --batch 32 --width 4 --epochs 2 ";

void write_squares(const TemporaryFolder& folder, const std::string& below, int channels = 1, bool bright = true) {
  write_idx(folder, below, "train", squares(320, channels, bright));
  write_idx(folder, below, "t10k", squares(80, channels, bright));
}

}  // namespace

TEST_CASE("a channel that is 0 everywhere does no harm") {
  const TemporaryFolder folder;
  for (const char* split : {"train", "t10k"}) {
    data::Dataset set = squares(split == std::string("train") ? 320 : 80, 3);
    for (size_t i = 2; i < set.images.size(); i += 3) set.images[i] = 0;
    write_idx(folder, "blue0", split, set);
  }
  succeed(kShort + "--root " + folder / "blue0" + " --out " + folder / "run");
  CHECK(log_of(folder / "run").back()["knn"].get<double>() > 0.9);
}

TEST_CASE("images without labels train, and no accuracy is given") {
  const TemporaryFolder folder;
  for (const int value : {0, 3}) {
    for (const char* split : {"train", "t10k"}) {
      data::Dataset set = squares(split == std::string("train") ? 320 : 80);
      std::fill(set.labels.begin(), set.labels.end(), value);
      write_idx(folder, "set", split, set);
    }
    const auto run = folder / std::to_string(value);
    const Result result = succeed(kShort + "--root " + folder / "set" + " --log-every 5 --out " + run);
    CHECK(holds(result.out, "idx: 320 images 12 x 12 x 1, no labels; conv4 and head"));
    CHECK(!holds(result.out, "kNN"));
    for (const json& line : log_of(run)) CHECK((!line.contains("knn") && !line.contains("target_by_label")));
    check_refused("theory --pairs 64 --run " + run, 2,
                  "idx: there are no labels: all are " + std::to_string(value) + "; give --states kmeans:K");
    succeed("theory --pairs 64 --states kmeans:4 --run " + run);
  }
}

TEST_CASE("--limit takes a random sample, and the accuracy after an epoch is that of one") {
  const TemporaryFolder folder;
  write_squares(folder, "sorted");  // by class: the first 128 images have two of the four
  const auto run = [&](const std::string& name, const std::string& options) {
    const Result result =
        succeed(kShort + "--limit 128 --root " + folder / "sorted" + " --out " + folder / name + options);
    CHECK(holds(result.out, "idx: 128 images 12 x 12 x 1; "));
    return read_file(folder / name / "checkpoint.safetensors");
  };
  const std::string first = run("a", "");
  CHECK(log_of(folder / "a").back()["knn"].get<double>() > 0.6);  // 0.5 at most, of two classes
  CHECK(first == run("b", ""));
  CHECK(first != run("c", " --seed 2"));
}

TEST_CASE("a test set that does not fit the training set is refused before the first step, with both files") {
  const TemporaryFolder folder;
  write_idx(folder, "mixed", "train", squares(320));
  write_idx(folder, "mixed", "t10k", squares(80, 3));
  const std::string refusal =
      "/mixed/t10k-images-idx4-ubyte: the test images (12 x 12 x 3, 4 classes) do not fit the training images (12 x 12 x "
      "1, 4 classes) of " +
      folder.path() + "/mixed/train-images-idx3-ubyte";
  check_refused(kShort + "--root " + folder / "mixed" + " --out " + folder / "run", 1, refusal);
  CHECK(!std::filesystem::exists(folder / "run"));
}
