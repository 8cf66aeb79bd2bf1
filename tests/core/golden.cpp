// Every operation beside PyTorch: tests/reference/ops.json. ops.py there writes it, and says where nce differs on
// purpose.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "ops_table.h"
#include "support/golden.h"
#include "support/op_names.h"

using namespace nce;
using namespace nce::test;
using nlohmann::json;

namespace {

const OpRow& row_of(const std::string& name) {
  for (const OpRow& row : op_rows())
    if (row.name == name) return row;
  FAIL("no row in ops_table.cpp");
  return op_rows().front();
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

// The largest difference, relative to each golden element, or to the largest one. Infinities and NaNs must be in
// the same places.
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
  const json cases = golden_file("ops.json");
  REQUIRE(cases.size() >= 300);
  for (size_t i = 0; i < cases.size(); ++i) {
    const json& c = cases[i];
    const std::string op = c["op"], options = c["options"].dump();
    CAPTURE(i);
    CAPTURE(op);
    CAPTURE(options);
    Inputs leaves, operands;
    for (const json& input : c["inputs"]) {
      Tensor leaf = Tensor::from(numbers(input["values"]), shape_of(input["shape"])).to(dtype);
      leaf.set_requires_grad(input.contains("grad"));
      leaves.push_back(leaf);
      operands.push_back(seen_through(input.value("view", json()), leaf));
    }
    const Tensor out = row_of(op).call(operands, c["options"]);
    const bool each = c.value("each", false);
    REQUIRE((out.shape() == shape_of(c["shape"]) || op == "argmax"));
    CHECK(out.dtype() == dtype);
    CHECK(deviation(out.to_vector<double>(), c["value"], each) < tolerance);
    if (c.contains("after"))
      for (const auto& [name, values] : c["after"].items())
        CHECK(deviation(running_statistics.at(name).to_vector<double>(), values, false) < tolerance);
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

// Each golden case needs a row, so each operation has both.
TEST_CASE("every operation of ops.h has a golden value and a row with a sample") {
  for (const OpRow& row : op_rows()) {
    CAPTURE(row.name);
    CHECK(!row.samples.empty());
  }
  row_of("dropout");
  const auto names = op_names();
  REQUIRE(names.size() > 60);
  std::set<std::string> golden{"dropout"};  // our own random numbers: tests/core/images.cpp
  for (const json& c : golden_file("ops.json")) golden.insert(c["op"].get<std::string>());
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(golden.contains(name));
  }
}
