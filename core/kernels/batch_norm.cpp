#include "nce/core/kernels/batch_norm.h"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/batch_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h: made once a target.
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kBlock = 32;  // rows summed in T before they join the doubles

// Adds two sums over rows to the doubles: row(i, s1, s2) adds row i to two arrays of T. `scratch` holds both.
template <class T, class Row>
HWY_INLINE void block_sums(int64_t rows, int64_t channels, T* scratch, double* first, double* second, Row row) {
  for (int64_t begin = 0; begin < rows; begin += kBlock) {
    T *s1 = scratch, *s2 = s1 + channels;
    for (int64_t c = 0; c < 2 * channels; ++c) scratch[c] = 0;
    for (int64_t i = begin; i < std::min(rows, begin + kBlock); ++i) row(i, s1, s2);
    for (int64_t c = 0; c < channels; ++c) first[c] += double(s1[c]), second[c] += double(s2[c]);
  }
}

template <class D, class V, class T>
HWY_INLINE void add_to(D d, V value, T* sum) {
  hn::StoreU(hn::Add(hn::LoadU(d, sum), value), d, sum);
}

// Written so that a NaN is not below 0 and passes.
template <class D, class V>
HWY_INLINE auto stopped(D d, V y) {
  return hn::Le(y, hn::Zero(d));
}

template <class D, class T>
HWY_INLINE auto normalised(D d, const Activation<T>& with, const T* x, int64_t c) {
  return hn::MulAdd(hn::LoadU(d, with.scale + c), hn::LoadU(d, x), hn::LoadU(d, with.shift + c));
}

// The gradient that the ReLU lets through.
template <class D, class T>
HWY_INLINE auto passed(D d, const Activation<T>& with, const T* x, const T* out, const T* grad, int64_t c) {
  const auto g = hn::LoadU(d, grad);
  if (!with.relu) return g;
  return hn::IfThenZeroElse(stopped(d, out ? hn::LoadU(d, out) : normalised(d, with, x, c)), g);
}

// A 2x2 window of x at `p` (second row at `q`, next pixel `step` further): its maximum after normalisation, and
// which of the later three beat those before them.
template <class D>
struct Window {
  hn::Vec<D> best;
  hn::Mask<D> take1, take2, take3;
};
template <class D, class T>
HWY_INLINE Window<D> window(D d, const Activation<T>& with, const T* p, const T* q, int64_t step, int64_t c) {
  const auto a = hn::LoadU(d, with.scale + c), b = hn::LoadU(d, with.shift + c);
  const auto at = [&](const T* x) { return hn::MulAdd(a, hn::LoadU(d, x), b); };
  // Neither "not above" nor NaN so far: a NaN takes the window and keeps it.
  const auto beats = [&](auto v, auto best) { return hn::AndNot(hn::Le(v, best), hn::Eq(best, best)); };
  const auto v0 = at(p), v1 = at(p + step), v2 = at(q), v3 = at(q + step);
  const auto take1 = beats(v1, v0);
  const auto best1 = hn::IfThenElse(take1, v1, v0);
  const auto take2 = beats(v2, best1);
  const auto best2 = hn::IfThenElse(take2, v2, best1);
  const auto take3 = beats(v3, best2);
  return {hn::IfThenElse(take3, v3, best2), take1, take2, take3};
}

template <class T>
HWY_INLINE void moments_of(const T* x, int64_t rows, int64_t channels, const T* shift, double* first,
                           double* second) {
  std::vector<T> scratch(size_t(2 * channels));
  block_sums(rows, channels, scratch.data(), first, second, [=](int64_t i, T* s1, T* s2) {
    for_vectors<T>(channels, [=](auto d, int64_t c) {
      const auto v = hn::Sub(hn::LoadU(d, x + i * channels + c), hn::LoadU(d, shift + c));
      add_to(d, v, s1 + c);
      hn::StoreU(hn::MulAdd(v, v, hn::LoadU(d, s2 + c)), d, s2 + c);
    });
  });
}

template <class T>
HWY_INLINE void activate_rows(const Activation<T>& with, const T* x, const T* skip, int64_t rows, T* out) {
  for (int64_t i = 0; i < rows; ++i, x += with.channels, out += with.channels) {
    const T* other = skip ? skip + i * with.channels : nullptr;
    for_vectors<T>(with.channels, [=, &with](auto d, int64_t c) {
      auto y = normalised(d, with, x + c, c);
      if (other) y = hn::Add(y, hn::LoadU(d, other + c));
      if (with.relu) y = hn::IfThenZeroElse(stopped(d, y), y);
      hn::StoreU(y, d, out + c);
    });
  }
}

