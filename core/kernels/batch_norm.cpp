#include "nce/core/kernels/batch_norm.h"

#include <hwy/cache_control.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/batch_norm.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

constexpr int64_t kBlock = 32;  // rows summed in T before they are added to the doubles

// Adds two sums over rows to the doubles. term(d, i, c, s1, s2) adds the part of row i for the vector at channel c.
// With two vectors, rows are read in pairs of cache lines, and the sums stay in registers.
template <int vectors, class D, class Term>
HWY_INLINE void column_sums(D d, int64_t rows, int64_t c, double* first, double* second, Term term) {
  using T = hn::TFromD<D>;
  constexpr int64_t lanes = hn::MaxLanes(D());
  for (int64_t begin = 0; begin < rows; begin += kBlock) {
    hn::Vec<D> s1[vectors], s2[vectors];
    for (int k = 0; k < vectors; ++k) s1[k] = s2[k] = hn::Zero(d);
    for (int64_t i = begin; i < std::min(rows, begin + kBlock); ++i)
      for (int k = 0; k < vectors; ++k) term(d, i, c + k * lanes, s1[k], s2[k]);
    for (int k = 0; k < vectors; ++k) {
      T one[lanes], two[lanes];
      hn::StoreU(s1[k], d, one), hn::StoreU(s2[k], d, two);
      for (int64_t j = 0; j < lanes; ++j)
        first[c + k * lanes + j] += double(one[j]), second[c + k * lanes + j] += double(two[j]);
    }
  }
}

template <class T, class Term>
HWY_INLINE void block_sums(int64_t rows, int64_t channels, double* first, double* second, Term term) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  constexpr int64_t lanes = hn::MaxLanes(d);
  int64_t c = 0;
  for (; c + 2 * lanes <= channels; c += 2 * lanes) column_sums<2>(d, rows, c, first, second, term);
  for (; c + lanes <= channels; c += lanes) column_sums<1>(d, rows, c, first, second, term);
  for (; c < channels; ++c) column_sums<1>(one, rows, c, first, second, term);
}

// y <= 0. A NaN is not <= 0, so it passes.
template <class D, class V>
HWY_INLINE auto stopped(D d, V y) {
  return hn::Le(y, hn::Zero(d));
}

template <class D, class T>
HWY_INLINE auto normalised(D d, const Activation<T>& activation, const T* x, int64_t c) {
  return hn::MulAdd(hn::LoadU(d, activation.scale + c), hn::LoadU(d, x), hn::LoadU(d, activation.shift + c));
}

// The gradient after ReLU's mask.
template <class D, class T>
HWY_INLINE auto passed(D d, const Activation<T>& activation, const T* x, const T* out, const T* grad, int64_t c) {
  const auto g = hn::LoadU(d, grad);
  if (!activation.relu) return g;
  return hn::IfThenZeroElse(stopped(d, out ? hn::LoadU(d, out) : normalised(d, activation, x, c)), g);
}

