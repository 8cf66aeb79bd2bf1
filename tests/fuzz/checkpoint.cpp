// Checkpoints: the metadata of a safetensors file tell which encoder to make, and the words of one for sentences.
#include "nce/data/sentences/vocabulary.h"
#include "nce/nn/encoders/trained.h"
#include "nce/nn/graphs/catalogue.h"
#include "nce/nn/sentences/catalogue.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("checkpoint", bytes) {
  const std::string path = file_of(bytes);
  refusable([&] { nce::nn::load_encoder(path); });
  refusable([&] { nce::nn::load_graph_encoder(path); });
  refusable([&] { nce::data::Vocabulary::from(nce::nn::load_sentence_encoder(path).metadata); });
}
