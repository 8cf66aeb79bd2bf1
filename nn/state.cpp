#include "nce/nn/state.h"

#include <algorithm>
#include <map>
#include <set>

#include "nce/core/error.h"

namespace nce::nn {

State state_of(const NamedTensors& tensors) {
  State state;
  for (const auto& [name, tensor] : tensors) state.emplace_back(name, *tensor);
  return state;
}

void copy_state(const std::string& what, const State& from, State to) {
  std::map<std::string, Tensor> given(from.begin(), from.end());
  std::string problems;
  for (const auto& [name, tensor] : to) {
    const auto found = given.find(name);
    if (found == given.end())
      problems += fmt::format("\n  missing: {} {}", name, tensor.shape());
    else if (found->second.shape() != tensor.shape())
      problems += fmt::format("\n  shape: {} is {} here and {} in what is loaded", name, tensor.shape(),
                              found->second.shape());
  }
  std::set<std::string> known;
  for (const auto& [name, tensor] : to) known.insert(name);
  for (const auto& [name, tensor] : given)
    if (!known.contains(name)) problems += fmt::format("\n  unexpected: {} {}", name, tensor.shape());
  check(problems.empty(), "{}:{}", what, problems);
  for (auto& [name, tensor] : to)
    dispatch(tensor.dtype(), [&given, &name = name, &tensor = tensor]<class T>(T) {
      const auto values = given.at(name).to_vector<T>();
      std::copy(values.begin(), values.end(), tensor.mutable_data<T>());
    });
}

}  // namespace nce::nn
