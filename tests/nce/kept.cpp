// What eval keeps for later, and what embed writes.
#include <iterator>
#include <sstream>

#include "nce/core/files/npy.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/ops.h"
#include "support/idx.h"
#include "support/npy_matrix.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

const std::string kRaw = "raw pixels", kRandom = "random conv4 (width 4), seed ";

}  // namespace

TEST_CASE("baselines are measured once for a data set, and again where anything differs that they follow from") {
  const TemporaryFolder folder;
  write_idx(folder, "set", "train", squares(320));
  write_idx(folder, "set", "t10k", squares(80));
  const auto run = [&](const std::string& name, const std::string& options) {
    succeed("train --data idx --root " + folder / "set" + " --batch 32 --width 4 --epochs 1 --out " +
            folder / ("runs/" + name) + options);
    return folder / ("runs/" + name);
  };
  const auto a = run("a", ""), b = run("b", " --loss dcl"), c = run("c", " --seed 2"), d = run("d", " --limit 200");
  const auto eval = [](const std::string& options) { return succeed("eval --run " + options).out; };
  CHECK(!holds(eval(a), "not measured again"));
  CHECK(holds(eval(b), "\nnot measured again: " + kRaw + " (" + a + "), " + kRandom + "1 (" + a + ")\n"));
  CHECK(holds(eval(c), "\nnot measured again: " + kRaw + " (" + a + ")\n"));  // another random encoder
  CHECK(!holds(eval(d), "not measured again"));                               // other options of the data
  CHECK(holds(eval(d), "\nnot measured again: " + kRaw + " (" + d + "), " + kRandom + "1 (" + d + ")\n"));

  // They are those of the file, by its digest.
  json kept = json::parse(read_file(a / "eval.json"));
  for (const char* key : {"raw_pixels", "random_encoder"})
    CHECK(json::parse(read_file(b / "eval.json"))[key] == kept[key]);
  const double measured = kept["raw_pixels"]["knn"];
  std::filesystem::remove(b / "eval.json"), std::filesystem::remove(c / "eval.json");
  kept["raw_pixels"]["knn"] = 0.125;
  folder.write("runs/a/eval.json", kept.dump());
  CHECK(json::parse(eval(b + " --json"))["raw_pixels"]["knn"] == 0.125);
  std::filesystem::remove(b / "eval.json");
  kept["baselines"][0]["digest"] = "0123456789abcdef";
  folder.write("runs/a/eval.json", kept.dump());
  folder.write("runs/0/eval.json", "[{");  // not what eval writes
  CHECK(json::parse(eval(b + " --json"))["raw_pixels"]["knn"] == measured);
}

TEST_CASE("embed makes the folder of its file, and gives the features or what the head makes of them") {
  const TemporaryFolder folder;
  const auto run = folder / "run", x = folder / "new/deep/x.npy", z = folder / "new/z.npy";
  check_refused("embed --run " + run + " --out " + x, 2, "there is no run in " + run.string());
  CHECK(!std::filesystem::exists(folder / "new"));
  succeed("train --limit 64 --batch 32 --epochs 1 --encoder mlp --width 16 --head-dim 24 --head-batch-norm --out " +
          run);
  succeed("embed --run " + run + " --out " + x);
  CHECK(holds(succeed("embed --layer projection --run " + run + " --out " + z).out,
              "z.npy: 24 dimensions of the projection of 2000 test examples; "));
  const Tensor features = npy_matrix(x, 2000), projection = npy_matrix(z, 2000);
  REQUIRE(projection.shape() == Shape{2000, 24});
  std::map<std::string, Tensor> head;
  for (const auto& [name, tensor] : load_safetensors(run / "state.safetensors").tensors)
    if (name.starts_with("head.")) head[name.substr(5)] = tensor;
  const auto norm = [&](const Tensor& t, const std::string& at) {
    return (t - head[at + "running_mean"]) / sqrt(head[at + "running_var"] + 1e-5) * head[at + "weight"] +
           head[at + "bias"];
  };
  const Tensor hidden = relu(norm(matmul(features, transpose(head["0.weight"], 0, 1)), "1."));
  const Tensor expected = norm(matmul(hidden, transpose(head["3.weight"], 0, 1)), "4.");
  CHECK(max(abs(projection - expected)).item() < 1e-4 * max(abs(expected)).item());

  // The same numbers as TensorBoard's projector reads them.
  CHECK(holds(succeed("embed --run " + run + " --out " + folder / "p.tsv").out, "p.metadata.tsv: their classes"));
  std::istringstream vectors(read_file(folder / "p.tsv")), metadata(read_file(folder / "p.metadata.tsv"));
  std::vector<float> numbers{std::istream_iterator<float>(vectors), {}};
  CHECK(numbers == features.to_vector<float>());
  const NpyArray labels = load_npy(folder / "new/deep/x.labels.npy");
  std::string line;
  std::getline(metadata, line);
  CHECK(line == "label\tclass");
  int64_t lines = 0;
  for (; std::getline(metadata, line); ++lines) REQUIRE(std::stod(line) == labels[lines]);
  CHECK(lines == 2000);

  std::filesystem::remove(run / "state.safetensors");
  check_refused(
      "embed --layer projection --run " + run + " --out " + z, 1,
      "state.safetensors: is not there: the projection head, whose embeddings the loss saw, is only in it");
  succeed("embed --run " + run + " --out " + x);
  check_refused("embed --layer last --run " + run + " --out " + x, 2, "--layer: ");
}
