#pragma once
#include <hwy/highway.h>

// How the program chooses a kernel for its processor. Highway compiles a file of kernels once for each instruction set.
// In each, `table<T>()` returns the functions for T, and the first macro names it for f32 and f64. The second macro
// makes `name<T>()`, which returns the table for this processor. It looks each time, so that tests can choose another
// instruction set at any time.
#define NCE_TABLE_OF_TARGET(Table, name)                      \
  const Table<float>& name##_f32() { return table<float>(); } \
  NCE_IF(                                                     \
      HWY_HAVE_FLOAT64, const Table<double>& name##_f64() { return table<double>(); })

// The code, if `condition` is 1; nothing if it is 0.
#define NCE_IF(condition, code) NCE_IF_EXPANDED(condition, code)
#define NCE_IF_EXPANDED(condition, code) NCE_IF_##condition(code)
#define NCE_IF_0(code)
#define NCE_IF_1(code) code

#if HWY_ARCH_WASM
// WebAssembly has one instruction set, and Highway 1.0 uses it for f32 alone. For f64 it emulates vectors.
#undef HWY_EXPORT
#undef HWY_DYNAMIC_DISPATCH
#define HWY_EXPORT(name) static_assert(true)
#define HWY_DYNAMIC_DISPATCH(name) HWY_STATIC_DISPATCH(name)
#define NCE_FUNCTION_OF_F64(name) N_EMU128::name
#else
#define NCE_FUNCTION_OF_F64(name) HWY_DYNAMIC_DISPATCH(name)
#endif

#define NCE_DISPATCHED_TABLE(Table, name)      \
  HWY_EXPORT(name##_f32);                      \
  HWY_EXPORT(name##_f64);                      \
  template <>                                  \
  const Table<float>& name() {                 \
    return HWY_DYNAMIC_DISPATCH(name##_f32)(); \
  }                                            \
  template <>                                  \
  const Table<double>& name() {                \
    return NCE_FUNCTION_OF_F64(name##_f64)();  \
  }
