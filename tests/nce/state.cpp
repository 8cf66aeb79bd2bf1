#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

// A state from before has no "format", and its moments have our layout. Width 3: conv2.weight (6, 3, 3, 3) has the
// same shape in both layouts.
TEST_CASE("a state that an older program wrote is continued to the same bits, and one of a newer program refused") {
  const TemporaryFolder folder;
  const auto straight = folder / "straight", old = folder / "old", future = folder / "future";
  const std::string resume = "train --resume --epochs 2 --out ";
  succeed("train --limit 64 --batch 32 --encoder conv4 --width 3 --epochs 1 --out " + straight);
  for (const auto& copy : {old, future})
    std::filesystem::copy(straight, copy, std::filesystem::copy_options::recursive);

  SafeTensors state = load_safetensors(straight / "state.safetensors");
  REQUIRE(state.metadata["format"] == "2");
  state.metadata["format"] = "3";
  save_safetensors(future / "state.safetensors", state.tensors, state.metadata);
  for (auto& [name, tensor] : state.tensors)
    if (name.starts_with("optimizer.")) tensor = nn::from_pytorch(nn::State{{name, tensor}})[0].second;
  state.metadata.erase("format");
  save_safetensors(old / "state.safetensors", state.tensors, state.metadata);

  succeed(resume + straight);
  succeed(resume + old);
  CHECK(read_file(old / "checkpoint.safetensors") == read_file(straight / "checkpoint.safetensors"));
  check_refused(resume + future, 1, "this state has format 3, and this program reads format 2");
}
