#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"

namespace nce::nn {

/// An encoder from a file, in evaluation mode, with all that is needed to use it.
struct TrainedEncoder {
  std::unique_ptr<Encoder> encoder;
  std::string name;              ///< Its row in the catalogue.
  ImageSize image;               ///< The images that it was trained on.
  std::vector<float> mean, std;  ///< One for each channel. The input is (pixel / 255 - mean) / std.
};

/// Loads what `nce train` wrote:
///
///     const nn::TrainedEncoder trained = nn::load_encoder("runs/a/checkpoint.safetensors");
///     const auto digits = data::glyphs(data::Split::test);
///     const NoGrad no_grad;
///     const Tensor features = (*trained.encoder)(data::to_tensor(digits, 0, 500, {trained.mean, trained.std}));
///
/// An error names the file and what it lacks.
TrainedEncoder load_encoder(const std::filesystem::path& path);

/// The metadata that `load_encoder` reads: "encoder" (a name), "image" ("28 28 1"), "mean" and "std" (a number for each
/// channel), and each option of the encoder by its name.
std::map<std::string, std::string> encoder_metadata(const std::string& name, const ImageSize& image,
                                                    const std::vector<Setting>& settings,
                                                    const std::vector<float>& mean, const std::vector<float>& std);

/// "mean" or "std" of such metadata, a number for each channel. An error if it is missing or is no number.
std::vector<float> channel_numbers(const std::map<std::string, std::string>& metadata, const std::string& key,
                                   int64_t channels);

}  // namespace nce::nn
