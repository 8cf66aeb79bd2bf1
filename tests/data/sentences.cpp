#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/core/random.h"
#include "nce/data/sentences/dataset.h"
#include "nce/data/sentences/hash.h"
#include "nce/data/sentences/loader.h"
#include "nce/data/sentences/tf_idf.h"
#include "nce/data/sentences/vocabulary.h"
#include "nce/data/sentences/words.h"
#include "support/files.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::data;
using doctest::Approx;
using Strings = std::vector<std::string>;
namespace fs = std::filesystem;

TEST_CASE("words are runs of letters and of digits, in lower case and without accents") {
  CHECK(words("A man, 2nd-best; don't!") == Strings{"a", "man", "2", "nd", "best", "don", "t"});
  CHECK(words("").empty());
  CHECK(words(" .,\t\xe2\x80\x94").empty());  // an em dash
  // The same letters, composed and decomposed.
  CHECK(words("Café CAFÉ cafe\u0301") == Strings{"cafe", "cafe", "cafe"});
  CHECK(words("Straße Æon Œuvre Þór Łódź Dvořák Ğ İstanbul ĳs") ==
        Strings{"strasse", "aeon", "oeuvre", "thor", "lodz", "dvorak", "g", "istanbul", "ijs"});
  CHECK(words("Tiếng Việt ƯỚC MƠ Đường") == Strings{"tieng", "viet", "uoc", "mo", "duong"});
  CHECK(words("Tie\u0302\u0301ng") == Strings{"tieng"});
  CHECK(words("Știință ǅ ǈubǉana Ǌ STRAẞE Ṡḧ Ỻ ǣ") ==
        Strings{"stiinta", "dz", "ljubljana", "nj", "strasse", "sh", "ll", "ae"});
  CHECK(words("a\xe1\xbb z") == Strings{"a", "z"});     // cut in a character
  CHECK(words("a\xe0\x81\x81z") == Strings{"a", "z"});  // a letter in more bytes than it needs
  CHECK(words("3×4÷2") == Strings{"3", "4", "2"});
  CHECK(words("naïve\u2019s “quote” 東京 x") == Strings{"naive", "s", "quote", "x"});
  CHECK(words("a\xc3") == Strings{"a"});  // cut in a character
  CHECK(words("a\xff\xfe z") == Strings{"a", "z"});
}

TEST_CASE("character n-grams have 3 to 5 characters of the marked word") {
  const auto of = [](const std::string& word) {
    Strings found;
    each_ngram(word, [&](std::string_view n) { found.emplace_back(n); });
    return found;
  };
  CHECK(of("a") == Strings{"<a>"});
  CHECK(of("cat") == Strings{"<ca", "<cat", "<cat>", "cat", "cat>", "at>"});
  CHECK(fnv1a("") == 0xcbf29ce484222325);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8c);  // from the authors' list
  CHECK(fnv1a("foobar") == 0x85944171f73967e8);
}

TEST_CASE("a vocabulary gives frequent words the first rows, and n-grams those behind") {
  const Strings sentences{"a cat and a dog", "the dog", "a bird"};
  const Vocabulary plain(Tokens::words, sentences);
  CHECK(plain.words() == 6);
  CHECK(plain.rows() == 6 + 32768);
  const int whale = int(6 + fnv1a("whale") % 32768);  // which training lacked
  CHECK(plain("a dog and a whale bird") ==
        std::vector<int>{0, 1, 2, 0, whale, 3});  // a 3, dog 2, then by the alphabet
  CHECK(plain(" ?").empty());
  CHECK(plain.idf()[0] == Approx(std::log(4.0 / 3) + 1));
  CHECK(plain.idf()[5] == Approx(std::log(4.0 / 2) + 1));
  CHECK(plain.idf()[size_t(whale)] == Approx(std::log(4.0) + 1));
  const Vocabulary grams(Tokens::ngrams, sentences), both(Tokens::both, sentences);
  CHECK(grams.rows() == 131072);
  CHECK(both.rows() == 6 + 32768 + 131072);
  CHECK(grams("a") == std::vector<int>{int(fnv1a("<a>") % 131072)});
  CHECK(both("a whale").size() == 2 + 1 + 12);
  CHECK(both("a dog")[2] == 1);
  CHECK(both.idf()[size_t(both("a")[1])] == Approx(std::log(4.0 / 3) + 1));
  for (const Vocabulary* vocabulary : {&plain, &grams, &both}) {  // from a checkpoint
    const Vocabulary again = Vocabulary::from(vocabulary->metadata());
    CHECK(again.rows() == vocabulary->rows());
    for (const char* s : {"the bird and a dog", "unknown words"}) CHECK(again(s) == (*vocabulary)(s));
  }
  CHECK_THROWS_WITH_AS(Vocabulary::from({{"tokens", "words"}}),
                       "lacks 'words' in its metadata: not the checkpoint of a sentence encoder", Error);
  CHECK_THROWS_WITH_AS(Vocabulary::from({{"tokens", "bytes"}, {"words", ""}}),
                       "'tokens' is 'bytes', not one of words, ngrams, both", Error);
  CHECK_THROWS_WITH_AS(Vocabulary::from({{"tokens", "words"}, {"words", "a b a"}}), "'words' has 'a' twice", Error);
}

