// The domain of sentences through the program, on a language of six topics with eight words each.
#include <fmt/format.h>

#include "nce/core/autograd.h"
#include "nce/core/files/npy.h"
#include "nce/core/random.h"
#include "nce/data/sentences/vocabulary.h"
#include "nce/nn/sentences/catalogue.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

const std::string kShort = "train --dim 16 --log-every 2 ";

// Four of the eight words of a topic; of its first or second four, where `half` is 0 or 1.
std::string sentence(int topic, Random& random, int half = -1) {
  std::string text;
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{}{}{}", i ? " " : "", "abcdef"[topic],
                        "pqrstuvw"[half < 0 ? random.below(8) : uint32_t(4 * half) + random.below(4)]);
  return text;
}

void write_language(const TemporaryFolder& folder) {
  Random random(Key(1));
  std::string groups, lines, pairs, benchmark;
  for (int i = 0; i < 200; ++i) {
    const int topic = i % 6;
    groups += sentence(topic, random) + "\t" + sentence(topic, random) + "\t" + sentence(topic, random) + "\n";
    lines += sentence(topic, random) + "\n";
    const int other = random.bernoulli(0.5f) ? topic : (topic + 1) % 6;
    const std::string pair = sentence(topic, random, 0) + "\t" + sentence(other, random, 1);  // no word in common
    pairs += fmt::format("{}\t{}\n", topic == other ? 5 : 1, pair);
    benchmark += fmt::format("g\tf\ty\t{}\t{}\t{}\n", i, topic == other ? 4.5 : 0, pair);
  }
  folder.write("groups.tsv", groups), folder.write("lines.txt", lines);
  folder.write("sts/sts12-16/2012/a.test.tsv", pairs);
  folder.write("sts/stsbenchmark/sts-dev.csv", benchmark), folder.write("sts/stsbenchmark/sts-test.csv", benchmark);
  folder.write("own.tsv", "3\tap aq\tar as\n1\tap aq\tbr bs\n2\tap\tap bq\n");
}

}  // namespace

TEST_CASE("sentences learn from their groups, and are measured beside what needs no learning") {
  const TemporaryFolder folder;
  write_language(folder);
  const auto run = folder / "run";
  const Result trained =
      succeed(kShort + "--batch 32 --epochs 20 --tokens words --temperature 0.1 --data groups:groups.tsv --root " +
              folder.path() + " --sts " + folder / "sts" + " --out " + run);
  CHECK(holds(trained.out, "groups:groups.tsv: 200 groups of 600 sentences, 48 words; mean and head, "));
  CHECK(holds(trained.out, "STS-B dev "));
  CHECK(!holds(trained.out, "%"));  // a correlation is no share
  CHECK(log_of(run, "epoch").back()["sts_b_dev"].get<double>() > 0.6);
  const json scores = json::parse(succeed("eval --json --run " + run).out);
  std::vector<std::string> columns;
  for (const json& column : scores["columns"]) columns.push_back(column["title"]);
  CHECK(columns == std::vector<std::string>{"STS-B dev", "STS-B test", "STS12", "average"});
  CHECK(scores["average"].get<double>() ==
        doctest::Approx((scores["sts_b_test"].get<double>() + scores["sts12"].get<double>()) / 2));
  for (const char* baseline : {"bag_of_words", "tf_idf_words", "tf_idf_ngrams", "random_encoder"}) {
    CAPTURE(baseline);
    CHECK(scores["sts12"].get<double>() > scores[baseline]["sts12"].get<double>() + 0.1);
  }
  CHECK(holds(succeed("eval --run " + run).out,
              "Spearman's correlation of cosines with people's scores of 600 pairs ("));
  // Other pairs, in the place of the run's own.
  const json own = json::parse(succeed("eval --json --sts " + folder / "own.tsv" + " --run " + run).out);
  CHECK(own["columns"].size() == 1);
  CHECK(own.contains("pairs_own"));
  CHECK(!own.contains("average"));
  succeed("report " + run + " --out " + folder / "r.html");
  const std::string page = read_file(folder / "r.html"), begin = "id=\"report\">";
  const size_t from = page.find(begin) + begin.size();
  const json data = json::parse(page.substr(from, page.find("</script>", from) - from));
  json near;  // of each sentence: the topic of its nearest ones, which have other words, is its own
  for (const json& part : data["parts"])
    if (part["id"] == "neighbours") near = part["rows"];
  REQUIRE(near.size() == 8);
  int alike = 0;
  for (const json& row : near) {
    REQUIRE(row["near"].size() == 3);
    for (const json& line : row["near"]) {
      CHECK(line["text"] != row["text"]);
      CHECK(std::stod(line["value"].get<std::string>()) <= 1);
      alike += line["text"].get<std::string>()[0] == row["text"].get<std::string>()[0];
    }
  }
  CHECK(alike >= 20);
  std::filesystem::rename(folder.path() / "sts", folder.path() / "moved");
  const std::string theory = "theory --pairs 64 --states kmeans:4 --run " + run;
  check_refused(theory, 1, "there is no such file or folder; --sts names that of the pairs with scores");
  succeed(theory + " --sts " + folder / "moved");
}

