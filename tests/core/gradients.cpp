#include <doctest/doctest.h>

#include <string>

#include "support/gradcheck.h"
#include "support/op_names.h"

using namespace nce;
using namespace nce::test;

namespace {

using Inputs = std::vector<Tensor>;

struct Row {
  std::string name;  // the operation's, and after a comma what is special
  std::function<Tensor(const Inputs&)> function;
  Inputs inputs;
};

Tensor normal(const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed), DType::f64); }
Tensor positive(const Shape& shape, uint64_t seed) { return Tensor::uniform(shape, 0.3, 2, Key(seed), DType::f64); }

// batch_norm of x[0] with the weight and bias that x goes on with, if it does.
Tensor norm_with(const BatchNormOptions& options, const Inputs& x) {
  Tensor mean = Tensor::full({3}, 0.2, DType::f64), var = Tensor::full({3}, 0.5, DType::f64);
  return batch_norm(x[0], x.size() > 1 ? x[1] : Tensor(), x.size() > 2 ? x[2] : Tensor(), mean, var, options);
}

// At least one row an operation (conv2d with every option is in images.cpp); broadcasting, transposed and sliced
// operands among them.
std::vector<Row> table() {
  const Tensor a = normal({3, 4}, 1), b = normal({3, 4}, 2), row = normal({4}, 3), column = normal({3, 1}, 4);
  const Tensor p = positive({3, 4}, 5), q = positive({4}, 6), deep = normal({2, 3, 4}, 7);
  const Tensor image = normal({2, 5, 6, 3}, 8), scale = normal({3}, 9), shift = normal({3}, 10);
  const std::vector<int> index{2, 0, 2, 1}, labels{1, 3, 0}, picks{0, 2, 1, 1, 3, 0};
  const auto two = [](Tensor (*f)(const Tensor&, const Tensor&)) {
    return [f](const Inputs& x) { return f(x[0], x[1]); };
  };
  const auto one = [](Tensor (*f)(const Tensor&)) { return [f](const Inputs& x) { return f(x[0]); }; };
  return {
      {"add", two(add), {a, row}},
      {"sub", two(sub), {column, row}},
      {"mul", two(mul), {a, column}},
      {"mul, a tensor with itself", [](auto& x) { return x[0] * x[0]; }, {a}},
      {"mul, a transposed view", [](auto& x) { return t(x[0]) * x[1]; }, {a, normal({4, 3}, 8)}},
      {"div", two(div), {a, p}},
      {"div, a number by a tensor", [](auto& x) { return 2.0 / x[0]; }, {p}},
      {"pow", [](auto& x) { return pow(x[0], x[1]); }, {p, q}},
      {"pow, a number as exponent", [](auto& x) { return pow(x[0], 3.0); }, {a}},
      {"maximum", two(maximum), {a, row}},
      {"minimum", two(minimum), {a, row}},
      {"affine", [](auto& x) { return 3.0 - 2.0 * x[0]; }, {a}},
      {"neg", one(neg), {a}},
      {"exp", one(exp), {a}},
      {"log", one(log), {p}},
      {"log1p", one(log1p), {p}},
      {"sqrt", one(sqrt), {p}},
      {"rsqrt", one(rsqrt), {p}},
      {"square", one(square), {a}},
      {"abs", one(abs), {a}},
      {"relu", one(relu), {a}},
      {"relu, a slice", [](auto& x) { return relu(slice(x[0], 1, 0, 4, 2)); }, {a}},
      {"gelu", one(gelu), {a}},
      {"sigmoid", one(sigmoid), {a}},
      {"tanh", one(tanh), {a}},
      {"softplus", one(softplus), {a}},
      {"clamp", [](auto& x) { return clamp(x[0], -0.5, 0.7); }, {a}},
      {"sum", [](auto& x) { return sum(x[0]); }, {a}},
      {"sum, over the first", [](auto& x) { return sum(x[0], 0); }, {deep}},
      {"sum, over the middle", [](auto& x) { return sum(x[0], 1, true); }, {deep}},
      {"sum, over two",
       [](auto& x) {
         return sum(x[0], {0, 2});
       },
       {deep}},
      {"mean", [](auto& x) { return mean(x[0], -1, true); }, {deep}},
      {"var",
       [](auto& x) {
         return var(x[0], {0, 2});
       },
       {deep}},
      {"var, biased", [](auto& x) { return var(x[0], 0, true, 0); }, {deep}},
      {"max", [](auto& x) { return max(x[0], 1); }, {deep}},
      {"max, of all", [](auto& x) { return max(x[0]); }, {deep}},
      {"min",
       [](auto& x) {
         return min(x[0], {0, 1}, true);
       },
       {deep}},
      {"logsumexp",
       [](auto& x) {
         return logsumexp(x[0], {1, 2});
       },
       {deep}},
      {"norm", [](auto& x) { return norm(x[0], 1); }, {deep}},
      {"matmul", two(matmul), {a, normal({4, 5}, 9)}},
      {"matmul, transposed views", [](auto& x) { return matmul(t(x[0]), t(x[1])); }, {a, normal({5, 3}, 9)}},
      {"matmul, slices",
       [](auto& x) { return matmul(slice(x[0], 1, 1, 3), slice(x[1], 0, 0, 4, 2)); },
       {a, normal({4, 5}, 9)}},
      {"matmul, batches", two(matmul), {deep, normal({2, 4, 5}, 9)}},
      {"matmul, a batch and a matrix", two(matmul), {deep, normal({4, 5}, 9)}},
      {"linear", [](auto& x) { return linear(x[0], x[1], x[2]); }, {deep, normal({5, 4}, 9), normal({5}, 10)}},
      {"reshape",
       [](auto& x) {
         return reshape(t(x[0]), {2, -1}) * reshape(x[1], {2, 6});
       },
       {a, b}},
      {"permute",
       [](auto& x) {
         return permute(x[0], {2, 0, 1});
       },
       {deep}},
      {"slice", [](auto& x) { return slice(x[0], -1, 1, 4, 2); }, {deep}},
      {"halves",
       [](auto& x) {
         const auto [first, second] = halves(x[0]);
         return first * first * second;
       },
       {image}},
      {"halves, one alone", [](auto& x) { return square(halves(x[0]).second); }, {image}},
      {"select", [](auto& x) { return select(x[0], 1, -1); }, {deep}},
      {"transpose", [](auto& x) { return transpose(x[0], 0, -1); }, {deep}},
      {"t", one(t), {deep}},
      {"squeeze", [](auto& x) { return squeeze(x[0], 1); }, {column}},
      {"unsqueeze", [](auto& x) { return unsqueeze(x[0], 1); }, {a}},
      {"broadcast_to",
       [](auto& x) {
         return broadcast_to(x[0], {2, 3, 4});
       },
       {column}},
      {"sum_to",
       [](auto& x) {
         return sum_to(x[0], {3, 1});
       },
       {deep}},
      {"diagonal", [](auto& x) { return diagonal(x[0], 2, 0); }, {deep}},
      {"flip",
       [](auto& x) {
         return flip(x[0], {0, 2});
       },
       {deep}},
      {"concatenate",
       [](auto& x) {
         return concatenate({x[0], t(x[1]), x[0]}, 1);
       },
       {a, normal({2, 3}, 9)}},
      {"stack",
       [](auto& x) {
         return stack({x[0], x[1]}, 1);
       },
       {a, b}},
      {"index_select", [=](auto& x) { return index_select(x[0], 1, index); }, {deep}},
      {"gather",
       [=](auto& x) {
         return gather(x[0], 1, picks, {3, 2});
       },
       {a}},
      {"where", [](auto& x) { return where(gt(x[0].detach(), x[1].detach()), x[0], x[1]); }, {a, row}},
      {"masked_fill",
       [](auto& x) { return masked_fill(x[0], gt(x[0].detach(), Tensor::scalar(0.5, DType::f64)), 2); },
       {a}},
      {"softmax", [](auto& x) { return softmax(x[0], 1); }, {deep}},
      {"log_softmax", [](auto& x) { return log_softmax(x[0]); }, {deep}},
      {"normalize", [](auto& x) { return normalize(x[0], 1); }, {deep}},
      {"cross_entropy", [=](auto& x) { return cross_entropy(x[0], labels, {.label_smoothing = 0.1}); }, {a}},
      {"batch_norm", [](auto& x) { return norm_with({}, x); }, {image, scale, shift}},
      {"batch_norm, evaluation", [](auto& x) { return norm_with({.training = false}, x); }, {image, scale, shift}},
      {"batch_norm, rows, no weight", [](auto& x) { return norm_with({.eps = 0.1}, x); }, {normal({6, 3}, 11)}},
      {"batch_norm_relu",
       [](auto& x) {
         Tensor none;
         return batch_norm_relu(x[0], x[1], x[2], none, none);
       },
       {image, scale, shift}},
      {"batch_norm_add_relu",
       [](auto& x) {
         Tensor none;
         return batch_norm_add_relu(x[0], x[3], x[1], x[2], none, none);
       },
       {image, scale, shift, normal({2, 5, 6, 3}, 12)}},
      {"batch_norm_relu_max_pool2d",
       [](auto& x) {
         Tensor none;
         return batch_norm_relu_max_pool2d(x[0], x[1], x[2], none, none);
       },
       {image, scale, shift}},
      {"layer_norm", [](auto& x) { return layer_norm(x[0], x[1], x[2]); }, {image, scale, shift}},
      {"layer_norm, no weight", [](auto& x) { return layer_norm(x[0], {}, {}, 0.1); }, {image}},
      {"dropout", [](auto& x) { return dropout(x[0], 0.4, Key(5)); }, {image}},
      {"conv2d, 1x1",
       [](auto& x) { return conv2d(x[0], x[1], x[2]); },
       {image, normal({2, 1, 1, 3}, 12), normal({2}, 13)}},
      {"conv2d, 1x1 with a stride",
       [](auto& x) { return conv2d(x[0], x[1], {}, {.stride = 2}); },
       {image, normal({2, 1, 1, 3}, 12)}},
      {"conv2d, one channel a group",
       [](auto& x) { return conv2d(x[0], x[1], {}, {.padding = 1, .groups = 3}); },
       {image, normal({3, 3, 2, 1}, 12)}},
      {"conv2d, transposed views",
       [](auto& x) {
         return conv2d(permute(x[0], {0, 2, 1, 3}), permute(x[1], {0, 2, 3, 1}));
       },
       {image, normal({2, 3, 2, 3}, 12)}},
      {"max_pool2d", [](auto& x) { return max_pool2d(x[0]); }, {image}},
      {"max_pool2d, overlapping",
       [](auto& x) { return max_pool2d(x[0], {.kernel = 3, .stride = 2, .padding = 1}); },
       {image}},
      {"avg_pool2d", [](auto& x) { return avg_pool2d(x[0]); }, {image}},
      {"avg_pool2d, overlapping",
       [](auto& x) {
         return avg_pool2d(x[0], {.kernel = {3, 2}, .stride = {2, 1}, .padding = 1});
       },
       {image}},
      {"global_avg_pool2d", one(global_avg_pool2d), {image}},
      {"clone", [](auto& x) { return t(x[0]).clone(); }, {a}},
  };
}

}  // namespace

TEST_CASE("every derivative is the central difference") {
  for (const Row& row : table()) {
    CAPTURE(row.name);
    const GradientReport report = check_gradient(row.function, row.inputs);
    CHECK(report.deviation < 1e-6);
    CHECK(report.largest > 1e-3);
  }
}

TEST_CASE("every operation of ops.h has a row in the gradient table") {
  std::set<std::string> rows{"eq", "lt", "le", "gt", "ge", "argmax"};  // these have no derivative
  for (const Row& row : table()) rows.insert(row.name.substr(0, row.name.find(',')));
  REQUIRE(op_names().size() > 60);
  for (const std::string& name : op_names()) {
    CAPTURE(name);
    CHECK(rows.contains(name));
  }
}

TEST_CASE("the gradient check finds a derivative that is wrong") {
  const auto wrong_exp = [](const Inputs& x) {
    const Tensor out = exp(x[0].detach());
    return record("wrong_exp", out, {x[0]}, [out](const Tensor& grad) { return grad * out * 1.0001; });
  };
  CHECK(check_gradient(wrong_exp, {normal({3}, 1)}).deviation > 1e-5);
}
