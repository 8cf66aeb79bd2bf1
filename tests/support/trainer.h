#pragma once
#include <functional>
#include <memory>
#include <string>

#include "nce/core/ops.h"
#include "nce/losses/nt_xent.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/optim/optimizer.h"
#include "support/formula.h"

namespace nce::test {

/// An encoder "encoder" and a projection head "head" on images of `size` x `size` pixels, their weights from the
/// formula: features-64-32.
struct Model : nn::Layer {
  Model(const std::string& name, int size, int64_t width) {
    Generator unused;
    encoder = nn::make_encoder(name, {size, size, 3}, unused, {{"width", std::to_string(width)}});
    head = nn::make_projection_head(encoder->feature_dim(), 64, 32, unused);
    fill_by_formula(*this);
  }
  Tensor forward(const Tensor& x) override { return (*head)((*encoder)(x)); }
  void fields(nn::Fields& f) override { f.module("encoder", *encoder), f.module("head", *head); }
  std::unique_ptr<nn::Encoder> encoder;
  std::unique_ptr<nn::Layer> head;
};

/// One step on views of which the first half matches the second; the loss before it.
inline double train_step(nn::Layer& model, nn::Optimizer& optimizer, const Tensor& views) {
  optimizer.zero_grad();  // before the forward pass, whose tensors can then have the memory of the old gradients
  const auto [z1, z2] = halves(model(views));
  const Tensor loss = losses::nt_xent(z1, z2, {.temperature = 0.5});
  loss.backward();
  optimizer.step();
  return loss.item();
}

}  // namespace nce::test
