#include "nce/nn/encoders/catalogue.h"

#include "nce/nn/encoders/conv4.h"
#include "nce/nn/encoders/mlp.h"
#include "nce/nn/encoders/resnet.h"

namespace nce::nn {
namespace {

std::vector<KnownEncoder>& rows() {
  static std::vector<KnownEncoder> all{
      known_encoder<Mlp>("mlp", MlpOptions{}),
      known_encoder<Conv4>("conv4", Conv4Options{}),
      known_encoder<ResNet>("resnet18", ResNetOptions{.blocks = {2, 2, 2, 2}}),
      known_encoder<ResNet>("resnet34", ResNetOptions{.blocks = {3, 4, 6, 3}}),
  };
  return all;
}

}  // namespace

const std::vector<KnownEncoder>& known_encoders() { return rows(); }
const KnownEncoder& find_encoder(const std::string& name) { return find_row(rows(), "encoder", name); }
bool register_encoder(KnownEncoder row) { return register_row(rows(), "encoder", std::move(row)); }

std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator,
                                      const std::vector<Setting>& settings) {
  check(image.height > 0 && image.width > 0 && image.channels > 0,
        "make_encoder: images need pixels and channels, got {} x {} pixels and {} channels", image.height,
        image.width, image.channels);
  return find_encoder(name).make(image, generator, settings);
}

}  // namespace nce::nn
