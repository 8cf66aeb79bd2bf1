// Sentences: groups, plain ones, pairs with scores.
#include "nce/data/sentences/dataset.h"
#include "nce/data/sentences/words.h"
#include "support/fuzz.h"

using namespace nce::test;

namespace {

void check_groups(const nce::data::SentenceDataset& data) {
  sound(data.groups() > 0 && data.offsets.front() == 0 && data.offsets.back() == int64_t(data.sentences.size()));
  for (size_t g = 1; g < data.offsets.size(); ++g) sound(data.offsets[g] > data.offsets[g - 1]);
}

void check_pairs(const nce::data::ScoredPairs& pairs) {
  sound(pairs.size() > 0 && pairs.first.size() == pairs.scores.size() &&
        pairs.second.size() == pairs.scores.size());
}

}  // namespace

NCE_FUZZ("sentences", text) {
  using namespace nce::data;
  refusable([&] { check_groups(parse_groups(text, "F")); });
  refusable([&] { check_groups(parse_sentences(text, "F")); });
  refusable([&] { check_pairs(parse_scored_pairs(text, "F")); });
  refusable([&] { check_pairs(parse_sts_benchmark(text, "F")); });
  for (const std::string& word : words(text)) sound(!word.empty());
}
