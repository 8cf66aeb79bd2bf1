#include "nce/nn/optim/ema.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/layers.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {

std::unique_ptr<Encoder> encoder(uint64_t seed, int64_t width = 4) {
  Generator generator{.seed = seed};
  return make_encoder("conv4", {8, 8, 1}, generator, {{"width", std::to_string(width)}});
}

}  // namespace

TEST_CASE("a target starts as the online network, follows it, and wants no gradients") {
  auto online = encoder(1), target = encoder(2);
  ema_start(*target, *online);
  for (const auto& [name, tensor] : target->named_parameters()) CHECK(!tensor->requires_grad());
  const Tensor x = Tensor::randn({3, 8, 8, 1}, Key(1));
  CHECK((*target)(x).to_vector<float>() == (*online)(x).to_vector<float>());

  auto moved = encoder(3);
  const auto before = target->named_parameters()[0].second->to_vector<double>();
  const auto there = moved->named_parameters()[0].second->to_vector<double>();
  ema_update(*target, *moved, 0.9);
  const auto after = target->named_parameters()[0].second->to_vector<double>();
  for (size_t i = 0; i < after.size(); ++i)
    CHECK(after[i] == Approx(0.9 * before[i] + 0.1 * there[i]).epsilon(1e-5));
  const Tensor own = online->named_parameters()[0].second->clone();
  CHECK(own.to_vector<double>() == before);  // the online network keeps its own
}

TEST_CASE("running statistics stay the target's own") {
  auto online = encoder(1), target = encoder(2);
  ema_start(*target, *online);
  const auto before = target->named_buffers()[0].second->to_vector<float>();
  (*online)(Tensor::randn({4, 8, 8, 1}, Key(1)) + 3.0);  // moves its statistics
  ema_update(*target, *online, 0.75);
  CHECK(online->named_buffers()[0].second->to_vector<float>() != before);
  CHECK(target->named_buffers()[0].second->to_vector<float>() == before);
}

TEST_CASE("BYOL's decay rises along a cosine to 1") {
  CHECK(ema_decay(0, 100) == Approx(0.996));
  CHECK(ema_decay(50, 100, 0.9) == Approx(0.95));
  CHECK(ema_decay(100, 100) == 1);
  CHECK(ema_decay(101, 100) == 1);
}

TEST_CASE("networks that differ and decays that make no sense are refused") {
  auto a = encoder(1), b = encoder(1, 8);
  CHECK_THROWS_AS(ema_start(*a, *b), Error);
  CHECK_THROWS_WITH_AS(ema_update(*a, *b, 0.9),
                       "ema_update: conv1.weight (4, 3, 3, 1) cannot follow conv1.weight (8, 3, 3, 1)", Error);
  CHECK_THROWS_WITH_AS(ema_update(*a, *a, 1.5), "ema_update: decay must be within 0 .. 1, got 1.5", Error);
  CHECK_THROWS_WITH_AS(ema_decay(1, 0), "ema_decay: step 1 of 0 with base 0.996 makes no sense", Error);
}
