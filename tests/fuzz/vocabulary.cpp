// What a checkpoint tells of words: "tokens" and "words", then a sentence to look up, "<|>" between them.
#include "nce/data/sentences/vocabulary.h"

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("vocabulary", text) {
  using nce::data::Vocabulary;
  const auto parts = parts_of(text, 3);
  refusable([&] {
    const Vocabulary words =
        Vocabulary::from({{"tokens", std::string(parts[0])}, {"words", std::string(parts[1])}});
    for (const int row : words(parts[2])) sound(row >= 0 && row < words.rows());
    sound(Vocabulary::from(words.metadata()).metadata() == words.metadata());
  });
}
