// Every operation beside PyTorch: tests/reference/ops.json, written by ops.py there, which also says where nce
// differs on purpose.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "nce/core/ops.h"
#include "support/op_names.h"
#include "support/paths.h"

using namespace nce;
using nlohmann::json;

namespace {

using Inputs = std::vector<Tensor>;
using Op = std::function<Tensor(const Inputs& x, const json& options)>;

double number(const json& v) {
  if (!v.is_string()) return v.get<double>();
  return v == "nan" ? std::nan("") : v == "inf" ? INFINITY : -INFINITY;
}

std::vector<double> numbers(const json& list) {
  std::vector<double> values;
  for (const json& v : list) values.push_back(number(v));
  return values;
}

Shape shape(const json& list) { return Shape(std::span<const int64_t>(list.get<std::vector<int64_t>>())); }
std::vector<int> ints(const json& list) { return list.get<std::vector<int>>(); }
Size2 size2(const json& pair) { return {pair[0], pair[1]}; }
Axes axes(const json& o) { return o.contains("axes") ? Axes(ints(o["axes"])) : Axes(); }
bool keepdim(const json& o) { return o.value("keepdim", false); }
Tensor optional(const Inputs& x, size_t i) { return i < x.size() ? x[i] : Tensor(); }

Op one(Tensor (*f)(const Tensor&)) {
  return [f](const Inputs& x, const json&) { return f(x[0]); };
}
Op two(Tensor (*f)(const Tensor&, const Tensor&)) {
  return [f](const Inputs& x, const json&) { return f(x[0], x[1]); };
}
Op reduction(Tensor (*f)(const Tensor&, const Axes&, bool)) {
  return [f](const Inputs& x, const json& o) { return f(x[0], axes(o), keepdim(o)); };
}
Op along(Tensor (*f)(const Tensor&, int)) {
  return [f](const Inputs& x, const json& o) { return f(x[0], o["dim"].get<int>()); };
}

// The running statistics that the last batch_norm left, for the case to compare.
std::map<std::string, Tensor> after;

// normalise(x, mean, var, options) for batch_norm and those fused with what follows.
template <class F>
Op norm_with(F normalise) {
  return [normalise](const Inputs& x, const json& o) {
    const Shape channels{x[0].size(-1)};
    Tensor mean = Tensor::from(numbers(o["running_mean"]), channels).to(x[0].dtype());
    Tensor var = Tensor::from(numbers(o["running_var"]), channels).to(x[0].dtype());
    const BatchNormOptions options{.training = o["training"], .momentum = o["momentum"], .eps = o["eps"]};
    Tensor out = normalise(x, mean, var, options);
    after = {{"running_mean", mean}, {"running_var", var}};
    return out;
  };
}

Pool2dOptions pool_options(const json& o) {
  return {.kernel = size2(o["kernel"]), .stride = size2(o["stride"]), .padding = size2(o["padding"])};
}

const std::map<std::string, Op>& table() {
  static const std::map<std::string, Op> ops{
      {"add", two(add)},
      {"sub", two(sub)},
      {"mul", two(mul)},
      {"div", two(div)},
      {"pow", two([](const Tensor& a, const Tensor& b) { return pow(a, b); })},
      {"pow_number", [](auto& x, auto& o) { return pow(x[0], o["exponent"].template get<double>()); }},
      {"number_over", [](auto& x, auto& o) { return o["number"].template get<double>() / x[0]; }},
      {"affine", [](auto& x, auto& o) { return affine(x[0], o["scale"], o["shift"]); }},
      {"maximum", two(maximum)},
      {"minimum", two(minimum)},
      {"eq", two(eq)},
      {"lt", two(lt)},
      {"le", two(le)},
      {"gt", two(gt)},
      {"ge", two(ge)},
      {"neg", one(neg)},
      {"exp", one(exp)},
      {"log", one(log)},
      {"log1p", one(log1p)},
      {"sqrt", one(sqrt)},
      {"rsqrt", one(rsqrt)},
      {"square", one(square)},
      {"abs", one(abs)},
      {"relu", one(relu)},
      {"gelu", one(gelu)},
      {"sigmoid", one(sigmoid)},
      {"tanh", one(tanh)},
      {"softplus", one(softplus)},
      {"clamp", [](auto& x, auto& o) { return clamp(x[0], o["low"], o["high"]); }},
      {"sum", reduction(sum)},
      {"mean", reduction(mean)},
      {"var", [](auto& x, auto& o) { return var(x[0], axes(o), keepdim(o), o.value("correction", 1)); }},
      {"max", reduction(max)},
      {"min", reduction(min)},
      {"logsumexp", reduction(logsumexp)},
      {"norm", reduction(norm)},
      {"argmax",
       [](auto& x, auto& o) {
         const std::vector<int> best = argmax(x[0], o["dim"].template get<int>());
         return Tensor::from(std::vector<double>(best.begin(), best.end()), {int64_t(best.size())})
             .to(x[0].dtype());
       }},
      {"matmul", two(matmul)},
      {"linear", [](auto& x, auto&) { return linear(x[0], x[1], optional(x, 2)); }},
      {"reshape", [](auto& x, auto& o) { return reshape(x[0], shape(o["shape"])); }},
      {"permute", [](auto& x, auto& o) { return permute(x[0], ints(o["order"])); }},
      {"transpose", [](auto& x, auto& o) { return transpose(x[0], o["dims"][0], o["dims"][1]); }},
      {"t", one(t)},
      {"slice", [](auto& x, auto& o) { return slice(x[0], o["dim"], o["begin"], o["end"], o["step"]); }},
      {"select", [](auto& x, auto& o) { return select(x[0], o["dim"], o["index"]); }},
      {"squeeze", along(squeeze)},
      {"unsqueeze", along(unsqueeze)},
      {"broadcast_to", [](auto& x, auto& o) { return broadcast_to(x[0], shape(o["shape"])); }},
      {"sum_to", [](auto& x, auto& o) { return sum_to(x[0], shape(o["shape"])); }},
      {"diagonal", [](auto& x, auto& o) { return diagonal(x[0], o["dims"][0], o["dims"][1]); }},
      {"flip", [](auto& x, auto& o) { return flip(x[0], ints(o["dims"])); }},
      {"concatenate", [](auto& x, auto& o) { return concatenate(x, o["dim"].template get<int>()); }},
      {"stack", [](auto& x, auto& o) { return stack(x, o["dim"].template get<int>()); }},
      {"index_select", [](auto& x, auto& o) { return index_select(x[0], o["dim"], ints(o["index"])); }},
      {"gather", [](auto& x, auto& o) { return gather(x[0], o["dim"], ints(o["index"]), shape(o["shape"])); }},
      {"where", [](auto& x, auto&) { return where(x[0], x[1], x[2]); }},
      {"masked_fill", [](auto& x, auto& o) { return masked_fill(x[0], x[1], number(o["value"])); }},
      {"softmax", along(softmax)},
      {"log_softmax", along(log_softmax)},
      {"normalize", [](auto& x, auto& o) { return normalize(x[0], o["dim"], o["eps"]); }},
      {"cross_entropy",
       [](auto& x, auto& o) {
         return cross_entropy(x[0], ints(o["labels"]), {.label_smoothing = o["label_smoothing"]});
       }},
      {"batch_norm", norm_with([](auto& x, auto& m, auto& v, auto& o) {
         return batch_norm(x[0], optional(x, 1), optional(x, 2), m, v, o);
       })},
      {"batch_norm_relu",
       norm_with([](auto& x, auto& m, auto& v, auto& o) { return batch_norm_relu(x[0], x[1], x[2], m, v, o); })},
      {"batch_norm_add_relu", norm_with([](auto& x, auto& m, auto& v, auto& o) {
         return batch_norm_add_relu(x[0], x[1], x[2], x[3], m, v, o);
       })},
      {"batch_norm_relu_max_pool2d", norm_with([](auto& x, auto& m, auto& v, auto& o) {
         return batch_norm_relu_max_pool2d(x[0], x[1], x[2], m, v, o);
       })},
      {"layer_norm", [](auto& x, auto& o) { return layer_norm(x[0], optional(x, 1), optional(x, 2), o["eps"]); }},
      {"conv2d",
       [](auto& x, auto& o) {
         return conv2d(x[0], x[1], optional(x, 2),
                       {.stride = size2(o["stride"]),
                        .padding = size2(o["padding"]),
                        .dilation = size2(o["dilation"]),
                        .groups = o["groups"]});
       }},
      {"max_pool2d", [](auto& x, auto& o) { return max_pool2d(x[0], pool_options(o)); }},
      {"avg_pool2d", [](auto& x, auto& o) { return avg_pool2d(x[0], pool_options(o)); }},
      {"global_avg_pool2d", one(global_avg_pool2d)},
  };
  return ops;
}

Tensor seen_through(const json& view, const Tensor& x) {
  if (view.is_null()) return x;
  const std::string kind = view[0];
  const std::vector<int64_t> args(view.begin() + 1, view.end());
  if (kind == "t") return t(x);
  if (kind == "slice") return slice(x, int(args[0]), args[1], args[2], args[3]);
  if (kind == "permute") return permute(x, std::vector<int>(args.begin(), args.end()));
  REQUIRE(kind == "expand");
  return broadcast_to(x, Shape(std::span<const int64_t>(args)));
}

// The largest difference: of each element by itself, or beside the largest golden one. Infinities and NaNs must
// stand where the golden ones do.
double deviation(const std::vector<double>& ours, const json& list, bool each) {
  const std::vector<double> golden = numbers(list);
  REQUIRE(ours.size() == golden.size());
  double scale = 0, worst = 0;
  for (double v : golden)
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  for (size_t i = 0; i < golden.size(); ++i) {
    if (std::isnan(golden[i]) ? std::isnan(ours[i]) : ours[i] == golden[i]) continue;
    if (!std::isfinite(golden[i]) || !std::isfinite(ours[i])) return INFINITY;
    const double beside = each ? std::abs(golden[i]) : scale;
    worst = std::max(worst, std::abs(ours[i] - golden[i]) / (beside > 0 ? beside : 1));
  }
  return worst;
}

void follow_golden(DType dtype, double tolerance) {
  std::ifstream file(nce::test::source_file("tests/reference/ops.json"));
  const json cases = json::parse(file);
  REQUIRE(cases.size() >= 200);
  for (size_t i = 0; i < cases.size(); ++i) {
    const json& c = cases[i];
    const std::string op = c["op"], options = c["options"].dump();
    CAPTURE(i);
    CAPTURE(op);
    CAPTURE(options);
    REQUIRE(table().contains(op));
    Inputs leaves, operands;
    for (const json& input : c["inputs"]) {
      Tensor leaf = Tensor::from(numbers(input["values"]), shape(input["shape"])).to(dtype);
      leaf.set_requires_grad(input.contains("grad"));
      leaves.push_back(leaf);
      operands.push_back(seen_through(input.value("view", json()), leaf));
    }
    const Tensor out = table().at(op)(operands, c["options"]);
    const bool each = c.value("each", false);
    REQUIRE((out.shape() == shape(c["shape"]) || op == "argmax"));
    CHECK(out.dtype() == dtype);
    CHECK(deviation(out.to_vector<double>(), c["value"], each) < tolerance);
    if (c.contains("after"))
      for (const auto& [name, values] : c["after"].items())
        CHECK(deviation(after.at(name).to_vector<double>(), values, false) < tolerance);
    if (!out.requires_grad()) continue;
    std::vector<double> weights;
    for (int64_t k = 0; k < out.numel(); ++k) weights.push_back(double(37 * k % 101 - 50) / 32);
    out.backward(Tensor::from(weights, out.shape()).to(dtype));
    for (size_t k = 0; k < leaves.size(); ++k) {
      CAPTURE(k);
      if (!leaves[k].requires_grad()) continue;
      CHECK(deviation(leaves[k].grad().to_vector<double>(), c["inputs"][k]["grad"], each) < tolerance);
    }
  }
}

}  // namespace

TEST_CASE("operations and their gradients are PyTorch's, f64") { follow_golden(DType::f64, 1e-10); }
TEST_CASE("operations and their gradients are PyTorch's, f32") { follow_golden(DType::f32, 1e-5); }

TEST_CASE("every operation of ops.h has a golden value") {
  const auto names = test::op_names();
  REQUIRE(names.size() > 60);
  std::ifstream file(nce::test::source_file("tests/reference/ops.json"));
  std::set<std::string> golden{"dropout"};  // its random numbers are our own: tests/core/images.cpp
  for (const json& c : json::parse(file)) golden.insert(c["op"].get<std::string>());
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(golden.contains(name));
  }
}
