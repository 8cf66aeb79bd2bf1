#include "nce/data/sentences/tf_idf.h"

#include <algorithm>
#include <cmath>

#include "nce/data/sentences/hash.h"
#include "nce/data/sentences/words.h"

namespace nce::data {
namespace {

// The terms of a sentence, sorted, with repetitions.
std::vector<uint64_t> terms_of(const std::string& sentence, Terms terms) {
  std::vector<uint64_t> found;
  for (const std::string& word : words(sentence))
    if (terms == Terms::words)
      found.push_back(fnv1a(word));
    else
      each_ngram(word, [&](std::string_view ngram) { found.push_back(fnv1a(ngram)); });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TfIdf::TfIdf(Terms terms, std::span<const std::string> sentences)
    : terms_(terms), sentences_(int64_t(sentences.size())) {
  for (const std::string& sentence : sentences) {
    std::vector<uint64_t> found = terms_of(sentence, terms);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const uint64_t term : found) ++frequency_[term];
  }
}

int64_t TfIdf::frequency(uint64_t term) const {
  const auto found = frequency_.find(term);
  return found == frequency_.end() ? 0 : found->second;
}

TermVector TfIdf::operator()(const std::string& sentence) const {
  TermVector vector;
  for (const uint64_t term : terms_of(sentence, terms_)) {
    if (vector.empty() || vector.back().first != term) vector.emplace_back(term, 0.0);
    vector.back().second += std::log(double(1 + sentences_) / double(1 + frequency(term))) + 1;
  }
  double square = 0;
  for (const auto& [term, weight] : vector) square += weight * weight;
  for (auto& [term, weight] : vector) weight /= std::sqrt(square);
  return vector;
}

double cosine(const TermVector& a, const TermVector& b) {
  double sum = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (i->first == j->first) sum += i->second * j->second;
    const bool first = i->first <= j->first, second = j->first <= i->first;
    i += first, j += second;
  }
  return sum;
}

}  // namespace nce::data
