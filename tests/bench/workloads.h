#pragma once
#include <functional>
#include <vector>

#include "networks.h"

/// The table of the benchmark: whole pieces of work, each of which tests/bench/torch_bench.py has too (but for losses
/// too large for it).
namespace nce::bench {

struct Workload {
  const char* name;
  const char* what;
  bool unasked;                             ///< Runs where no name is given.
  int64_t views;                            ///< By default; 0 where there is no choice.
  std::function<Work(int64_t views)> work;  ///< What is counted: see the table.
  std::function<Run(int64_t views)> make;
};

const std::vector<Workload>& workloads();

/// The network of a training step by its encoder's name, as in the table, and its number of views.
struct NetworkStep {
  Network network;
  int64_t views;
};
NetworkStep network_step(const std::string& encoder);

}  // namespace nce::bench
