#pragma once

/// What the machine can do with the threads in use, measured: the two floors of every kernel.
namespace nce::bench {

struct Machine {
  int threads = 0;
  double peak_gflops = 0;    ///< as `peak_gflops()`
  double memory_gbytes = 0;  ///< as `memory_gbytes()`
};
/// Takes about half a second, and leaves the process's peak of resident memory as if it had not run.
Machine measure_machine();

/// f32 operations a second, in 1e9, of independent multiply-adds in registers with the best instruction set.
double peak_gflops();
/// Bytes a second, in 1e9, of reading memory in order, from an array far larger than the caches.
double memory_gbytes();

}  // namespace nce::bench
