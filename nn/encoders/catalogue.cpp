#include "nce/nn/encoders/catalogue.h"

#include "nce/nn/encoders/conv4.h"
#include "nce/nn/encoders/mlp.h"
#include "nce/nn/encoders/resnet.h"

namespace nce::nn {

Catalogue<KnownEncoder>& known_encoders() {
  static Catalogue<KnownEncoder> all(
      "encoder", {
                     known_encoder<Mlp>("mlp", MlpOptions{}),
                     known_encoder<Conv4>("conv4", Conv4Options{}),
                     known_encoder<ResNet>("resnet18", ResNetOptions{.blocks = {2, 2, 2, 2}}),
                     known_encoder<ResNet>("resnet34", ResNetOptions{.blocks = {3, 4, 6, 3}}),
                     known_encoder<ResNet>("resnet50", ResNetOptions{.blocks = {3, 4, 6, 3}, .bottleneck = true}),
                 });
  return all;
}

std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator,
                                      const std::vector<Setting>& settings) {
  check(image.height > 0 && image.width > 0 && image.channels > 0,
        "make_encoder: images need pixels and channels, got {} x {} pixels and {} channels", image.height,
        image.width, image.channels);
  return known_encoders().find(name).make(image, generator, settings);
}

}  // namespace nce::nn
