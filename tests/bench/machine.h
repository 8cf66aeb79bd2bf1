#pragma once

/// Measures what the machine can do with the threads in use: the two floors of every kernel.
namespace nce::bench {

struct Machine {
  int threads = 0;
  /// f32 operations per second, in 1e9: independent multiply-adds in registers, with the best instruction set.
  double peak_gflops = 0;
  /// Bytes per second, in 1e9: reading an array in order that is far larger than the caches.
  double memory_gbytes = 0;
};
/// Takes about half a second. Leaves the process's peak of resident memory unchanged.
Machine measure_machine();

}  // namespace nce::bench
