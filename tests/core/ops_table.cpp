#include "ops_table.h"

#include <array>
#include <cmath>
#include <span>

using nlohmann::json;

namespace nce::test {

std::map<std::string, Tensor> running_statistics;

double number(const json& v) {
  if (!v.is_string()) return v.get<double>();
  return v == "nan" ? std::nan("") : v == "inf" ? INFINITY : -INFINITY;
}
std::vector<double> numbers(const json& list) {
  std::vector<double> values;
  for (const json& v : list) values.push_back(number(v));
  return values;
}
Shape shape_of(const json& list) { return Shape(std::span<const int64_t>(list.get<std::vector<int64_t>>())); }

namespace {

using Op = decltype(OpRow::call);

// ---- options

std::vector<int> ints(const json& list) { return list.get<std::vector<int>>(); }
Size2 size2(const json& pair) { return {pair[0], pair[1]}; }
Axes axes(const json& o) { return o.contains("axes") ? Axes(ints(o["axes"])) : Axes(); }
bool keepdim(const json& o) { return o.value("keepdim", false); }
Tensor optional(const Inputs& x, size_t i) { return i < x.size() ? x[i] : Tensor(); }
Pool2dOptions pool(const json& o) {
  return {.kernel = size2(o["kernel"]), .stride = size2(o["stride"]), .padding = size2(o["padding"])};
}
Conv2dOptions conv(const json& o) {
  return {.stride = size2(o["stride"]),
          .padding = size2(o["padding"]),
          .dilation = size2(o["dilation"]),
          .groups = o["groups"]};
}

// ---- calls

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

Op by_element(Tensor (*f)(const Tensor&, const Tensor&, Reduction)) {
  return [f](const Inputs& x, const json& o) {
    const std::string name = o["reduction"];
    return f(x[0], x[1], name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean);
  };
}

// The values of what sorts, or the indices as numbers.
template <class F>
Op ordering(F order) {
  return [order](const Inputs& x, const json& o) {
    const Ordered found = order(x[0], o);
    if (!o.value("indices", false)) return found.values;
    return Tensor::from(found.indices, found.values.shape()).to(x[0].dtype());
  };
}

// normalise(x, mean, var, options): batch_norm, alone or fused with what follows.
template <class F>
Op norm_with(F normalise) {
  return [normalise](const Inputs& x, const json& o) {
    const Shape channels{int64_t(o["running_mean"].size())};
    Tensor mean = Tensor::from(numbers(o["running_mean"]), channels).to(x[0].dtype());
    Tensor var = Tensor::from(numbers(o["running_var"]), channels).to(x[0].dtype());
    const BatchNormOptions options{.training = o["training"], .momentum = o["momentum"], .eps = o["eps"]};
    Tensor out = normalise(x, mean, var, options);
    running_statistics = {{"running_mean", mean}, {"running_var", var}};
    return out;
  };
}

// ---- samples

// Numbers that f32 holds exactly.
Tensor normal(const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed)).to(DType::f64); }
Tensor positive(const Shape& shape, uint64_t seed) {
  return Tensor::uniform(shape, 0.3, 2, Key(seed)).to(DType::f64);
}

const Tensor a = normal({3, 4}, 1), b = normal({3, 4}, 2), row = normal({4}, 3), column = normal({3, 1}, 4);
const Tensor p = positive({3, 4}, 5), q = positive({4}, 6), deep = normal({2, 3, 4}, 7);
const Tensor image = normal({2, 5, 6, 3}, 8), scale = normal({3}, 9), shift = normal({3}, 10);
const Tensor added = normal({2, 5, 6, 3}, 12), mask = Tensor::from({1, 0, 0, 1}, {4}, DType::f64);

json norm_options(bool training, double eps = 1e-5) {
  return {{"running_mean", {0.25, 0.25, 0.25}},
          {"running_var", {0.5, 0.5, 0.5}},
          {"training", training},
          {"momentum", 0.1},
          {"eps", eps}};
}
const json kTraining = norm_options(true), kEvaluation = norm_options(false);
const json kPool{{"kernel", {2, 2}}, {"stride", {0, 0}}, {"padding", {0, 0}}};
const json kOverlap{{"kernel", {3, 2}}, {"stride", {2, 1}}, {"padding", {1, 1}}};

