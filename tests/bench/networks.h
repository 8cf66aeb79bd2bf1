#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/optim/sgd.h"
#include "ops.h"

/// Training steps: the step itself, and the list of its operations.
namespace nce::bench {

/// The encoder's name ("mlp", "conv4", "resnet18"), its images, and the head's hidden size (0: no head).
struct Network {
  const char* encoder;
  nn::ImageSize image;
  int64_t head_hidden;
};

/// Training steps: forward, nt_xent at temperature 0.5, backward, SGD with momentum.
struct Trainer {
  explicit Trainer(const Network& network);
  void step(const Tensor& views);
  nn::NamedTensors parameters() const;  ///< Of encoder and head.

  std::unique_ptr<nn::Encoder> encoder;
  std::unique_ptr<nn::Layer> head;  ///< Null: no head.
  std::unique_ptr<nn::SGD> optimizer;
};

/// The step on `views` random images.
Run step_of(const Network& network, int64_t views);

/// An operation that a step runs `count` times.
struct Part {
  const char* kind;  ///< "convolution", "normalisation" or "other"
  Op op;
  int count = 1;
};
/// The operations of a step, but for what is too small to see. Throws if they lack parameters of the encoder.
std::vector<Part> parts_of(const Network& network, int64_t views);

/// The arithmetic of a step: convolutions, products and loss. Bytes are left out: a step is many passes over memory.
/// The profile by operation has them.
Work step_work(const Network& network, int64_t views);

/// A training step of an encoder of sentences ("mean" or "transformer") on two views of half as many groups: dropout,
/// symmetric info_nce at temperature 0.05, SparseAdam. Words are drawn from a table of `rows` as they are in a text.
Op sentence_step(const std::string& encoder, int64_t sentences, int64_t length, int64_t rows, int64_t width);

}  // namespace nce::bench
