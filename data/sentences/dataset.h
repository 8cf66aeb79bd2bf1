#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Sentences for training, and pairs with scores for evaluation. Files are UTF-8 text with tabs between columns. Lines
/// end in "\n" or "\r\n". A byte order mark is left out. Errors name file and line: an empty line, bytes that are not
/// UTF-8, too few columns. `parse_*` depend only on the bytes; `file` is for their errors.
namespace nce::data {

/// Groups of sentences. The sentences of a group mean nearly the same.
struct SentenceDataset {
  std::vector<std::string> sentences;
  std::vector<int64_t> offsets{0};  ///< Group g is sentences[offsets[g]] .. sentences[offsets[g + 1] - 1].
  int64_t groups() const { return int64_t(offsets.size()) - 1; }
};

/// Each line is a group of at least two sentences.
SentenceDataset parse_groups(std::string_view bytes, const std::string& file);
/// Each line is a sentence, and a group.
SentenceDataset parse_sentences(std::string_view bytes, const std::string& file);

/// Pairs of sentences, and how near their meanings are. People gave these scores.
struct ScoredPairs {
  std::string name;  ///< "STS-B test"
  std::vector<double> scores;
  std::vector<std::string> first, second;
  int64_t size() const { return int64_t(scores.size()); }
};

/// Columns: score, sentence, sentence. Lines without a score, as in SemEval's files, are left out. An error if there
/// are fewer than two pairs.
ScoredPairs parse_scored_pairs(std::string_view bytes, const std::string& file);
/// The STS Benchmark's columns: genre, file, year, number, score, sentence, sentence, and some that do not count.
ScoredPairs parse_sts_benchmark(std::string_view bytes, const std::string& file);

/// Groups from one or more files. A file without words (words.h) is an error.
SentenceDataset load_groups(std::span<const std::filesystem::path> files);
SentenceDataset load_sentences(std::span<const std::filesystem::path> files);

/// What `path` holds:
/// - a folder with `stsbenchmark/` or `sts12-16/`, or one of these two: "STS-B dev", "STS-B test" (`sts-dev.csv`,
///   `sts-test.csv`), "STS12" .. "STS16" (`2012/*.test.tsv` and on; a year is all its files together)
/// - another folder: each `*.tsv` in it is a set of scored pairs with the file's name
/// - a file: that set
/// An error if there is none, or if a file has no words.
std::vector<ScoredPairs> load_sts(const std::filesystem::path& path);

}  // namespace nce::data
