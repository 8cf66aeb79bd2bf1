#pragma once

/// What the machine can do with the threads in use, measured: the two floors of every kernel.
namespace nce::bench {

/// f32 operations a second, in 1e9, of independent multiply-adds in registers with the best instruction set.
double peak_gflops();
/// Bytes a second, in 1e9, of reading memory in order, from an array far larger than the caches.
double memory_gbytes();

}  // namespace nce::bench
