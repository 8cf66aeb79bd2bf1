// Data sets as users have them: in any order, in colours that do not occur, without labels, not fitting each other.
#include <cmath>

#include "nce/core/files/safetensors.h"
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
    data::InMemoryDataset set = squares(split == std::string("train") ? 320 : 80, 3);
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
      data::InMemoryDataset set = squares(split == std::string("train") ? 320 : 80);
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
    CHECK(succeed("eval --run " + run).out == "idx: no labels: there is nothing to classify\n");
    const json scores = json::parse(succeed("eval --json --run " + run).out);
    CHECK(scores["columns"].empty());
    CHECK((!scores.contains("knn") && !scores.contains("linear") && !scores.contains("raw_pixels")));
    const Result report = succeed("report " + run);
    CHECK(report.out.empty());
    CHECK(report.err == "nce: " + run + ": no labels: there is nothing to classify\n");
    succeed("embed --run " + run + " --out " + run / "x.npy");
  }
}

TEST_CASE("labels need not begin at 0 nor follow each other: those that occur are the states of theory") {
  const TemporaryFolder folder;
  for (const char* split : {"train", "t10k"}) {
    data::InMemoryDataset set = squares(split == std::string("train") ? 320 : 80);
    for (int& label : set.labels) label = 60 * label + 5;
    write_idx(folder, "set", split, set);
  }
  const auto run = folder / "run";
  CHECK(holds(succeed(kShort + "--root " + folder / "set" + " --out " + run).out, "12 x 12 x 1, 4 labels; "));
  CHECK(log_of(run).back()["knn"].get<double>() > 0.9);
  const json eval = json::parse(succeed("eval --json --run " + run).out);
  CHECK(eval["raw_pixels"]["linear"].get<double>() > 0.9);
  CHECK(!eval.contains("knn_top5"));  // of 4 labels
  const std::string theory = succeed("theory --pairs 64 --run " + run).out;
  CHECK(holds(theory, "states: 4 labels; "));
  CHECK(holds(theory, "\n             5     65    125    185\n"));
  CHECK(holds(theory, "vectors of length one, one for each state, at their best"));
}

TEST_CASE("--limit takes a random sample, and the accuracy after an epoch is that of one") {
  const TemporaryFolder folder;
  write_squares(folder, "sorted");  // by class: the first 128 images have two of the four
  const auto run = [&](const std::string& name, const std::string& options) {
    const Result result =
        succeed(kShort + "--limit 128 --root " + folder / "sorted" + " --out " + folder / name + options);
    CHECK(holds(result.out, "idx: 128 images 12 x 12 x 1, 4 labels; "));
    return read_file(folder / name / "checkpoint.safetensors");
  };
  const std::string first = run("a", "");
  CHECK(log_of(folder / "a").back()["knn"].get<double>() > 0.6);  // 0.5 at most, of two classes
  CHECK(first == run("b", ""));
  CHECK(first != run("c", " --seed 2"));
}

TEST_CASE("runs on data sets of one name are measured each on its own") {
  const TemporaryFolder folder;
  write_squares(folder, "bright"), write_squares(folder, "noise", 1, false);
  const auto noise = folder / "n1", bright = folder / "b1";
  succeed(kShort + "--root " + folder / "noise" + " --out " + noise);
  succeed(kShort + "--root " + folder / "bright" + " --out " + bright);
  const std::string alone = succeed("eval --json --run " + bright).out;
  const Result both = succeed("eval --json --run " + noise + " --run " + bright);
  CHECK(holds(both.out, alone));
  CHECK(read_file(bright / "eval.json") == alone);
  CHECK(json::parse(alone)["raw_pixels"]["knn"].get<double>() > 0.9);
  CHECK(json::parse(read_file(noise / "eval.json"))["raw_pixels"]["knn"].get<double>() < 0.6);

  const std::string tables = succeed("eval --run " + noise + " " + bright).out,
                    test = "): top-1 accuracy on 80 test images, %\n";
  CHECK(holds(tables, "idx (" + folder / "noise" + test));
  CHECK(holds(tables, "\n\nidx (" + folder / "bright" + test));
  CHECK(succeed("eval --run " + bright).out.starts_with("idx: top-1 accuracy on 80 test images, %\nLearned from "));

  const std::string report = succeed("report " + noise + " " + bright).out;
  CHECK(holds(report, "| idx (" + folder / "noise" + ", "));
  CHECK(holds(report, "| idx (" + folder / "bright" + ", "));
  CHECK(!holds(report, "±"));
  CHECK(holds(succeed("report " + bright).out, "| idx | raw pixels |  | "));

  const auto some = folder / "some";  // another choice of the same images
  succeed(kShort + "--classes 0,3 --root " + folder / "bright" + " --out " + some);
  succeed("eval --run " + some);
  const std::string chosen = succeed("report " + bright + " " + some.string()).out;
  CHECK(holds(chosen, "| raw pixels (top-1 accuracy on 80 test images, %) |"));
  CHECK(holds(chosen, "| raw pixels (top-1 accuracy on 40 test images of the classes 0,3, %) |"));
}

TEST_CASE("a run that is named twice, or copied, counts once, and that is said") {
  const TemporaryFolder folder;
  write_squares(folder, "set");
  const auto run = folder / "run", copy = folder / "copy";
  succeed(kShort + "--root " + folder / "set" + " --out " + run);
  succeed("eval --run " + run);
  std::filesystem::copy(run, copy);
  const std::string said = "nce: " + copy + " has the weights of " + run.string() + ": it counts once\n";
  const Result report = succeed("report " + run + " " + run.string() + "/. " + copy.string());
  CHECK(holds(report.out, " 2 epochs | " + run.string() + " | "));
  CHECK(report.err == "nce: " + run + "/. has the weights of " + run.string() + ": it counts once\n" + said);
  const Result eval = succeed("eval --no-baselines --run " + run + " " + copy.string());
  CHECK(eval.err == said);
  CHECK(!holds(eval.out, copy.string()));
}

