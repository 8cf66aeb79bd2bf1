#include "nce/core/files/safetensors.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

TEST_CASE("a place in a state that cannot be is refused, by name and value") {
  const TemporaryFolder folder;
  const auto run = folder / "run";
  succeed("train --limit 64 --batch 32 --encoder mlp --width 16 --epochs 1 --out " + run);
  const auto file = run + "/state.safetensors";
  const SafeTensors state = load_safetensors(file);
  for (const auto& [value, reason] : {std::pair("1.5", "'epoch' is '1.5', which is not a whole number"),
                                      std::pair("x", "'epoch' is 'x', which is not a whole number"),
                                      std::pair("1e20", "'epoch' is '1e20', which is not a whole number"),
                                      std::pair("-1", "'epoch' is -1, outside 0 .. 1000000000"),
                                      std::pair("9000000000000000000", "outside 0 .. 1000000000")}) {
    auto metadata = state.metadata;
    metadata["epoch"] = value;
    save_safetensors(file, state.tensors, metadata);
    check_refused("train --resume --epochs 2 --out " + run, 1, reason);
  }
}

TEST_CASE("a state of another format is refused, by name") {
  const TemporaryFolder folder;
  const auto run = folder / "run";
  succeed("train --limit 64 --batch 32 --encoder mlp --width 16 --epochs 1 --out " + run);
  const auto file = run + "/state.safetensors";
  SafeTensors state = load_safetensors(file);
  REQUIRE(state.metadata["format"] == "3");
  state.metadata["format"] = "4";
  save_safetensors(file, state.tensors, state.metadata);
  check_refused("train --resume --epochs 2 --out " + run, 1,
                "this state has format 4, and this program reads format 3");
  state.metadata.erase("format");
  save_safetensors(file, state.tensors, state.metadata);
  check_refused("train --resume --epochs 2 --out " + run, 1, "lacks 'format': not the state of a run");
}
