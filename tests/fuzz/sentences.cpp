// A fuzz target of libFuzzer: whatever a file of sentences holds, it is an error or makes a sound set. Build with clang and
// -DNCE_FUZZ=ON, then run build/tests/fuzz_sentences.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nce/core/error.h"
#include "nce/data/sentences/dataset.h"
#include "nce/data/sentences/words.h"

namespace {

void sound(bool right) {
  if (!right) std::abort();
}

void check_groups(const nce::data::SentenceDataset& data) {
  sound(data.groups() > 0 && data.offsets.front() == 0 && data.offsets.back() == int64_t(data.sentences.size()));
  for (size_t g = 1; g < data.offsets.size(); ++g) sound(data.offsets[g] > data.offsets[g - 1]);
}

void check_pairs(const nce::data::ScoredPairs& pairs) {
  sound(pairs.size() > 0 && pairs.first.size() == pairs.scores.size() &&
        pairs.second.size() == pairs.scores.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace nce::data;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto each = [&](auto parse, auto check) {
    try {
      check(parse(text, "F"));
    } catch (const nce::Error&) {}
  };
  each(parse_groups, check_groups), each(parse_sentences, check_groups);
  each(parse_scored_pairs, check_pairs), each(parse_sts_benchmark, check_pairs);
  for (const std::string& word : words(text)) sound(!word.empty());
  return 0;
}
