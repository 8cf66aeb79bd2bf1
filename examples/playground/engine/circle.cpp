// Pairs of views on a circle, and what a loss does to each.
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "engine/parts.h"
#include "engine/request.h"
#include "engine/settings.h"
#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::playground {
namespace {

using nlohmann::json;

constexpr int64_t kMostPairs = 64;
constexpr int kSweep = 121;  // places of the chosen point, from -180 to 180 degrees
constexpr double kDegree = std::numbers::pi / 180;

// Points (2N, 2) at angles in degrees.
Tensor points_at(const std::vector<double>& degrees) {
  const Tensor angles = Tensor::from(degrees) * kDegree;
  return stack({cos(angles), sin(angles)}, 1);
}

Tensor loss_of_points(losses::Loss& loss, const Tensor& z) {
  const auto [z1, z2] = halves(z);
  return loss({.z1 = z1, .z2 = z2});
}

double loss_at(losses::Loss& loss, const std::vector<double>& degrees) {
  const NoGrad no_grad;
  return loss_of_points(loss, points_at(degrees)).item();
}

// N pairs in degrees: all first views, then all second ones.
std::vector<double> arranged(const std::string& how, int64_t pairs, uint64_t seed) {
  std::vector<double> degrees;
  Random random{Key(seed)};
  for (const int view : {0, 1})
    for (int64_t i = 0; i < pairs; ++i) {
      const double even = std::round(360. * double(i) / double(pairs));
      double angle = 0;  // together
      if (how == "random")
        angle = std::round(random.uniform(-180, 180));
      else if (how == "even")
        angle = even + 8 * view;
      else if (how == "opposite")
        angle = even + 180 * view;
      else
        check(how == "together",
              "circle: no arrangement is called '{}'; there are random, even, opposite, together", how);
      degrees.push_back(std::remainder(angle, 360));
    }
  return degrees;
}

// What an anchor's loss reads out of each candidate: for a softmax its probability. Null where the candidates are not the
// rows of the other view alone, or the loss has no theory.
json read_outs(losses::Loss& loss, const Tensor& z, int64_t anchor) {
  const auto target = loss.target();
  if (!target || !target->positive_name() || target->negatives_from() != losses::NegativesFrom::other_view)
    return nullptr;
  const double temperature = loss.temperature() ? loss.temperature()->value() : 1;
  double bias = 0;  // of sig_lip
  Options look([&](const Field& field) {
    if (std::string(field.name) == "bias") bias = *std::get<double*>(field.value);
  });
  loss.fields(look);
  const auto [z1, z2] = halves(z);
  std::vector<double> s = (matmul(z1, t(z2))[anchor] / temperature).to_vector<double>();
  target->read_out(s, anchor, -1, temperature, bias);
  return s;
}

}  // namespace

// {"do": "circle", "arrange": "random", "pairs": 4, "seed": 1} -> {"angles"}: in degrees, N first views, then N second ones.
//
// {"do": "circle", "loss": (settings.h), "angles", "chosen": 0, "lr": 0.1, "steps": 0} -> after that many steps of descent:
// "angles"; "loss"; "gradient": its derivative by each coordinate, (2N, 2) row by row; "longest" of these arrows; "together":
// the loss with all points in one; "log_n"; "sweep": [angle, loss] of the chosen point all around the circle;
// "read_out" of its anchor.
json circle(const json& json_request) {
  const Request request(json_request);
  if (request.has("arrange"))
    return {{"angles", arranged(request.text("arrange"), request.integer("pairs", 2, kMostPairs),
                                uint64_t(request.integer("seed", 0, 1 << 30)))}};
  std::vector<double> degrees = request.numbers("angles");
  check(degrees.size() >= 4 && degrees.size() % 2 == 0 && degrees.size() <= 2 * kMostPairs,
        "circle: angles of 2 to {} pairs are needed, two a pair, got {}", kMostPairs, degrees.size());
  const double n = double(degrees.size()) / 2, lr = request.number("lr");
  const auto chosen = size_t(request.integer("chosen", 0, int64_t(degrees.size()) - 1));
  const auto loss = loss_of(json_request, "circle");

  Tensor z, value;
  for (int64_t steps = request.integer("steps", 0, 10000);; --steps) {
    z = points_at(degrees).set_requires_grad(true);
    value = loss_of_points(*loss, z);
    value.backward();
    if (steps == 0) break;
    // Each point goes against its gradient, and back to the circle. N undoes the mean over the batch.
    const std::vector<double> next = (z.detach() - z.grad() * (lr * n)).to_vector<double>();
    for (size_t i = 0; i < degrees.size(); ++i) degrees[i] = std::atan2(next[2 * i + 1], next[2 * i]) / kDegree;
  }

  json sweep = json::array();
  for (int i = 0; i < kSweep; ++i) {
    std::vector<double> moved = degrees;
    moved[chosen] = -180 + 360. * i / (kSweep - 1);
    sweep.push_back({moved[chosen], loss_at(*loss, moved)});
  }
  return {{"angles", degrees},
          {"loss", value.item()},
          {"gradient", z.grad().to_vector<double>()},
          {"longest", max(sqrt(sum(square(z.grad()), {1}))).item()},
          {"together", loss_at(*loss, std::vector<double>(degrees.size(), 0))},
          {"log_n", std::log(n)},
          {"sweep", sweep},
          {"read_out", read_outs(*loss, z.detach(), int64_t(chosen) % int64_t(n))}};
}

}  // namespace nce::playground
