#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/data/sentences/dataset.h"
#include "nce/data/sentences/tf_idf.h"
#include "nce/nn/eval/spearman.h"
#include "support/golden.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

TEST_CASE("Spearman's correlation gives equal numbers the mean of their ranks") {
  const nlohmann::json golden = nce::test::golden_file("evaluation.json")["spearman"];
  REQUIRE(golden.size() == 3);
  for (const auto& c : golden) {
    const auto x = c["x"].get<std::vector<double>>(), y = c["y"].get<std::vector<double>>();
    CHECK(spearman(x, y) == Approx(c["value"].get<double>()).epsilon(1e-12));
    CHECK(spearman(y, x) == Approx(c["value"].get<double>()).epsilon(1e-12));
  }
  const std::vector<double> x{1, 2, 3, 4}, curved{1, 4, 9, 100}, down{7, 5, 5, 1}, constant{2, 2, 2, 2};
  CHECK(spearman(x, curved) == 1);                                // only the order counts
  CHECK(spearman(x, down) == Approx(-4.5 / std::sqrt(5 * 4.5)));  // ranks 4, 2.5, 2.5, 1
  CHECK(spearman(x, constant) == 0);
}

TEST_CASE("Spearman's correlation refuses what has no ranks") {
  const std::vector<double> one{1}, two{1, 2}, nan{1, NAN};
  CHECK_THROWS_WITH_AS(spearman(one, two), "spearman: two lists of one length, at least 2, are needed; got 1 and 2",
                       Error);
  CHECK_THROWS_WITH_AS(spearman(one, one), "spearman: two lists of one length, at least 2, are needed; got 1 and 1",
                       Error);
  CHECK_THROWS_WITH_AS(spearman(two, nan), "spearman: a NaN has no rank", Error);
}

// Reference: the same with Python's dictionaries, whose words keep their accents. `known`: only terms that the counted
// sentences have, as scikit-learn does.
TEST_CASE("TF-IDF of real sentences correlates with people as a reference does") {
  const auto root = nce::test::real_data("sts");
  if (!root || !nce::test::real_data("text/wiki-split")) return;
  const std::vector<std::filesystem::path> files{*root / "text/wiki-split/sentences.txt"};
  const std::vector<std::string> counted = data::load_sentences(files).sentences;
  const auto sets = data::load_sts(*root / "sts");
  struct Case {
    data::Terms terms;
    bool known;
    double benchmark, average;
  };
  for (const Case& c : {Case{data::Terms::words, true, 63.6, 62.2}, Case{data::Terms::words, false, 66.2, 64.4},
                        Case{data::Terms::ngrams, false, 69.1, 67.05}}) {
    const data::TfIdf tf_idf(c.terms, counted);
    const auto vector = [&](const std::string& sentence) {
      data::TermVector v = tf_idf(sentence);
      if (c.known) std::erase_if(v, [&](const auto& term) { return tf_idf.frequency(term.first) == 0; });
      const double length = std::sqrt(data::cosine(v, v));
      for (auto& term : v) term.second /= length;
      return v;
    };
    double sum = 0;
    for (const data::ScoredPairs& set : sets) {
      std::vector<double> cosines;
      for (size_t i = 0; i < set.scores.size(); ++i)
        cosines.push_back(data::cosine(vector(set.first[i]), vector(set.second[i])));
      const double value = 100 * spearman(cosines, set.scores);
      if (set.name == "STS-B test") CHECK(std::abs(value - c.benchmark) < 0.1);
      if (set.name != "STS-B dev") sum += value;
    }
    CHECK(std::abs(sum / 6 - c.average) < 0.1);
  }
}
