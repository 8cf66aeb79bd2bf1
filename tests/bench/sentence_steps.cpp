#include <cmath>
#include <memory>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/optim/sparse_adam.h"
#include "nce/nn/sentences/catalogue.h"
#include "networks.h"

namespace nce::bench {
namespace {

// As frequent words are in a text (Zipf): row r with a probability like 1 / r.
Ragged draw_sentences(int64_t count, int64_t length, int64_t rows) {
  Ragged sentences;
  const auto uniform = Tensor::uniform({count, length}, 0, 1, Key(1)).to_vector<double>();
  for (size_t i = 0; i < size_t(count); ++i) {
    std::vector<int> words;
    for (size_t k = 0; k < size_t(length); ++k)
      words.push_back(int(std::pow(double(rows), uniform[i * size_t(length) + k])) - 1);
    sentences.push_back(words);
  }
  return sentences;
}

}  // namespace

Op sentence_step(const std::string& encoder, int64_t sentences, int64_t length, int64_t rows, int64_t width) {
  const double entries = double(sentences * length), both = double(sentences * sentences) / 4;
  const bool attends = encoder == "transformer";
  // Of the loss 3 products. Of a block 12 width^2 weights, and attention; each forward, by input and by weight.
  // Of the table as embedding_bag_op: a row for each entry, and what moves of a row at most.
  const double gflop =
      1e-9 * 3 * 2 * double(width) * (both + (attends ? 2 * entries * double(12 * width + 2 * length) : 0));
  return {encoder + " step", {.gflop = gflop, .gbyte = attends ? 0 : 4e-9 * double(width) * 10 * entries}, [=] {
            struct State {
              Generator generator{.seed = 1};
              std::unique_ptr<nn::SentenceEncoder> encoder;
              std::unique_ptr<nn::SparseAdam> optimizer;
            };
            const auto s = std::make_shared<State>();
            s->encoder = nn::make_sentence_encoder(encoder, {.rows = rows}, s->generator);
            s->optimizer =
                std::make_unique<nn::SparseAdam>(s->encoder->named_parameters(), nn::AdamOptions{.lr = 0.01});
            return Run([s, views = draw_sentences(sentences, length, rows)] {
              const auto [z1, z2] = halves((*s->encoder)(views, s->generator.next()));
              s->optimizer->zero_grad();
              losses::info_nce(z1, z2, {.temperature = 0.05, .symmetric = true}).backward();
              s->optimizer->step();
            });
          }};
}

}  // namespace nce::bench
