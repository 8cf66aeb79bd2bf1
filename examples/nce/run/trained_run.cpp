#include "run/trained_run.h"

#include <fmt/format.h>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/number.h"
#include "nce/nn/checkpoint.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {

void put_places(Config& config, const std::filesystem::path& path, Places places) {
  places.each([&](const char* flag, const std::filesystem::path& place, const char*) {
    if (place.empty()) return;
    Option* own = config.find("data", flag + 2);
    if (!own)
      throw UsageError(fmt::format("{}: the data of {}, {}, have no such option; leave it out", flag, path.string(),
                                   config.name("data")));
    own->value = place.string();
  });
}

void check_split(const Config& config, const std::filesystem::path& path, data::Split split) {
  const Option* held_out = config.find("data", "validation");
  if (split != data::Split::validation || (held_out && number_in<double>(held_out->value).value_or(0) > 0)) return;
  throw UsageError(fmt::format("--split validation: {} held no examples out; {}", path.string(),
                               held_out ? "train it with --validation 0.1" : "its kind of data cannot"));
}

TrainedRun open_run(const std::filesystem::path& path, const Places& places, data::Split measure,
                    std::optional<uint64_t> views_seed) {
  TrainedRun run{.folder = RunFolder(path), .config = read_run(RunFolder(path)), .task = {}, .model = {}};
  const std::filesystem::path checkpoint = run.folder.checkpoint();
  check(is_there(checkpoint), "{}: there is no checkpoint yet; continue the run with: nce train --out {} --resume",
        checkpoint.string(), path.string());
  put_places(run.config, path, places);
  run.task = task_of(run.config.name("data"))
                 .make(run.config, {.batch = options_in<RunOptions>(run.config, "run").batch,
                                    .seed = views_seed.value_or(0),
                                    .whole = !views_seed,
                                    .measure = measure});
  run.model = std::make_unique<Model>(*run.task, run.config);
  const auto metadata = nn::load_checkpoint(checkpoint, run.model->encoder());
  if (const auto trained_on = metadata.find("data"); trained_on != metadata.end()) {
    const Option* own = run.config.find("data", "root");
    check(
        trained_on->second == run.task->identity(),
        "{}: the run was trained on other data than {} holds: their digest is {}, here it is {}; --root names the "
        "folder of the run's own data",
        path.string(), own && !own->value.empty() ? own->value : run.config.name("data"), trained_on->second,
        run.task->identity());
  }
  try {
    run.task->adopt(metadata);
  } catch (const Error& error) { fail("{}: {}", checkpoint.string(), error.what()); }
  return run;
}

}  // namespace nce::cli
