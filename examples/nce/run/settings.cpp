#include "run/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nce/core/files/paths.h"
#include "nce/core/number.h"
#include "nce/data/samplers/catalogue.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/optim/catalogue.h"
#include "nce/nn/optim/schedule.h"
#include "run/places.h"
#include "run/task.h"
#include "usage.h"

namespace nce::cli {
namespace {

// What is special about keys. Any other key is part of the experiment, and fixed once the run has begun.
struct Fact {
  const char *table, *key;
  bool experiment;  // runs with different values are different experiments
  bool free;        // the value may change when a run is continued
};
constexpr Fact kFacts[] = {
    {"data", "cache_mb", false, true}, {"augment", "name", false, false},  // [views] has all that it means
    {"run", "seed", false, false},     {"run", "epochs", true, true},
    {"run", "clip_norm", true, true},  {"optimizer", "lr", true, true},
    {"run", "log_every", false, true}, {"run", "checkpoint_every", false, true},
    {"run", "log", false, true},       {"optimizer", "weight_decay", true, true}};

Fact fact_of(const std::string& table, const std::string& key) {
  if (table == "data" && is_place(key)) return {"data", key.c_str(), false, true};
  for (const Fact& fact : kFacts)
    if (table == fact.table && key == fact.key) return fact;
  return {table.c_str(), key.c_str(), true, false};
}

// "0.50" is the number 0.5.
bool same_value(const std::string& a, const std::string& b) {
  const auto x = number_in<double>(a), y = number_in<double>(b);
  return a == b || (x && y && *x == *y);
}

// A name that two tasks have, as "identity", is one row: its options must be the same.
std::vector<Row> rows_of_tasks(std::vector<Row> (*KnownTask::*rows)()) {
  std::vector<Row> all;
  for (const KnownTask& task : known_tasks())
    for (Row& row : (task.*rows)())  // an "identity" of two domains is one
      if (std::none_of(all.begin(), all.end(), [&](const Row& r) { return r.name == row.name; }))
        all.push_back(std::move(row));
  return all;
}

std::vector<data::KnownPreset> presets_for(const Config& so_far) { return task_of(so_far.name("data")).presets(); }

std::vector<Row> preset_rows() {
  std::vector<Row> rows;
  for (const KnownTask& task : known_tasks())
    for (const data::KnownPreset& preset : task.presets())
      rows.push_back(
          {.name = preset.name, .options = [](const auto&) { return std::vector<Option>(); }, .help = preset.help});
  return rows;
}

// The preset that was chosen. Before anything is chosen, as in --help-all: the first.
data::KnownPreset chosen_preset(const Config& so_far) {
  if (!so_far.find("augment", "name")) return known_tasks().begin()->presets().front();
  for (data::KnownPreset& preset : presets_for(so_far))
    if (preset.name == so_far.name("augment")) return preset;
  fail("there is no preset '{}'", so_far.name("augment"));
}

// The rows of the task that the data set belongs to.
auto fitting(std::vector<Row> (*KnownTask::*rows)(), std::string KnownTask::*chosen) {
  return [rows, chosen](const Config& so_far) {
    const KnownTask& task = task_of(so_far.name("data"));
    return Section::Fitting{names_of((task.*rows)()), task.*chosen};
  };
}

// What the task has in the place of a table's own defaults.
std::vector<Setting> defaults_of_task(const Config& so_far, const std::string& table) {
  if (!so_far.find("data", "name")) return {};
  const auto& defaults = task_of(so_far.name("data")).defaults;
  const auto found = defaults.find(table);
  return found == defaults.end() ? std::vector<Setting>{} : found->second;
}

// --root without --data: the sets that lie in the folder.
std::vector<std::string> meant_data(const Given& given) {
  std::vector<std::string> names;
  for (const KnownTask& task : known_tasks())
    if (given.key == "root" && task.found_in)
      for (const std::string& name : task.found_in(given.value)) names.push_back(name);
  return names;
}

}  // namespace

Section loss_section() {
  std::vector<Row> rows;
  for (const losses::KnownLoss& loss : losses::known_losses())
    rows.push_back({loss.name, [name = loss.name](const std::vector<Setting>& settings) {
                      const auto made = losses::make_loss(name, settings);
                      made->settle();
                      made->learn();  // refuses what cannot be learned
                      return list_options(*made);
                    }});
  return {.table = "loss", .help = "contrastive loss", .rows = rows, .chosen = "info_nce"};
}

std::vector<Section> train_sections() {
  return {
      {.table = "data",
       .help = "data set",
       .rows = rows_of_tasks(&KnownTask::data),
       .chosen = "glyphs",
       .meant = meant_data},
      {.table = "augment",
       .help = "a usual list of transforms, with its options",
       .rows = preset_rows(),
       .chosen = known_tasks().begin()->presets().front().name,
       .fitting =
           [](const Config& so_far) {
             const auto presets = presets_for(so_far);
             return Section::Fitting{names_of(presets), presets.front().name};
           },
       .leads = "views"},
      {.table = "views",
       .help =
           "transforms that make a view, in order, with commas between them; with a slash between them, a list for "
           "each view",
       .rows = rows_of_tasks(&KnownTask::views),
       .chosen = known_tasks().begin()->presets().front().views,
       .fitting =
           [](const Config& so_far) {
             return Section::Fitting{names_of(task_of(so_far.name("data")).views()), chosen_preset(so_far).views};
           },
       .defaults =
           [](const Config& so_far, const Row& row) {
             std::vector<Setting> own = chosen_preset(so_far).options;
             const std::vector<Option> known = row.options({});
             std::erase_if(own, [&](const Setting& s) {
               return std::none_of(known.begin(), known.end(), [&](const Option& o) { return o.name == s.name; });
             });
             return own;
           },
       .several = true},
      {.table = "encoder",
       .help = "encoder to train",
       .rows = rows_of_tasks(&KnownTask::encoders),
       .chosen = known_tasks().begin()->encoder,
       .fitting = fitting(&KnownTask::encoders, &KnownTask::encoder)},
      {.table = "head",
       .help = "",
       .rows = {row_of<HeadOptions>()},
       .defaults = [](const Config& so_far, const Row&) { return defaults_of_task(so_far, "head"); },
       .prefixed = true},
      loss_section(),
      {.table = "run",
       .help = "",
       .rows = {row_of<RunOptions>()},
       .defaults =
           [](const Config& so_far, const Row&) {
             std::vector<Setting> defaults = defaults_of_task(so_far, "run");
             if (so_far.find("loss", "name")) {
               const int64_t needed = losses::known_losses().find(so_far.name("loss")).num_views.least;
               defaults.push_back({"num_views", std::to_string(needed)});
             }
             return defaults;
           }},
      {.table = "sampler",
       .help = "which training examples an epoch shows",
       .rows = rows_of(data::known_samplers()),
       .chosen = "random",
       .prefixed = true},
      {.table = "optimizer",
       .help = "optimiser",
       .rows = rows_of(nn::known_optimizers()),
       .chosen = "adamw",
       .fitting =
           [](const Config& so_far) {
             return Section::Fitting{names_of(nn::known_optimizers()), task_of(so_far.name("data")).optimizer};
           },
       .defaults =
           [](const Config& so_far, const Row& row) {
             const bool known = so_far.find("run", "batch");
             std::vector<Setting> defaults = nn::known_optimizers().find(row.name).contrastive_for(
                 known ? options_in<RunOptions>(so_far, "run").batch : 256);
             for (const Setting& own : defaults_of_task(so_far, "optimizer." + row.name)) defaults.push_back(own);
             return defaults;
           }},
      {.table = "schedule",
       .help = "course of the learning rate",
       .rows = rows_of(nn::known_schedules()),
       .chosen = "cosine"},
  };
}

void check_batches(const Config& config) {
  const auto options = options_in<RunOptions>(config, "run");
  if (options.chunk == 1 || (options.chunk > 0 && options.batch % options.chunk != 0))
    throw UsageError(
        fmt::format("--chunk {}: must be at least 2, and divide --batch {}", options.chunk, options.batch));
  const std::string& loss = config.name("loss");
  const int64_t given = options.num_views;
  const losses::NumViews takes = losses::known_losses().find(loss).num_views;
  if (takes.holds(given)) return;
  std::vector<std::string> others;
  for (const losses::KnownLoss& known : losses::known_losses())
    if (known.num_views.holds(given)) others.push_back(known.name);
  throw UsageError(fmt::format("--num-views {}: {} takes {} of each example; leave it out, or choose one of {}",
                               given, loss, takes.text(), fmt::join(others, ", ")));
}

Config read_run(const RunFolder& run) {
  if (!is_there(run.config()))
    throw UsageError(fmt::format("there is no run in {} (no config.toml)", run.path().string()));
  return resolve(train_sections(), read_toml(run.config()));
}

void check_resumable(const Config& saved, const std::vector<Given>& given, const std::string& file) {
  for (const Given& g : given) {
    if (fact_of(g.table, g.key).free) continue;
    const Option* had = saved.find(g.table, g.key);
    if (!had || had->value.empty())
      throw UsageError(
          fmt::format("{} cannot be added to a run that is continued: {} was written without it", g.origin, file));
    if (!same_value(had->value, g.value))
      throw UsageError(fmt::format("{} {} cannot change in a run that is continued: {} has {}", g.origin, g.value,
                                   file, had->value));
  }
}

std::vector<Change> changes(const Config& former, const Config& now) {
  std::vector<Change> all;
  for (const Fact& fact : kFacts) {
    if (fact.key == std::string("epochs")) continue;  // a run that gets longer is told by its state
    const Option *had = former.find(fact.table, fact.key), *has = now.find(fact.table, fact.key);
    if (fact.experiment && fact.free && had && has && !same_value(had->value, has->value))
      all.push_back({fact.key, *number_in<double>(had->value), *number_in<double>(has->value)});
  }
  return all;
}

Config experiment_of(Config config) {
  for (Config::Table& table : config.tables)
    std::erase_if(table.options, [&](const Option& o) { return !fact_of(table.name, o.name).experiment; });
  return config;
}

std::string describe_loss(const Config& config) {
  return describe(train_sections(), config, "loss", "temperature");
}
std::string describe_encoder(const Config& config) { return describe(train_sections(), config, "encoder"); }

std::string describe_views(const Config& config) {
  std::vector<std::string> values;
  for (const auto& [name, value] : config.settings("views")) values.push_back(fmt::format("{} {}", name, value));
  return config.name("views") + (values.empty() ? "" : fmt::format(" ({})", fmt::join(values, ", ")));
}

}  // namespace nce::cli
