#pragma once
#include <cstdint>

// What the compiler does not vectorise by itself: exponentials, and choices that it turns into branches. Whole
// vectors, then the rest one by one; exp and log1p are Highway's polynomials, made safe where they are not. Assumes
// dense rows of any length and alignment; a result may take the place of an operand. Floor, the bytes: an element
// read and one written, reached by relu and exp on rows beyond the caches; within them exp is bound by its 20
// operations. One thread each.
namespace nce::kernels {

/// y = exp(x), within 1 unit in the last place; infinities and NaNs as std::exp.
template <class T>
void exp(const T* x, int64_t n, T* y);

/// y = log(1 + exp(x)) and 1 / (1 + exp(-x)), within a few units in the last place, without overflow.
template <class T>
void softplus(const T* x, int64_t n, T* y);
template <class T>
void sigmoid(const T* x, int64_t n, T* y);

/// y = x where x > 0 or NaN, else 0.
template <class T>
void relu(const T* x, int64_t n, T* y);
/// dx = grad where y is not 0, else 0.
template <class T>
void relu_gradient(const T* y, const T* grad, int64_t n, T* dx);

/// The largest of x (NaN where one is), and sum exp(x - largest), or 1 where the largest is infinite or NaN.
template <class T>
struct ExpSum {
  T largest, sum;
};
template <class T>
ExpSum<T> exp_sum(const T* x, int64_t n);
/// y = scale exp(x - shift).
template <class T>
void scaled_exp(const T* x, int64_t n, T shift, T scale, T* y);

}  // namespace nce::kernels
