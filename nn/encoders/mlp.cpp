#include "nce/nn/encoders/mlp.h"

#include "nce/core/error.h"

namespace nce::nn {

Mlp::Mlp(const ImageSize& image, Generator& g, const MlpOptions& options)
    : pixels_(image.height * image.width * image.channels), features_(options.width / 4) {
  check_options("mlp", options);
  const int64_t width = options.width;
  check(width % 4 == 0, "mlp: width must be a multiple of 4, got {}", width);
  layers_.add<Linear>(pixels_, width, g).add<ReLU>().add<Linear>(width, width / 2, g).add<ReLU>();
  layers_.add<Linear>(width / 2, features_, g);
}

}  // namespace nce::nn
