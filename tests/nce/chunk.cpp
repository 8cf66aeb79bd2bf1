// --chunk: batches in parts, by gradient caching.
#include "nce/core/files/safetensors.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;
using doctest::Approx;

TEST_CASE("a batch in parts trains as the whole batch does, where no batch norm sees a part") {
  TemporaryFolder folder;
  const std::string train =
      "train --limit 128 --batch 64 --encoder mlp --width 16 --epochs 3 --optimizer sgd --lr 0.1 --log-every 1 --out ";
  const auto whole = folder / "whole", parts = folder / "parts";
  succeed(train + whole);
  CHECK(holds(succeed(train + parts + " --chunk 16").out,
              "gradient caching: a batch in 4 parts of 16 examples; batch norms see one part at a time\n"));
  const auto a = log_of(whole, "step"), b = log_of(parts, "step");
  REQUIRE((a.size() == 6 && b.size() == 6));
  for (size_t i = 0; i < a.size(); ++i)
    for (const char* key : {"loss", "alignment", "positive", "effective_rank"})
      CHECK(b[i][key].get<double>() == Approx(a[i][key].get<double>()).epsilon(1e-4));
  CHECK(b[5]["loss"].get<double>() < b[0]["loss"].get<double>());
  const SafeTensors x = load_safetensors(whole / "checkpoint.safetensors"),
                    y = load_safetensors(parts / "checkpoint.safetensors");
  for (size_t t = 0; t < x.tensors.size(); ++t) {
    const auto p = x.tensors[t].second.to_vector<float>(), q = y.tensors[t].second.to_vector<float>();
    for (size_t i = 0; i < p.size(); ++i) REQUIRE(std::abs(p[i] - q[i]) < 1e-4);
  }
}

TEST_CASE(
    "a run in parts has the same bits after a resume, with a last, smaller batch and where no batch can be made") {
  TemporaryFolder folder;
  const std::string train =
      "train --data clouds --size 160 --batch 64 --chunk 32 --drop-last=false --schedule constant "
      "--log-every 1 --warmup-epochs 0 --out ";
  const auto whole = folder / "whole", parts = folder / "parts", cut = folder / "cut";
  succeed(train + whole + " --epochs 2", NCE_OWN_THINGS);
  CHECK(log_of(whole, "step").size() == 6);  // 64, 64 and 32 examples
  succeed(train + parts + " --epochs 1", NCE_OWN_THINGS);
  succeed("train --resume --epochs 2 --out " + parts, NCE_OWN_THINGS);
  check_same_files(whole, parts);
  const auto stop = folder / "stop";
  Process process(words(train + cut + " --epochs 1000000 --stop " + stop, NCE_OWN_THINGS));
  REQUIRE(eventually([&] {
    return std::filesystem::exists(cut / "log.jsonl") && holds(read_file(cut / "log.jsonl"), "\"step\":7,");
  }));
  folder.write("stop", "");
  const Result result = process.wait();
  CHECK(result.code == 1);
  CHECK(holds(result.err, " is there; training stops. Saved after "));
  const std::string refused = "must be at least 2, and divide --batch 64";
  check_refused("train --batch 64 --chunk 48 --out " + folder / "x", 2, "--chunk 48: " + refused);
  check_refused("train --batch 64 --chunk 1 --out " + folder / "x", 2, "--chunk 1: " + refused);
  check_refused("train --data clouds --size 64 --batch 128 --chunk 32 --out " + folder / "y", 2,
                "--batch 128: larger than the data, 64 vectors of 8", NCE_OWN_THINGS);
}
