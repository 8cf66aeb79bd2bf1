#pragma once
#include <functional>
#include <string>
#include <vector>

#include "networks.h"

/// The benchmark's table: whole pieces of work. tests/bench/torch_bench.py has each of them too, but for losses that
/// are too large for it.
namespace nce::bench {

struct Workload {
  std::string name, what;
  bool unasked;                             ///< Runs if no names are given.
  int64_t views;                            ///< The default; 0: no choice.
  std::function<Work(int64_t views)> work;  ///< What is counted.
  std::function<Run(int64_t views)> make;
};

const std::vector<Workload>& workloads();

/// A training step of the table, by its encoder's name: the network and its number of views.
struct NetworkStep {
  Network network;
  int64_t views;
};
NetworkStep network_step(const std::string& encoder);

}  // namespace nce::bench
