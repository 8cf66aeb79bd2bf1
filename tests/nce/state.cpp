#include <doctest/doctest.h>

#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "support/process.h"

using namespace nce;
using namespace nce::test;

namespace {

std::filesystem::path checkpoint_of(const std::filesystem::path& run) { return run / "checkpoint.safetensors"; }

Result resume(const std::filesystem::path& run) {
  return run_nce({"train", "--out", run.string(), "--resume", "--epochs", "2"});
}

}  // namespace

// A state from before has no "format", and its moments have our layout. Width 3: conv2.weight (6, 3, 3, 3) has the
// same shape in both layouts.
TEST_CASE("a state that an older program wrote is continued to the same bits, and one of a newer program refused") {
  const TemporaryFolder folder;
  const auto straight = folder / "straight", old = folder / "old", future = folder / "future";
  REQUIRE(run_nce({"train", "--limit", "64", "--batch", "32", "--encoder", "conv4", "--width", "3", "--epochs", "1",
                   "--out", straight.string()})
              .code == 0);
  std::filesystem::copy(straight, old, std::filesystem::copy_options::recursive);
  std::filesystem::copy(straight, future, std::filesystem::copy_options::recursive);

  SafeTensors state = load_safetensors(old / "state.safetensors");
  for (auto& [name, tensor] : state.tensors)
    if (name.starts_with("optimizer.")) tensor = nn::from_pytorch(nn::State{{name, tensor}})[0].second;
  REQUIRE(state.metadata.erase("format") == 1);
  save_safetensors(old / "state.safetensors", state.tensors, state.metadata);
  state = load_safetensors(future / "state.safetensors");
  state.metadata["format"] = "3";
  save_safetensors(future / "state.safetensors", state.tensors, state.metadata);

  REQUIRE(resume(straight).code == 0);
  REQUIRE(resume(old).code == 0);
  CHECK(read_file(checkpoint_of(old)) == read_file(checkpoint_of(straight)));
  const Result refused = resume(future);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("this state has format 3, and this program reads format 2") != std::string::npos);
}
