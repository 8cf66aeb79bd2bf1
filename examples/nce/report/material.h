#pragma once
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compare/table.h"
#include "nce/core/tensor.h"
#include "pages/accuracies.h"
#include "report/sprite.h"
#include "run/meter.h"
#include "run/trained_run.h"

namespace nce::cli {

/// A run on the page.
struct PageRun {
  RunFolder folder;
  std::string name;  ///< "runs/a"
  Config config;
  std::vector<nlohmann::json> log = {};  ///< The lines of log.jsonl that could be read.
};

/// What a trained encoder makes of a sample of test examples.
struct Sample {
  data::Split split;               ///< Of the examples: test, or training where there are no test examples.
  std::vector<int> examples;       ///< Their numbers, ascending.
  std::vector<int> classes;        ///< The labels that occur, ascending. Empty without labels.
  std::vector<std::string> names;  ///< One a class.
  std::vector<int> labels;         ///< One an example, as places in `classes`; all 0 without labels.

  /// Where a label stands in `classes`; their number where no example has it.
  size_t place_of(int label) const {
    const auto at = std::lower_bound(classes.begin(), classes.end(), label);
    return size_t((at != classes.end() && *at == label ? at : classes.end()) - classes.begin());
  }
  Tensor features, projection;  ///< (N, d) of the encoder, (N, p) of the head.
};

/// What parts of a page are made from. Pictures are of the first run that can be opened, tables and curves of all.
class Material {
 public:
  std::vector<PageRun> runs;
  std::vector<Accuracies> results;        ///< As `nce report` prints them.
  std::vector<ComparedTable> tests = {};  ///< As `nce compare` does, where seeds of some table are pairs.
  Meter meter;

  Material(std::vector<PageRun> runs, std::vector<Accuracies> results)
      : runs(std::move(runs)), results(std::move(results)) {}
  /// The run that pictures show. An error where none has a checkpoint and its data.
  const PageRun& shown();
  TrainedRun& trained();
  /// At most 1000 examples, each label with its share.
  const Sample& sample();
  /// Where in `sprite` the pictures of the sample's examples are. Empty where they have none.
  const std::vector<int>& pictures();
  /// Places in the sample of a few examples, drawn by the run's seed: the same ones in all parts.
  std::vector<int> drawn(size_t most);
  Sprite sprite;
  std::vector<std::string> left_out;  ///< What is to be said of runs that are missing somewhere.

 private:
  void open();
  std::optional<TrainedRun> trained_;
  std::optional<size_t> shown_;
  std::optional<Sample> sample_;
  std::optional<std::vector<int>> pictures_;
  std::string failure_;
};

}  // namespace nce::cli
