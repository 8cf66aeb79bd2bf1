#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nce/losses/info_nce.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"

using namespace nce;
using namespace nce::losses;
using nlohmann::json;

namespace {

Tensor evaluate(const json& c, const Tensor& z1, const Tensor& z2) {
  const std::string name = c["loss"];
  const double temperature = c["temperature"];
  if (name == "nt_xent") return nt_xent(z1, z2, {.temperature = temperature});
  if (name == "info_nce")
    return info_nce(z1, z2, {.temperature = temperature, .symmetric = c.value("symmetric", false)});
  REQUIRE(name == "sc_info_nce");
  return sc_info_nce(
      z1, z2,
      {.temperature = temperature,
       .delta = c["delta"],
       .gamma = c["gamma"].get<double>(),
       .denominator = c["denominator"] == "all" ? Denominator::all : Denominator::negatives,
       .positive_weight = c["positive_weight"] == "published" ? PositiveWeight::published : PositiveWeight::exact});
}

// Largest difference over the largest golden magnitude.
double deviation(const std::vector<double>& ours, const std::vector<double>& golden) {
  REQUIRE(ours.size() == golden.size());
  double largest = 0, difference = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(std::isfinite(ours[i]));
    largest = std::max(largest, std::abs(golden[i]));
    difference = std::max(difference, std::abs(ours[i] - golden[i]));
  }
  return largest > 0 ? difference / largest : difference;
}

void follow_golden(DType dtype, double tolerance) {
  std::ifstream file(NCE_SOURCE_DIR "/tests/reference/losses.json");
  const json cases = json::parse(file);
  REQUIRE(cases.size() >= 50);
  for (const json& c : cases) {
    const Shape shape{c["n"].get<int64_t>(), c["d"].get<int64_t>()};
    Tensor z1 = Tensor::from(c["z1"].get<std::vector<double>>(), shape).to(dtype);
    Tensor z2 = Tensor::from(c["z2"].get<std::vector<double>>(), shape).to(dtype);
    z1 = z1.detach().set_requires_grad(true), z2 = z2.detach().set_requires_grad(true);
    Tensor loss = evaluate(c, z1, z2);
    loss.backward();
    CAPTURE(c["loss"].get<std::string>());
    CAPTURE(c["temperature"].get<double>());
    CHECK(deviation({loss.item()}, {c["value"].get<double>()}) < tolerance);
    CHECK(deviation(z1.grad().to_vector<double>(), c["grad1"].get<std::vector<double>>()) < tolerance);
    CHECK(deviation(z2.grad().to_vector<double>(), c["grad2"].get<std::vector<double>>()) < tolerance);
  }
}

}  // namespace

TEST_CASE("losses and their gradients are PyTorch's, f64") { follow_golden(DType::f64, 1e-8); }
TEST_CASE("losses and their gradients are PyTorch's, f32, temperature 0.01 included") {
  follow_golden(DType::f32, 1e-4);
}