TEST_CASE("a run is not measured on other data than its own, and its data may move") {
  const TemporaryFolder folder;
  write_squares(folder, "set"), write_squares(folder, "noise", 1, false);
  const auto run = folder / "run";
  succeed(kShort + "--root " + folder / "set" + " --out " + run);
  for (const std::string& command :
       {std::string("eval"), std::string("theory --pairs 64"), "embed --out " + folder / "x.npy"}) {
    check_refused(command + " --run " + run + " --root " + (folder / "noise").string(), 1,
                  "nce: " + run + ": the run was trained on other data than " + (folder / "noise").string() +
                      " holds: their digest is ");
    check_refused(command + " --run " + run + " --root " + (folder / "noise").string(), 1,
                  "; --root names the folder of the run's own data");
  }
  CHECK(!std::filesystem::exists(run / "eval.json"));
  succeed("eval --no-baselines --run " + run);
  const std::string scores = read_file(run / "eval.json");
  check_refused("eval --run " + run + " --root " + (folder / "noise").string(), 1, "on other data");
  CHECK(read_file(run / "eval.json") == scores);
  std::filesystem::rename(folder / "set", folder / "moved");
  std::filesystem::rename(folder / "noise", folder / "set");
  check_refused("eval --run " + run, 1, "the run was trained on other data than " + folder / "set" + " holds");
  succeed("eval --no-baselines --run " + run + " --root " + (folder / "moved").string());
  succeed("train --resume --epochs 3 --root " + folder / "moved" + " --out " + run);
  check_refused("report " + run, 1,
                "eval.json: the run has been trained since; measure the run again: nce eval --run ");
}

TEST_CASE("a name that the system does not take is refused by every command, in its own words") {
  const TemporaryFolder folder;
  const std::string name = folder / std::string(300, 'a');
  for (const auto* command :
       {"train --out ", "eval --run ", "report ", "embed --out x.npy --run ", "theory --run "})
    check_refused(command + name, 1, "File name too long");
}

TEST_CASE("where nothing could be measured, eval prints no table") {
  const TemporaryFolder folder;
  write_squares(folder, "bright");
  const auto run = folder / "run", checkpoint = folder / "run/checkpoint.safetensors";
  succeed(kShort + "--root " + folder / "bright" + " --out " + run);
  SafeTensors file = load_safetensors(checkpoint);
  file.tensors.front().second = Tensor::full(file.tensors.front().second.shape(), NAN);
  save_safetensors(checkpoint, file.tensors, file.metadata);
  const Result result = run_line("eval --no-baselines --run " + run);
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(holds(result.err, "not finite"));
}

TEST_CASE("what eval and theory have measured is printed also where it cannot be written") {
  const TemporaryFolder folder;
  write_squares(folder, "set");
  const auto run = folder / "run", other = folder / "other";
  const std::string train = kShort + "--root " + folder / "set" + " --out ";
  succeed(train + run), succeed(train + other + " --seed 2");
  std::filesystem::create_directory(run / "eval.json");  // in the way
  const Result table = run_line("eval --run " + run + " " + other.string());
  CHECK(table.code == 1);
  for (const auto& row : {run, other}) CHECK(holds(table.out, "info_nce  (" + row + ")"));
  CHECK(holds(table.err, run + "/eval.json"));
  CHECK(std::filesystem::exists(other / "eval.json"));
  const Result line = run_line("eval --json --no-baselines --run " + run);
  CHECK(line.code == 1);
  CHECK(json::parse(line.out).contains("knn"));

  std::filesystem::remove(other / "checkpoint.safetensors");
  const Result rest = run_line("eval --no-baselines --run " + other + " " + run.string());
  CHECK(rest.code == 1);
  CHECK(holds(rest.err, "other/checkpoint.safetensors: there is no checkpoint yet"));
  CHECK(holds(rest.out, "info_nce  (" + run + ")"));

  std::filesystem::create_directories(folder / "out/states.svg"),
      std::filesystem::create_directory(folder / "out/free_logits.csv");
  const Result theory = run_line("theory --pairs 64 --out " + folder / "out" + " --run " + run.string());
  CHECK(theory.code == 1);
  CHECK(holds(theory.out, "c1/c2, by the states of the two views"));
  const Result logits = run_line("theory --loss dcl --out " + folder / "out");
  CHECK(logits.code == 1);
  CHECK(holds(logits.out, "Free logits: "));
}

TEST_CASE("a test set that does not fit the training set is refused before the first step, with both files") {
  const TemporaryFolder folder;
  write_idx(folder, "mixed", "train", squares(320));
  write_idx(folder, "mixed", "t10k", squares(80, 3));
  const std::string refusal =
      "/mixed/t10k-images-idx4-ubyte: the test images (12 x 12 x 3, labels 0 .. 3) do not fit the training images (12 x 12 x "
      "1, labels 0 .. 3) of " +
      folder.path() + "/mixed/train-images-idx3-ubyte";
  check_refused(kShort + "--root " + folder / "mixed" + " --out " + folder / "run", 1, refusal);
  CHECK(!std::filesystem::exists(folder / "run"));
}
