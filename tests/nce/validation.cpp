// Examples that are held out of training, and parts of a set, as users ask for them.
#include "nce/core/files/npy.h"
#include "support/idx.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

const std::string kShort = "train --data idx --batch 32 --width 4 --epochs 1 ";

// 320 training and 80 test images of four classes, by class.
void write_squares(const TemporaryFolder& folder) {
  write_idx(folder, "set", "train", squares(320));
  write_idx(folder, "set", "t10k", squares(80));
}

}  // namespace

TEST_CASE("--validation holds examples out, and eval and embed take them by --split validation") {
  const TemporaryFolder folder;
  write_squares(folder);
  const std::string root = " --root " + folder / "set", run = folder / "run", plain = folder / "plain";
  const Result trained = succeed(kShort + "--validation 0.25 --out " + run + root);
  CHECK(holds(trained.out, "idx: 240 images 12 x 12 x 1, 80 held out, 4 labels; "));
  succeed(kShort + "--out " + plain + root);
  check_refused("eval --split validation --run " + run + " " + plain, 2,
                "--split validation: " + plain + " held no examples out; train it with --validation 0.1");
  CHECK(!std::filesystem::exists(run + "/eval.validation.json"));  // nothing is measured before

  const std::string title = "idx: top-1 accuracy on 80 validation images, %\n";
  CHECK(holds(succeed("eval --split validation --run " + run).out, title));
  const json held_out = json::parse(read_file(run + "/eval.validation.json"));
  CHECK(!std::filesystem::exists(run + "/eval.json"));
  CHECK(holds(succeed("eval --run " + run).out,
              "idx: top-1 accuracy on 80 test images, learned without 80 training images that are held out, %\n"));
  const json test = json::parse(read_file(run + "/eval.json"));
  CHECK(test["identity"] == held_out["identity"]);  // of the whole set
  CHECK(test["protocol"] != held_out["protocol"]);
  const Result again = succeed("eval --split validation --run " + run);
  CHECK(holds(again.out, "not measured again: raw pixels (" + run + "), "));
  // What is said after an epoch is of the validation examples too.
  CHECK(log_of(run).back()["knn"] == held_out["knn"]);

  CHECK(holds(succeed("report --split validation " + run).out, "| idx (validation) | raw pixels |"));
  CHECK(holds(succeed("report " + run).out, "| idx | raw pixels |"));
  check_refused("report --split validation " + plain, 1,
                plain + " is not measured yet, and is left out: nce eval --split validation --run " + plain);

  const auto count = [&](const std::string& split) {
    succeed("embed --split " + split + " --run " + run + " --out " + folder / "x.npy");
    return load_npy(folder / "x.labels.npy").shape.front();
  };
  CHECK(count("train") == 240);
  CHECK(count("validation") == 80);
  CHECK(count("test") == 80);
  check_refused("embed --split validation --run " + plain + " --out " + folder / "none/x.npy", 2,
                "held no examples out");
  CHECK(!std::filesystem::exists(folder / "none"));
}

TEST_CASE("--classes, --per-class and --fraction choose images, a run remembers them") {
  const TemporaryFolder folder;
  write_squares(folder);
  const std::string root = " --root " + folder / "set", run = folder / "run";
  CHECK(holds(succeed(kShort + "--classes 0,3 --per-class 40 --out " + run + root).out,
              "idx: 80 images 12 x 12 x 1, 2 labels; "));
  CHECK(holds(succeed("eval --run " + run).out, "idx: top-1 accuracy on 40 test images of the classes 0,3, %\n"));
  succeed("train --resume --epochs 2 --out " + run);
  check_refused("train --resume --per-class 50 --out " + run, 2,
                "--per-class 50 cannot change in a run that is continued");
  CHECK(holds(succeed(kShort + "--fraction 0.25 --out " + folder / "part" + root).out,
              "idx: 80 images 12 x 12 x 1, 4"));
  check_refused(kShort + "--classes 0,4 --out " + folder / "x" + root, 1,
                "idx: there is no class '4'; they are 0 .. 3");
  check_refused(kShort + "--validation 1 --out " + folder / "x" + root, 2, "must be at least 0 and below 1");
  check_refused(kShort + "--validation-seed 2 --out " + folder / "x" + root, 2, "validation-seed");
}

TEST_CASE("STL-10 is learned from with its images without labels, and measured with labels") {
  const TemporaryFolder folder;
  constexpr int kImage = 96 * 96 * 3;
  std::string images, labels;
  Random random{Key(1)};
  for (int i = 0; i < 40; ++i) {
    labels += char(1 + i % 2);
    for (int p = 0; p < kImage; ++p) images += char(random.below(60) + (i % 2 && p < kImage / 3 ? 150 : 0));
  }
  for (const std::string split : {"train", "test"}) {
    folder.write("stl10_binary/" + split + "_X.bin", images);
    folder.write("stl10_binary/" + split + "_y.bin", labels);
  }
  folder.write("stl10_binary/unlabeled_X.bin", images.substr(0, 24 * kImage));
  const std::string start = "train --data stl10 --batch 32 --width 2 --epochs 1 --root " + folder.path().string();
  const std::string run = folder / "run";
  const Result trained = succeed(start + " --validation 0.2 --out " + run);
  CHECK(holds(trained.out, "stl10: 4960 images of train_X.bin not there; training on what is\n"));
  CHECK(holds(trained.out, "stl10: 56 images 96 x 96 x 3, no labels, 8 held out; conv4 and head"));
  CHECK(holds(succeed("eval --no-baselines --run " + run).out,
              "stl10: top-1 accuracy on 40 test images, learned without 8 training images that are held out, %\n"));
  CHECK(holds(succeed("eval --no-baselines --split validation --run " + run).out, "on 8 validation images, %\n"));
  check_refused(start + " --loss sup_con --out " + folder / "x", 2,
                "--loss sup_con learns from labels; stl10: 64 images");
  CHECK(!std::filesystem::exists(folder / "x"));
  CHECK(holds(succeed(start + " --loss sup_con --learn-from train --out " + folder / "s").out,
              "stl10: 40 images 96 x 96 x 3, 2 labels; "));
}
