#include "nce/data/sentences/loader.h"

#include <numeric>

#include "nce/core/error.h"

namespace nce::data {
namespace {

enum Use : uint64_t { draw = 3, drop = 4, dropout = 5 };  // 2 is the order

}  // namespace

SentenceLoader::SentenceLoader(const SentenceDataset& data, const Vocabulary& vocabulary,
                               const SentenceLoaderOptions& options)
    : offsets_(data.offsets),
      sentences_(vocabulary(data.sentences)),
      options_(options),
      order_({.name = "the file of sentences", .size = data.groups(), .labels = {}, .batch = options.batch},
             options.seed, options.drop_last, options.sampler) {
  check(options.num_views >= 1, "loader: num_views must be at least 1, got {}", options.num_views);
  check(options.token_drop >= 0 && options.token_drop < 1,
        "loader: token_drop must be at least 0 and below 1, got {}", options.token_drop);
}

void SentenceLoader::start_epoch(int64_t epoch, int64_t first_step) {
  check(epoch >= 0, "loader: there is no epoch {}", epoch);
  check(first_step >= 0 && first_step <= steps_per_epoch(), "loader: there is no step {} in an epoch of {}",
        first_step, steps_per_epoch());
  epoch_ = epoch, step_ = first_step;
  order_.start(epoch);
}

const ViewsOfSentences* SentenceLoader::next() {
  check(epoch_ >= 0, "loader: next() before the first start_epoch()");
  if (step_ == steps_per_epoch()) return nullptr;
  const auto groups = order_.batch(step_);
  batch_.indices.assign(groups.begin(), groups.end());
  batch_.views = {};
  for (int64_t view = 0; view < options_.num_views; ++view)
    for (size_t i = 0; i < groups.size(); ++i) add_view(groups[i], order_.numbers(step_)[i], view);
  batch_.key = Key(options_.seed).fold(uint64_t(epoch_)).fold(dropout).fold(uint64_t(step_++));
  return &batch_;
}

void SentenceLoader::add_view(int group, uint64_t number, int64_t view) {
  const Key key = Key(options_.seed).fold(uint64_t(epoch_));
  const int64_t begin = offsets_[size_t(group)], size = offsets_[size_t(group) + 1] - begin;
  std::vector<int> members(static_cast<size_t>(size));
  std::iota(members.begin(), members.end(), 0);
  Random random(key.fold(draw).fold(number));
  const size_t place = size_t(view % size);
  for (size_t i = 0; i <= place; ++i)
    std::swap(members[i], members[i + random.below(uint32_t(members.size() - i))]);
  const auto tokens = sentences_[begin + members[place]];
  if (options_.token_drop == 0 || tokens.size() <= 1) return batch_.views.push_back(tokens);
  Random dropping(key.fold(drop).fold(number).fold(uint64_t(view)));
  std::vector<int> kept;
  for (const int token : tokens)
    if (!dropping.bernoulli(float(options_.token_drop))) kept.push_back(token);
  if (kept.empty()) kept.push_back(tokens[dropping.below(uint32_t(tokens.size()))]);
  batch_.views.push_back(kept);
}

}  // namespace nce::data
