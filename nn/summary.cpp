#include "nce/nn/summary.h"

#include <algorithm>
#include <array>
#include <map>

#include "nce/core/autograd.h"
#include "nce/core/error.h"

namespace nce::nn {
namespace {

// 11,168,832
std::string grouped(int64_t number) {
  return number < 1000 ? std::to_string(number) : fmt::format("{},{:03}", grouped(number / 1000), number % 1000);
}

}  // namespace

std::string summary(Layer& layer, const Tensor& example) {
  std::map<const Module*, Shape> outputs;
  {
    const NoGrad no_grad;
    const EvaluationMode evaluation(layer);
    const ForwardHook hook([&](Layer& part, const Tensor&, const Tensor& out) { outputs[&part] = out.shape(); });
    layer(example);
  }
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows{{"name", "type", "output", "parameters"}};
  for (const auto& [name, part] : layer.named_modules()) {
    int64_t own = 0;
    for (const auto& [parameter, tensor] : part->named_parameters())
      if (parameter.find('.') == std::string::npos) own += tensor->numel();
    const auto output = outputs.find(part);
    rows.push_back({name, type_name(*part), output == outputs.end() ? "-" : fmt::format("{}", output->second),
                    own ? grouped(own) : "-"});
  }
  std::array<size_t, 4> widths{};
  for (const Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string table;
  for (const Row& row : rows)
    table += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1], row[2],
                         widths[2], row[3], widths[3]);
  int64_t buffers = 0, bytes = 0;
  for (const auto& [name, tensor] : layer.named_buffers()) buffers += tensor->numel();
  for (const auto& [name, tensor] : layer.state_dict())
    bytes += tensor->numel() * int64_t(size_of(tensor->dtype()));
  return table + fmt::format("{} parameters, {} numbers in buffers, {} bytes\n", grouped(layer.parameter_count()),
                             grouped(buffers), grouped(bytes));
}

}  // namespace nce::nn