template <class T>
HWY_INLINE void sums_of(const Activation<T>& with, const T* x, const T* out, const T* grad, int64_t rows,
                        const T* mean, double* first, double* second) {
  std::vector<T> scratch(size_t(2 * with.channels));
  block_sums(rows, with.channels, scratch.data(), first, second, [=, &with](int64_t i, T* s1, T* s2) {
    for_vectors<T>(with.channels, [=, &with](auto d, int64_t c) {
      const int64_t at = i * with.channels + c;
      const auto g = passed(d, with, x + at, out ? out + at : nullptr, grad + at, c);
      add_to(d, g, s1 + c);
      const auto centred = hn::Sub(hn::LoadU(d, x + at), hn::LoadU(d, mean + c));
      hn::StoreU(hn::MulAdd(g, centred, hn::LoadU(d, s2 + c)), d, s2 + c);
    });
  });
}

template <class D, class V, class T>
HWY_INLINE auto slope(D d, const Slopes<T>& s, V g, const T* x, int64_t c) {
  const auto rest = hn::MulAdd(hn::LoadU(d, s.b + c), hn::LoadU(d, x), hn::LoadU(d, s.d + c));
  return hn::MulAdd(hn::LoadU(d, s.a + c), g, rest);
}

template <class T>
HWY_INLINE void gradient_of(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* out,
                            const T* grad, int64_t rows, T* dx, T* dskip) {
  for (int64_t i = 0; i < rows; ++i)
    for_vectors<T>(with.channels, [=, &with, &slopes](auto d, int64_t c) {
      const int64_t at = i * with.channels + c;
      const auto g = passed(d, with, x + at, out ? out + at : nullptr, grad + at, c);
      if (dx) hn::StoreU(slope(d, slopes, g, x + at, c), d, dx + at);
      if (dskip) hn::StoreU(g, d, dskip + at);
    });
}

template <class T>
HWY_INLINE void activate_windows(const Activation<T>& with, const T* x, int64_t height, int64_t width, T* out) {
  const int64_t step = with.channels, row = width * step;
  for (int64_t y = 0; y < height / 2; ++y)
    for (int64_t i = 0; i < width / 2; ++i, out += step) {
      const T* p = x + 2 * y * row + 2 * i * step;
      for_vectors<T>(step, [=, &with](auto d, int64_t c) {
        const auto best = window(d, with, p + c, p + row + c, step, c).best;
        hn::StoreU(with.relu ? hn::IfThenZeroElse(stopped(d, best), best) : best, d, out + c);
      });
    }
}

template <class D, class T>
HWY_INLINE auto passed_window(D d, const Activation<T>& with, const Window<D>& w, const T* grad) {
  const auto g = hn::LoadU(d, grad);
  return with.relu ? hn::IfThenZeroElse(stopped(d, w.best), g) : g;
}

template <class T>
HWY_INLINE void sums_of_windows(const Activation<T>& with, const T* x, const T* grad, int64_t height, int64_t width,
                                const T* mean, double* first, double* second) {
  const int64_t step = with.channels, row = width * step;
  std::vector<T> scratch(size_t(2 * step));
  for (int64_t y = 0; y < height / 2; ++y, x += 2 * row, grad += width / 2 * step)
    block_sums(width / 2, step, scratch.data(), first, second, [=, &with](int64_t i, T* s1, T* s2) {
      for_vectors<T>(step, [=, &with](auto d, int64_t c) {
        const T *p = x + 2 * i * step + c, *q = p + row;
        const auto w = window(d, with, p, q, step, c);
        const auto g = passed_window(d, with, w, grad + i * step + c);
        auto winner = hn::IfThenElse(w.take1, hn::LoadU(d, p + step), hn::LoadU(d, p));
        winner = hn::IfThenElse(w.take2, hn::LoadU(d, q), winner);
        winner = hn::IfThenElse(w.take3, hn::LoadU(d, q + step), winner);
        add_to(d, g, s1 + c);
        hn::StoreU(hn::MulAdd(g, hn::Sub(winner, hn::LoadU(d, mean + c)), hn::LoadU(d, s2 + c)), d, s2 + c);
      });
    });
}

template <class T>
HWY_INLINE void gradient_of_windows(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* grad,
                                    int64_t height, int64_t width, T* dx) {
  const int64_t step = with.channels, row = width * step;
  const auto outside = [=, &slopes](int64_t at) {  // a pixel that belongs to no window
    for_vectors<T>(step, [=, &slopes](auto d, int64_t c) {
      hn::StoreU(slope(d, slopes, hn::Zero(d), x + at + c, c), d, dx + at + c);
    });
  };
  for (int64_t y = 0; y < height / 2; ++y) {
    for (int64_t i = 0; i < width / 2; ++i, grad += step) {
      const int64_t first = 2 * y * row + 2 * i * step;
      for_vectors<T>(step, [=, &with, &slopes](auto d, int64_t c) {
        const int64_t at = first + c;
        const auto w = window(d, with, x + at, x + at + row, step, c);
        const auto g = passed_window(d, with, w, grad + c);
        const auto late = hn::Or(w.take2, w.take3);
        const auto put = [=, &slopes](auto share, int64_t offset) {
          hn::StoreU(slope(d, slopes, share, x + at + offset, c), d, dx + at + offset);
        };
        put(hn::IfThenZeroElse(hn::Or(w.take1, late), g), 0);
        put(hn::IfThenElseZero(hn::AndNot(late, w.take1), g), step);
        put(hn::IfThenElseZero(hn::AndNot(w.take3, w.take2), g), row);
        put(hn::IfThenElseZero(w.take3, g), row + step);
      });
    }
    if (width % 2)
      for (const int64_t line : {2 * y, 2 * y + 1}) outside((line * width + width - 1) * step);
  }
  if (height % 2)
    for (int64_t i = 0; i < width; ++i) outside((height - 1) * row + i * step);
}

