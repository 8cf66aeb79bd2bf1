#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "nce/losses/catalogue.h"
#include "nce/losses/moco.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/sup_con.h"
#include "support/deviation.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;
using nlohmann::json;

namespace {

/// A batch's tensors by name, and its labels.
struct Inputs {
  std::map<std::string, Tensor> tensors;
  std::vector<int> labels;
  const Tensor& operator()(const std::string& name) const { return tensors.at(name); }
};

// The options of a case, as a command line would say them.
std::vector<Setting> settings_of(const json& c) {
  std::vector<Setting> settings;
  for (const auto& [name, value] : c.items())
    if (name != "loss" && name != "value" && name != "grads" && name != "num_views")
      settings.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  return settings;
}

template <class O>
O options_of(const json& c) {
  O options;
  set_options(options, settings_of(c));
  return options;
}

MemoryQueue queue_of(const Tensor& rows) {
  MemoryQueue queue(rows.size(0), rows.size(1), Key(1), rows.dtype());
  queue.load_state_dict({{"rows", rows}, {"next", Tensor::scalar(0, DType::f64)}});
  return queue;
}

// What the catalogue has no name for.
const std::map<std::string, std::function<Tensor(const json& c, const Inputs& x)>> kOthers{
    {"moco",
     [](auto& c, auto& x) { return moco(x("z1"), x("z2"), queue_of(x("queue")), options_of<MocoOptions>(c)); }},
    {"sup_con_of_rows", [](auto& c, auto& x) { return sup_con(x("z1"), x.labels, options_of<SupConOptions>(c)); }},
    {"sig_lip_learned",
     [](auto&, auto& x) {
       SigLipOptions options{.logit_bias = x("logit_bias")};
       options.temperature.log_scale = x("logit_scale");
       return sig_lip(x("z1"), x("z2"), options);
     }},
    {"negative_cosine_one_way",
     [](auto& c, auto& x) { return negative_cosine(x("z1"), x("z2"), options_of<NegativeCosineOptions>(c)); }}};

Tensor evaluate(const json& c, const Inputs& x) {
  const std::string name = c["loss"];
  if (const auto other = kOthers.find(name); other != kOthers.end()) return other->second(c, x);
  Views views{.z1 = x("z1"), .z2 = x("z2"), .labels = x.labels};
  if (c.value("num_views", known_losses().find(name).num_views.least) == 3) views.more = {x("z3")};
  return (*make_loss(name, settings_of(c)))(views);
}

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

// Relative; absolute where all golden values are 0.
double off(const std::vector<double>& ours, const std::vector<double>& golden) {
  const bool zero = std::all_of(golden.begin(), golden.end(), [](double x) { return x == 0; });
  return deviation(ours, golden) * (zero ? std::numeric_limits<float>::min() : 1);
}

void follow_golden(DType dtype, double tolerance) {
  std::ifstream file(nce::test::source_file("tests/reference/losses.json"));
  std::map<std::string, int> seen;
  for (const json& batch : json::parse(file))
    for (const json& c : batch["cases"]) {
      const Inputs inputs = inputs_of(batch, dtype);
      json shown = c;
      shown.erase("grads");
      CAPTURE(shown.dump());
      const Tensor loss = evaluate(c, inputs);
      loss.backward();
      CHECK(loss.dim() == 0);
      CHECK(off({loss.item()}, {c["value"].get<double>()}) < tolerance);
      for (const auto& golden : c["grads"].items()) {
        CAPTURE(golden.key());
        const Tensor grad = inputs(golden.key()).grad();
        const auto expected = golden.value().get<std::vector<double>>();
        CHECK(off(grad.defined() ? grad.to_vector<double>() : std::vector<double>(expected.size()), expected) <
              tolerance);
      }
      ++seen[c["loss"]];
    }
  for (const KnownLoss& loss : known_losses()) {
    CAPTURE(loss.name);
    CHECK(seen[loss.name] >= 3);
  }
}

}  // namespace

TEST_CASE("losses and their gradients are PyTorch's, f64") { follow_golden(DType::f64, 1e-8); }
TEST_CASE("losses and their gradients are PyTorch's, f32, temperature 0.01 included") {
  follow_golden(DType::f32, 1e-4);
}
