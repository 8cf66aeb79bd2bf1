#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "report.h"

/// Operations that are timed one by one, at the shapes that networks give them.
///
/// report.h says what is counted. A value is 4 bytes, whether or not it comes from a cache. So a small tensor that
/// stays in a cache can be above the bandwidth.
namespace nce::bench {

using Run = std::function<void()>;

struct Op {
  std::string name;
  Work work;
  std::function<Run()> make;  ///< Allocates what the run needs.
};
using Ops = std::vector<Op>;

/// (m, k) x (k, n); `ta`, `tb`: transposed in memory.
Op gemm_op(int64_t m, int64_t n, int64_t k, bool ta, bool tb);

/// A convolution of square images with padding kernel / 2. An empty `name` becomes its shape.
struct Conv {
  std::string name = {};
  int64_t images, side, in, out, kernel = 3, stride = 1;
  bool by_x = true;  ///< whether the gradient by the input is wanted
};
/// Forward, by x, by weight. Winograd's method, where it is used, takes a quarter of the operations.
Ops conv_ops(const Conv& conv);

/// Batch normalisation of square images, with what follows it. An empty `name` becomes its shape.
struct Norm {
  enum Then { nothing, relu, add_relu, relu_max_pool } then = relu;
  std::string name = {};
  int64_t images, side, channels;
};
/// Forward and backward. Forward reads x twice (first for its statistics) and writes y. Backward reads x and the
/// gradient twice and writes dx. With add_relu, the addend is read once and its gradient written once; backward then
/// reads the output twice.
Ops norm_ops(const Norm& norm);

/// relu(x W^T + b), or without ReLU: forward, and backward by all inputs (without x if not `by_x`).
struct Linear {
  std::string name;
  int64_t rows, in, out;
  bool relu, by_x = true;
};
Ops linear_ops(const Linear& linear);

/// The mean over square images, forward and backward.
Ops mean_ops(int64_t images, int64_t side, int64_t channels);
/// a + b, as it joins the gradients of two branches.
Op add_op(const std::string& name, int64_t elements);

/// nt_xent, forward and backward, of `rows` rows in all, width 128. 3 N^2 d operations: similarities are symmetric,
/// N^2 d, and the gradient is a full product, 2 N^2 d. Making similarities again instead of storing them is extra.
Op nt_xent_op(int64_t rows);

/// A step of SGD with momentum on parameters of these sizes. Reads gradient, weight and momentum, writes two.
Op sgd_op(const std::vector<int64_t>& sizes);
/// A step of AdamW. Reads gradient, weight and two moments, writes three.
Op adamw_op(const std::vector<int64_t>& sizes);

/// A X and its gradient by X, for a graph with this mean number of neighbours. Counts a row of X for each entry.
Op spmm_op(int64_t nodes, int64_t neighbours, int64_t width);
/// A step of a table of embeddings: the sums of bags, their gradient by rows, SparseAdam.
Op embedding_bag_op(int64_t rows, int64_t width, int64_t bags, int64_t length);
/// Attention of samples to themselves, forward and backward.
Op attention_op(int64_t samples, int64_t length, int64_t width, int64_t heads);

/// A training step of GraphCL's encoder and head: `graphs` views of `size` nodes with `degree` neighbours, info_nce, Adam.
Op gin_step_op(int64_t graphs, int64_t size, double degree, int64_t features);

/// SimCLR views of 32 x 32 x 3 bytes, or views by one transform, with probability 1. Reads the bytes, writes as many
/// floats.
Op augment_op(int views, const std::string& transform = "");

}  // namespace nce::bench
