#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nce::data {

/// A sentence as a weight for each of its terms, without learning. These are baselines for sentence embeddings.
enum class Terms { words, ngrams };  ///< `words` and `each_ngram`, see words.h.

/// A sparse vector of length 1: terms by their 64-bit hash, sorted. Empty for a sentence without terms.
using TermVector = std::vector<std::pair<uint64_t, double>>;

/// Weights are count x idf with idf = log((1 + N) / (1 + n)) + 1, where n of N sentences have the term, as in
/// scikit-learn's TfidfVectorizer. But terms that no sentence has (n = 0) also count: this makes a stronger baseline.
class TfIdf {
 public:
  /// Counts terms in `sentences`. Without sentences every idf is 1: a bag of words.
  explicit TfIdf(Terms terms, std::span<const std::string> sentences = {});
  TermVector operator()(const std::string& sentence) const;
  /// The number of sentences with the term.
  int64_t frequency(uint64_t term) const;

 private:
  Terms terms_;
  int64_t sentences_;
  std::unordered_map<uint64_t, int64_t> frequency_;
};

double cosine(const TermVector& a, const TermVector& b);

}  // namespace nce::data
