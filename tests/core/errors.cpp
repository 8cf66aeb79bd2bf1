// What the engine and its operations refuse, with each text.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "ops_table.h"

using namespace nce;

#define REFUSES(expression, text) CHECK_THROWS_WITH_AS(expression, text, Error)

namespace {

Tensor ones(const Shape& shape, DType dtype = DType::f32) { return Tensor::ones(shape, dtype); }

}  // namespace

TEST_CASE("a default-constructed tensor is refused wherever it is used") {
  const Tensor none;
  const char* text = "an undefined tensor was used: it was default-constructed and never assigned";
  REFUSES(none.shape(), text);
  REFUSES(none.item(), text);
  REFUSES(none.detach(), text);
  REFUSES(none.grad(), text);
  REFUSES(none.backward(), text);
  REFUSES(none.clone(), text);
  REFUSES(none.to(DType::f64), text);
  REFUSES(none.to_vector<float>(), text);
  REFUSES(Tensor().set_requires_grad(true), text);
  REFUSES(Tensor().set_grad(ones({2})), text);
  REFUSES(Tensor().mutable_data<float>(), text);
  for (const test::OpRow& row : test::op_rows())
    for (size_t i = 0; i < std::min(row.needed, row.samples[0].inputs.size()); ++i) {
      CAPTURE(row.name);
      test::Inputs x = row.samples[0].inputs;
      x[i] = Tensor();
      REFUSES(row.call(x, row.samples[0].options), text);
    }
}

