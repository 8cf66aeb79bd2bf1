#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/catalogue.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/optim/optimizer.h"

namespace nce::playground {

/// What one can set of a training beside the loss, the encoder and the views.
struct TrainingOptions {
  int64_t images = 1000, test_images = 500, batch = 64, dim = 32;
  double lr = 0.002;
  int64_t seed = 1;
  void fields(Options& o) {
    o.integer("batch", batch, "pictures a step", {.least = 2, .most = 1024});
    o.number("lr", lr, "learning rate of AdamW", {.above = 0, .most = 1});
    o.integer("dim", dim,
              "size of the embeddings: 2 is a circle, 3 a sphere, more are shown by their three main directions",
              {.least = 2, .most = 128});
    o.integer("images", images, "pictures that it learns from", {.least = 100, .most = 10000});
    o.integer("test_images", test_images, "pictures that it is measured on", {.least = 10, .most = 2000});
    o.integer("seed", seed, "of the weights and the views", {.least = 0, .most = 1000});
  }
};

/// A loss, an encoder and views of glyphs by their names, with options.
struct TrainingChoice {
  std::string loss, encoder, views;
  std::vector<Setting> loss_options, encoder_options, views_options;
};

/// A contrastive training of a small encoder on the built-in digits, step by step.
class Training {
 public:
  Training(const TrainingChoice& choice, const TrainingOptions& options);

  int64_t steps() const { return optimizer_->steps(); }
  int64_t parameters() const;
  /// One step on the batch that `batch` shows. Gives its loss.
  double step();
  /// The batch of the next step.
  const data::Batch& batch() const { return *batch_; }
  const data::Normalisation& normalisation() const { return normalisation_; }

  /// The loss of embeddings that tell nothing; NaN where the loss has no such value (losses/catalogue.h, `target`).
  double chance();
  /// Share of test digits that their nearest training digits tell by their pixels.
  double raw_knn() const;
  struct Look {
    double knn;  ///< The same by the encoder's features.
    Tensor
        points;  ///< (test images, 2 or 3): the embeddings with length 1; of more dimensions their three main ones.
  };
  Look look();
  const std::vector<int>& labels() const { return test_.labels; }

 private:
  Tensor loss_of(const Tensor& z, std::span<const int> labels);
  Tensor features(const data::Dataset& set);
  nn::NamedTensors named_parameters();

  TrainingOptions options_;
  data::InMemoryDataset train_, test_;
  data::Normalisation normalisation_;
  int64_t num_views_ = 2, epoch_ = 0;
  std::unique_ptr<losses::Loss> loss_;
  std::unique_ptr<nn::Encoder> encoder_;
  std::unique_ptr<nn::Layer> head_, predictor_;  // the second where the loss needs one
  std::unique_ptr<nn::Optimizer> optimizer_;
  std::unique_ptr<data::Loader> loader_;
  const data::Batch* batch_ = nullptr;
};

/// Views of glyphs by a list of transforms, "crop,affine", as `settings` leave them. What is left to the data set has its value.
data::Views views_of_glyphs(const std::string& list, const std::vector<Setting>& settings);

}  // namespace nce::playground
