#include "run/sentence_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/ops.h"
#include "nce/data/digest.h"
#include "nce/data/sentences/loader.h"
#include "nce/data/sentences/tf_idf.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/eval/spearman.h"
#include "nce/nn/sentences/catalogue.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

using data::Split;

struct SentenceDataOptions {
  std::string root, sts;
  void fields(Options& o) {
    o.text("root", root, "folder that the data set is in");
    o.text("sts", sts, "folder or file of pairs of sentences with people's scores, to measure with");
  }
};

struct TokenDropOptions {
  double token_drop = 0;
  void fields(Options& o) {
    o.number("token_drop", token_drop, "probability with which a view lacks a token", {.least = 0, .below = 1});
  }
};

// "groups:a.tsv,b.tsv". Paths are relative to the root, which becomes the present folder where none is given.
data::SentenceDataset load(Config& config) {
  std::string& root = config.find("data", "root")->value;
  if (root.empty()) root = std::filesystem::current_path().string();
  std::vector<std::filesystem::path> files;
  for (const std::string& file : split(argument_of(config.name("data")))) {
    files.push_back(std::filesystem::path(root) / file);
    check(is_there(files.back()), "{}: there is no such file; --root names the folder that it is in",
          files.back().string());
  }
  return config.name("data").starts_with("groups:") ? data::load_groups(files) : data::load_sentences(files);
}

data::Tokens tokens_of(const Config& config) {
  const Option* tokens = config.find("encoder", "tokens");
  if (!tokens || tokens->value == "words") return data::Tokens::words;
  return tokens->value == "ngrams" ? data::Tokens::ngrams : data::Tokens::both;
}

// "STS-B test" -> "sts_b_test". What is no published set has a key that nothing else in a log or eval.json has:
// "loss" -> "pairs_loss".
std::string key_of(std::string name) {
  if (!name.starts_with("STS")) name = "pairs_" + name;
  for (char& c : name) c = std::isalnum(uint8_t(c)) ? char(std::tolower(uint8_t(c))) : '_';
  return name;
}

class SentenceTask final : public Task {
 public:
  SentenceTask(Config& config, const TaskUse& use)
      : encoder_name_(config.name("encoder")),
        encoder_settings_(config.settings("encoder")),
        train_(load(config)),
        vocabulary_(tokens_of(config), train_.sentences),
        loader_(train_, vocabulary_,
                {.batch = use.whole ? 1 : use.batch,
                 .seed = use.seed,
                 .token_drop = options_in<TokenDropOptions>(config, "views").token_drop,
                 .num_views = use.num_views,
                 .sampler = use.sampler,
                 .drop_last = use.drop_last || (!use.whole && train_.groups() % use.batch == 1)}) {
    if (const std::string& sts = config.find("data", "sts")->value; !sts.empty()) {
      check(is_there(sts), "{}: there is no such file or folder; --sts names that of the pairs with scores", sts);
      pairs_ = data::load_sts(sts);
    }
    std::map<std::string, std::string> names;
    for (const data::ScoredPairs& set : pairs_)
      if (const auto [same, fresh] = names.emplace(key_of(set.name), set.name); !fresh)
        fail("{}: the pairs {} and {} would both be called {} in eval.json; rename one of the files",
             config.find("data", "sts")->value, same->second, set.name, same->first);
    for (const data::ScoredPairs& set : pairs_)
      for (const auto* half : {&set.first, &set.second}) test_.insert(test_.end(), half->begin(), half->end());
    no_labels_.resize(std::max(train_.sentences.size(), test_.size()));
  }

  int64_t steps_per_epoch() const override { return loader_.steps_per_epoch(); }
  void start_epoch(int64_t epoch, int64_t first_step) override { loader_.start_epoch(epoch, first_step); }
  bool next() override { return (batch_ = loader_.next()) != nullptr; }
  std::span<const int> batch_labels() const override { return batch_->indices; }
  const data::ViewsOfSentences& batch() const { return *batch_; }