TEST_CASE("many sentences are looked up as one by one, on any number of threads") {
  Strings sentences;
  for (int i = 0; i < 1000; ++i) sentences.push_back(fmt::format("the {} of {}", i % 37, i * i));
  sentences[500] = "?";
  const Vocabulary vocabulary(Tokens::both, sentences);
  const RestoreThreads restore;
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    const Ragged all = vocabulary(sentences);
    REQUIRE(all.size() == 1000);
    for (int64_t i = 0; i < all.size(); ++i) {
      const std::vector<int> one = vocabulary(sentences[size_t(i)]);
      REQUIRE(std::equal(all[i].begin(), all[i].end(), one.begin(), one.end()));
    }
  }
}

TEST_CASE("the cosine of TF-IDF is that of vectors written out") {
  const Strings sentences{"a b", "b c", "b"};
  const TfIdf tf_idf(Terms::words, sentences), bag(Terms::words);
  CHECK(cosine(bag("a a b"), bag("a c")) == Approx(2 / (std::sqrt(5) * std::sqrt(2))));
  const double a = std::log(2.0) + 1, b = 1, d = std::log(4.0) + 1;  // in 1, 3 and 0 of 3 sentences
  CHECK(cosine(tf_idf("a a b"), tf_idf("b d")) == Approx(b * b / (std::hypot(2 * a, b) * std::hypot(b, d))));
  CHECK(cosine(tf_idf("d"), tf_idf("d")) == Approx(1));
  CHECK(cosine(tf_idf("?"), tf_idf("a")) == 0);
  CHECK(cosine(TfIdf(Terms::ngrams)("cat"), TfIdf(Terms::ngrams)("cats")) == Approx(3 / std::sqrt(6.0 * 9)));
}

TEST_CASE("files of sentences are read as they are written") {
  const SentenceDataset groups = parse_groups("a b\tc\r\nd\te\tf g\n", "x.tsv");
  CHECK(groups.sentences == Strings{"a b", "c", "d", "e", "f g"});
  CHECK(groups.offsets == std::vector<int64_t>{0, 2, 5});
  CHECK(parse_sentences("one\ntwo", "x").offsets == std::vector<int64_t>{0, 1, 2});
  const ScoredPairs pairs = parse_scored_pairs("4.5\ta\tb\n\tc\td\n0\te\tf\n", "some/pairs.tsv");
  CHECK(pairs.name == "pairs");
  CHECK(pairs.scores == std::vector<double>{4.5, 0});  // the second has no score
  CHECK(pairs.first == Strings{"a", "e"});
  CHECK(pairs.second == Strings{"b", "f"});
  CHECK(parse_sts_benchmark("g\tf\ty\t1\t2.5\ta \"b\tc\tsource\ng\tf\ty\t2\t1\td\te\n", "x").first ==
        Strings{"a \"b", "d"});
  // With Excel's byte order mark.
  CHECK(parse_scored_pairs("\xef\xbb\xbf"
                           "0\ta\tb\n1\tc\td\n",
                           "x")
            .scores == std::vector<double>{0, 1});
  CHECK(parse_sentences("\xef\xbb\xbf"
                        "one\n",
                        "x")
            .sentences == Strings{"one"});
}

