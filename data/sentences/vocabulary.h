#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nce/core/sparse.h"

namespace nce::data {

/// The parts of a sentence that have rows in the table.
enum class Tokens { words, ngrams, both };

/// Turns sentences into rows of a table. Each word of the training sentences has its own row; the most frequent come
/// first. After them, all other words share 2^15 rows, and character n-grams share 2^17: FNV-1a of 64 bits, modulo the
/// number of rows. (As in fastText, with 32 bits: Bojanowski et al., "Enriching Word Vectors with Subword Information",
/// 2017.) So no word is lost. Two sentences with the same new word are still near.
class Vocabulary {
 public:
  static constexpr int64_t kOtherRows = 1 << 15, kNgramRows = 1 << 17;

  /// Counts the tokens of `sentences`.
  Vocabulary(Tokens tokens, std::span<const std::string> sentences);

  /// The rows of a sentence's tokens, in order: each word, then its n-grams. May be empty.
  std::vector<int> operator()(std::string_view sentence) const;
  /// The same for many, in parallel.
  Ragged operator()(std::span<const std::string> sentences) const;
  /// Rows of the table.
  int64_t rows() const { return first_ngram() + (tokens_ == Tokens::words ? 0 : kNgramRows); }
  int64_t words() const { return int64_t(words_.size()); }
  /// For each row log((1 + N) / (1 + n)) + 1, where n of the N sentences have the row. Empty for a vocabulary from metadata.
  std::span<const float> idf() const { return idf_; }

  /// For a checkpoint: "tokens", and "words" in the order of their rows. With these it can embed new sentences.
  std::map<std::string, std::string> metadata() const;
  static Vocabulary from(const std::map<std::string, std::string>& metadata);

 private:
  explicit Vocabulary(Tokens tokens) : tokens_(tokens) {}
  int64_t first_ngram() const { return tokens_ == Tokens::ngrams ? 0 : words() + kOtherRows; }
  void look_up(std::string_view sentence, std::vector<int>& rows) const;

  Tokens tokens_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, int> row_of_;
  std::vector<float> idf_;
};

}  // namespace nce::data
