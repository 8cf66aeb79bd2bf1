#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "ask.h"
#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/vicreg.h"

using namespace nce;
using nlohmann::json;
using test::ask;
using test::refusal;
using Numbers = std::vector<double>;

namespace {

json circle_of(const Numbers& angles, const json& changes = json::object()) {
  json request = {{"do", "circle"},   {"loss", {{"name", "info_nce"}, {"options", {{"temperature", 0.5}}}}},
                  {"angles", angles}, {"chosen", 0},
                  {"lr", 0.01},       {"steps", 0}};
  request.update(changes);
  return ask(request);
}

// z1 or z2 (N, 2) of angles in degrees.
Tensor view(const Numbers& angles, int which) {
  const size_t n = angles.size() / 2;
  Numbers values;
  for (size_t i = which * n; i < (which + 1) * n; ++i)
    for (const double shift : {90., 0.}) values.push_back(std::sin((angles[i] + shift) * std::numbers::pi / 180));
  return Tensor::from(values, {int64_t(n), 2});
}

json collapse_of(const std::string& loss, const json& changes) {
  json request = {{"do", "collapse"}, {"loss", {{"name", loss}, {"options", json::object()}}},
                  {"states", 12},     {"noise", 0.01},
                  {"seed", 1},        {"lr", 0.05},
                  {"from", 0},        {"steps", 0}};
  request.update(changes);
  return ask(request);
}

json plane_of(double delta, double gamma) {
  return ask({{"do", "plane"},
              {"source", Numbers(3, 1 / 3.)},
              {"transition", {.5, .3, .2, .2, .5, .3, .2, .3, .5}},
              {"delta", delta},
              {"gamma", gamma},
              {"batch", 100},
              {"temperature", 0.5},
              {"steps", 200},
              {"dt", 0.3}});
}

}  // namespace

TEST_CASE("circle: loss, gradient, read-outs and the way around are the library's") {
  const Numbers angles = {10, 80, -120, 30, 100, 170};
  const json at = circle_of(angles, {{"chosen", 4}});
  const double loss = losses::info_nce(view(angles, 0), view(angles, 1), {.temperature = 0.5}).item();
  CHECK(at["loss"].get<double>() == doctest::Approx(loss).epsilon(1e-14));
  CHECK(at["log_n"] == std::log(3.));
  CHECK(at["together"].get<double>() == doctest::Approx(std::log(3.)));
  // Turned by a small angle, a point changes the loss by its gradient along the circle.
  double longest = 0;
  for (size_t k = 0; k < 6; ++k) {
    Numbers ahead = angles, behind = angles;
    ahead[k] += 1e-3, behind[k] -= 1e-3;
    const double slope = (circle_of(ahead)["loss"].get<double>() - circle_of(behind)["loss"].get<double>()) / 2e-3;
    const double angle = angles[k] * std::numbers::pi / 180, gx = at["gradient"][2 * k],
                 gy = at["gradient"][2 * k + 1];
    CAPTURE(k);
    CHECK((gy * std::cos(angle) - gx * std::sin(angle)) * std::numbers::pi / 180 ==
          doctest::Approx(slope).epsilon(1e-6));
    longest = std::max(longest, std::hypot(gx, gy));
  }
  CHECK(at["longest"].get<double>() == doctest::Approx(longest));
  // Anchor 1: the softmax of its cosines.
  const Numbers p = softmax(matmul(view(angles, 0), t(view(angles, 1))) / 0.5, 1)[1].to_vector<double>();
  for (size_t k = 0; k < 3; ++k) CHECK(at["read_out"][k].get<double>() == doctest::Approx(p[k]));
  const json sig_lip =
      circle_of(angles, {{"loss", {{"name", "sig_lip"}, {"options", {{"temperature", 0.5}, {"bias", -1}}}}}});
  const double cosine = std::cos(160 * std::numbers::pi / 180);  // anchor 0 and candidate 2
  CHECK(sig_lip["read_out"][2].get<double>() == doctest::Approx(1 / (1 + std::exp(1 - cosine / 0.5))));
  for (const json& place : at["sweep"]) {
    Numbers moved = angles;
    moved[4] = place[0];
    if (std::fmod(moved[4], 45) == 0)
      CHECK(place[1].get<double>() == doctest::Approx(circle_of(moved)["loss"].get<double>()));
  }
  CHECK(circle_of(angles, {{"loss", {{"name", "vicreg"}, {"options", json::object()}}}})["loss"].get<double>() ==
        doctest::Approx(losses::vicreg(view(angles, 0), view(angles, 1)).item()));
}