TEST_CASE("a bad line of a file of sentences is refused with file and line") {
  const auto refused = [](auto parse, const char* bytes, const char* text) {
    CHECK_THROWS_WITH_AS(parse(bytes, "f.tsv"), text, Error);
  };
  refused(
      parse_groups, "a\tb\nalone\n",
      "f.tsv: line 2: one column; a group needs at least two sentences with tabs between them (one a line: --data "
      "sentences:FILE)");
  refused(parse_groups, "a\tb\n\nc\td\n", "f.tsv: line 2: it is empty; remove it");
  refused(parse_groups, "a\tb\n \t \n", "f.tsv: line 2: it is empty; remove it");
  refused(parse_groups, "a\t\tb\n", "f.tsv: line 1: column 2 is empty; write a sentence there");
  refused(parse_groups, "a\tcaf\xe9\n",
          "f.tsv: line 1: it is not UTF-8; convert the file with: iconv -f latin1 -t utf8");
  refused(parse_groups, "", "f.tsv: there is nothing in it");
  refused(parse_sentences, "a\nb\tc\n",
          "f.tsv: line 2: 2 columns; a line is one sentence (groups of them: --data groups:FILE)");
  refused(parse_sentences, "a\n\nb\n", "f.tsv: line 2: it is empty; remove it");
  refused(parse_scored_pairs, "1\ta\tb\n2\ta\n",
          "f.tsv: line 2: 2 columns with tabs between them; a score and two sentences need 3");
  refused(parse_scored_pairs, "1\ta\tb\nhigh\ta\tb\n", "f.tsv: line 2: the score 'high' is not a number");
  refused(parse_scored_pairs, "nan\ta\tb\n", "f.tsv: line 1: the score 'nan' is not a number");
  refused(parse_scored_pairs, "1\t\tb\n", "f.tsv: line 1: column 2 is empty; write a sentence there");
  refused(parse_scored_pairs, "\ta\tb\n", "f.tsv: no pair has a score; a correlation needs two pairs at least");
  refused(parse_scored_pairs, "1\ta\tb\n\tc\td\n",
          "f.tsv: only one pair has a score; a correlation needs two pairs at least");
  for (const char* utf16 : {"\xff\xfe"
                            "a",
                            "\xfe\xff"})
    refused(parse_sentences, utf16, "f.tsv: it is UTF-16; convert the file with: iconv -f utf16 -t utf8");
  refused(parse_sentences, "\xef\xbb\xbf", "f.tsv: there is nothing in it");
  refused(parse_sts_benchmark, "1\ta\tb\n",
          "f.tsv: line 1: 3 columns with tabs between them; a score and two sentences need at least 7");
}

// Mutates good files: each parser takes what comes out of it, or refuses it with an Error.
TEST_CASE("no bytes break the parsers of sentences") {
  const std::string good = "g\tf\ty\t1\t2.5\ta café\tc\n4.5\ta\tb\na\tb\nplain\n";
  Random random(Key(3));
  int taken = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::string bytes = good.substr(random.below(uint32_t(good.size())));
    for (uint32_t n = random.below(4); n > 0 && !bytes.empty(); --n)
      bytes[random.below(uint32_t(bytes.size()))] =
          random.bernoulli(0.5f) ? "\t\n\r\0 ."[random.below(6)] : char(random.bits());
    const auto feed = [&](auto parse) {
      try {
        const auto read = parse(bytes, "f");
        ++taken;
      } catch (const Error& error) { REQUIRE(std::string(error.what()).starts_with("f: ")); }
    };
    feed(parse_groups), feed(parse_sentences), feed(parse_scored_pairs), feed(parse_sts_benchmark);
    for (const std::string& word : words(bytes))
      REQUIRE(std::all_of(word.begin(), word.end(), [](char c) { return std::islower(c) || std::isdigit(c); }));
  }
  CHECK(taken > 100);
}

