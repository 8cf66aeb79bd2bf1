// nce_bench: times the benchmark table's workloads beside what the machine can do.
//
// Operations are counted by the plain method (workloads.cpp, ops.h), so a convolution by Winograd's method can be
// above the peak. The last column counts those of the method in use. The machine's peak and bandwidth are measured
// just before, in the same run.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "arguments.h"
#include "nce/core/parallel.h"
#include "report.h"
#include "workloads.h"

using namespace nce;
using namespace nce::bench;

namespace {

constexpr const char* kUsage =
    "usage: nce_bench [--json] [--threads N] [--views N] [workload ...]; --help says more";

void help() {
  fmt::print(
      "usage: nce_bench [options] [workload ...]\n\n"
      "Times the workloads, beside the machine's peak or bandwidth. Without names: those marked *.\n\n"
      "  --threads N  threads; default: one per CPU\n"
      "  --views N    views a training step takes, an even number; default: as listed\n"
      "  --json       one JSON object per line instead of a table\n"
      "  --list       only the names, each with a tab and what it is\n"
      "  -h, --help   this\n\n");
  for (const Workload& w : workloads()) fmt::print("{} {:14} {}\n", w.unasked ? '*' : ' ', w.name, w.what);
}

int run(Arguments left) {
  bool json = false;
  int64_t threads = 0, views = 0;
  std::vector<std::string> names;
  while (left.more()) {
    if (left.flag("--help") || left.flag("-h")) return help(), 0;
    if (left.flag("--list")) {
      for (const Workload& w : workloads()) fmt::print("{}\t{}\n", w.name, w.what);
      return 0;
    }
    if (left.flag("--json")) {
      json = true;
    } else if (left.number("--threads", 1024, threads)) {
      set_num_threads(int(threads));
    } else if (!left.views("--views", views)) {
      names.push_back(left.word());
      if (std::none_of(workloads().begin(), workloads().end(), [&](auto& w) { return names.back() == w.name; }))
        throw Usage(fmt::format("there is no workload '{}'", names.back()));
    }
  }
  const Report report(16, json);
  for (const Workload& w : workloads()) {
    if (names.empty() ? !w.unasked : std::find(names.begin(), names.end(), w.name) == names.end()) continue;
    const int64_t n = views > 0 && w.views > 0 ? views : w.views;
    const Reading reading = measure(w.make(n));  // its memory is free again when the operations are counted
    report.row(w.name, w.work(n), reading);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run_program("nce_bench", kUsage, run, argc, argv); }
