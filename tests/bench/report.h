#pragma once
#include <functional>
#include <string>

#include "machine.h"

/// What a piece of work costs at least, and what it took: the output of the benchmark programs.
namespace nce::bench {

/// The least that one run takes, by counting.
struct Work {
  double gflop = 0;         ///< Operations of the plain method, in 1e9; a multiplication and an addition are two.
  double gbyte = 0;         ///< Bytes, in 1e9, where memory binds: inputs read and outputs written, once per pass.
  double method_gflop = 0;  ///< Operations of the method in use, if it needs fewer (Winograd's); else 0.
};
/// `count` times the work.
Work operator*(const Work& work, double count);
/// One after the other.
Work operator+(const Work& a, const Work& b);

/// The time in ms at peak speed or full bandwidth, whichever is longer.
double floor_ms(const Work& work, const Machine& machine);
/// The same with the operations of the method in use.
double method_floor_ms(const Work& work, const Machine& machine);

/// Wall clock in ms: median, smallest and largest of `runs`. And the median of processor time, all threads together:
/// other programs disturb it less.
struct Reading {
  double ms = 0, cpu_ms = 0, min_ms = 0, max_ms = 0;
  int runs = 0;
};
/// After a warm-up: about `seconds` of runs, and at least 5 runs or 2.5 s. A run of 5 s is timed once, cold.
Reading measure(const std::function<void()>& run, double seconds = 1);

/// "2 threads, AVX-512, OpenBLAS SkylakeX; peak 235 GFLOP/s, memory 40 GB/s".
std::string machine_line(const Machine& machine);
/// Prints a table row by row: a column of names of `width`, and the machine above it. Or, with `json`, one JSON object
/// a line, each with the machine in it. Measures the machine first.
class Report {
 public:
  Report(size_t width, bool json);
  void row(const std::string& name, const Work& work, const Reading& reading) const;

 private:
  size_t width_;
  bool json_;
  Machine machine_;
};

}  // namespace nce::bench