json conv_options(std::array<int, 2> stride = {1, 1}, std::array<int, 2> padding = {0, 0}, int groups = 1) {
  return {{"stride", stride}, {"padding", padding}, {"dilation", {1, 1}}, {"groups", groups}};
}

const json kMean{{"reduction", "mean"}}, kNone{{"reduction", "none"}};
json transpose_options(std::array<int, 2> stride, std::array<int, 2> padding, std::array<int, 2> more,
                       int groups = 1) {
  json options = conv_options(stride, padding, groups);
  options["output_padding"] = more;
  return options;
}

std::vector<Sample> reduced(const Tensor& flat = a, const Tensor& deep = nce::test::deep) {
  return {{{flat}},
          {{deep}, {{"axes", {0}}}},
          {{deep}, {{"axes", {1}}, {"keepdim", true}}},
          {{deep}, {{"axes", {-1}}}},
          {{deep}, {{"axes", {0, 2}}}}};
}

const std::vector<OpRow>& dense_rows() {
  static const std::vector<OpRow> rows{
      {"add", two(add), {{{a, row}}}},
      {"sub", two(sub), {{{column, row}}}},
      {"mul", two(mul), {{{a, column}}}},
      {"div", two(div), {{{a, p}}}},
      {"number_over", [](auto& x, auto& o) { return number(o["number"]) / x[0]; }, {{{p}, {{"number", 2}}}}},
      {"pow", two(pow), {{{p, q}}}},
      {"pow_number", [](auto& x, auto& o) { return pow(x[0], number(o["exponent"])); }, {{{a}, {{"exponent", 3}}}}},
      {"affine",
       [](auto& x, auto& o) { return affine(x[0], o["scale"], o["shift"]); },
       {{{a}, {{"scale", -2}, {"shift", 3}}}}},
      {"maximum", two(maximum), {{{a, row}}}},
      {"minimum", two(minimum), {{{a, row}}}},
      {"eq", two(eq), {{{a, a}}}, 8, false},
      {"ne", two(ne), {{{a, b}}}, 8, false},
      {"lt", two(lt), {{{a, b}}}, 8, false},
      {"le", two(le), {{{a, b}}}, 8, false},
      {"gt", two(gt), {{{a, b}}}, 8, false},
      {"ge", two(ge), {{{a, b}}}, 8, false},
      {"neg", one(neg), {{{a}}}},
      {"exp", one(exp), {{{a}}}},
      {"log", one(log), {{{p}}}},
      {"log1p", one(log1p), {{{p}}}},
      {"sqrt", one(sqrt), {{{p}}}},
      {"rsqrt", one(rsqrt), {{{p}}}},
      {"square", one(square), {{{a}}}},
      {"abs", one(abs), {{{a}}}},
      {"relu", one(relu), {{{a}}}},
      {"gelu", one(gelu), {{{a}}}},
      {"sigmoid", one(sigmoid), {{{a}}}},

      {"tanh", one(tanh), {{{a}}}},
      {"softplus", one(softplus), {{{a}}}},
      {"leaky_relu",
       [](auto& x, auto& o) { return leaky_relu(x[0], o["negative_slope"]); },
       {{{a}, {{"negative_slope", 0.25}}}}},
      {"elu", [](auto& x, auto& o) { return elu(x[0], o["alpha"]); }, {{{a}, {{"alpha", 1.5}}}}},
      {"silu", one(silu), {{{a}}}},
      {"sin", one(sin), {{{a}}}},
      {"cos", one(cos), {{{a}}}},
      {"clamp",
       [](auto& x, auto& o) { return clamp(x[0], o["low"], o["high"]); },
       {{{a}, {{"low", -0.5}, {"high", 0.75}}}}},
      {"sum", reduction(sum), reduced()},
      {"mean", reduction(mean), reduced()},
      {"var", [](auto& x, auto& o) { return var(x[0], axes(o), keepdim(o), o.value("correction", 1)); }, reduced()},
      {"stddev", [](auto& x, auto& o) { return stddev(x[0], axes(o), keepdim(o), o.value("correction", 1)); },
       reduced()},
      {"prod", reduction(prod), reduced()},
      {"max", reduction(max), reduced()},
      {"min", reduction(min), reduced()},
      {"logsumexp", reduction(logsumexp), reduced()},
      {"norm", reduction(norm), reduced(p, positive({2, 3, 4}, 7))},
      {"argmax",
       [](auto& x, auto& o) {
         const std::vector<int> best = argmax(x[0], o["dim"].template get<int>());
         const Tensor out = Tensor::from(std::vector<double>(best.begin(), best.end()), {int64_t(best.size())});
         return out.to(x[0].dtype());
       },
       {{{a}, {{"dim", 1}}}},
       8,
       false},
      {"cumsum", along(cumsum), {{{deep}, {{"dim", 1}}}, {{deep}, {{"dim", -1}}}}},
      {"sort",
       ordering([](auto& x, auto& o) { return sort(x, o["dim"], o["descending"]); }),
       {{{deep}, {{"dim", 1}, {"descending", true}}}, {{a}, {{"dim", -1}, {"descending", false}}}}},
      {"topk",
       ordering([](auto& x, auto& o) { return topk(x, o["k"], o["dim"], o["largest"]); }),
       {{{deep}, {{"k", 2}, {"dim", 1}, {"largest", false}}}, {{a}, {{"k", 2}, {"dim", -1}, {"largest", true}}}}},
      {"matmul",
       two(matmul),
       {{{a, normal({4, 5}, 9)}}, {{deep, normal({2, 4, 5}, 9)}}, {{deep, normal({4, 5}, 9)}}}},
      {"linear",
       [](auto& x, auto&) { return linear(x[0], x[1], optional(x, 2)); },
       {{{deep, normal({5, 4}, 9), normal({5}, 10)}}},
       2},
      {"linear_relu",
       [](auto& x, auto&) { return linear_relu(x[0], x[1], optional(x, 2)); },
       {{{deep, normal({5, 4}, 9), normal({5}, 10)}}},
       2},
      {"reshape",
       [](auto& x, auto& o) { return reshape(x[0], shape_of(o["shape"])); },
       {{{a}, {{"shape", {2, -1}}}}}},
      {"permute",
       [](auto& x, auto& o) { return permute(x[0], ints(o["order"])); },
       {{{deep}, {{"order", {2, 0, 1}}}}}},
      {"transpose",
       [](auto& x, auto& o) { return transpose(x[0], o["dims"][0], o["dims"][1]); },
       {{{deep}, {{"dims", {0, -1}}}}}},
      {"t", one(t), {{{deep}}}},
      {"slice",
       [](auto& x, auto& o) { return slice(x[0], o["dim"], o["begin"], o["end"], o["step"]); },
       {{{deep}, {{"dim", -1}, {"begin", 1}, {"end", 4}, {"step", 2}}}}},
      {"chunk",
       [](auto& x, auto& o) {
         const std::vector<Tensor> parts = chunk(x[0], o["chunks"], o.value("dim", 0));
         return parts.front() - parts.back() * 2.0;
       },
       {{{normal({6, 3}, 9)}, {{"chunks", 3}}}, {{normal({2, 6}, 9)}, {{"chunks", 3}, {"dim", -1}}}}},
      {"split",
       [](auto& x, auto& o) {
         const json sizes = o["sizes"];
         const std::vector<Tensor> parts =
             sizes.is_array() ? split(x[0], sizes.get<std::vector<int64_t>>(), o["dim"].template get<int>())
                              : split(x[0], sizes.get<int64_t>(), o["dim"].template get<int>());
         return concatenate({parts.back() * 2.0, parts.front()}, o["dim"].template get<int>());
       },
       {{{deep}, {{"sizes", 3}, {"dim", -1}}}, {{deep}, {{"sizes", {1, 0, 2}}, {"dim", 1}}}}},
      {"select",
       [](auto& x, auto& o) { return select(x[0], o["dim"], o["index"]); },
       {{{deep}, {{"dim", 1}, {"index", -1}}}}},
      {"squeeze", along(squeeze), {{{column}, {{"dim", 1}}}}},
      {"unsqueeze", along(unsqueeze), {{{a}, {{"dim", 1}}}}},
      {"broadcast_to",
       [](auto& x, auto& o) { return broadcast_to(x[0], shape_of(o["shape"])); },
       {{{column}, {{"shape", {2, 3, 4}}}}}},
      {"sum_to",
       [](auto& x, auto& o) { return sum_to(x[0], shape_of(o["shape"])); },
       {{{deep}, {{"shape", {3, 1}}}}}},
      {"diagonal",
       [](auto& x, auto& o) { return diagonal(x[0], o["dims"][0], o["dims"][1]); },
       {{{deep}, {{"dims", {2, 0}}}}}},
      {"clone", [](auto& x, auto&) { return x[0].clone(); }, {{{a}}}},
      {"flip", [](auto& x, auto& o) { return flip(x[0], ints(o["dims"])); }, {{{deep}, {{"dims", {0, 2}}}}}},
      {"concatenate",
       [](auto& x, auto& o) { return concatenate(x, o["dim"].template get<int>()); },
       {{{a, normal({3, 2}, 9), b}, {{"dim", 1}}}}},
      {"stack", [](auto& x, auto& o) { return stack(x, o["dim"].template get<int>()); }, {{{a, b}, {{"dim", 1}}}}},
      {"index_select",
       [](auto& x, auto& o) { return index_select(x[0], o["dim"], ints(o["index"])); },
       {{{deep}, {{"dim", 1}, {"index", {2, 0, 2, 1}}}}}},
      {"gather",
       [](auto& x, auto& o) { return gather(x[0], o["dim"], ints(o["index"]), shape_of(o["shape"])); },
       {{{a}, {{"dim", 1}, {"index", {0, 2, 1, 1, 3, 0}}, {"shape", {3, 2}}}}}},
      // The mask has no derivative: here it is an option. In the golden cases it is an input.
      {"where",
       [](auto& x, auto& o) {
         return o.contains("mask") ? where(mask.to(x[0].dtype()), x[0], x[1]) : where(x[0], x[1], x[2]);
       },
       {{{a, row}, {{"mask", true}}}}},
      {"masked_fill",
       [](auto& x, auto& o) {
         return masked_fill(x[0], x.size() > 1 ? x[1] : mask.to(x[0].dtype()), number(o["value"]));
       },
       {{{a}, {{"value", 2}}}}},
      {"tril",
       [](auto& x, auto& o) { return tril(x[0], o["diagonal"]); },
       {{{deep}, {{"diagonal", 0}}}, {{a}, {{"diagonal", -1}}}}},
      {"triu",
       [](auto& x, auto& o) { return triu(x[0], o["diagonal"]); },
       {{{deep}, {{"diagonal", 0}}}, {{a}, {{"diagonal", 2}}}}},
      {"one_hot",  // the input gives the dtype alone
       [](auto& x, auto& o) { return one_hot(ints(o["labels"]), o["classes"], x[0].dtype()); },
       {{{row}, {{"labels", {2, 0}}, {"classes", 3}}}},
       8,
       false},
      {"masked_softmax",
       [](auto& x, auto& o) {
         return masked_softmax(x[0], x.size() > 1 ? x[1] : mask.to(x[0].dtype()), o["dim"].template get<int>());
       },
       {{{deep}, {{"dim", -1}}}}},
      {"softmax", along(softmax), {{{deep}, {{"dim", 1}}}}},
      {"log_softmax", along(log_softmax), {{{deep}, {{"dim", -1}}}}},
      {"normalize",
       [](auto& x, auto& o) { return normalize(x[0], o["dim"], o["eps"]); },
       {{{deep}, {{"dim", 1}, {"eps", 1e-12}}}}},
      {"cross_entropy",
       [](auto& x, auto& o) {
         return cross_entropy(x[0], ints(o["labels"]), {.label_smoothing = o["label_smoothing"]});
       },
       {{{a}, {{"labels", {1, 3, 0}}, {"label_smoothing", 0.125}}}}},
      {"mse_loss", by_element(mse_loss), {{{a, b}, kMean}, {{a, b}, kNone}}},
      {"l1_loss", by_element(l1_loss), {{{a, b}, kMean}, {{a, b}, {{"reduction", "sum"}}}}},
      {"binary_cross_entropy_with_logits",
       by_element(binary_cross_entropy_with_logits),
       {{{a, p}, kMean}, {{a, p}, kNone}}},
      {"batch_norm",
       norm_with([](auto& x, auto& m, auto& v, auto& o) {
         return batch_norm(x[0], optional(x, 1), optional(x, 2), m, v, o);
       }),
       {{{image, scale, shift}, kTraining},
        {{image, scale, shift}, kEvaluation},
        {{normal({6, 3}, 11)}, norm_options(true, 0.125)}},
       1},
      {"batch_norm_relu",
       norm_with([](auto& x, auto& m, auto& v, auto& o) { return batch_norm_relu(x[0], x[1], x[2], m, v, o); }),
       {{{image, scale, shift}, kTraining}, {{image, scale, shift}, kEvaluation}},
       1},
      {"batch_norm_add_relu",
       norm_with(
           [](auto& x, auto& m, auto& v, auto& o) { return batch_norm_add_relu(x[0], x[1], x[2], x[3], m, v, o); }),
       {{{image, added, scale, shift}, kTraining}, {{image, added, scale, shift}, kEvaluation}},
       2},
      {"batch_norm_relu_max_pool2d",
       norm_with([](auto& x, auto& m, auto& v, auto& o) {
         return batch_norm_relu_max_pool2d(x[0], x[1], x[2], m, v, o);
       }),
       {{{image, scale, shift}, kTraining}, {{image, scale, shift}, kEvaluation}},
       1},
      {"layer_norm",
       [](auto& x, auto& o) { return layer_norm(x[0], optional(x, 1), optional(x, 2), o["eps"]); },
       {{{image, scale, shift}, {{"eps", 1e-5}}}, {{image}, {{"eps", 0.125}}}},
       1},
      {"group_norm",
       [](auto& x, auto& o) { return group_norm(x[0], o["groups"], optional(x, 1), optional(x, 2), o["eps"]); },
       {{{normal({2, 3, 2, 4}, 8), normal({4}, 9), normal({4}, 10)}, {{"groups", 2}, {"eps", 1e-5}}},
        {{normal({3, 6}, 8)}, {{"groups", 2}, {"eps", 0.125}}}},
       1},
      {"dropout", [](auto& x, auto& o) { return dropout(x[0], o["p"], Key(5)); }, {{{image}, {{"p", 0.375}}}}},
      {"conv2d",
       [](auto& x, auto& o) { return conv2d(x[0], x[1], optional(x, 2), conv(o)); },
       {{{image, normal({2, 1, 1, 3}, 12), normal({2}, 13)}, conv_options()},
        {{image, normal({2, 1, 1, 3}, 12)}, conv_options({2, 2})},
        {{image, normal({3, 3, 2, 1}, 12)}, conv_options({1, 1}, {1, 1}, 3)}},
       2},
      {"conv1d",
       [](auto& x, auto& o) {
         return conv1d(
             x[0], x[1], optional(x, 2),
             {.stride = o["stride"], .padding = o["padding"], .dilation = o["dilation"], .groups = o["groups"]});
       },
       {{{deep, normal({2, 2, 2}, 12), normal({2}, 13)},
         {{"stride", 2}, {"padding", 1}, {"dilation", 1}, {"groups", 2}}}},
       2},
      {"conv_transpose2d",
       [](auto& x, auto& o) {
         return conv_transpose2d(x[0], x[1], optional(x, 2),
                                 {.stride = size2(o["stride"]),
                                  .padding = size2(o["padding"]),
                                  .output_padding = size2(o["output_padding"]),
                                  .dilation = size2(o["dilation"]),
                                  .groups = o["groups"]});
       },
       {{{image, normal({3, 1, 1, 2}, 12), normal({2}, 13)}, transpose_options({1, 1}, {0, 0}, {0, 0})},
        {{image, normal({3, 3, 2, 2}, 12)}, transpose_options({2, 3}, {1, 1}, {1, 2})},
        {{image, normal({3, 2, 3, 1}, 12)}, transpose_options({1, 2}, {1, 0}, {0, 0}, 3)}},
       2},
      {"max_pool2d",
       [](auto& x, auto& o) { return max_pool2d(x[0], pool(o)); },
       {{{image}, kPool}, {{image}, kOverlap}}},
      {"avg_pool2d",
       [](auto& x, auto& o) { return avg_pool2d(x[0], pool(o)); },
       {{{image}, kPool}, {{image}, kOverlap}}},
      {"global_avg_pool2d", one(global_avg_pool2d), {{{image}}}},
  };
  return rows;
}

}  // namespace

const std::vector<OpRow>& op_rows() {
  static const std::vector<OpRow> rows = [] {
    std::vector<OpRow> all = dense_rows(), more = sparse_rows();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return rows;
}

}  // namespace nce::test
