#include "nce/data/sentences/vocabulary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/data/sentences/hash.h"
#include "nce/data/sentences/words.h"

namespace nce::data {
namespace {

constexpr const char* kNames[] = {"words", "ngrams", "both"};

const std::string& entry(const std::map<std::string, std::string>& metadata, const char* key) {
  const auto found = metadata.find(key);
  check(found != metadata.end(), "lacks '{}' in its metadata: not the checkpoint of a sentence encoder", key);
  return found->second;
}

}  // namespace

Vocabulary::Vocabulary(Tokens tokens, std::span<const std::string> sentences) : Vocabulary(tokens) {
  std::unordered_map<std::string, int64_t> counts;
  if (tokens != Tokens::ngrams)
    for (const std::string& sentence : sentences)
      for (std::string& word : data::words(sentence)) ++counts[std::move(word)];
  std::vector<std::pair<std::string, int64_t>> ordered(counts.begin(), counts.end());
  std::sort(ordered.begin(), ordered.end(),
            [](const auto& a, const auto& b) { return a.second > b.second || (a.second == b.second && a < b); });
  for (auto& [word, count] : ordered) row_of_.emplace(word, int(words_.size())), words_.push_back(word);

  std::vector<int64_t> having(size_t(this->rows()), 0);
  const Ragged tokens_of = (*this)(sentences);
  for (int64_t i = 0; i < tokens_of.size(); ++i) {
    std::vector<int> found(tokens_of[i].begin(), tokens_of[i].end());
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const int row : found) ++having[size_t(row)];
  }
  for (const int64_t n : having) idf_.push_back(float(std::log(double(1 + sentences.size()) / double(1 + n)) + 1));
}

void Vocabulary::look_up(std::string_view sentence, std::vector<int>& rows) const {
  const auto hashed = [](std::string_view text, int64_t first, int64_t count) {
    return int(first + int64_t(fnv1a(text) % uint64_t(count)));
  };
  for (const std::string& word : data::words(sentence)) {
    if (tokens_ != Tokens::ngrams) {
      const auto found = row_of_.find(word);
      rows.push_back(found != row_of_.end() ? found->second : hashed(word, words(), kOtherRows));
    }
    if (tokens_ != Tokens::words)
      each_ngram(word, [&](std::string_view ngram) { rows.push_back(hashed(ngram, first_ngram(), kNgramRows)); });
  }
}

std::vector<int> Vocabulary::operator()(std::string_view sentence) const {
  std::vector<int> rows;
  look_up(sentence, rows);
  return rows;
}

Ragged Vocabulary::operator()(std::span<const std::string> sentences) const {
  std::vector<std::vector<int>> lists(sentences.size());
  parallel_for(int64_t(sentences.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) look_up(sentences[size_t(i)], lists[size_t(i)]);
  });
  Ragged all;
  for (const auto& list : lists) all.push_back(list);
  return all;
}

std::map<std::string, std::string> Vocabulary::metadata() const {
  return {{"tokens", kNames[size_t(tokens_)]}, {"words", fmt::format("{}", fmt::join(words_, " "))}};
}

Vocabulary Vocabulary::from(const std::map<std::string, std::string>& metadata) {
  const std::string& name = entry(metadata, "tokens");
  const auto kind = std::find(std::begin(kNames), std::end(kNames), name);
  check(kind != std::end(kNames), "'tokens' is '{}', not one of {}", name, fmt::join(kNames, ", "));
  Vocabulary vocabulary(Tokens(kind - std::begin(kNames)));
  std::istringstream stream(entry(metadata, "words"));
  for (std::string word; stream >> word;) {
    check(vocabulary.row_of_.emplace(word, int(vocabulary.words_.size())).second, "'words' has '{}' twice", word);
    vocabulary.words_.push_back(word);
  }
  return vocabulary;
}

}  // namespace nce::data
