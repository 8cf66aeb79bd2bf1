#include "nce/nn/encoders/trained.h"

#include <sstream>

#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/trained.h"

namespace nce::nn {
namespace {

constexpr int64_t kLargestSide = 1 << 16;  // products of three sizes and a width then fit

template <class T>
std::vector<T> numbers(const Metadata& metadata, const std::string& key, size_t count) {
  std::istringstream stream(entry(metadata, key));
  std::vector<T> values;
  for (T value{}; stream >> value;) values.push_back(value);
  check(stream.eof() && values.size() == count, "'{}' is '{}': {} numbers are needed", key, entry(metadata, key),
        count);
  return values;
}

// In old files width 0 means the encoder's default.
std::vector<Setting> settings_of(const Metadata& metadata, const KnownEncoder& row) {
  std::vector<Setting> settings = settings_in(metadata, row.options({}));
  std::erase_if(settings, [](const Setting& s) { return s.name == "width" && s.value == "0"; });
  return settings;
}

}  // namespace

std::vector<float> channel_numbers(const Metadata& metadata, const std::string& key, int64_t channels) {
  return numbers<float>(metadata, key, size_t(channels));
}

TrainedEncoder load_encoder(const std::filesystem::path& path) {
  return load_trained(path, [](const SafeTensors& file) {
    const auto image = numbers<int64_t>(file.metadata, "image", 3);
    for (const int64_t size : image)
      check(size > 0 && size <= kLargestSide, "'image' is '{}': sizes must be within 1 .. {}",
            entry(file.metadata, "image"), kLargestSide);
    TrainedEncoder trained{.encoder = {},
                           .name = entry(file.metadata, "encoder"),
                           .image = {.height = image[0], .width = image[1], .channels = image[2]},
                           .mean = channel_numbers(file.metadata, "mean", image[2]),
                           .std = channel_numbers(file.metadata, "std", image[2])};
    Generator generator;
    trained.encoder = make_encoder(trained.name, trained.image, generator,
                                   settings_of(file.metadata, known_encoders().find(trained.name)));
    return trained;
  });
}

Metadata encoder_metadata(const std::string& name, const ImageSize& image, const std::vector<Setting>& settings,
                          const std::vector<float>& mean, const std::vector<float>& std) {
  return metadata_of(name, known_encoders().find(name).options(settings),
                     {{"image", fmt::format("{} {} {}", image.height, image.width, image.channels)},
                      {"mean", fmt::format("{}", fmt::join(mean, " "))},
                      {"std", fmt::format("{}", fmt::join(std, " "))}});
}

}  // namespace nce::nn
