#pragma once
#include <hwy/highway.h>

// How kernels are dispatched. Highway compiles a file of kernels once per instruction set. Each time, `table<T>()`
// gives the functions for T; the first macro names it for f32 and f64. The second one makes `name<T>()`, which
// returns the table for this CPU. Nothing is cached in between, so that tests can choose another instruction set at
// any time.
#define NCE_TABLE_OF_TARGET(Table, name)                      \
  const Table<float>& name##_f32() { return table<float>(); } \
  const Table<double>& name##_f64() { return table<double>(); }

#define NCE_DISPATCHED_TABLE(Table, name)      \
  HWY_EXPORT(name##_f32);                      \
  HWY_EXPORT(name##_f64);                      \
  template <>                                  \
  const Table<float>& name() {                 \
    return HWY_DYNAMIC_DISPATCH(name##_f32)(); \
  }                                            \
  template <>                                  \
  const Table<double>& name() {                \
    return HWY_DYNAMIC_DISPATCH(name##_f64)(); \
  }
