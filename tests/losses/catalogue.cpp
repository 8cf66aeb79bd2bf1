#include "nce/losses/catalogue.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "nce/core/error.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

Views views() {
  return {.z1 = Tensor::randn({4, 3}, Key(1)).set_requires_grad(true),
          .z2 = Tensor::randn({4, 3}, Key(2)).set_requires_grad(true)};
}

}  // namespace

TEST_CASE("every known loss has a name of its own, a value, options in range, and help for each of them") {
  std::set<std::string> names;
  for (const KnownLoss& known : known_losses()) {
    CAPTURE(known.name);
    CHECK(names.insert(known.name).second);
    const auto loss = make_loss(known.name);
    Views v = views();
    for (int64_t view = 2; view < known.num_views.least; ++view) v.more.push_back(v.z1 + v.z2);
    CHECK(std::isfinite((*loss)(v).item()));
    bool has_temperature = false;
    for (const Option& option : list_options(*loss)) {
      CAPTURE(option.name);
      CHECK(!option.help.empty());
      if (!option.value.empty()) set_options(*loss, {{option.name, option.value}});  // its default is in its range
      has_temperature = has_temperature || option.name == "temperature";
    }
    CHECK((loss->temperature() != nullptr) == has_temperature);
  }
}

TEST_CASE("an unknown loss, and an unknown option of a known one, are refused") {
  CHECK_THROWS_WITH_AS(make_loss("magic"),
                       doctest::Contains("no loss is called 'magic'; there are nt_xent, info_nce, "), Error);
  CHECK_THROWS_WITH_AS(make_loss("triplet", {{"delta", "1"}}), "there is no option 'delta'", Error);
  CHECK_THROWS_WITH_AS(make_loss("triplet", {{"margin", "-1"}}), "margin: must be at least 0, got -1", Error);
}

TEST_CASE("what a loss needs follows from its function, and without it the loss still has a value") {
  Views v = views();
  CHECK(known_losses().find("info_nce").needs == Needs::nothing);
  CHECK(known_losses().find("sup_con").needs == Needs::labels);
  CHECK(known_losses().find("negative_cosine").needs == Needs::predictor);
  const auto sup_con = make_loss("sup_con"), nt_xent = make_loss("nt_xent", {{"temperature", "0.1"}});
  CHECK((*sup_con)(v).item() == Approx((*nt_xent)(v).item()));
  const std::vector<int> labels{0, 0, 1, 2};
  v.labels = labels;
  CHECK((*sup_con)(v).item() != Approx((*nt_xent)(v).item()));
  const auto cosine = make_loss("negative_cosine");
  const double plain = (*cosine)(v).item();
  v.predictor = [](const Tensor& z) { return -z; };
  CHECK((*cosine)(v).item() == Approx(-plain));
}

TEST_CASE("how many views a loss takes follows from its function too") {
  CHECK(known_losses().find("info_nce").num_views.text() == "2 views");
  CHECK(known_losses().find("is_info_nce").num_views.text() == "3 views");
  CHECK(known_losses().find("nt_xent").num_views.text() == "2 or more views");
  CHECK(!known_losses().find("info_nce").num_views.holds(3));
  CHECK(!known_losses().find("is_info_nce").num_views.holds(2));
  CHECK(known_losses().find("sup_con").num_views.holds(9));
  const std::vector<Tensor> all = views_of({views().z1, views().z2, views().z1 * 2.0}).all();
  CHECK(all.size() == 3);
  CHECK(sum(all[2]).item() == Approx(2 * sum(all[0]).item()));
}

TEST_CASE("losses say which of them hold a part fixed") {
  CHECK(make_loss("dclw")->stops_gradient());
  CHECK(!make_loss("dcl")->stops_gradient());
  CHECK(!make_loss("sc_info_nce")->stops_gradient());
  CHECK(make_loss("sc_info_nce", {{"positive_weight", "published"}})->stops_gradient());
  CHECK(make_loss("negative_cosine")->stops_gradient());
}

TEST_CASE("a loss learns its temperature when told to, sig_lip always and its bias too") {
  const auto plain = make_loss("info_nce");
  plain->learn();
  CHECK(plain->parameters().empty());

  const auto learned = make_loss("info_nce", {{"temperature", "0.25"}, {"learn_temperature", "true"}});
  CHECK(learned->parameters().empty());
  learned->learn();
  REQUIRE(learned->parameters().size() == 1);
  CHECK(learned->parameters()[0].first == "logit_scale");
  CHECK(learned->temperature()->value() == Approx(0.25));
  const Views v = views();
  const Tensor value = (*learned)(v);
  CHECK(value.item() == Approx((*make_loss("info_nce", {{"temperature", "0.25"}}))(v).item()));
  value.backward();
  CHECK(learned->parameters()[0].second->grad().item() != 0);

  const auto sig_lip = make_loss("sig_lip", {{"bias", "-3"}});
  sig_lip->learn();
  REQUIRE(sig_lip->parameters().size() == 2);
  CHECK(sig_lip->parameters()[0].first == "logit_scale");
  CHECK(sig_lip->parameters()[1].first == "logit_bias");
  CHECK(sig_lip->parameters()[1].second->item() == -3);
  (*sig_lip)(v).backward();
  for (const auto& [name, parameter] : sig_lip->parameters()) CHECK(parameter->grad().item() != 0);
}

TEST_CASE("a learned temperature cannot start where the clamp would change it") {
  CHECK_THROWS_WITH(
      Temperature(0.005).learn(),
      "temperature: one that is learned is kept at 0.01 or above, as OpenCLIP does: it cannot start at "
      "0.005");
  Temperature least = 0.01;
  least.learn();
  CHECK(least.value() == Approx(0.01));
}

TEST_CASE("a learned temperature is clamped where it is used: 1 / temperature is at most 100") {
  Temperature temperature = 0.5;
  temperature.learn();
  const Tensor row = Tensor::from({3, 4}, {1, 2});
  CHECK(temperature.scale(row).to_vector<double>()[0] == Approx(3 * std::sqrt(2)));
  *temperature.log_scale.mutable_data<float>() = 9;
  CHECK(temperature.value() == Approx(0.01));
  CHECK(temperature.scale(row).to_vector<double>()[0] == Approx(30));
  CHECK(temperature.log_scale.item() == Approx(std::log(100)));
  *temperature.log_scale.mutable_data<float>() = -9;  // the other end is free
  CHECK(temperature.value() == Approx(std::exp(9)));
  CHECK_THROWS_WITH_AS(check_options("x", Temperature(0)), "x: temperature must be above 0, got 0", Error);
}
