#include "profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "workloads.h"

namespace nce::bench {
namespace {

struct Row {
  std::string kind, name;
  int count;
  double ms, cpu_ms, floor;  // of all `count` together
};

constexpr const char* kMeasured = "the whole step, measured";

void print(const std::string& name, const std::string& count, double ms, double cpu, double sum, double floor) {
  fmt::print("{:58} {:>5} {:>10.3f} {:>10.3f} {:>6.1f}% {:>9.3f} {:>9.0f}%\n", name, count, ms, cpu, 100 * ms / sum,
             floor, 100 * floor / ms);
}

void print_json(const std::string& encoder, const Row& row, double sum) {
  fmt::print("{}\n", nlohmann::ordered_json{{"name", encoder + ": " + row.name},
                                            {"count", row.count},
                                            {"ms", row.ms},
                                            {"cpu_ms", row.cpu_ms},
                                            {"share", row.ms / sum},
                                            {"floor_ms", row.floor},
                                            {"fraction", row.floor / row.ms}}
                         .dump());
}

}  // namespace

void profile(const std::string& encoder, int64_t views, bool json) {
  const NetworkStep step = network_step(encoder);
  if (views == 0) views = step.views;
  const Machine machine = measure_machine();
  if (!json) fmt::print("{}\n\n{} step, {} views\n", machine_line(machine), encoder, views);
  std::vector<Row> rows;
  Row whole{.kind = "", .name = kMeasured, .count = 1, .ms = 0, .cpu_ms = 0, .floor = 0};
  std::map<std::string, Row> kinds;
  const Reading measured = measure(step_of(step.network, views));
  double sum = 0;
  for (const Part& part : parts_of(step.network, views)) {
    const Reading r = measure(part.op.make(), 0.3);
    rows.push_back({part.kind, part.op.name, part.count, r.ms * part.count, r.cpu_ms * part.count,
                    method_floor_ms(part.op.work, machine) * part.count});
    Row& kind = kinds[part.kind];
    for (Row* total : {&kind, &whole})
      total->ms += rows.back().ms, total->cpu_ms += rows.back().cpu_ms, total->floor += rows.back().floor;
    sum += rows.back().ms;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.ms > b.ms; });
  if (json) {
    for (const Row& row : rows) print_json(encoder, row, sum);
    whole.ms = measured.ms, whole.cpu_ms = measured.cpu_ms;
    return print_json(encoder, whole, sum);
  }
  fmt::print("{:58} {:>5} {:>10} {:>10} {:>7} {:>9} {:>10}\n", "", "times", "ms", "processor", "share", "floor ms",
             "of floor");
  for (const Row& row : rows) print(row.name, fmt::format("{}", row.count), row.ms, row.cpu_ms, sum, row.floor);
  fmt::print("\n");
  for (const auto& [kind, row] : kinds) print("all of kind: " + kind, "", row.ms, row.cpu_ms, sum, row.floor);
  print("sum", "", whole.ms, whole.cpu_ms, sum, whole.floor);
  print(kMeasured, "", measured.ms, measured.cpu_ms, sum, whole.floor);
}

}  // namespace nce::bench
