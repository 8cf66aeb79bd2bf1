// Our side of tests/reference/travel.py.
//
//   travel write ENCODER CHECKPOINT IMAGES FEATURES     a new encoder after one pass in training mode, and its features
//   travel read ENCODER CHECKPOINT IMAGES FEATURES      the features of an encoder with the weights of CHECKPOINT
//
// ENCODER is one of the catalogue, or "layers" (support/layers_net.h).
#include <cstdio>
#include <string_view>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/encoders/catalogue.h"
#include "support/layers_net.h"

using namespace nce;

int main(int argc, char** argv) {
  try {
    check(argc == 6, "travel: write | read ENCODER CHECKPOINT IMAGES FEATURES");
    const std::string_view action = argv[1];
    check(action == "write" || action == "read", "travel: there is no action '{}'", action);
    const NoGrad no_grad;
    const Tensor images = load_safetensors(argv[4]).tensors.at(0).second;
    Generator generator{.seed = 1};
    std::unique_ptr<nn::Layer> encoder;
    if (argv[2] == std::string_view("layers"))
      encoder = std::make_unique<test::LayersNet>(generator);
    else
      encoder = nn::make_encoder(argv[2], {images.size(1), images.size(2), images.size(3)}, generator);
    if (action == "read") {
      nn::load_checkpoint(argv[3], *encoder);
    } else {
      (*encoder)(images);  // moves the running statistics away from 0 and 1
      nn::save_checkpoint(argv[3], *encoder);
    }
    encoder->eval();
    save_safetensors(argv[5], {{"features", (*encoder)(images)}});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "travel: %s\n", error.what());
    return 1;
  }
}
