#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/ops.h"
#include "nce/data/sentences/vocabulary.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/sentences/catalogue.h"
#include "support/deviation.h"
#include "support/files.h"
#include "support/golden.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using Strings = std::vector<std::string>;

namespace {

Ragged lists_in(const nlohmann::json& json) {
  Ragged lists;
  for (const auto& list : json) lists.push_back(list.get<std::vector<int>>());
  return lists;
}

const Ragged some = [] {
  Ragged lists;
  for (const auto& list : std::vector<std::vector<int>>{{0, 1, 2}, {}, {5, 5, 3, 1}}) lists.push_back(list);
  return lists;
}();

}  // namespace

TEST_CASE("encoders of sentences give PyTorch's values and gradients") {
  const nlohmann::json golden = test::golden_file("sentences.json");
  const Ragged sentences = lists_in(golden["sentences"]);
  const std::map<std::string, std::vector<Setting>> settings{
      {"transformer", {{"dim", "8"}, {"heads", "2"}, {"max_length", "16"}, {"dropout", "0"}}},
      {"dan", {{"dim", "8"}, {"hidden", "6"}, {"dropout", "0"}}},
      {"cnn", {{"dim", "8"}, {"width", "6"}, {"dropout", "0"}}}};
  for (const auto& encoder_settings : settings) {
    const std::string& name = encoder_settings.first;
    CAPTURE(name);
    Generator generator;
    const auto encoder = make_sentence_encoder(name, {.rows = 11}, generator, encoder_settings.second);
    encoder->to(DType::f64);
    State state;
    for (const auto& [key, value] : golden[name]["state"].items())
      state.emplace_back(key, Tensor::from(value["values"].get<std::vector<double>>(),
                                           Shape(value["shape"].get<std::vector<int64_t>>())));
    encoder->load_state_dict(state);
    const Tensor out = (*encoder)(sentences);
    CHECK(out.shape() == Shape{4, encoder->feature_dim()});
    CHECK(test::deviation(out.to_vector<double>(), golden[name]["out"].get<std::vector<double>>()) < 1e-10);
    out.backward(Tensor::from(golden[name]["weight"].get<std::vector<double>>(), out.shape()));
    for (const auto& [key, tensor] : encoder->named_parameters()) {
      CHECK(test::deviation(tensor->grad().to_vector<double>(),
                            golden[name]["grads"][key].get<std::vector<double>>()) < 1e-10);
    }
  }
}

TEST_CASE("the mean encoder gives means of rows that start with their idf") {
  const std::vector<float> idf{1, 2, 3, 4, 5, 6};
  Generator generator;
  const auto encoder = make_sentence_encoder("mean", {6, idf}, generator, {{"dim", "4000"}});
  encoder->eval();
  const NoGrad no_grad;
  const Tensor rows = *encoder->named_parameters()[0].second;
  for (int64_t i = 0; i < 6; ++i)  // of length idf, as far as chance goes
    CHECK(norm(select(rows, 0, i)).item() == doctest::Approx(idf[size_t(i)]).epsilon(0.05));
  const Tensor features = (*encoder)(some);
  CHECK(test::deviation(select(features, 0, 0).to_vector<double>(),
                        mean(slice(rows, 0, 0, 3), 0).to_vector<double>()) < 1e-6);
  CHECK(norm(select(features, 0, 1)).item() == 0);
}

TEST_CASE("sentence encoders drop out in training alone, the same for a key, on any number of threads") {
  for (const KnownSentenceEncoder& known : known_sentence_encoders()) {
    CAPTURE(known.name);
    const RestoreThreads restore;
    std::vector<std::vector<float>> seen;
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      Generator generator{.seed = 5};
      const auto encoder = known.make({.rows = 7}, generator, {{"dropout", "0.5"}});
      const NamedTensors parameters = encoder->named_parameters();
      const Tensor out = (*encoder)(some, Key(1));
      CHECK(out.shape() == Shape{3, encoder->feature_dim()});
      CHECK(out.to_vector<float>() == (*encoder)(some, Key(1)).to_vector<float>());
      CHECK(out.to_vector<float>() != (*encoder)(some, Key(2)).to_vector<float>());
      sum(square(out)).backward();
      seen.push_back(out.to_vector<float>());
      for (const auto& [name, parameter] : parameters) {
        REQUIRE(parameter->grad().defined());
        seen.push_back(parameter->grad().to_vector<float>());
      }
      encoder->eval();
      CHECK((*encoder)(some, Key(1)).to_vector<float>() == (*encoder)(some, Key(2)).to_vector<float>());
    }
    for (size_t i = 0; i < seen.size() / 2; ++i) CHECK(seen[i] == seen[i + seen.size() / 2]);
  }
}

