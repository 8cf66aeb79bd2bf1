#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "report.h"

/// Operations to be timed one by one at the shapes that networks give them.
///
/// What is counted of each is in report.h; bytes are 4 a value, whether or not they come from a cache: a small
/// tensor that stays in one can be above the bandwidth.
namespace nce::bench {

using Run = std::function<void()>;

struct Op {
  std::string name;
  Work work;
  std::function<Run()> make;  ///< Allocates what the run needs.
};
using Ops = std::vector<Op>;

/// (m, k) x (k, n), either transposed in memory.
Op gemm_op(int64_t m, int64_t n, int64_t k, bool ta, bool tb);

/// A convolution with padding kernel / 2 of square images; `name` empty: its shape.
struct Conv {
  std::string name = {};
  int64_t images, side, in, out, kernel = 3, stride = 1;
  bool by_x = true;  ///< whether the gradient by the input is wanted
};
/// Forward, by x, by weight. Where Winograd's method is taken, the method's operations are a quarter.
Ops conv_ops(const Conv& conv);

/// Batch normalisation with what follows it, of square images; `name` empty: its shape.
struct Norm {
  enum Then { nothing, relu, add_relu, relu_max_pool } then = relu;
  std::string name = {};
  int64_t images, side, channels;
};
/// Forward and backward. Forward, x is read twice (its statistics first) and y written; backward, x and the gradient
/// are read twice and dx written. What is added is read once and its gradient written once, and the output is then
/// read twice on the way back.
Ops norm_ops(const Norm& norm);

/// relu(x W^T + b), or without ReLU: forward and backward by all but, where not `by_x`, the input.
struct Linear {
  std::string name;
  int64_t rows, in, out;
  bool relu, by_x = true;
};
Ops linear_ops(const Linear& linear);

/// The mean over square images, forward and backward.
Ops mean_ops(int64_t images, int64_t side, int64_t channels);
/// a + b: what joins the gradients of two branches.
Op add_op(const std::string& name, int64_t elements);

/// nt_xent of `rows` rows of width 128 in all, both ways. 3 N^2 d operations: similarities are symmetric, N^2 d; the
/// gradient is a full product, 2 N^2 d. That similarities are made again rather than stored, N x N, is extra.
Op nt_xent_op(int64_t rows);

/// A step of SGD with momentum on parameters of these sizes: gradient, weight and momentum read, two written.
Op sgd_op(const std::vector<int64_t>& sizes);

/// SimCLR views of 32 x 32 x 3 bytes: those read, as many floats written.
Op augment_op(int views);

}  // namespace nce::bench
