#pragma once
#include <string>
#include <vector>

#include "config.h"

namespace nce::cli {

/// A run of a comparison.
struct PlannedRun {
  std::string name;  ///< Of its folder, by its settings: "mnist-info_nce-seed1-3fa2c01b".
  size_t table;      ///< Runs of one table are compared.
  Config config;
};

/// The runs of a comparison, table by table, in their order. Lists in [data] and in [[table]] make tables, all other
/// lists make rows; `[[table]]` wins over the shared part, `[[row]]` over that, and `options` of the command line, where a
/// key may come several times, over all. Tables that are the same then are one. A `UsageError`: what `nce train` would refuse, and a run that a table has twice,
/// and more than `most` runs.
std::vector<PlannedRun> plan(const Sweep& sweep, const std::vector<Given>& options, size_t most = 10'000);

}  // namespace nce::cli
