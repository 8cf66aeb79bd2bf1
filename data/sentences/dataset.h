#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Sentences for training, and pairs with scores for evaluation. Files are UTF-8 text, columns have tabs between them; lines
/// end in "\n" or "\r\n". Errors name file and line: an empty line, bytes that are no UTF-8, too few columns. A byte order mark is left out. `parse_*`
/// are functions of the bytes alone; `file` is for their errors.
namespace nce::data {

/// Groups of sentences; those of one group mean nearly the same.
struct SentenceDataset {
  std::vector<std::string> sentences;
  std::vector<int64_t> offsets{0};  ///< Group g is sentences[offsets[g]] .. sentences[offsets[g + 1] - 1].
  int64_t groups() const { return int64_t(offsets.size()) - 1; }
};

/// A line is a group: at least two sentences.
SentenceDataset parse_groups(std::string_view bytes, const std::string& file);
/// A line is a sentence, and a group of its own.
SentenceDataset parse_sentences(std::string_view bytes, const std::string& file);

/// Pairs of sentences and how near their meanings are, by people.
struct ScoredPairs {
  std::string name;  ///< "STS-B test"
  std::vector<double> scores;
  std::vector<std::string> first, second;
  int64_t size() const { return int64_t(scores.size()); }
};

/// Columns: score, sentence, sentence. A line without a score is left out: SemEval's files have such. An error for fewer
/// than two pairs.
ScoredPairs parse_scored_pairs(std::string_view bytes, const std::string& file);
/// The STS Benchmark's columns: genre, file, year, number, score, sentence, sentence, and some that do not count.
ScoredPairs parse_sts_benchmark(std::string_view bytes, const std::string& file);

/// One or several files, those of several one after another. An error for a file without words (words.h).
SentenceDataset load_groups(std::span<const std::filesystem::path> files);
SentenceDataset load_sentences(std::span<const std::filesystem::path> files);

/// What `path` holds:
/// - a folder with `stsbenchmark/` or `sts12-16/`, or one of these two: "STS-B dev", "STS-B test" (`sts-dev.csv`,
///   `sts-test.csv`), "STS12" .. "STS16" (`2012/*.test.tsv` and on; a year is all its files together)
/// - another folder: each `*.tsv` in it is a set of scored pairs with the file's name
/// - a file: that set
/// An error where there is none, or where a file has no words.
std::vector<ScoredPairs> load_sts(const std::filesystem::path& path);

}  // namespace nce::data
