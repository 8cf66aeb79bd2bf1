#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "nce/losses/barlow_twins.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/moco.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/triplet.h"
#include "nce/losses/vicreg.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::losses;
using nlohmann::json;

namespace {

/// A batch's tensors by name, and its labels.
struct Inputs {
  std::map<std::string, Tensor> tensors;
  std::vector<int> labels;
  const Tensor& operator()(const std::string& name) const { return tensors.at(name); }
};

MemoryQueue queue_of(const Tensor& rows) {
  MemoryQueue queue(rows.size(0), rows.size(1), Key(1), rows.dtype());
  queue.load_state_dict({{"rows", rows}, {"next", Tensor::scalar(0, DType::f64)}});
  return queue;
}

using Evaluate = std::function<Tensor(const json& c, double temperature, const Inputs& x)>;

const std::map<std::string, Evaluate> kLosses{
    {"nt_xent", [](auto&, double tau, auto& x) { return nt_xent(x("z1"), x("z2"), {.temperature = tau}); }},
    {"info_nce",
     [](auto& c, double tau, auto& x) {
       return info_nce(x("z1"), x("z2"), {.temperature = tau, .symmetric = c.value("symmetric", false)});
     }},
    {"sc_info_nce",
     [](auto& c, double tau, auto& x) {
       return sc_info_nce(x("z1"), x("z2"),
                          {.temperature = tau,
                           .delta = c["delta"],
                           .gamma = c["gamma"].template get<double>(),
                           .denominator = c["denominator"] == "all" ? Denominator::all : Denominator::negatives,
                           .positive_weight = c["positive_weight"] == "published" ? PositiveWeight::published
                                                                                  : PositiveWeight::exact});
     }},
    {"dcl",
     [](auto& c, double tau, auto& x) {
       return dcl(x("z1"), x("z2"),
                  {.temperature = tau, .both_views = c["both_views"], .symmetric = c["symmetric"]});
     }},
    {"dclw",
     [](auto& c, double tau, auto& x) {
       return dclw(
           x("z1"), x("z2"),
           {.temperature = tau, .both_views = c["both_views"], .symmetric = c["symmetric"], .sigma = c["sigma"]});
     }},
    {"dhel",
     [](auto& c, double tau, auto& x) {
       return dhel(x("z1"), x("z2"), {.temperature = tau, .both_views = c.value("both_views", false)});
     }},
    {"is_info_nce",
     [](auto&, double tau, auto& x) { return is_info_nce(x("z1"), x("z2"), x("z3"), {.temperature = tau}); }},
    {"is_info_nce_of_two_views",
     [](auto&, double tau, auto& x) { return is_info_nce(x("z1"), x("z2"), {.temperature = tau}); }},
    {"moco",
     [](auto&, double tau, auto& x) { return moco(x("z1"), x("z2"), queue_of(x("queue")), {.temperature = tau}); }},
    {"sup_con",
     [](auto&, double tau, auto& x) { return sup_con(x("z1"), x("z2"), x.labels, {.temperature = tau}); }},
    {"sup_con_of_rows",
     [](auto&, double tau, auto& x) { return sup_con(x("z1"), x.labels, {.temperature = tau}); }},
    {"debiased_info_nce",
     [](auto& c, double tau, auto& x) {
       return debiased_info_nce(x("z1"), x("z2"), {.temperature = tau, .tau_plus = c["tau_plus"]});
     }},
    {"hard_info_nce",
     [](auto& c, double tau, auto& x) {
       return hard_info_nce(x("z1"), x("z2"), {.temperature = tau, .beta = c["beta"], .tau_plus = c["tau_plus"]});
     }},
    {"sig_lip",
     [](auto&, double, auto& x) {
       Temperature temperature = 1;
       temperature.log_scale = x("logit_scale");
       return sig_lip(x("z1"), x("z2"), {.temperature = temperature, .logit_bias = x("logit_bias")});
     }},
    {"sig_lip_of_numbers",
     [](auto& c, double tau, auto& x) {
       return sig_lip(x("z1"), x("z2"), {.temperature = tau, .bias = c["bias"]});
     }},
    {"triplet", [](auto& c, double, auto& x) { return triplet(x("z1"), x("z2"), {.margin = c["margin"]}); }},
    {"soft_triplet",
     [](auto&, double tau, auto& x) { return triplet(x("z1"), x("z2"), {.soft = true, .temperature = tau}); }},
    {"simple_contrastive",
     [](auto&, double tau, auto& x) { return simple_contrastive(x("z1"), x("z2"), {.temperature = tau}); }},
    {"spectral_contrastive",
     [](auto& c, double tau, auto& x) {
       return spectral_contrastive(x("z1"), x("z2"),
                                   {.temperature = tau, .normalised = c.value("normalised", true)});
     }},
    {"f_micl",
     [](auto& c, double tau, auto& x) {
       return f_micl(x("z1"), x("z2"),
                     {.divergence = c["divergence"],
                      .order = c.value("order", kTsallisOrder),
                      .temperature = tau,
                      .alpha = c["alpha"],
                      .mu = c.value("mu", 1.0)});
     }},
    {"gkcl",
     [](auto& c, double, auto& x) { return gkcl(x("z1"), x("z2"), {.kernel = c["t"], .energy = c["gamma"]}); }},
    {"barlow_twins",
     [](auto& c, double, auto& x) { return barlow_twins(x("z1"), x("z2"), {.lambda = c["lambda"]}); }},
    {"vicreg",
     [](auto& c, double, auto& x) {
       return vicreg(x("z1"), x("z2"),
                     {.invariance = c.value("invariance", 25.0),
                      .variance = c.value("variance", 25.0),
                      .covariance = c.value("covariance", 1.0)});
     }},
    {"negative_cosine",
     [](auto& c, double, auto& x) {
       return negative_cosine(x("z1"), x("z2"), {.stop_gradient = c.value("stop_gradient", true)});
     }},
};

Inputs inputs_of(const json& batch, DType dtype) {
  const int64_t n = batch["n"], d = batch["d"];
  Inputs inputs{.tensors = {}, .labels = batch["labels"].get<std::vector<int>>()};
  for (const char* name : {"z1", "z2", "z3", "queue", "logit_scale", "logit_bias"}) {
    const auto values = batch[name].get<std::vector<double>>();
    const Shape shape = values.size() == 1 ? Shape{} : Shape{int64_t(values.size()) / d, d};
    inputs.tensors[name] = Tensor::from(values, shape).to(dtype).detach().set_requires_grad(true);
  }
  REQUIRE(inputs("z1").size(0) == n);
  return inputs;
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
  std::ifstream file(nce::test::source_file("tests/reference/losses.json"));
  std::map<std::string, int> seen;
  for (const json& batch : json::parse(file))
    for (const json& c : batch["cases"]) {
      const std::string name = c["loss"];
      const Inputs inputs = inputs_of(batch, dtype);
      const double temperature = c.value("temperature", 1.0);
      json shown = c;
      shown.erase("grads");
      CAPTURE(shown.dump());
      const Tensor loss = kLosses.at(name)(c, temperature, inputs);
      loss.backward();
      CHECK(loss.dim() == 0);
      CHECK(deviation({loss.item()}, {c["value"].get<double>()}) < tolerance);
      for (const auto& golden : c["grads"].items()) {
        CAPTURE(golden.key());
        const Tensor grad = inputs(golden.key()).grad();
        const auto expected = golden.value().get<std::vector<double>>();
        CHECK(deviation(grad.defined() ? grad.to_vector<double>() : std::vector<double>(expected.size()),
                        expected) < tolerance);
      }
      ++seen[name];
    }
  for (const auto& loss : kLosses) {
    CAPTURE(loss.first);
    CHECK(seen[loss.first] >= 3);
  }
}

}  // namespace

TEST_CASE("losses and their gradients are PyTorch's, f64") { follow_golden(DType::f64, 1e-8); }
TEST_CASE("losses and their gradients are PyTorch's, f32, temperature 0.01 included") {
  follow_golden(DType::f32, 1e-4);
}
