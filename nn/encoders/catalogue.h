#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nce/nn/module.h"

namespace nce::nn {

/// A module that turns images (N, H, W, C) into features (N, feature_dim).
class Encoder : public Module {
 public:
  virtual int64_t feature_dim() const = 0;
};

/// The height, width and channels of the images that an encoder is made for.
struct ImageSize {
  int64_t height = 32, width = 32, channels = 3;
};

struct EncoderOptions {
  /// What every layer's width is a multiple of, see below; 0: the encoder's own default.
  int64_t width = 0;
};

/// With w = `options.width`:
///
/// - "mlp" (w = 512, a multiple of 4): pixels-w-w/2-w/4 with ReLU between; w/4 features.
/// - "conv4" (w = 32): four blocks of 3x3 convolution without bias, batch norm, ReLU and 2x2 max pool (none once
///   the image is one pixel high or wide), widths w, 2w, 4w, 4w, then the mean over the image; 4w features.
/// - "resnet18", "resnet34" (w = 64): `ResNet` (nn/encoders/resnet.h) with the CIFAR stem; 8w features.
///
/// Layers start as PyTorch's do (nn/layers.h), those of a ResNet as torchvision's. An unknown name is an error that
/// lists the known ones; so is a width that does not fit.
std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator,
                                      const EncoderOptions& options = {});

/// The names that `make_encoder` knows.
std::vector<std::string> encoder_names();

/// SimCLR's projection head: Linear "0" (in -> hidden), ReLU, Linear "2" (hidden -> out), names and layout those of
/// PyTorch's `Sequential(Linear(in, hidden), ReLU(), Linear(hidden, out))`.
std::unique_ptr<Module> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator);

}  // namespace nce::nn
