// Contrastive learning of sentences on one page: trains the mean of word embeddings on groups of sentences that mean nearly
// the same (a line of FILE each, with tabs between them), and writes it to OUT. Then it reads OUT and finds the sentences of
// FILE that are nearest to SENTENCE. `nce train --data groups:FILE` does the same with every option, and measures it.
//
//   sentences FILE OUT SENTENCE [EPOCHS]
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/data/sentences/loader.h"
#include "nce/data/sentences/words.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/optim/sparse_adam.h"
#include "nce/nn/sentences/catalogue.h"

using namespace nce;

namespace {

void train(const std::filesystem::path& file, const std::string& out, int64_t epochs) {
  const data::SentenceDataset groups = data::load_groups(std::vector{file});
  const data::Vocabulary vocabulary(data::Tokens::words, groups.sentences);
  data::SentenceLoader loader(groups, vocabulary, {.batch = std::min<int64_t>(256, groups.groups())});
  Generator generator{.seed = 1};
  auto encoder = nn::make_sentence_encoder("mean", {vocabulary.rows(), vocabulary.idf()}, generator);
  nn::SparseAdam optimizer(encoder->named_parameters(), {.lr = 0.01});

  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    double total = 0;
    loader.start_epoch(epoch);
    while (const data::ViewsOfSentences* batch = loader.next()) {
      const auto [z1, z2] = halves((*encoder)(batch->views, batch->key));
      const Tensor loss = losses::info_nce(z1, z2, {.temperature = 0.05, .symmetric = true});
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.4f\n", int(epoch) + 1, total / double(loader.steps_per_epoch()));
  }
  auto metadata = nn::sentence_encoder_metadata("mean", {{"tokens", "words"}});
  metadata.merge(vocabulary.metadata());
  nn::save_checkpoint(out, *encoder, metadata);  // with the words, so that the file alone embeds new sentences
}

void show_nearest(const std::filesystem::path& file, const std::string& checkpoint, const std::string& sentence) {
  std::vector<std::string> sentences = data::load_groups(std::vector{file}).sentences;
  sentences.push_back(sentence);
  const nn::TrainedSentenceEncoder trained = nn::load_sentence_encoder(checkpoint);
  const NoGrad no_grad;
  const Tensor z = normalize((*trained.encoder)(data::Vocabulary::from(trained.metadata)(sentences)));
  const int64_t n = z.size(0) - 1;
  const auto cosines = sum(slice(z, 0, 0, n) * slice(z, 0, n, n + 1), 1).to_vector<float>();
  std::vector<size_t> order(cosines.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cosines[a] > cosines[b]; });
  for (size_t i = 0; i < std::min<size_t>(5, order.size()); ++i)
    std::printf("%.3f %s\n", cosines[order[i]], sentences[order[i]].c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc == 5 ? number_in<int>(argv[4]).value_or(0) : 1;
  if (argc < 4 || argc > 5 || epochs < 1)
    throw std::invalid_argument("FILE OUT SENTENCE [EPOCHS] are needed, EPOCHS at least 1");
  if (data::words(argv[3]).empty())
    throw std::invalid_argument("SENTENCE has no word; words are of Latin letters and digits");
  train(argv[1], argv[2], epochs);
  show_nearest(argv[1], argv[2], argv[3]);
} catch (const std::logic_error& error) {
  std::fprintf(stderr, "sentences: %s\nusage: sentences FILE OUT SENTENCE [EPOCHS]\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "sentences: %s\n", error.what());
  return 1;
}
