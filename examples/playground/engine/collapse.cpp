// Embeddings that begin near one point, or exactly in it, and what a loss makes of them.
#include <nlohmann/json.hpp>

#include "engine/parts.h"
#include "engine/request.h"
#include "engine/settings.h"
#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/metrics.h"
#include "nce/nn/optim/sgd.h"

namespace nce::playground {
namespace {

using nlohmann::json;

// K states on a ring. A view of a picture is in the picture's state or in one of its two neighbours. The batch has each
// pair of views that can occur once: 9 for each state.
struct Ring {
  std::vector<int> first, second;
  explicit Ring(int states) {
    for (int k = 0; k < states; ++k)
      for (const int a : {-1, 0, 1})
        for (const int b : {-1, 0, 1})
          first.push_back((k + a + states) % states), second.push_back((k + b + states) % states);
  }
};

// (states, 3): rows of length 1 around one direction.
Tensor beginning(int states, double noise, uint64_t seed) {
  const Tensor one = Tensor::from({0.2, 0.25, 1}, {1, 3}, DType::f64);
  return normalize(one + Tensor::randn({states, 3}, Key(seed), DType::f64) * noise);
}

// Mean cosine of different rows.
double cosine_of_others(const Tensor& z) {
  const double n = double(z.size(0));
  return (sum(square(sum(normalize(z), 0))).item() - n) / (n * (n - 1));
}

}  // namespace

// {"do": "collapse", "loss": (settings.h), "states": 12, "noise": 0.01, "seed": 1, "lr": 0.1, "from": 0, "steps": 10}: that many steps
// of SGD. -> of each step, the first and the last included: "z", (states, 3) row by row; "loss"; "others" and "partners", mean
// cosines; "rank", the effective rank. "chance": the loss where all are in one point. To go on: "from": 10, and the last "z".
json collapse(const json& json_request) {
  const Request request(json_request);
  const int states = int(request.integer("states", 3, 64));
  const auto loss = loss_of(json_request, "collapse");
  const Ring ring(states);
  Tensor z = request.integer("from", 0, 1'000'000) > 0
                 ? Tensor::from(request.numbers("z"), {states, 3})
                 : beginning(states, request.number("noise"), uint64_t(request.integer("seed", 0, 1 << 30)));
  // Each state's share of the mean over the batch is 1 / states.
  nn::SGD sgd({{"z", &z}}, {.lr = request.number("lr") * states});
  z.set_requires_grad(true);

  std::vector<double> values, others, partners, rank;
  json points = json::array();
  const auto loss_at = [&](const Tensor& rows) {
    return (*loss)({.z1 = index_select(rows, 0, ring.first), .z2 = index_select(rows, 0, ring.second)});
  };
  for (int64_t steps = request.integer("steps", 0, 10'000);; --steps) {
    const Tensor value = loss_at(z);
    const Tensor now = z.detach();
    points.push_back(now.to_vector<double>());
    values.push_back(value.item());
    others.push_back(cosine_of_others(now));
    partners.push_back(
        1 - losses::alignment(index_select(now, 0, ring.first), index_select(now, 0, ring.second)).item() / 2);
    rank.push_back(losses::effective_rank(now));
    if (steps == 0) break;
    sgd.zero_grad();
    value.backward();
    sgd.step();
  }
  return {{"z", points},          {"loss", values}, {"others", others},
          {"partners", partners}, {"rank", rank},   {"chance", loss_at(beginning(states, 0, 0)).item()}};
}

}  // namespace nce::playground
