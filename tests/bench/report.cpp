#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "nce/core/blas.h"

namespace nce::bench {
namespace {

double at_peak(double gflop, const Machine& m) { return 1000 * gflop / m.peak_gflops; }
double at_bandwidth(double gbyte, const Machine& m) { return 1000 * gbyte / m.memory_gbytes; }
double method_gflop(const Work& work) { return work.method_gflop > 0 ? work.method_gflop : work.gflop; }

double median(std::vector<double>& times) {
  const auto middle = times.begin() + int64_t(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

// Four digits: more are noise.
double rounded(double value) { return std::stod(fmt::format("{:.4g}", value)); }

std::string table_row(size_t width, const std::string& name, const Work& work, const Reading& r,
                      const Machine& machine) {
  const auto rate = [&](double amount) { return amount > 0 ? fmt::format("{:.1f}", 1000 * amount / r.ms) : ""; };
  const auto share = [&](double floor) { return fmt::format("{:.0f}%", 100 * floor / r.ms); };
  return fmt::format("{:{}} {:>9.3f} {:>19} {:>9.3f} {:>8} {:>7} {:>9} {:>10}", name, width, r.ms,
                     fmt::format("{:.3f} .. {:.3f}", r.min_ms, r.max_ms), r.cpu_ms, rate(work.gflop),
                     rate(work.gbyte), share(floor_ms(work, machine)),
                     work.method_gflop > 0 ? share(method_floor_ms(work, machine)) : "");
}

std::string json_row(const std::string& name, const Work& work, const Reading& r, const Machine& m) {
  const bool memory_binds = at_bandwidth(work.gbyte, m) > at_peak(work.gflop, m);
  nlohmann::ordered_json row{{"name", name},
                             {"ms", rounded(r.ms)},
                             {"min_ms", rounded(r.min_ms)},
                             {"max_ms", rounded(r.max_ms)},
                             {"runs", r.runs},
                             {"cpu_ms", rounded(r.cpu_ms)},
                             {"gflop", rounded(work.gflop)},
                             {"gbyte", rounded(work.gbyte)},
                             {"gflops", rounded(1000 * work.gflop / r.ms)},
                             {"gbytes", rounded(1000 * work.gbyte / r.ms)},
                             {"bound", memory_binds ? "memory" : "arithmetic"},
                             {"fraction", rounded(floor_ms(work, m) / r.ms)}};
  if (work.method_gflop > 0) row["method_fraction"] = rounded(method_floor_ms(work, m) / r.ms);
  row.update({{"threads", m.threads},
              {"kernels", kernels_in_use()},
              {"peak_gflops", rounded(m.peak_gflops)},
              {"memory_gbytes", rounded(m.memory_gbytes)}});
  return row.dump();
}

}  // namespace

Work operator*(const Work& work, double count) {
  return {work.gflop * count, work.gbyte * count, work.method_gflop * count};
}

Work operator+(const Work& a, const Work& b) {
  const bool fewer = a.method_gflop > 0 || b.method_gflop > 0;
  return {a.gflop + b.gflop, a.gbyte + b.gbyte, fewer ? method_gflop(a) + method_gflop(b) : 0};
}

double floor_ms(const Work& work, const Machine& machine) {
  return std::max(at_peak(work.gflop, machine), at_bandwidth(work.gbyte, machine));
}

double method_floor_ms(const Work& work, const Machine& machine) {
  return std::max(at_peak(method_gflop(work), machine), at_bandwidth(work.gbyte, machine));
}

Reading measure(const std::function<void()>& run, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> wall, cpu;
  double total = 0;
  const auto once = [&] {
    const auto start = Clock::now();
    const std::clock_t ticks = std::clock();
    run();
    cpu.push_back(1000.0 * double(std::clock() - ticks) / CLOCKS_PER_SEC);
    wall.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    total += wall.back();
  };
  once();
  if (total < 5000) {
    if (total < 1000) run();
    wall.clear(), cpu.clear(), total = 0;
    while ((total < 1000 * seconds && wall.size() < 500) || (total < 2500 && wall.size() < 5)) once();
  }
  const auto [least, most] = std::minmax_element(wall.begin(), wall.end());
  Reading reading{.min_ms = *least, .max_ms = *most, .runs = int(wall.size())};
  reading.ms = median(wall), reading.cpu_ms = median(cpu);
  return reading;
}

std::string machine_line(const Machine& m) {
  const std::string notice = blas_notice();
  return fmt::format("{} thread{}, {}; peak {:.0f} GFLOP/s, memory {:.0f} GB/s{}{}", m.threads,
                     m.threads == 1 ? "" : "s", kernels_in_use(), m.peak_gflops, m.memory_gbytes,
                     notice.empty() ? "" : "\n", notice);
}

Report::Report(size_t width, bool json) : width_(width), json_(json), machine_(measure_machine()) {
  if (!json)
    fmt::print("{}\n\n{:{}} {:>9} {:>19} {:>9} {:>8} {:>7} {:>9} {:>10}\n", machine_line(machine_), "", width, "ms",
               "smallest .. largest", "processor", "GFLOP/s", "GB/s", "of floor", "of method's");
}

void Report::row(const std::string& name, const Work& work, const Reading& reading) const {
  fmt::print("{}\n",
             json_ ? json_row(name, work, reading, machine_) : table_row(width_, name, work, reading, machine_));
  std::fflush(stdout);
}

}  // namespace nce::bench