#define NCE_FOR_TYPE(T, name)                                                                                  \
  void moments_##name(const T* x, int64_t rows, int64_t channels, const T* shift, double* s1, double* s2) {    \
    moments_of(x, rows, channels, shift, s1, s2);                                                              \
  }                                                                                                            \
  void activate_##name(const Activation<T>& with, const T* x, const T* skip, int64_t rows, T* out) {           \
    activate_rows(with, x, skip, rows, out);                                                                   \
  }                                                                                                            \
  void sums_##name(const Activation<T>& with, const T* x, const T* out, const T* grad, int64_t rows,           \
                   const T* mean, double* s1, double* s2) {                                                    \
    sums_of(with, x, out, grad, rows, mean, s1, s2);                                                           \
  }                                                                                                            \
  void gradient_##name(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* out,           \
                       const T* grad, int64_t rows, T* dx, T* dskip) {                                         \
    gradient_of(with, slopes, x, out, grad, rows, dx, dskip);                                                  \
  }                                                                                                            \
  void activate_pooled_##name(const Activation<T>& with, const T* x, int64_t height, int64_t width, T* out) {  \
    activate_windows(with, x, height, width, out);                                                             \
  }                                                                                                            \
  void sums_pooled_##name(const Activation<T>& with, const T* x, const T* grad, int64_t height, int64_t width, \
                          const T* mean, double* s1, double* s2) {                                             \
    sums_of_windows(with, x, grad, height, width, mean, s1, s2);                                               \
  }                                                                                                            \
  void gradient_pooled_##name(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* grad,   \
                              int64_t height, int64_t width, T* dx) {                                          \
    gradient_of_windows(with, slopes, x, grad, height, width, dx);                                             \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

#define NCE_FOR_TYPE(T, name)                                                                                      \
  HWY_EXPORT(moments_##name);                                                                                      \
  HWY_EXPORT(activate_##name);                                                                                     \
  HWY_EXPORT(sums_##name);                                                                                         \
  HWY_EXPORT(gradient_##name);                                                                                     \
  HWY_EXPORT(activate_pooled_##name);                                                                              \
  HWY_EXPORT(sums_pooled_##name);                                                                                  \
  HWY_EXPORT(gradient_pooled_##name);                                                                              \
  template <>                                                                                                      \
  void moments(const T* x, int64_t rows, int64_t channels, const T* shift, double* s1, double* s2) {               \
    HWY_DYNAMIC_DISPATCH(moments_##name)(x, rows, channels, shift, s1, s2);                                        \
  }                                                                                                                \
  template <>                                                                                                      \
  void activate(const Activation<T>& with, const T* x, const T* skip, int64_t rows, T* out) {                      \
    HWY_DYNAMIC_DISPATCH(activate_##name)(with, x, skip, rows, out);                                               \
  }                                                                                                                \
  template <>                                                                                                      \
  void gradient_sums(const Activation<T>& with, const T* x, const T* out, const T* grad, int64_t rows,             \
                     const T* mean, double* s1, double* s2) {                                                      \
    HWY_DYNAMIC_DISPATCH(sums_##name)(with, x, out, grad, rows, mean, s1, s2);                                     \
  }                                                                                                                \
  template <>                                                                                                      \
  void input_gradient(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* out, const T* grad, \
                      int64_t rows, T* dx, T* dskip) {                                                             \
    HWY_DYNAMIC_DISPATCH(gradient_##name)(with, slopes, x, out, grad, rows, dx, dskip);                            \
  }                                                                                                                \
  template <>                                                                                                      \
  void activate_pooled(const Activation<T>& with, const T* x, int64_t height, int64_t width, T* out) {             \
    HWY_DYNAMIC_DISPATCH(activate_pooled_##name)(with, x, height, width, out);                                     \
  }                                                                                                                \
  template <>                                                                                                      \
  void gradient_sums_pooled(const Activation<T>& with, const T* x, const T* grad, int64_t height, int64_t width,   \
                            const T* mean, double* s1, double* s2) {                                               \
    HWY_DYNAMIC_DISPATCH(sums_pooled_##name)(with, x, grad, height, width, mean, s1, s2);                          \
  }                                                                                                                \
  template <>                                                                                                      \
  void input_gradient_pooled(const Activation<T>& with, const Slopes<T>& slopes, const T* x, const T* grad,        \
                             int64_t height, int64_t width, T* dx) {                                               \
    HWY_DYNAMIC_DISPATCH(gradient_pooled_##name)(with, slopes, x, grad, height, width, dx);                        \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels
#endif  // HWY_ONCE
