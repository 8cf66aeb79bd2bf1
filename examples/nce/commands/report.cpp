#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/json.h"
#include "pages/accuracies.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

using Json = nlohmann::json;

// Something of eval.json. What is wrong with the file is said with what to do.
template <class F>
auto of_scores(const RunFolder& run, F read) {
  try {
    return read(run.scores().string());
  } catch (const Error& error) {
    fail("{}; measure the run again: nce eval --run {}", error.what(), run.path().string());
  }
}

std::string text_in(const RunFolder& run, const Json& scores, const std::string& key) {
  return of_scores(run, [&](const std::string& file) {
    return text_value(member(scores, key, file), fmt::format("{}: {}", file, key));
  });
}

// [{"key": "knn", "title": "kNN 20"}]: what stands in the file, with its title in tables.
std::vector<std::pair<std::string, std::string>> names_in(const RunFolder& run, const Json& scores,
                                                          const std::string& key) {
  return of_scores(run, [&](const std::string& file) {
    std::vector<std::pair<std::string, std::string>> names;
    const std::string where = fmt::format("{}: {}", file, key);
    for (const Json& row : list_value(member(scores, key, file), where))
      names.emplace_back(text_value(member(row, "key", where), where),
                         text_value(member(row, "title", where), where));
    return names;
  });
}

int report(const std::vector<std::filesystem::path>& paths) {
  std::map<std::string, Accuracies> groups;                        // by data set, baselines first
  std::map<std::string, std::map<std::string, std::string>> sets;  // names of data, their identities, a folder
  std::map<std::string, std::string> known;                        // runs by their weights
  for (const auto& path : paths) {
    const RunFolder run(path);
    const Config config = read_run(run);
    const Json scores = of_scores(run, read_json);
    const std::string weights = text_in(run, scores, "weights"), identity = text_in(run, scores, "identity");
    of_scores(run, [&](const std::string& file) {
      check(run.weights().empty() || run.weights() == weights, "{}: the run has been trained since", file);
    });
    if (const auto [same, fresh] = known.emplace(weights, path.string()); !fresh) {
      fmt::print(stderr, "nce: {} has the weights of {}: it counts once\n", path.string(), same->second);
      continue;
    }
    const std::string& data = config.name("data");
    const Option* root = config.find("data", "root");
    sets[data].emplace(identity, root && !root->value.empty() ? root->value + ", " : "");
    const std::vector<std::pair<std::string, std::string>> columns = names_in(run, scores, "columns");
    if (columns.empty()) {
      fmt::print(stderr, "nce: {}: {}\n", path.string(), text_in(run, scores, "protocol"));
      continue;
    }
    const auto add = [&](const std::string& key, const std::string& features, const std::string& from,
                         const Json& row) {
      Accuracies& group = groups[data + "\n" + identity + key];
      group.data = data, group.identity = identity, group.features = features;
      std::vector<double>& values = group.runs[from];
      values.clear(), group.columns.clear();
      for (const auto& column : columns) {
        group.columns.push_back(column.second);
        values.push_back(of_scores(run, [&](const std::string& file) {
          return real_number(member(row, column.first, file), fmt::format("{}: {}", file, column.first));
        }));
      }
    };
    const auto options = options_in<RunOptions>(config, "run");
    const std::string encoder = describe_encoder(config);
    size_t place = 0;
    for (const auto& [key, name] : names_in(run, scores, "baselines")) {
      const Json& row = of_scores(run, [&](const std::string& file) { return member(scores, key, file); });
      const bool random = key == "random_encoder";  // the others do not depend on the run
      add(fmt::format("0{:03}{}", place++, name), name, random ? fmt::format("{}", options.seed) : "", row);
    }
    add("1" + experiment_of(config),
        fmt::format("{}, {}, {} epoch{}", encoder, describe_loss(config), options.epochs,
                    options.epochs == 1 ? "" : "s"),
        weights, scores);
  }
  std::vector<Accuracies> table;
  for (auto& [key, group] : groups) {
    if (const auto& named = sets[group.data]; named.size() > 1)  // one name, several sets
      group.data += fmt::format(" ({}{})", named.at(group.identity), group.identity.substr(0, 8));
    table.push_back(std::move(group));
  }
  fmt::print("{}", to_markdown(table));
  return 0;
}

}  // namespace

Run add_report(CLI::App& command) {
  auto runs = std::make_shared<std::vector<std::filesystem::path>>();
  command.add_option("runs", *runs, "Folders of runs that nce eval has measured")->required();
  return [runs] { return report(*runs); };
}

}  // namespace nce::cli
