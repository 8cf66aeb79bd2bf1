#include "run/trained_run.h"

#include <fmt/format.h>

#include <sstream>

#include "nce/core/error.h"
#include "nce/nn/checkpoint.h"
#include "usage.h"

namespace nce::cli {

TrainedRun open_run(const std::filesystem::path& path, const std::filesystem::path& root) {
  TrainedRun run{.folder = RunFolder(path), .settings = {}};
  run.folder.check_started();
  check(std::filesystem::exists(run.folder.checkpoint()),
        "{}: there is no checkpoint yet; continue the run with: nce train --out {} --resume",
        run.folder.checkpoint().string(), path.string());
  run.settings = read_run_settings(run.folder.config());
  if (!root.empty()) run.settings.root = root;
  return run;
}

data::Normalisation load_encoder(const TrainedRun& run, Model& model) {
  const auto metadata = nn::load_checkpoint(run.folder.checkpoint(), *model.encoder);
  const auto numbers = [&](const std::string& key) {
    const auto found = metadata.find(key);
    check(found != metadata.end(), "{}: lacks '{}' in its metadata: not written by nce train",
          run.folder.checkpoint().string(), key);
    std::istringstream stream(found->second);
    std::vector<float> values;
    for (float value = 0; stream >> value;) values.push_back(value);
    return values;
  };
  return {.mean = numbers("mean"), .std = numbers("std")};
}

}  // namespace nce::cli