TEST_CASE("a folder of STS is found by its files") {
  const nce::test::TemporaryFolder folder;
  folder.write("sts/stsbenchmark/sts-dev.csv", "g\tf\ty\t1\t2.5\ta\tb\ng\tf\ty\t1\t2\ta\tc\n");
  folder.write("sts/stsbenchmark/sts-test.csv", "g\tf\ty\t1\t2.5\ta\tb\ng\tf\ty\t1\t2\ta\tc\n");
  folder.write("sts/sts12-16/2014/b.test.tsv", "2\tc\td\n1\tc\te\n");
  folder.write("sts/sts12-16/2014/a.test.tsv", "1\ta\tb\n\te\tf\n3\tg\th\n");
  folder.write("sts/sts12-16/2014/a.train.tsv", "no pairs\n");
  folder.write("own/mine.tsv", "1\ta\tb\n2\ta\tc\n");
  const auto names = [&](const char* path) {
    Strings found;
    for (const ScoredPairs& set : load_sts(folder / path))
      found.push_back(fmt::format("{} {}", set.name, set.size()));
    return found;
  };
  CHECK(names("sts") == Strings{"STS-B dev 2", "STS-B test 2", "STS14 4"});
  CHECK(names("sts/sts12-16") == Strings{"STS14 4"});
  CHECK(load_sts(folder / "sts/sts12-16")[0].first == Strings{"a", "g", "c", "c"});
  CHECK(names("own") == Strings{"mine 2"});
  CHECK(names("own/mine.tsv") == Strings{"mine 2"});
  fs::create_directory(folder / "none");
  const auto refused = [&](const char* path, const std::string& text) {
    CHECK_THROWS_WITH_AS(load_sts(folder / path), ((folder / path).string() + text).c_str(), Error);
  };
  refused("none", ": no pairs with scores: neither stsbenchmark, nor sts12-16, nor *.tsv");
  refused("absent.tsv", ": cannot be opened: No such file or directory");
  folder.write("chinese.tsv", "1\t你好\t早上好\n2\t你好\t再见\n");
  refused("chinese.tsv", ": no Latin letters or digits; other scripts cannot be read yet");
  const std::vector<fs::path> chinese{folder.write("lines.txt", "你好\n早上好\n")};
  CHECK_THROWS_WITH_AS(
      load_sentences(chinese),
      (chinese[0].string() + ": no Latin letters or digits; other scripts cannot be read yet").c_str(), Error);
  const std::vector<fs::path> files{folder.write("a.tsv", "a\tb\n"), folder.write("b.tsv", "c\td\te\n")};
  CHECK(load_groups(files).offsets == std::vector<int64_t>{0, 2, 5});
}

TEST_CASE("STS of 2012 to 2016 and the STS Benchmark have their pairs") {
  const auto root = nce::test::real_data("sts");
  if (!root) return;
  const auto sets = load_sts(*root / "sts");
  std::vector<int64_t> sizes;
  for (const ScoredPairs& set : sets) sizes.push_back(set.size());
  CHECK(sizes == std::vector<int64_t>{1500, 1379, 2358, 1500, 3750, 3000, 1186});
}

namespace {

const SentenceDataset five = parse_groups("a1\ta2\ta3\nb1\tb2\nc1\tc2\tc3\tc4\td1\nd1\td2\ne1\te2\n", "f");

// The batches of some epochs, each as text: groups, lists of tokens and key.
Strings batches(const SentenceDataset& data, const SentenceLoaderOptions& options, int64_t epochs = 2,
                int64_t first_step = 0) {
  const Vocabulary vocabulary(Tokens::words, data.sentences);
  SentenceLoader loader(data, vocabulary, options);
  Strings seen;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    loader.start_epoch(epoch, first_step);
    while (const ViewsOfSentences* batch = loader.next())
      seen.push_back(fmt::format("{} {} {} {}", fmt::join(batch->indices, ","), fmt::join(batch->views.values, ","),
                                 fmt::join(batch->views.offsets, ","), batch->key.value));
  }
  return seen;
}

}  // namespace