TEST_CASE("a large batch of sentences has the same bits on any number of threads") {
  Ragged many;  // of up to 40 words, some of them frequent
  Random random(Key(1));
  for (int i = 0; i < 600; ++i) {
    std::vector<int> words(random.below(41));
    for (int& word : words) word = random.below(3) ? int(random.below(500)) : 0;
    many.push_back(words);
  }
  for (const KnownSentenceEncoder& known : known_sentence_encoders()) {
    CAPTURE(known.name);
    CHECK(test::same_on_threads([&] {
      Generator generator{.seed = 5};
      const auto encoder = known.make({.rows = 500}, generator, {{"dim", "64"}});
      const Tensor out = (*encoder)(many, Key(1));
      sum(square(out)).backward();
      std::vector<std::vector<float>> seen{out.to_vector<float>()};
      for (const auto& [name, parameter] : encoder->named_parameters())
        seen.push_back(parameter->grad().to_vector<float>());
      return seen;
    }));
  }
}

TEST_CASE("a sentence's place in the batch does not change its features, and only words in their order") {
  Ragged turned;
  for (const auto& list : std::vector<std::vector<int>>{{1, 3, 5, 5}, {2, 1, 0}}) turned.push_back(list);
  Ragged first;
  first.push_back(some[0]);
  for (const KnownSentenceEncoder& known : known_sentence_encoders()) {
    CAPTURE(known.name);
    Generator generator;
    const auto encoder = known.make({.rows = 7}, generator, {});
    encoder->eval();
    const NoGrad no_grad;
    const auto row = [](const Tensor& x, int64_t i) { return select(x, 0, i).to_vector<double>(); };
    const Tensor all = (*encoder)(some), other = (*encoder)(turned);
    CHECK(test::deviation(row((*encoder)(first), 0), row(all, 0)) < 1e-6);
    const bool bag = known.name == "mean" || known.name == "dan";
    CHECK((test::deviation(row(other, 1), row(all, 0)) < 1e-6) == bag);
    CHECK((test::deviation(row(other, 0), row(all, 2)) < 1e-6) == bag);
  }
}

TEST_CASE("a transformer takes the first words of a long sentence") {
  Generator generator;
  const auto encoder = make_sentence_encoder("transformer", {.rows = 7}, generator, {{"max_length", "2"}});
  encoder->eval();
  Ragged two;
  for (const auto& list : std::vector<std::vector<int>>{{0, 1}, {}, {5, 5}}) two.push_back(list);
  CHECK((*encoder)(some).to_vector<float>() == (*encoder)(two).to_vector<float>());
}

TEST_CASE("a checkpoint alone embeds new sentences") {
  const test::TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  const Strings known{"a cat sits", "a dog runs"}, fresh{"the cat runs", "?"};
  for (const char* name : {"mean", "transformer"}) {
    const data::Vocabulary vocabulary(std::string(name) == "mean" ? data::Tokens::both : data::Tokens::words,
                                      known);
    Generator generator{.seed = 3};
    const std::vector<Setting> settings{{"dim", "8"}};
    const auto encoder = make_sentence_encoder(name, {vocabulary.rows(), vocabulary.idf()}, generator, settings);
    auto metadata = sentence_encoder_metadata(name, settings);
    metadata.merge(vocabulary.metadata());
    save_checkpoint(path, *encoder, metadata);
    const TrainedSentenceEncoder trained = load_sentence_encoder(path);
    encoder->eval();
    const NoGrad no_grad;
    CHECK((*trained.encoder)(data::Vocabulary::from(trained.metadata)(fresh)).to_vector<float>() ==
          (*encoder)(vocabulary(fresh)).to_vector<float>());
  }
  save_safetensors(path, {}, {});
  CHECK_THROWS_WITH_AS(load_sentence_encoder(path),
                       (path.string() + ": lacks 'encoder' in its metadata: not written by nce train").c_str(),
                       Error);
  save_safetensors(path, {}, sentence_encoder_metadata("mean", {}));
  CHECK_THROWS_WITH_AS(load_sentence_encoder(path),
                       (path.string() + ": lacks the table 'emb_layer.weight'").c_str(), Error);
}

TEST_CASE("sentence encoders refuse what they cannot be") {
  Generator generator;
  const std::vector<float> idf{1, 2};
  CHECK_THROWS_WITH_AS(make_sentence_encoder("mean", {}, generator),
                       "a sentence encoder needs a table with rows; there is no token in the training sentences",
                       Error);
  CHECK_THROWS_WITH_AS(make_sentence_encoder("mean", {3, idf}, generator), "a table of 3 rows has an idf of 2",
                       Error);
  CHECK_THROWS_WITH_AS(make_sentence_encoder("transformer", {.rows = 3}, generator, {{"heads", "3"}}),
                       "transformer: heads 3 must divide dim 128", Error);
  CHECK_THROWS_WITH_AS(make_sentence_encoder("lstm", {.rows = 3}, generator),
                       "no sentence encoder is called 'lstm'; there are mean, dan, cnn, transformer", Error);
}
