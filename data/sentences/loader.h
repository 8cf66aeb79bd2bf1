#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/sparse.h"
#include "nce/data/order.h"
#include "nce/data/sentences/dataset.h"
#include "nce/data/sentences/vocabulary.h"

namespace nce::data {

struct SentenceLoaderOptions {
  int64_t batch = 256;
  uint64_t seed = 1;
  /// Each token of a view is left out with this probability. At least one stays.
  double token_drop = 0;
  int64_t num_views = 2;  ///< Of each group.
  /// Groups have no labels, so samplers that need labels cannot be used.
  Sampler sampler = RandomSampler();
  bool drop_last = true;  ///< Whether a last, smaller batch is left out.
};

/// V views of each of B groups. Views j, B + j, 2B + j ... are sentences of group indices[j].
struct ViewsOfSentences {
  std::vector<int> indices;  ///< B
  Ragged views;              ///< V B lists of rows of the vocabulary's table.
  Key key;                   ///< For the encoder's dropout; depends on (seed, epoch, step).
};

/// Goes through groups of sentences in batches. A sampler draws the order of each epoch. The views of a group are
/// sentences of it, drawn again in each epoch, and all different if there are enough. For a group of one sentence they
/// are the same. Then views differ only by dropout, as in SimCSE (Gao et al., EMNLP 2021), and by `token_drop`.
///
///     SentenceLoader loader(groups, vocabulary, {.batch = 256});
///     loader.start_epoch(0);
///     while (const ViewsOfSentences* batch = loader.next()) step(encoder(batch->views, batch->key));
///
/// A view depends only on (seed, epoch, group, its place among the views).
class SentenceLoader {
 public:
  /// Errors: a batch larger than the data, an option out of range.
  SentenceLoader(const SentenceDataset& data, const Vocabulary& vocabulary, const SentenceLoaderOptions& options);

  int64_t steps_per_epoch() const { return order_.steps(); }
  /// Begins `epoch` at `first_step` (0 .. steps_per_epoch()).
  void start_epoch(int64_t epoch, int64_t first_step = 0);
  /// The next batch, or null at the end of the epoch. It is valid until the next call.
  const ViewsOfSentences* next();

 private:
  void add_view(int group, uint64_t number, int64_t view);

  std::vector<int64_t> offsets_;
  Ragged sentences_;
  SentenceLoaderOptions options_;
  Order order_;
  int64_t epoch_ = -1, step_ = 0;
  ViewsOfSentences batch_;
};

}  // namespace nce::data