TEST_CASE("shapes that do not fit are named with the operation") {
  REFUSES(mul(ones({2, 3}), ones({3, 2})),
          "mul: shapes (2, 3) and (3, 2) do not broadcast: dimension -2 is 2 and 3");
  REFUSES(maximum(ones({4, 1, 3}), ones({2, 5})),
          "maximum: shapes (4, 1, 3) and (2, 5) do not broadcast: dimension -1 is 3 and 5");
  REFUSES(where(ones({3}), ones({2}), ones({2})),
          "where: shapes (3,) and (2,) do not broadcast: dimension -1 is 3 and 2");
  REFUSES(add(ones({2, 3}), ones({4})), "add: shapes (2, 3) and (4,) do not broadcast: dimension -1 is 3 and 4");
  REFUSES(matmul(ones({256, 128}), ones({64, 10})), "matmul: inner dimensions differ: (256, 128) x (64, 10)");
  REFUSES(matmul(ones({3}), ones({3, 2})), "matmul: needs matrices or batches of them, got (3,) x (3, 2)");
  REFUSES(matmul(ones({2, 3, 4}), ones({3, 4, 5})),
          "matmul: shapes (2,) and (3,) do not broadcast: dimension -1 is 2 and 3");
  REFUSES(linear(ones({5, 3}), ones({2, 4})), "linear: x (5, 3) does not fit weight (2, 4) (out, in)");
  REFUSES(reshape(ones({2, 3}), {4, -1}), "reshape: (2, 3) has 6 elements, (4, -1) does not");
  REFUSES(reshape(ones({2, 3}), {-1, -1}), "reshape: only one size may be -1, got (-1, -1)");
  REFUSES(broadcast_to(ones({2, 3}), {2, 1}), "broadcast_to: (2, 3) cannot become (2, 1)");
  REFUSES(squeeze(ones({2, 3}), 0), "squeeze: dimension 0 of (2, 3) is not 1");
  REFUSES(t(ones({3})), "t: needs a matrix, got shape (3,)");
  REFUSES(concatenate({ones({2, 3}), ones({2, 4})}), "concatenate: (2, 3) and (2, 4) differ in dimension 1");
  REFUSES(concatenate({ones({2, 3}), ones({2})}),
          "concatenate: (2, 3) and (2,) differ in their number of dimensions");
  REFUSES(concatenate({}), "concatenate: nothing to join");
  REFUSES(stack({}), "stack: nothing to join");
  REFUSES(Tensor::from({1, 2, 3}, {2, 2}), "from: 3 values do not fill a tensor of shape (2, 2) (4 elements)");
  REFUSES(Tensor::ones({2, -3}), "shape (2, -3) has a negative size");
  REFUSES(ones({2}).item(), "item: needs a tensor of one element, got shape (2,)");
  REFUSES(ones({2}).set_grad(ones({3})), "set_grad: a gradient of shape (3,) (f32) for a tensor of (2,) (f32)");
  REFUSES(layer_norm(ones({2, 4}), ones({3}), {}),
          "layer_norm: weight and bias must have shape (4,), the last dimension of x (2, 4)");
  Tensor mean, var;
  REFUSES(batch_norm(ones({2, 4}), ones({3}), {}, mean, var),
          "batch_norm: x (2, 4) has 4 channels, a parameter has shape (3,)");
  REFUSES(batch_norm(ones({1, 4}), {}, {}, mean, var),
          "batch_norm: training needs more than 1 value a channel, got x (1, 4)");
  REFUSES(batch_norm(ones({2, 4}), {}, {}, mean, var, {.training = false}),
          "batch_norm: evaluation needs running statistics");
  Tensor none;
  REFUSES(batch_norm_relu_max_pool2d(ones({2, 1, 8, 3}), none, none, none, none),
          "batch_norm_relu_max_pool2d: x must be (N, H, W, C), H and W at least 2, got (2, 1, 8, 3)");
  REFUSES(batch_norm_add_relu(ones({2, 4, 4, 3}), ones({2, 4, 4, 1}), none, none, none, none),
          "batch_norm_add_relu: x is (2, 4, 4, 3) (f32), what is added (2, 4, 4, 1) (f32)");
  REFUSES(max_pool2d(ones({2, 1, 8, 3})), "max_pool2d: the window is larger than the padded image (2, 1, 8, 3)");
  REFUSES(conv2d(ones({2, 8, 8, 3}), ones({8, 3, 3, 4})),
          "conv2d: weight (8, 3, 3, 4) takes 4 channels, x (2, 8, 8, 3) has 3");
  REFUSES(conv2d(ones({1, 2, 2, 3}), ones({1, 3, 3, 3})),
          "conv2d: the kernel of weight (1, 3, 3, 3) is larger than the padded image (1, 2, 2, 3)");
  REFUSES(conv2d(ones({1, 4, 4, 3}), ones({4, 3, 3, 1}), {}, {.groups = 2}),
          "conv2d: 2 groups do not divide the channels of x (1, 4, 4, 3) and weight (4, 3, 3, 1)");
  REFUSES(conv2d(ones({1, 4, 4, 3}), ones({4, 3, 3, 3}), ones({3})), "conv2d: bias must have shape (4,), got (3,)");
  REFUSES(conv1d(ones({2, 8, 3}), ones({8, 3, 4})), "conv1d: weight (8, 3, 4) takes 4 channels, x (2, 8, 3) has 3");
  REFUSES(conv1d(ones({2, 2, 3}), ones({8, 3, 3})),
          "conv1d: the kernel of weight (8, 3, 3) is larger than the padded x (2, 2, 3)");
  REFUSES(conv1d(ones({2, 8, 8, 3}), ones({8, 3, 3})), "conv1d: x must be (N, L, C), got (2, 8, 8, 3)");
  REFUSES(conv_transpose2d(ones({2, 8, 8, 3}), ones({8, 3, 3, 3})),
          "conv_transpose2d: weight (8, 3, 3, 3) takes 8 channels, x (2, 8, 8, 3) has 3");
  REFUSES(conv_transpose2d(ones({2, 8, 8, 3}), ones({3, 3, 3, 8}), {}, {.stride = 2, .output_padding = 2}),
          "conv_transpose2d: output_padding must be at least 0 and less than the stride or the dilation, got 2");
  REFUSES(conv_transpose2d(ones({2, 1, 8, 3}), ones({3, 2, 2, 8}), {}, {.padding = 1}),
          "conv_transpose2d: nothing is left of x (2, 1, 8, 3) and weight (3, 2, 2, 8) inside the padding");
  REFUSES(conv_transpose2d(ones({1, 2, 2, 2}), ones({2, 2, 2, 3}), ones({2})),
          "conv_transpose2d: bias must have shape (3,), got (2,)");
  REFUSES(group_norm(ones({2, 4}), 3, {}, {}), "group_norm: 3 groups do not divide the 4 channels of x (2, 4)");
  REFUSES(group_norm(ones({2, 4}), 2, ones({3}), {}),
          "group_norm: weight and bias must have shape (4,), the last dimension of x (2, 4)");
  REFUSES(global_avg_pool2d(ones({2, 3})), "global_avg_pool2d: x must be (N, H, W, C), got (2, 3)");
  REFUSES(cross_entropy(ones({2, 3}), std::vector<int>{0}), "cross_entropy: 1 labels for logits (2, 3)");
}

