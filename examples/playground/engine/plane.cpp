// The plane of SC-InfoNCE's two dials: what delta and gamma do to free logits, and to unit vectors.
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/parts.h"
#include "engine/request.h"
#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/theory/free_logits.h"

namespace nce::playground {
namespace {

using nlohmann::json;

std::unique_ptr<losses::Target> target_of(double delta, double gamma) {
  return losses::softmax_target({.name = "sc_info_nce",
                                 .delta = delta,
                                 .gamma = gamma,
                                 .denominator = losses::Denominator::negatives,
                                 .has_scale = true});
}

losses::Joint joint_of(const Request& request) {
  const std::vector<double> source = request.numbers("source");
  const int states = int(source.size());
  check(states >= 2 && states <= 12, "{}: source: 2 to 12 states are needed, got {}", request.part(), states);
  return losses::joint_of(source, {.states = states, .values = request.numbers("transition")});
}

// Velocity of the mean logit of the first row, which theory has for all rows alike.
double drift(const losses::Joint& joint, const losses::Reach& reach) { return 0 - reach.slope[0] / joint.pi[0]; }

// Read-outs as tables show them: 1 is what chance would do.
std::vector<double> shown(const losses::Target& target, losses::StateMatrix matrix, int64_t batch) {
  for (double& value : matrix.values) value = target.shown(value, batch);
  return matrix.values;
}

// (states, states): the mean over pairs of different views, as often as they occur.
double mean_of(const losses::Joint& joint, const losses::StateMatrix& matrix) {
  double mean = 0;
  for (size_t e = 0; e < matrix.values.size(); ++e) mean += joint.c2.values[e] * matrix.values[e];
  return mean;
}

// Goes down the expected loss, and gives a frame of every step.
struct Frames {
  json heights = json::array(), read_outs = json::array(), losses = json::array(), points = json::array();
};
void add(Frames& frames, const losses::Joint& joint, const losses::Target& target, int64_t batch,
         const losses::StateMatrix& logits) {
  frames.heights.push_back(mean_of(joint, logits));
  frames.read_outs.push_back(shown(target, losses::read_out(joint, target, batch, logits), batch));
  frames.losses.push_back(losses::expected_loss(joint, target, batch, logits));
}

// Each logit by its derivative, per occurrence of its pair.
Frames descend_free(const losses::Joint& joint, const losses::Target& target, int64_t batch, int64_t steps,
                    double dt) {
  Frames frames;
  losses::StateMatrix logits = losses::state_matrix(joint.states());
  for (int64_t step = 0; step <= steps; ++step) {
    add(frames, joint, target, batch, logits);
    const losses::StateMatrix gradient = losses::expected_gradient(joint, target, batch, logits);
    for (size_t e = 0; e < logits.values.size(); ++e)
      if (joint.c2.values[e] > 0) logits.values[e] -= dt * gradient.values[e] / joint.c2.values[e];
  }
  return frames;
}

// A unit vector for each state, in three dimensions. The logits are cosines over the temperature, so they are bounded.
Frames descend_vectors(const losses::Joint& joint, const losses::Target& target, int64_t batch, int64_t steps,
                       double dt, double temperature) {
  Frames frames;
  const int k = joint.states();
  Tensor z = normalize(Tensor::from({0.2, 0.2, 0.9}, {1, 3}, DType::f64) +
                       Tensor::randn({k, 3}, Key(3), DType::f64) * 0.5);
  for (int64_t step = 0; step <= steps; ++step) {
    z = z.detach().set_requires_grad(true);
    const Tensor u = normalize(z), s = matmul(u, t(u)) / temperature;
    const losses::StateMatrix logits{k, s.to_vector<double>()};
    add(frames, joint, target, batch, logits);
    frames.points.push_back(u.to_vector<double>());
    s.backward(Tensor::from(losses::expected_gradient(joint, target, batch, logits).values, {k, k}));
    z = normalize(z.detach() - z.grad() * (dt * k * temperature));
  }
  return frames;
}

}  // namespace

// {"do": "plane", "source": (K), "transition": (K, K) row by row, "delta", "gamma", "batch": 100, "temperature": 0.5, "steps": 100,
// "dt": 0.3} -> "target": what the loss asks p (B - 1) to be; "settles": what its shape becomes, null where it does not settle;
// "drift": speed of all logits for each unit of time; "text": what theory says; "free" and "vectors": of each step the
// mean logit "heights", "read_outs" p (B - 1), "losses", and of vectors the "points" (K, 3).
json plane(const json& json_request) {
  const Request request(json_request);
  const losses::Joint joint = joint_of(request);
  const auto target = target_of(request.number("delta"), request.number("gamma"));
  const int64_t batch = request.integer("batch", 2, 1'000'000), steps = request.integer("steps", 0, 10'000);
  const double dt = request.number("dt");
  const losses::Reach reach = target->reach(joint, batch);
  const auto json_of = [](const Frames& frames) {
    return json{{"heights", frames.heights},
                {"read_outs", frames.read_outs},
                {"losses", frames.losses},
                {"points", frames.points}};
  };
  return {{"target", shown(*target, target->target(joint, batch), batch)},
          {"settles", reach.shape.empty() ? json(nullptr) : json(shown(*target, reach.shape, batch))},
          {"drift", drift(joint, reach)},
          {"text", reach.text},
          {"free", json_of(descend_free(joint, *target, batch, steps, dt))},
          {"vectors", json_of(descend_vectors(joint, *target, batch, steps, dt, request.number("temperature")))}};
}

// {"do": "plane_map", "source", "transition", "batch", "delta": [from, to], "gamma": [from, to], "cells": 25} -> "drift" and "apart"
// (whether some pairs of states are pushed apart for ever) at the middle of each cell, row by row, gamma rising.
json plane_map(const json& json_request) {
  const Request request(json_request);
  const losses::Joint joint = joint_of(request);
  const std::vector<double> delta = request.numbers("delta"), gamma = request.numbers("gamma");
  check(delta.size() == 2 && gamma.size() == 2, "plane_map: delta and gamma are two numbers each, from and to");
  const int64_t cells = request.integer("cells", 1, 200), batch = request.integer("batch", 2, 1'000'000);
  const auto middle = [&](const std::vector<double>& range, int64_t i) {
    return range[0] + (range[1] - range[0]) * (double(i) + 0.5) / double(cells);
  };
  json drifts = json::array(), apart = json::array();
  for (int64_t row = 0; row < cells; ++row)
    for (int64_t column = 0; column < cells; ++column) {
      const losses::Reach reach = target_of(middle(delta, column), middle(gamma, row))->reach(joint, batch);
      drifts.push_back(drift(joint, reach));
      apart.push_back(reach.row >= 0);
    }
  return {{"drift", drifts}, {"apart", apart}};
}

}  // namespace nce::playground