TEST_CASE("embed writes what the checkpoint alone gives for the same sentences") {
  const TemporaryFolder folder;
  write_language(folder);
  for (const char* encoder :
       {"mean --tokens both", "transformer --heads 2", "cnn --head-layers 1", "dan --head-layers 2"}) {
    const auto run = folder / std::string(encoder).substr(0, 3);
    succeed(kShort + "--batch 32 --epochs 2 --encoder " + encoder + " --data groups:groups.tsv --root " +
            folder.path() + " --out " + run);
    succeed("embed --sts " + folder / "own.tsv" + " --run " + run + " --out " + run / "x.npy");
    const auto trained = nn::load_sentence_encoder(run / "checkpoint.safetensors");
    const NoGrad no_grad;
    const std::vector<std::string> sentences{"ap aq", "ap aq", "ap",
                                             "ar as", "br bs", "ap bq"};  // first, then second ones
    const auto expected =
        (*trained.encoder)(data::Vocabulary::from(trained.metadata)(sentences)).to_vector<float>();
    const std::string bytes = read_file(run / "x.npy");
    REQUIRE(bytes.size() > expected.size() * 4);
    CHECK(std::memcmp(bytes.data() + bytes.size() - expected.size() * 4, expected.data(), expected.size() * 4) ==
          0);
  }
}

TEST_CASE("a run on sentences has the same bits on any number of threads, and after it stopped") {
  const TemporaryFolder folder;
  write_language(folder);
  const std::string line =
      kShort +
      "--batch 32 --token-drop 0.2 --schedule constant --warmup-epochs 0 --data groups:groups.tsv --root " +
      folder.path() + " --out ";
  succeed(line + folder / "one" + " --epochs 2 --threads 1");
  succeed(line + folder / "two" + " --epochs 2 --threads 2");
  check_same_files(folder / "one", folder / "two");
  succeed(line + folder / "longer" + " --epochs 1");
  succeed("train --resume --epochs 2 --out " + folder / "longer");
  check_same_files(folder / "one", folder / "longer");
}

TEST_CASE("single sentences train with dropout alone, and several files are one set") {
  const TemporaryFolder folder;
  write_language(folder);
  const Result lines = succeed(kShort + "--batch 32 --epochs 2 --data sentences:lines.txt --root " + folder.path() +
                               " --out " + folder / "a");
  CHECK(holds(lines.out, "sentences:lines.txt: 200 sentences, 48 words; mean"));
  CHECK(succeed("eval --run " + folder / "a").out ==
        "sentences:lines.txt: no pairs with scores to measure with: name their folder with --sts\n");
  check_refused("embed --run " + folder / "a" + " --out " + folder / "x.npy", 1,
                "there are no test examples (no pairs");
  const Result both = succeed(kShort + "--batch 32 --epochs 2 --data groups:groups.tsv," + folder / "groups.tsv" +
                              " --root " + folder.path() + " --out " + folder / "b");
  CHECK(holds(both.out, "400 groups of 1200 sentences, 48 words"));
}

