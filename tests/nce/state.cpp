#include "nce/core/files/safetensors.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

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
