// Checkpoints: the metadata of a safetensors file tell which encoder to make, and the words of one for sentences. The first
// byte says who reads the rest: 0 images, 1 graphs, 2 sentences.
#include "nce/data/sentences/vocabulary.h"
#include "nce/nn/encoders/trained.h"
#include "nce/nn/graphs/catalogue.h"
#include "nce/nn/sentences/catalogue.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("checkpoint", bytes) {
  if (bytes.empty()) return;
  const std::string path = file_of(bytes.substr(1));
  const int reader = uint8_t(bytes[0]) % 3;
  refusable([&] {
    if (reader == 0) nce::nn::load_encoder(path);
    if (reader == 1) nce::nn::load_graph_encoder(path);
    if (reader == 2) nce::data::Vocabulary::from(nce::nn::load_sentence_encoder(path).metadata);
  });
}
