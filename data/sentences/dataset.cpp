#include "nce/data/sentences/dataset.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "nce/core/error.h"
#include "nce/core/files/contents.h"
#include "nce/core/files/json.h"
#include "nce/core/files/paths.h"
#include "nce/core/number.h"
#include "nce/data/sentences/words.h"

namespace nce::data {
namespace {

struct Line {
  const std::string& file;
  int64_t number;
  std::vector<std::string_view> fields;

  template <class... Args>
  void ensure(bool right, fmt::format_string<Args...> text, Args&&... args) const {
    if (!right) fail("{}: line {}: {}", file, number, fmt::format(text, std::forward<Args>(args)...));
  }
  std::string sentence(size_t i) const {
    ensure(fields[i].find_first_not_of(' ') != std::string_view::npos, "column {} is empty; write a sentence there",
           i + 1);
    return std::string(fields[i]);
  }
};

void each_line(std::string_view bytes, const std::string& file, const auto& seen) {
  int64_t number = 0;
  check(!bytes.starts_with("\xff\xfe") && !bytes.starts_with("\xfe\xff"),
        "{}: it is UTF-16; convert the file with: iconv -f utf16 -t utf8", file);
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);  // a byte order mark, which Excel writes
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    Line line{file, ++number, {}};
    line.ensure(text.find_first_not_of(" \t") != std::string_view::npos, "it is empty; remove it");
    line.ensure(is_utf8(text), "it is not UTF-8; convert the file with: iconv -f latin1 -t utf8");
    for (size_t tab = 0; tab != std::string_view::npos; text.remove_prefix(std::min(tab + 1, text.size())))
      tab = text.find('\t'), line.fields.push_back(text.substr(0, tab));
    seen(line);
  }
  check(number > 0, "{}: there is nothing in it", file);
}

ScoredPairs parse_pairs(std::string_view bytes, const std::string& file, size_t score, bool more) {
  ScoredPairs pairs{.name = std::filesystem::path(file).stem().string(), .scores = {}, .first = {}, .second = {}};
  const size_t least = score + 3;
  each_line(bytes, file, [&](const Line& line) {
    line.ensure(line.fields.size() == least || (more && line.fields.size() > least),
                "{} columns with tabs between them; a score and two sentences need {}{}", line.fields.size(),
                more ? "at least " : "", least);
    const std::string_view text = line.fields[score];
    if (text.empty()) return;
    const auto value = number_in<double>(text);
    line.ensure(value && std::isfinite(*value), "the score '{}' is not a number", text);
    pairs.scores.push_back(*value);
    pairs.first.push_back(line.sentence(score + 1)), pairs.second.push_back(line.sentence(score + 2));
  });
  check(pairs.size() > 1, "{}: {} has a score; a correlation needs two pairs at least", file,
        pairs.size() > 0 ? "only one pair" : "no pair");
  return pairs;
}

const std::vector<std::string>& some_of(const SentenceDataset& data) { return data.sentences; }
const std::vector<std::string>& some_of(const ScoredPairs& pairs) { return pairs.first; }

template <class Parse>
auto parse_file(const std::filesystem::path& path, Parse parse) {
  auto read = parse(contents_of(path), path.string());
  const auto has_words = [](const std::string& sentence) { return !words(sentence).empty(); };
  check(std::any_of(some_of(read).begin(), some_of(read).end(), has_words),
        "{}: no Latin letters or digits; other scripts cannot be read yet", path.string());
  return read;
}

SentenceDataset join(std::span<const std::filesystem::path> files, auto parse) {
  SentenceDataset all;
  for (const auto& path : files) {
    SentenceDataset some = parse_file(path, parse);
    const int64_t before = int64_t(all.sentences.size());
    std::move(some.sentences.begin(), some.sentences.end(), std::back_inserter(all.sentences));
    for (int64_t g = 1; g <= some.groups(); ++g) all.offsets.push_back(before + some.offsets[size_t(g)]);
  }
  check(all.groups() > 0, "no file of sentences is given");
  return all;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  if (is_folder(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().filename().string().ends_with(ending)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void add_benchmark(const std::filesystem::path& folder, std::vector<ScoredPairs>& sets) {
  for (const char* split : {"dev", "test"})
    if (const auto file = folder / fmt::format("sts-{}.csv", split); is_there(file)) {
      sets.push_back(parse_file(file, parse_sts_benchmark));
      sets.back().name = fmt::format("STS-B {}", split);
    }
}

void add_years(const std::filesystem::path& folder, std::vector<ScoredPairs>& sets) {
  for (int year = 12; year <= 16; ++year) {
    ScoredPairs all{.name = fmt::format("STS{}", year), .scores = {}, .first = {}, .second = {}};
    for (const auto& file : files_in(folder / fmt::format("20{}", year), ".test.tsv")) {
      ScoredPairs some = parse_file(file, parse_scored_pairs);
      all.scores.insert(all.scores.end(), some.scores.begin(), some.scores.end());
      std::move(some.first.begin(), some.first.end(), std::back_inserter(all.first));
      std::move(some.second.begin(), some.second.end(), std::back_inserter(all.second));
    }
    if (all.size() > 0) sets.push_back(std::move(all));
  }
}

}  // namespace

SentenceDataset parse_groups(std::string_view bytes, const std::string& file) {
  SentenceDataset data;
  each_line(bytes, file, [&](const Line& line) {
    line.ensure(line.fields.size() >= 2,
                "one column; a group needs at least two sentences with tabs between them (one a line: --data "
                "sentences:FILE)");
    for (size_t i = 0; i < line.fields.size(); ++i) data.sentences.push_back(line.sentence(i));
    data.offsets.push_back(int64_t(data.sentences.size()));
  });
  return data;
}

SentenceDataset parse_sentences(std::string_view bytes, const std::string& file) {
  SentenceDataset data;
  each_line(bytes, file, [&](const Line& line) {
    line.ensure(line.fields.size() == 1, "{} columns; a line is one sentence (groups of them: --data groups:FILE)",
                line.fields.size());
    data.sentences.push_back(line.sentence(0));
    data.offsets.push_back(int64_t(data.sentences.size()));
  });
  return data;
}

ScoredPairs parse_scored_pairs(std::string_view bytes, const std::string& file) {
  return parse_pairs(bytes, file, 0, false);
}
ScoredPairs parse_sts_benchmark(std::string_view bytes, const std::string& file) {
  return parse_pairs(bytes, file, 4, true);
}

SentenceDataset load_groups(std::span<const std::filesystem::path> files) { return join(files, parse_groups); }
SentenceDataset load_sentences(std::span<const std::filesystem::path> files) {
  return join(files, parse_sentences);
}

std::vector<ScoredPairs> load_sts(const std::filesystem::path& path) {
  std::vector<ScoredPairs> sets;
  for (const auto& folder : {path / "stsbenchmark", path}) add_benchmark(folder, sets);
  for (const auto& folder : {path / "sts12-16", path}) add_years(folder, sets);
  if (sets.empty() && !is_folder(path)) return {parse_file(path, parse_scored_pairs)};
  if (sets.empty())
    for (const auto& file : files_in(path, ".tsv")) sets.push_back(parse_file(file, parse_scored_pairs));
  check(!sets.empty(), "{}: no pairs with scores: neither stsbenchmark, nor sts12-16, nor *.tsv", path.string());
  return sets;
}

}  // namespace nce::data