TEST_CASE("what the first hour types wrong is named") {
  Tensor x = ones({2, 3}), w = ones({3}).set_requires_grad(true);
  REFUSES(x += ones({2, 2, 3}), "+=: the result has shape (2, 2, 3), the tensor that should hold it (2, 3)");
  REFUSES(w -= 1.0,
          "-=: a parameter (a leaf that requires grad) would lose its gradient; name the result (b = a + ...), or "
          "change the parameter under NoGrad");
  REFUSES(x[2], "select: index 2 is outside dimension 0 of (2, 3)");
  REFUSES(ones({})[0], "select: dimension 0 is out of range for a tensor of 0 dimensions");
  REFUSES(Tensor::arange(0, 5, -1), "arange: steps of -1 do not lead from 0 to 5");
  REFUSES(Tensor::arange(0, 5, 0), "arange: steps of 0 do not lead from 0 to 5");
  REFUSES(topk(x, 4), "topk: k 4 is outside 0 .. 3, the size of dimension 1");
  REFUSES(sort(x, 2), "sort: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(cumsum(x, 2), "cumsum: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(split(x, {1, 1}, 1), "split: the sizes 1 + 1 do not make up dimension 1 of (2, 3)");
  REFUSES(split(x, 0), "split: the size of a part must be at least 1, got 0");
  REFUSES(tril(w), "tril: needs a matrix, got shape (3,)");
  REFUSES(one_hot({0, 5}, 5), "one_hot: index 5 at position 1 is outside 0 .. 4");
  REFUSES(masked_softmax(x, ones({2})),
          "masked_softmax: shapes (2,) and (2, 3) do not broadcast: dimension -1 is 2 and 3");
  REFUSES(masked_softmax(ones({3}), x), "masked_softmax: mask (2, 3) does not broadcast to x (3,)");
  REFUSES(mse_loss(x, ones({2})), "mse_loss: input (2, 3) and target (2,) differ in shape");
  REFUSES(l1_loss(w, ones({3, 1})), "l1_loss: input (3,) and target (3, 1) differ in shape");
}

TEST_CASE("dtypes that differ are refused, never converted silently") {
  const Tensor single = ones({2, 2}), twice = ones({2, 2}, DType::f64);
  REFUSES(add(single, twice), "add: dtypes differ: f32 and f64");
  REFUSES(gt(single, twice), "gt: dtypes differ: f32 and f64");
  REFUSES(matmul(single, twice), "matmul: dtypes differ: f32 and f64");
  REFUSES(concatenate({single, twice}), "concatenate: dtypes differ: f32 and f64");
  REFUSES(where(single, twice, twice), "where: dtypes differ: f32, f64 and f64");
  REFUSES(masked_softmax(single, twice), "masked_softmax: dtypes differ: x is f32, mask f64");
  REFUSES(conv2d(ones({1, 2, 2, 1}), ones({1, 1, 1, 1}, DType::f64)), "conv2d: dtypes differ: f32 and f64");
  REFUSES(conv2d(ones({1, 2, 2, 1}), ones({1, 1, 1, 1}), ones({1}, DType::f64)),
          "conv2d: dtypes differ: f32 and f64");
  Tensor mean = Tensor::zeros({2}, DType::f64), var = ones({2}, DType::f64), none;
  REFUSES(batch_norm(single, {}, {}, mean, var), "batch_norm: x is f32, a parameter is f64");
  REFUSES(batch_norm(single, ones({2}, DType::f64), {}, none, none), "batch_norm: x is f32, a parameter is f64");
  REFUSES(mse_loss(single, twice), "mse_loss: dtypes differ: f32 and f64");
  REFUSES(single.data<double>(), "a f32 tensor was read as f64");
  REFUSES(Tensor(single).set_grad(twice),
          "set_grad: a gradient of shape (2, 2) (f64) for a tensor of (2, 2) (f32)");
  REFUSES(sum(Tensor::ones({2}).set_requires_grad(true) * 2.0).backward(ones({}, DType::f64)),
          "backward: the gradient is f64, the tensor f32");
}

TEST_CASE("an index, a dimension or a label out of range is named") {
  const Tensor x = ones({2, 3});
  const std::vector<int> below{0, -1}, above{0, 1, 3};
  REFUSES(index_select(x, 1, above), "index_select: index 3 at position 2 is outside 0 .. 2");
  REFUSES(index_select(x, 0, below), "index_select: index -1 at position 1 is outside 0 .. 1");
  REFUSES(gather(x, 1, below, {2, 1}), "gather: index -1 at position 1 is outside 0 .. 2");
  REFUSES(gather(x, 1, above, {3, 1}), "gather: index shape (3, 1) exceeds x (2, 3) in dimension 0");
  REFUSES(gather(x, 1, above, {2, 2}), "gather: 3 indices do not fill shape (2, 2)");
  REFUSES(gather(x, 1, above, {3}), "gather: index shape (3,) and x (2, 3) differ in their number of dimensions");
  REFUSES(cross_entropy(x, std::vector<int>{0, 3}), "cross_entropy: label 3 at row 1 is outside 0 .. 2");
  REFUSES(halves(Tensor::zeros({3, 2})), "chunk: dimension 0 of (3, 2) is not 2 equal parts");
  REFUSES(chunk(x, 0), "chunk: dimension 0 of (2, 3) is not 0 equal parts");
  REFUSES(chunk(x, 2, -1), "chunk: dimension 1 of (2, 3) is not 2 equal parts");
  REFUSES(slice(x, 1, 1, 4), "slice: 1 .. 4 is outside dimension 1 of (2, 3)");
  REFUSES(slice(x, 1, 2, 1), "slice: 2 .. 1 is outside dimension 1 of (2, 3)");
  REFUSES(slice(x, 1, 0, 3, 0), "slice: step must be at least 1, got 0");
  REFUSES(select(x, 0, 2), "select: index 2 is outside dimension 0 of (2, 3)");
  REFUSES(select(x, 0, -3), "select: index -3 is outside dimension 0 of (2, 3)");
  REFUSES(sum(x, 2), "sum: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(sum(x, {0, -2}), "sum: dimension 0 is named twice");
  REFUSES(softmax(x, -3), "softmax: dimension -3 is out of range for a tensor of 2 dimensions");
  REFUSES(log_softmax(x, 2), "log_softmax: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(normalize(x, 2), "normalize: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(mean(x, 2), "mean: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(var(x, 2), "var: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(permute(x, {0}), "permute: 1 dimensions named for a tensor of shape (2, 3)");
  REFUSES(permute(x, {0, 0}), "permute: dimension 0 is named twice");
  REFUSES(diagonal(x, 1, -1), "diagonal: the two dimensions are the same, 1");
  REFUSES(flip(x, {2}), "flip: dimension 2 is out of range for a tensor of 2 dimensions");
  REFUSES(stack({x, x}, 3), "stack: dimension 3 is out of range for a tensor of 3 dimensions");
  REFUSES(max(Tensor::zeros({0, 3}), 0), "max: nothing to reduce over in a tensor of shape (0, 3)");
  REFUSES(argmax(Tensor::zeros({3, 0})), "argmax: nothing to choose from in a tensor of shape (3, 0)");
  REFUSES(var(ones({1})), "var: 1 elements with correction 1 leave nothing to divide by");
  REFUSES(Tensor::ones({1, 1, 1, 1, 1, 1, 1, 1, 1}), "a tensor has at most 8 dimensions, got 9");
}

TEST_CASE("an option that makes no sense is named with its value") {
  const Tensor x = ones({2, 3}), image = ones({1, 4, 4, 1});
  REFUSES(clamp(x, 1, 0), "clamp: low 1 is above high 0");
  REFUSES(dropout(x, 1, Key(1)), "dropout: p must be at least 0 and below 1, got 1");
  REFUSES(dropout(x, std::nan(""), Key(1)), "dropout: p must be at least 0 and below 1, got nan");
  REFUSES(cross_entropy(x, std::vector<int>{0, 1}, {.label_smoothing = 1.5}),
          "cross_entropy: label_smoothing must be within 0 .. 1, got 1.5");
  REFUSES(conv2d(image, ones({1, 2, 2, 1}), {}, {.stride = 0}),
          "conv2d: stride and dilation must be at least 1, padding at least 0");
  REFUSES(conv2d(image, ones({1, 2, 2, 1}), {}, {.padding = {0, -1}}),
          "conv2d: stride and dilation must be at least 1, padding at least 0");
  REFUSES(max_pool2d(image, {.kernel = 0}), "max_pool2d: kernel and stride must be at least 1");
  REFUSES(avg_pool2d(image, {.kernel = 2, .padding = 2}),
          "avg_pool2d: padding must be between 0 and half of the kernel");
}

TEST_CASE("only leaves are written to, and every tensor that shares their memory notices") {
  Tensor w = Tensor::ones({2}).set_requires_grad(true);
  Tensor y = exp(w);
  REFUSES(y.mutable_data<float>(),
          "in-place change of the result of exp: only leaves (parameters, buffers, data) may be changed");
  REFUSES(y.set_requires_grad(false),
          "set_requires_grad: the result of exp already has its gradient decided; use detach()");
  REFUSES(reshape(w, {2, 1}).mutable_data<float>(),
          "in-place change of the result of reshape: only leaves (parameters, buffers, data) may be changed");
  Tensor other = w.detach();  // shares memory: changing it changes w
  Tensor loss = sum(square(w));
  other.mutable_data<float>()[0] = 3;
  REFUSES(loss.backward(),
          "backward: input 0 of square, of shape (2,), was changed in place after the forward pass used it");
  CHECK(!w.grad().defined());  // the error came before any gradient was added
}

TEST_CASE("a backward pass without its scalar, its graph or its leaf says which") {
  Tensor x = Tensor::ones({2, 2}).set_requires_grad(true);
  REFUSES(exp(x).backward(), "backward: a scalar is needed, got shape (2, 2); sum it, or pass the gradient by it");
  REFUSES(exp(x).backward(ones({2})), "backward: the gradient has shape (2,), the tensor (2, 2)");
  REFUSES(ones({}).backward(),
          "backward: no leaf below this tensor has requires_grad set (or it was made under NoGrad)");
  REFUSES(sum(gt(x, x * 0.5)).backward(),
          "in backward of gt: gt has no derivative by its input 0; detach() that input if none is meant");
  const Tensor shared = exp(x), first = sum(shared), second = sum(shared * shared);
  first.backward();
  const auto grad = x.grad().to_vector<float>();
  REFUSES(second.backward(),
          "backward: the graph was already freed by an earlier backward pass (at exp); pass retain_graph = true to "
          "the first one to walk it twice");
  CHECK(x.grad().to_vector<float>() == grad);
}