  std::span<const int> labels(Split split) const override {
    return std::span(no_labels_).first(sentences(split).size());
  }
  int classes() const override { return 1; }
  bool batches_have_labels() const override { return true; }  // groups
  std::string identity() const override {
    uint64_t digest = data::digest(std::as_bytes(std::span(train_.offsets)));
    for (const std::string& sentence : train_.sentences)
      digest = data::digest(std::as_bytes(std::span(sentence)), digest);
    return fmt::format("{:016x}", digest);
  }

  std::string text(Split split, int example) const override { return sentences(split)[size_t(example)]; }

  std::string protocol() const override {
    if (pairs_.empty()) return "no pairs with scores to measure with: name their folder with --sts";
    return fmt::format("Spearman's correlation of cosines with people's scores of {} pairs ({}), x 100",
                       test_.size() / 2, digest_of_pairs());
  }
  std::string method() const override { return ""; }
  Scores score(const Features& features) const override {
    if (pairs_.empty()) return {};
    const Tensor all = normalize(features(Split::test));
    int64_t begin = 0;
    return correlate([&](const data::ScoredPairs& set) {
      const int64_t n = set.size(), first = std::exchange(begin, begin + 2 * n);
      return sum(slice(all, 0, first, first + n) * slice(all, 0, first + n, first + 2 * n), 1).to_vector<double>();
    });
  }
  std::vector<Baseline> baselines() const override {
    if (pairs_.empty()) return {};
    using data::TfIdf, data::Terms;
    return {{"bag_of_words", "bag of words", [this] { return count(TfIdf(Terms::words)); }},
            {"tf_idf_words", "TF-IDF, words", [this] { return count(TfIdf(Terms::words, train_.sentences)); }},
            {"tf_idf_ngrams", "TF-IDF, n-grams", [this] { return count(TfIdf(Terms::ngrams, train_.sentences)); }}};
  }
  // Of the first pairs: the development set of the STS Benchmark, where it is there.
  std::optional<Score> quick_score(TaskEncoder& encoder, Key) const override {
    if (pairs_.empty()) return {};
    const data::ScoredPairs& set = pairs_.front();
    std::vector<int> examples(size_t(2 * set.size()));
    std::iota(examples.begin(), examples.end(), 0);
    const auto [first, second] = halves(normalize(encoder.features(Split::test, examples)));
    const double correlation = nn::spearman(sum(first * second, 1).to_vector<double>(), set.scores);
    return Score{key_of(set.name), set.name, correlation, {}, ""};
  }

  std::unique_ptr<TaskEncoder> make_encoder(Generator& generator) override;
  std::map<std::string, std::string> metadata() const override {
    auto metadata = nn::sentence_encoder_metadata(encoder_name_, encoder_settings_);
    metadata.merge(vocabulary_.metadata());
    return metadata;
  }
  std::string describe() const override {
    const std::string sentences =
        fmt::format("{} sentences, {} words", train_.sentences.size(), vocabulary_.words());
    return train_.groups() == int64_t(train_.sentences.size())
               ? sentences
               : fmt::format("{} groups of {}", train_.groups(), sentences);
  }

  const std::vector<std::string>& sentences(Split split) const {
    return split == Split::train ? train_.sentences : test_;
  }
  Ragged tokens(Split split, std::span<const int> examples) const {
    std::vector<std::string> some;
    for (const int i : examples) some.push_back(sentences(split)[size_t(i)]);
    return vocabulary_(some);
  }

