#include "compare/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>

#include "nce/data/digest.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

// What is given for one run: the shared part, that of a table, that of a row, the command line. Later ones win.
enum Layer { kShared, kTable, kRow, kLine, kLayers };
using Layers = std::array<std::vector<Given>, kLayers>;
using Choices = std::vector<Layers>;

// Few values make very many runs: checked before any of them is made.
void check_count(size_t runs, size_t most) {
  if (runs > most)
    throw UsageError(fmt::format("the comparison has more than {} runs; give its lists fewer values", most));
}

Choices times(const Choices& outer, const Choices& inner, size_t most) {
  check_count(outer.size() * inner.size(), most);
  Choices all;
  for (const Layers& a : outer)
    for (const Layers& b : inner) {
      all.push_back(a);
      for (size_t i = 0; i < kLayers; ++i) all.back()[i].insert(all.back()[i].end(), b[i].begin(), b[i].end());
    }
  return all;
}

bool same_key(const Given& a, const Given& b) { return a.table == b.table && a.key == b.key; }

// All choices of a value for each key, the last key fastest.
Choices grid(const std::vector<Given>& given, Layer layer, size_t most) {
  Choices all(1);
  for (size_t i = 0; i < given.size(); ++i) {
    if (std::any_of(given.begin(), given.begin() + ptrdiff_t(i), [&](auto& g) { return same_key(g, given[i]); }))
      continue;
    Choices values;
    for (const Given& g : given)
      if (same_key(g, given[i])) values.emplace_back()[layer] = {g};
    all = times(all, values, most);
  }
  return all;
}

Choices any_of(const std::vector<std::vector<Given>>& parts, Layer layer, size_t most) {
  if (parts.empty()) return Choices(1);
  Choices all;
  for (const auto& part : parts) {
    for (Layers& layers : grid(part, layer, most)) all.push_back(std::move(layers));
    check_count(all.size(), most);
  }
  return all;
}

// The part of [data], or the rest.
std::vector<Given> part_of(const std::vector<Given>& given, bool data) {
  std::vector<Given> part;
  std::copy_if(given.begin(), given.end(), std::back_inserter(part),
               [&](const Given& g) { return (g.table == "data") == data; });
  return part;
}

std::string name_of(const Config& config) {
  const std::string seed = config.find("run", "seed")->value;
  const std::string settings = to_toml(experiment_of(config)) + seed;
  std::string name = fmt::format("{}-{}-seed{}-{:08x}", config.name("data"), config.name("loss"), seed,
                                 uint32_t(data::digest(std::as_bytes(std::span(settings)))));
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c) && c != '_' && c != '-'; }, '-');
  return name;
}

}  // namespace

std::vector<PlannedRun> plan(const Sweep& given, const std::vector<Given>& options, size_t most) {
  Sweep sweep = given;
  const auto without_options = [&](std::vector<Given>& part) {
    std::erase_if(part, [&](const Given& g) {
      return std::any_of(options.begin(), options.end(), [&](const Given& o) { return same_key(o, g); });
    });
  };
  without_options(sweep.shared);
  for (auto* parts : {&sweep.tables, &sweep.rows})
    for (auto& part : *parts) without_options(part);
  const auto choices = [&](bool data, const Choices& own) {
    return times(times(grid(part_of(sweep.shared, data), kShared, most), own, most),
                 grid(part_of(options, data), kLine, most), most);
  };
  const Choices tables = choices(true, any_of(sweep.tables, kTable, most)),
                rows = choices(false, any_of(sweep.rows, kRow, most));
  check_count(tables.size() * rows.size(), most);
  const std::vector<Section> sections = train_sections();
  std::vector<PlannedRun> runs;
  std::set<std::set<std::string>> made;
  for (size_t t = 0; t < tables.size(); ++t) {
    std::set<std::string> known;
    const size_t before = runs.size();
    for (size_t r = 0; r < rows.size(); ++r) {
      const Layers layers = times({tables[t]}, {rows[r]}, 1).front();
      std::vector<Given> all;
      for (const auto& layer : layers) all.insert(all.end(), layer.begin(), layer.end());
      Config config = resolve(sections, all);
      check_batches(config);
      const std::string name = name_of(config);
      if (!known.insert(name).second)
        throw UsageError(fmt::format("the comparison has this run twice: {}, {}, seed {}", describe_encoder(config),
                                     describe_loss(config), config.find("run", "seed")->value));
      runs.push_back({name, t, std::move(config)});
    }
    if (!made.insert(known).second)
      runs.erase(runs.begin() + ptrdiff_t(before), runs.end());  // the command line made two tables the same
  }
  return runs;
}

}  // namespace nce::cli