// The maximum of a 2x2 window after normalisation. take1, take2, take3: pixel 1, 2 or 3 is larger than all before it.
// The rows of the window start at p and q; its pixels are `step` apart.
template <class D>
struct Window {
  hn::Vec<D> best;
  hn::Mask<D> take1, take2, take3;
};
// Prefetches a window, because the processor's own prefetcher does not follow two rows at a time.
template <class T>
HWY_INLINE void fetch_window(const T* p, int64_t row, int64_t step) {
  hwy::Prefetch(p), hwy::Prefetch(p + step), hwy::Prefetch(p + row), hwy::Prefetch(p + row + step);
}
template <class D, class T>
HWY_INLINE Window<D> window(D d, const Activation<T>& activation, const T* p, const T* q, int64_t step, int64_t c) {
  const auto a = hn::LoadU(d, activation.scale + c), b = hn::LoadU(d, activation.shift + c);
  const auto at = [&](const T* x) { return hn::MulAdd(a, hn::LoadU(d, x), b); };
  // A NaN wins, and stays the winner.
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
void moments(const T* x, int64_t rows, int64_t channels, const T* shift, double* first, double* second) {
  block_sums<T>(rows, channels, first, second, [=](auto d, int64_t i, int64_t c, auto& s1, auto& s2) {
    const auto v = hn::Sub(hn::LoadU(d, x + i * channels + c), hn::LoadU(d, shift + c));
    s1 = hn::Add(s1, v), s2 = hn::MulAdd(v, v, s2);
  });
}

template <class T>
void activate(const Activation<T>& activation, const T* x, const T* skip, int64_t rows, T* out) {
  const bool stream = activation.stream && streams<T>(activation.channels, out);
  for (int64_t i = 0; i < rows; ++i, x += activation.channels, out += activation.channels) {
    const T* other = skip ? skip + i * activation.channels : nullptr;
    for_vectors<T>(activation.channels, [=, &activation](auto d, int64_t c) {
      auto y = normalised(d, activation, x + c, c);
      if (other) y = hn::Add(y, hn::LoadU(d, other + c));
      if (activation.relu) y = hn::IfThenZeroElse(stopped(d, y), y);
      put(d, y, out + c, stream);
    });
  }
  if (stream) hwy::FlushStream();
}

template <class T>
void gradient_sums(const Activation<T>& activation, const T* x, const T* out, const T* grad, int64_t rows,
                   const T* mean, double* first, double* second) {
  block_sums<T>(rows, activation.channels, first, second,
                [=, &activation](auto d, int64_t i, int64_t c, auto& s1, auto& s2) {
                  const int64_t at = i * activation.channels + c;
                  const auto g = passed(d, activation, x + at, out ? out + at : nullptr, grad + at, c);
                  const auto centred = hn::Sub(hn::LoadU(d, x + at), hn::LoadU(d, mean + c));
                  s1 = hn::Add(s1, g), s2 = hn::MulAdd(g, centred, s2);
                });
}

template <class D, class V, class T>
HWY_INLINE auto slope(D d, const Slopes<T>& s, V g, const T* x, int64_t c) {
  const auto rest = hn::MulAdd(hn::LoadU(d, s.b + c), hn::LoadU(d, x), hn::LoadU(d, s.d + c));
  return hn::MulAdd(hn::LoadU(d, s.a + c), g, rest);
}

template <class T>
void input_gradient(const Activation<T>& activation, const Slopes<T>& slopes, const T* x, const T* out,
                    const T* grad, int64_t rows, T* dx, T* dskip) {
  const bool stream =
      activation.stream && streams<T>(activation.channels, dx) && streams<T>(activation.channels, dskip);
  for (int64_t i = 0; i < rows; ++i)
    for_vectors<T>(activation.channels, [=, &activation, &slopes](auto d, int64_t c) {
      const int64_t at = i * activation.channels + c;
      const auto g = passed(d, activation, x + at, out ? out + at : nullptr, grad + at, c);
      if (dx) put(d, slope(d, slopes, g, x + at, c), dx + at, stream);
      if (dskip) put(d, g, dskip + at, stream);
    });
  if (stream) hwy::FlushStream();
}

template <class T>
void activate_pooled(const Activation<T>& activation, const T* x, int64_t height, int64_t width, T* out) {
  const int64_t step = activation.channels, row = width * step;
  const bool stream = activation.stream && streams<T>(step, out);
  for (int64_t y = 0; y < height / 2; ++y)
    for (int64_t i = 0; i < width / 2; ++i, out += step) {
      const T* p = x + 2 * y * row + 2 * i * step;
      for_vectors<T>(step, [=, &activation](auto d, int64_t c) {
        fetch_window(p + c + 2 * row, row, step);
        const auto best = window(d, activation, p + c, p + row + c, step, c).best;
        put(d, activation.relu ? hn::IfThenZeroElse(stopped(d, best), best) : best, out + c, stream);
      });
    }
  if (stream) hwy::FlushStream();
}

template <class D, class T>
HWY_INLINE auto passed_window(D d, const Activation<T>& activation, const Window<D>& w, const T* grad) {
  const auto g = hn::LoadU(d, grad);
  return activation.relu ? hn::IfThenZeroElse(stopped(d, w.best), g) : g;
}

template <class T>
void gradient_sums_pooled(const Activation<T>& activation, const T* x, const T* grad, int64_t height, int64_t width,
                          const T* mean, double* first, double* second) {
  const int64_t step = activation.channels, row = width * step;
  for (int64_t y = 0; y < height / 2; ++y, x += 2 * row, grad += width / 2 * step)
    block_sums<T>(width / 2, step, first, second,
                  [=, &activation](auto d, int64_t i, int64_t c, auto& s1, auto& s2) {
                    const T *p = x + 2 * i * step + c, *q = p + row;
                    fetch_window(p + 2 * row, row, step);
                    const auto w = window(d, activation, p, q, step, c);
                    const auto g = passed_window(d, activation, w, grad + i * step + c);
                    auto winner = hn::IfThenElse(w.take1, hn::LoadU(d, p + step), hn::LoadU(d, p));
                    winner = hn::IfThenElse(w.take2, hn::LoadU(d, q), winner);
                    winner = hn::IfThenElse(w.take3, hn::LoadU(d, q + step), winner);
                    s1 = hn::Add(s1, g), s2 = hn::MulAdd(g, hn::Sub(winner, hn::LoadU(d, mean + c)), s2);
                  });
}

template <class T>
void input_gradient_pooled(const Activation<T>& activation, const Slopes<T>& slopes, const T* x, const T* grad,
                           int64_t height, int64_t width, T* dx) {
  const int64_t step = activation.channels, row = width * step;
  const bool stream = activation.stream && streams<T>(step, dx);
  const auto outside =
      [=, &slopes](int64_t at) {  // a pixel that is in no window: the last row or column of an odd size
        for_vectors<T>(step, [=, &slopes](auto d, int64_t c) {
          hn::StoreU(slope(d, slopes, hn::Zero(d), x + at + c, c), d, dx + at + c);
        });
      };
  for (int64_t y = 0; y < height / 2; ++y) {
    for (int64_t i = 0; i < width / 2; ++i, grad += step) {
      const int64_t first = 2 * y * row + 2 * i * step;
      for_vectors<T>(step, [=, &activation, &slopes](auto d, int64_t c) {
        const int64_t at = first + c;
        fetch_window(x + at + 2 * row, row, step);
        const auto w = window(d, activation, x + at, x + at + row, step, c);
        const auto g = passed_window(d, activation, w, grad + c);
        const auto late = hn::Or(w.take2, w.take3);
        const auto give = [=, &slopes](auto share, int64_t offset) {
          put(d, slope(d, slopes, share, x + at + offset, c), dx + at + offset, stream);
        };
        give(hn::IfThenZeroElse(hn::Or(w.take1, late), g), 0);
        give(hn::IfThenElseZero(hn::AndNot(late, w.take1), g), step);
        give(hn::IfThenElseZero(hn::AndNot(w.take3, w.take2), g), row);
        give(hn::IfThenElseZero(w.take3, g), row + step);
      });
    }
    if (width % 2)
      for (const int64_t line : {2 * y, 2 * y + 1}) outside((line * width + width - 1) * step);
  }
  if (height % 2)
    for (int64_t i = 0; i < width; ++i) outside((height - 1) * row + i * step);
  if (stream) hwy::FlushStream();
}

template <class T>
const BatchNorm<T>& table() {
  static constexpr BatchNorm<T> kernels{.moments = moments<T>,
                                        .activate = activate<T>,
                                        .gradient_sums = gradient_sums<T>,
                                        .input_gradient = input_gradient<T>,
                                        .activate_pooled = activate_pooled<T>,
                                        .gradient_sums_pooled = gradient_sums_pooled<T>,
                                        .input_gradient_pooled = input_gradient_pooled<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(BatchNorm, batch_norm)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(BatchNorm, batch_norm)
}  // namespace nce::kernels
#endif