 private:
  // The pairs of one file may change: scores of others are not compared.
  std::string digest_of_pairs() const {
    uint64_t digest = 0;
    for (const data::ScoredPairs& set : pairs_)  // by name too: it names the columns
      digest = data::digest(std::as_bytes(std::span(set.scores)),
                            data::digest(std::as_bytes(std::span(set.name)), digest));
    for (const std::string& sentence : test_) digest = data::digest(std::as_bytes(std::span(sentence)), digest);
    return fmt::format("{:016x}", digest).substr(0, 8);
  }
  Scores correlate(const std::function<std::vector<double>(const data::ScoredPairs&)>& cosines) const {
    Scores scores;
    double total = 0;
    int64_t counted = 0;
    for (const data::ScoredPairs& set : pairs_) {
      scores.push_back({key_of(set.name), set.name, nn::spearman(cosines(set), set.scores)});
      if (set.name != "STS-B dev") total += scores.back().value, ++counted;  // on which epochs are chosen
    }
    if (counted > 1) scores.push_back({"average", "average", total / double(counted)});
    return scores;
  }
  Scores count(const data::TfIdf& tf_idf) const {
    return correlate([&](const data::ScoredPairs& set) {
      std::vector<double> cosines;
      for (size_t i = 0; i < set.scores.size(); ++i)
        cosines.push_back(data::cosine(tf_idf(set.first[i]), tf_idf(set.second[i])));
      return cosines;
    });
  }

  std::string encoder_name_;
  std::vector<Setting> encoder_settings_;
  data::SentenceDataset train_;
  data::Vocabulary vocabulary_;
  data::SentenceLoader loader_;
  const data::ViewsOfSentences* batch_ = nullptr;
  std::vector<data::ScoredPairs> pairs_;
  std::vector<std::string> test_;  // of each set of pairs: the first sentences, then the second ones
  std::vector<int> no_labels_;     // 0 of each sentence
};

class SentenceTaskEncoder final : public TaskEncoder {
 public:
  SentenceTaskEncoder(const SentenceTask& task, std::unique_ptr<nn::SentenceEncoder> encoder)
      : task_(task), encoder_(std::move(encoder)) {}
  int64_t feature_dim() const override { return encoder_->feature_dim(); }
  Tensor views() override {
    encoder_->train(training());
    return (*encoder_)(task_.batch().views, task_.batch().key);
  }
  Tensor features(Split split, std::span<const int> examples) override {
    return nn::features_of(*encoder_, int64_t(examples.size()), [&](int64_t begin, int64_t end) {
      return (*encoder_)(task_.tokens(split, examples.subspan(size_t(begin), size_t(end - begin))));
    });
  }
  void fields(nn::Fields& f) override { encoder_->fields(f); }

 private:
  const SentenceTask& task_;
  std::unique_ptr<nn::SentenceEncoder> encoder_;
};

std::unique_ptr<TaskEncoder> SentenceTask::make_encoder(Generator& generator) {
  return std::make_unique<SentenceTaskEncoder>(
      *this, nn::make_sentence_encoder(encoder_name_, {vocabulary_.rows(), vocabulary_.idf()}, generator,
                                       encoder_settings_));
}

}  // namespace

KnownTask sentence_task() {
  return {.name = "sentences",
          .data =
              [] {
                return std::vector{row_of<SentenceDataOptions>("groups", "FILE"),
                                   row_of<SentenceDataOptions>("sentences", "FILE")};
              },
          .views = [] { return std::vector{row_of<TokenDropOptions>("token_drop")}; },
          .encoders = [] { return rows_of(nn::known_sentence_encoders()); },
          .presets =
              [] {
                return std::vector<data::KnownPreset>{
                    {.name = "simcse",
                     .help = "SimCSE's: the encoder's dropout, of tokens too (Gao et al. 2021, 3)",
                     .views = "token_drop"}};
              },
          .encoder = "mean",
          .optimizer = "sparse_adam",
          .defaults = {{"head", {{"layers", "0"}}}, {"optimizer.sparse_adam", {{"lr", "0.01"}}}},
          .make = [](Config& config, const TaskUse& use) -> std::unique_ptr<Task> {
            return std::make_unique<SentenceTask>(config, use);
          }};
}

}  // namespace nce::cli