TEST_CASE("scores of other pairs are neither kept nor in one line, and files name them without harm") {
  const TemporaryFolder folder;
  write_language(folder);
  const std::string own = read_file(folder / "own.tsv");
  folder.write("two/loss.tsv", own), folder.write("two/data.tsv", own);
  const auto run = [&](const std::string& seed) {
    succeed(kShort + "--batch 32 --epochs 1 --data groups:groups.tsv --root " + folder.path() + " --seed " + seed +
            " --sts " + folder / "two/loss.tsv" + " --out " + folder / seed);
    return folder / seed;
  };
  const auto a = run("1"), b = run("2");
  const json line = log_of(a, "epoch").back();
  CHECK(line["loss"].get<double>() > 1);
  CHECK(line["pairs_loss"].get<double>() <= 1);
  const auto eval = [](const std::string& options) { return succeed("eval --run " + options).out; };
  const std::string one = " --sts " + folder / "own.tsv";
  eval(a + one), eval(b + " --sts " + folder / "two");
  std::istringstream table(succeed("report --json " + a + " " + b).out);
  int learned = 0;
  for (std::string text; std::getline(table, text);)
    if (const json row = json::parse(text); !row["runs"].empty()) {
      ++learned;
      CHECK(row["runs"].size() == 1);
      CHECK(row.contains("average") == (row["runs"][0] == b.string()));
    }
  CHECK(learned == 2);

  folder.write("named/x.tsv", own), folder.write("named/x_spread.tsv", own);
  const std::string named = a + " --sts " + folder / "named";
  const std::string table_of_two = eval(named);
  CHECK(holds(eval(named), "not measured again"));
  CHECK(holds(eval(named), table_of_two.substr(0, table_of_two.find("info_nce"))));

  CHECK(!holds(eval(a + one), "not measured again"));
  CHECK(holds(eval(a + one), "not measured again"));
  folder.write("own.tsv", "1\tap aq\tar as\n3\tap aq\tbr bs\n2\tap\tap bq\n");
  CHECK(!holds(eval(a + one), "not measured again"));

  folder.write("same/a-b.tsv", own), folder.write("same/a_b.tsv", own);
  check_refused("eval --run " + a + " --sts " + folder / "same", 1, "would both be called pairs_a_b in eval.json");
}

TEST_CASE("what sentences cannot be is refused by name") {
  const TemporaryFolder folder;
  write_language(folder);
  folder.write("bad.tsv", "a b\tc\nalone\n");
  const std::string line = kShort + "--epochs 2 --root " + folder.path() + " --out " + folder / "run" + " ";
  check_refused(line + "--batch 32 --data groups:bad.tsv", 1,
                folder / "bad.tsv" + ": line 2: one column; a group needs");
  check_refused(line + "--data groups:absent.tsv", 1,
                folder / "absent.tsv" + ": there is no such file; --root names the folder that it is in");
  check_refused(line + "--batch 32 --data groups:groups.tsv --sts " + folder / "none", 1,
                folder / "none" + ": there is no such file or folder; --sts names that of the pairs with scores");
  check_refused(line + "--data groups", 2, "there is no data 'groups' here; did you mean groups:");
  check_refused(line + "--data groups:groups.tsv --encoder conv4", 2,
                "there is no encoder 'conv4' here; there are mean, dan, cnn, transformer");
  check_refused(line + "--data groups:groups.tsv --batch 300", 1,
                "loader: a batch of 300 is larger than the data: the file of sentences has 200 items");
  CHECK(!std::filesystem::exists(folder / "run" / "config.toml"));
  succeed("train --data glyphs --limit 256 --epochs 1 --width 4 --out " + folder / "images");
  check_refused("eval --sts " + folder / "sts" + " --run " + folder / "images", 2,
                "have no such option; leave it out");
  succeed(kShort + "--batch 32 --epochs 1 --data sentences:lines.txt --root " + folder.path() + " --out " +
          folder / "s");
  check_refused("eval --sts " + folder / "sts" + " --run " + folder / "s" + " " + folder / "images", 2,
                "leave it out");
  CHECK(!std::filesystem::exists(folder / "s" / "eval.json"));  // nothing is measured before
}

TEST_CASE("the page of sentences finds those that are nearest to a new one, by its file alone") {
  const TemporaryFolder folder;
  write_language(folder);
  const Result result = Process({NCE_SENTENCES, (folder / "groups.tsv").string(),
                                 (folder / "out.safetensors").string(), "ap aq ar", "2"})
                            .wait();
  CHECK(result.code == 0);
  CHECK(holds(result.out, "epoch 2: loss "));
  std::istringstream lines(result.out);
  int near = 0;
  for (std::string line; std::getline(lines, line);) near += line.find(" a") == 5;  // "0.987 ap as aq at"
  CHECK(near == 5);
  CHECK(Process({NCE_SENTENCES, (folder / "groups.tsv").string()}).wait().code == 2);
  const Result unread =
      Process({NCE_SENTENCES, (folder / "groups.tsv").string(), (folder / "out").string(), "\u4f60\u597d"}).wait();
  CHECK(unread.code == 2);
  CHECK(holds(unread.err, "SENTENCE has no word; words are of Latin letters and digits"));
  CHECK(Process({NCE_SENTENCES, (folder / "absent").string(), (folder / "out").string(), "a"}).wait().code == 1);
}
