#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nce/core/ops.h"

/// Every operation of core/ops.h, core/sparse.h and core/attention.h as a row. The row drives all tests that an operation must pass: golden values
/// (golden.cpp), derivatives (gradients.cpp), instruction sets (targets.cpp) and undefined tensors (errors.cpp).
namespace nce::test {

using Inputs = std::vector<Tensor>;

struct Sample {
  Inputs inputs;                                      ///< f64, exact in f32.
  nlohmann::json options = nlohmann::json::object();  ///< As in tests/reference/ops.json.
};

struct OpRow {
  std::string name;
  std::function<Tensor(const Inputs& x, const nlohmann::json& options)> call;
  std::vector<Sample> samples;  ///< Smooth points: no ties, kinks or infinities. The golden cases have those.
  size_t needed = 8;            ///< Inputs from this one on may be undefined (a bias).
  bool differentiable = true;
};

const std::vector<OpRow>& op_rows();
std::vector<OpRow> sparse_rows();  ///< Those of them that are in ops_sparse.cpp.

/// The running statistics that the last batch_norm of the table left.
extern std::map<std::string, Tensor> running_statistics;

/// A number, or one of the strings "nan", "inf", "-inf".
double number(const nlohmann::json& v);
std::vector<double> numbers(const nlohmann::json& list);
Shape shape_of(const nlohmann::json& list);

}  // namespace nce::test