TEST_CASE("the views of a group are different sentences of it, where there are as many") {
  const Vocabulary vocabulary(Tokens::words, five.sentences);
  SentenceLoader loader(five, vocabulary, {.batch = 2, .seed = 4, .num_views = 3});
  CHECK(loader.steps_per_epoch() == 2);
  std::vector<std::vector<int>> drawn(15);
  for (int64_t epoch = 0; epoch < 50; ++epoch) {
    loader.start_epoch(epoch);
    while (const ViewsOfSentences* batch = loader.next()) {
      REQUIRE(batch->views.size() == 6);
      for (int64_t j = 0; j < 2; ++j) {
        const int group = batch->indices[size_t(j)];
        Strings views;
        const auto begin = five.sentences.begin() + five.offsets[size_t(group)],
                   end = five.sentences.begin() + five.offsets[size_t(group) + 1];
        for (int64_t v = 0; v < 3; ++v) {
          const auto is = [&](const std::string& s) {
            const auto rows = vocabulary(s);
            return std::equal(rows.begin(), rows.end(), batch->views[v * 2 + j].begin(),
                              batch->views[v * 2 + j].end());
          };
          const auto found = std::find_if(begin, end, is);
          REQUIRE(found != end);
          views.push_back(*found);
          drawn[size_t(found - five.sentences.begin())].push_back(int(v));
        }
        std::sort(views.begin(), views.end());
        const auto distinct = std::unique(views.begin(), views.end()) - views.begin();
        CHECK(distinct == std::min<int64_t>(3, end - begin));
      }
    }
  }
  for (size_t s = 0; s < five.sentences.size(); ++s) CHECK(drawn[s].size() > 5);  // all of them
}

TEST_CASE("batches of sentences follow from seed, epoch and group") {
  const auto all = batches(five, {.batch = 2, .seed = 1, .token_drop = 0.3});
  CHECK(all == batches(five, {.batch = 2, .seed = 1, .token_drop = 0.3}));
  CHECK(all != batches(five, {.batch = 2, .seed = 2, .token_drop = 0.3}));
  const auto late = batches(five, {.batch = 2, .seed = 1, .token_drop = 0.3}, 2, 1);
  CHECK(late == Strings{all[1], all[3]});
  const Vocabulary vocabulary(Tokens::words, five.sentences);
  SentenceLoader two(five, vocabulary, {.batch = 2}), three(five, vocabulary, {.batch = 2, .num_views = 3});
  two.start_epoch(0), three.start_epoch(0);
  const ViewsOfSentences *a = two.next(), *b = three.next();
  CHECK(std::equal(a->views.values.begin(), a->views.values.end(), b->views.values.begin()));  // first views stay
}

TEST_CASE("a view keeps the share of tokens that is not dropped, and one at least") {
  const SentenceDataset one = parse_sentences(std::string("a b c d e f g h i j k l m n o p q r s t\nz\n"), "f");
  const Vocabulary vocabulary(Tokens::words, one.sentences);
  SentenceLoader loader(one, vocabulary, {.batch = 2, .token_drop = 0.9});
  size_t kept = 0;
  for (int64_t epoch = 0; epoch < 500; ++epoch) {
    loader.start_epoch(epoch);
    const ViewsOfSentences* batch = loader.next();
    for (int64_t i = 0; i < 4; ++i) {
      REQUIRE(batch->views[i].size() >= 1);
      if (batch->indices[size_t(i % 2)] == 0) kept += batch->views[i].size();
    }
  }
  CHECK(double(kept) / 20000 == Approx(0.1 + 0.05 * std::pow(0.9, 20)).epsilon(0.1));
}

TEST_CASE("a loader of sentences refuses what cannot be") {
  const Vocabulary vocabulary(Tokens::words, five.sentences);
  const auto refused = [&](const SentenceLoaderOptions& options, const char* text) {
    CHECK_THROWS_WITH_AS(SentenceLoader(five, vocabulary, options), text, Error);
  };
  refused({.batch = 6}, "loader: a batch of 6 is larger than the data: the file of sentences has 5 items");
  refused({.batch = 2, .token_drop = 1}, "loader: token_drop must be at least 0 and below 1, got 1");
  refused({.batch = 2, .num_views = 0}, "loader: num_views must be at least 1, got 0");
  SentenceLoader loader(five, vocabulary, {.batch = 2});
  CHECK_THROWS_WITH_AS(loader.next(), "loader: next() before the first start_epoch()", Error);
  CHECK_THROWS_WITH_AS(loader.start_epoch(0, 3), "loader: there is no step 3 in an epoch of 2", Error);
}