TEST_CASE("circle: descent goes down, and one step after the other is the same as both") {
  const Numbers angles = ask({{"do", "circle"}, {"arrange", "random"}, {"pairs", 4}, {"seed", 3}})["angles"];
  REQUIRE(angles.size() == 8);
  const json two = circle_of(angles, {{"steps", 2}}), one = circle_of(angles, {{"steps", 1}});
  CHECK(circle_of(one["angles"], {{"steps", 1}})["angles"] == two["angles"]);
  CHECK(one["loss"] < circle_of(angles)["loss"]);
  CHECK(two["loss"] < one["loss"]);
  for (const char* how : {"even", "opposite", "together"})
    CHECK(ask({{"do", "circle"}, {"arrange", how}, {"pairs", 4}, {"seed", 3}})["angles"].size() == 8);
  CHECK(refusal({{"do", "circle"}, {"arrange", "odd"}, {"pairs", 4}, {"seed", 3}}) ==
        "circle: no arrangement is called 'odd'; there are random, even, opposite, together");
  CHECK(refusal({{"do", "circle"}, {"angles", {1, 2, 3}}}) ==
        "circle: angles of 2 to 64 pairs are needed, two a pair, got 3");
}

TEST_CASE("collapse: a saddle of info_nce and the bottom of negative_cosine, and vicreg pushes at once") {
  const json pull = {{"name", "negative_cosine"}, {"options", {{"stop_gradient", false}}}};
  const auto end = [](const json& of, const char* name) { return of[name].back().get<double>(); };
  const json info_nce = collapse_of("info_nce", {{"steps", 200}}),
             vicreg = collapse_of("vicreg", {{"steps", 100}, {"lr", 0.001}});
  CHECK(info_nce["chance"].get<double>() ==
        doctest::Approx(std::log(108)));  // 9 pairs of views of each of 12 states
  CHECK(info_nce["loss"][0].get<double>() == doctest::Approx(std::log(108)).epsilon(1e-3));
  CHECK(info_nce["loss"].size() == 201);
  CHECK(end(info_nce, "others") < 0.5);
  CHECK(end(info_nce, "rank") > 2.5);
  CHECK(end(vicreg, "rank") > 2);
  for (const double noise : {0.01, 10.}) {
    const json pulled =
        collapse_of("negative_cosine", {{"loss", pull}, {"steps", 400}, {"noise", noise}, {"lr", 0.2}});
    CHECK(end(pulled, "others") > 0.999);
    CHECK(end(pulled, "loss") == doctest::Approx(-1).epsilon(1e-3));
  }
  // Exactly in one point nothing moves at first: the gradient is 0 but for rounding.
  const json stuck = collapse_of("info_nce", {{"steps", 5}, {"noise", 0}});
  CHECK(end(stuck, "others") == doctest::Approx(1).epsilon(1e-12));
  // To go on is the same as not to stop.
  const json first = collapse_of("info_nce", {{"steps", 3}}),
             rest = collapse_of("info_nce", {{"from", 3}, {"z", first["z"].back()}, {"steps", 197}});
  CHECK(rest["z"].back() == info_nce["z"].back());
}

TEST_CASE(
    "plane: on the line free logits reach the target, off it they drift by delta - gamma - 1 in the shape of delta alone") {
  for (const auto& scale : {std::pair(1., 0.), {2., 1.}, {1., -0.2}, {0.5, -0.2}}) {
    const double delta = scale.first, gamma = scale.second;
    CAPTURE(delta);
    CAPTURE(gamma);
    const json at = plane_of(delta, gamma), line = plane_of(delta, delta - 1);
    const double drift = delta - gamma - 1;
    CHECK(at["drift"].get<double>() == doctest::Approx(drift).epsilon(1e-9));
    CHECK(at["target"][0].get<double>() == doctest::Approx(delta * 1.2222222222 - gamma));  // c1 / c2 of lesson 7
    CHECK(at["free"]["heights"].back().get<double>() == doctest::Approx(200 * 0.3 * drift).epsilon(1e-6));
    for (size_t e = 0; e < 9; ++e) {
      CHECK(at["free"]["read_outs"].back()[e].get<double>() ==
            doctest::Approx(line["target"][e].get<double>()).epsilon(1e-7));
      CHECK(at["settles"][e].get<double>() == doctest::Approx(line["target"][e].get<double>()).epsilon(1e-7));
    }
    for (const json& height : at["vectors"]["heights"]) CHECK(std::abs(height.get<double>()) <= 1 / 0.5 + 1e-12);
  }
  CHECK(plane_of(1, -0.2)["vectors"]["heights"].back().get<double>() ==
        doctest::Approx(2).epsilon(1e-3));  // all in one point
  CHECK(plane_of(8, 7)["settles"] == nullptr);
  const json map = ask({{"do", "plane_map"},
                        {"source", {0.5, 0.5}},
                        {"transition", {0.9, 0.1, 0.1, 0.9}},
                        {"batch", 100},
                        {"delta", {0, 4}},
                        {"gamma", {-1, 1}},
                        {"cells", 2}});
  CHECK(map["drift"] == Numbers{0.5, 2.5, -0.5, 1.5});
  CHECK(map["apart"] == std::vector<bool>{false, true, false, true});
}
