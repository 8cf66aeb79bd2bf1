#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "nce/core/files/json.h"
#include "nce/core/files/paths.h"
#include "run/places.h"
#include "run/settings.h"
#include "run/training.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct TrainSettings {
  std::filesystem::path out, config;
  bool resume = false, overwrite = false;
};

// Whether an option's value is a path.
bool names_file(const std::string& table, const std::string& key) {
  return (table == "data" && is_place(key)) || key == "init_from" || (table == "sampler" && key == "weights");
}

int run(const TrainSettings& s, std::vector<Given> given) {
  if (!s.config.empty() && s.resume)
    throw UsageError("--config and --resume exclude each other: a run that is continued has its own config.toml");
  if (s.overwrite && s.resume)
    throw UsageError("--overwrite and --resume exclude each other: a run starts anew, or goes on");
  if (s.out.empty()) throw UsageError("--out is needed: the folder to write the run to");
  const RunFolder folder(s.out);
  if (!s.resume && !s.overwrite && is_there(folder.config()))
    throw UsageError(
        fmt::format("{} already holds a run: add --resume to continue it or --overwrite to replace it, or choose "
                    "another folder with --out",
                    s.out.string()));
  Start start{.resume = s.resume, .overwrite = s.overwrite};
  if (s.resume) check_resumable(read_run(folder), given, folder.config().string());
  std::vector<Given> all;
  if (s.resume || !s.config.empty()) all = read_toml(s.resume ? folder.config() : s.config);
  all.insert(all.end(), given.begin(), given.end());
  Config config = resolve(train_sections(), all);
  check_batches(config);
  if (s.resume) start.changes = changes(read_run(folder), config);
  // Paths in config.toml mean the same from every folder. A ".." stays: behind a link only the system knows its meaning.
  for (Config::Table& table : config.tables)
    for (Option& option : table.options)
      if (!option.value.empty() && names_file(table.name, option.name))
        option.value = std::filesystem::absolute(option.value).string();
  for (const Config::Table& table : config.tables)
    for (const Option& option : table.options)
      if (!is_utf8(option.value))
        throw UsageError(
            fmt::format("[{}] {}: {} is not UTF-8, as config.toml must be; rename the folder, or give a "
                        "symbolic link to it",
                        table.name, option.name, json_text(nlohmann::json(option.value))));
  return train(config, s.out, start);
}

}  // namespace

Run add_train(CLI::App& command) {
  auto settings = std::make_shared<TrainSettings>();
  command.add_option("--out", settings->out, "Folder of the run: config.toml, log.jsonl, checkpoint.safetensors");
  command.add_option("--config", settings->config,
                     "File with options, as config.toml of a run has them; the command line wins");
  command.add_flag("--resume", settings->resume,
                   "Continue the run in --out, to the same bits as if it had not stopped");
  command.add_flag("--overwrite", settings->overwrite, "Remove the run in --out, and start anew there");
  command.footer(
      "In brackets: the value. Groups in brackets are tables of config.toml. `nce train --loss sc_info_nce --help` tells "
      "the options of another loss, and so on.\n"
      "Examples:\n"
      "  nce train --out runs/a\n"
      "  nce train --data mnist --root DIR --loss sc_info_nce --gamma -0.2 --out runs/b\n"
      "  nce train --data idx --root DIR --encoder resnet18 --epochs 20 --out runs/c\n"
      "  nce train --out runs/c --resume");
  return [settings, given = declare(command, train_sections())] { return run(*settings, given()); };
}

}  // namespace nce::cli
