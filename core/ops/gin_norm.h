#pragma once
#include <array>
#include <cmath>
#include <vector>

#include "nce/core/gin.h"
#include "nce/core/kernels/batch_norm.h"
#include "nce/core/ops/graph_blocks.h"

namespace nce::detail {

/// The batch norm of a layer whose rows came in pieces: scale y + shift.
template <class T>
class GinNorm {
 public:
  /// moments: for each piece and channel, the sum of y - shift, and then of its square; shift is the first row of the
  /// piece. Updates the running statistics of the layer.
  GinNorm(const GraphBlocks& blocks, const T* y, const std::vector<double>& moments, GinLayer& layer)
      : width_(layer.norm_weight.numel()), rows_(0) {
    for (int64_t piece = 0; piece < blocks.pieces(); ++piece) rows_ += double(blocks.rows(piece));
    T *running_mean = layer.running_mean.mutable_data<T>(), *running_var = layer.running_var.mutable_data<T>();
    const auto follow = [&](T& running, double batch) {
      running = T((1 - layer.norm.momentum) * double(running) + layer.norm.momentum * batch);
    };
    for (int64_t c = 0; c < width_; ++c) {
      double mean = 0, var = 0;
      const auto each_piece = [&](auto body) {
        for (int64_t piece = 0; piece < blocks.pieces(); ++piece) {
          const double n = double(blocks.rows(piece)), *m = &moments[size_t(2 * piece * width_ + c)];
          if (n > 0)
            body(n, double(y[blocks.first_row(piece) * width_ + c]) + m[0] / n, m[width_] - m[0] * m[0] / n);
        }
      };
      each_piece([&](double n, double own, double) { mean += n * own / rows_; });
      each_piece([&](double n, double own, double squares) {
        var += (squares + n * (own - mean) * (own - mean)) / rows_;
      });
      follow(running_mean[c], mean), follow(running_var[c], var * rows_ / (rows_ - 1));
      mean_.push_back(mean), mean_t_.push_back(T(mean));
      inverse_.push_back(1 / std::sqrt(var + layer.norm.eps));
      scale_.push_back(inverse_.back() * double(layer.norm_weight.data<T>()[c]));
      scale_t_.push_back(T(scale_.back()));
      shift_t_.push_back(T(double(layer.norm_bias.data<T>()[c]) - mean * scale_.back()));
    }
  }

  kernels::Activation<T> activation() const { return {width_, scale_t_.data(), shift_t_.data(), false}; }
  const T* scale() const { return scale_t_.data(); }
  const T* shift() const { return shift_t_.data(); }
  const T* mean() const { return mean_t_.data(); }

  /// The a, b and d of dy = a g + b y + d, as in norm.cpp, and the derivatives by weight and bias. sums: for each piece
  /// and channel, the sum of g, and then of g (y - mean()).
  std::array<std::vector<T>, 3> gradient(const std::vector<double>& sums, Tensor& dw, Tensor& db) const {
    std::array<std::vector<T>, 3> slopes;
    T *weight = dw.mutable_data<T>(), *bias = db.mutable_data<T>();
    for (size_t c = 0; c < size_t(width_); ++c) {
      double first = 0, second = 0;
      for (size_t at = c; at < sums.size(); at += size_t(2 * width_))
        first += sums[at], second += sums[at + size_t(width_)];
      second = (second + (double(mean_t_[c]) - mean_[c]) * first) * inverse_[c];  // the mean was rounded to T
      const double slope = -scale_[c] * inverse_[c] * second / rows_;
      weight[c] = T(second), bias[c] = T(first);
      slopes[0].push_back(T(scale_[c])), slopes[1].push_back(T(slope));
      slopes[2].push_back(T(-scale_[c] * first / rows_ - slope * mean_[c]));
    }
    return slopes;
  }

 private:
  int64_t width_;
  double rows_;
  std::vector<double> mean_, inverse_, scale_;  // inverse: 1 / sqrt(var + eps)
  std::vector<T> mean_t_, scale_t_, shift_t_;
};

}  // namespace nce::detail
