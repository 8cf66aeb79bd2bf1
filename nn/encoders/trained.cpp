#include "nce/nn/encoders/trained.h"

#include <sstream>

#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/encoders/catalogue.h"

namespace nce::nn {
namespace {

constexpr int64_t kLargestSide = 1 << 16;  // products of three sizes and a width then fit

using Metadata = std::map<std::string, std::string>;

const std::string& entry(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  check(found != metadata.end(), "lacks '{}' in its metadata: not written by nce train", key);
  return found->second;
}

template <class T>
std::vector<T> numbers(const Metadata& metadata, const std::string& key, size_t count) {
  std::istringstream stream(entry(metadata, key));
  std::vector<T> values;
  for (T value{}; stream >> value;) values.push_back(value);
  check(stream.eof() && values.size() == count, "'{}' is '{}': {} numbers are needed", key, entry(metadata, key),
        count);
  return values;
}

// The options in the metadata. Width 0 was once the encoder's own.
std::vector<Setting> settings_in(const Metadata& metadata, const KnownEncoder& row) {
  std::vector<Setting> settings;
  for (const Option& option : row.options({}))
    if (const auto found = metadata.find(option.name);
        found != metadata.end() && !(option.name == "width" && found->second == "0"))
      settings.push_back({option.name, found->second});
  return settings;
}

}  // namespace

std::vector<float> channel_numbers(const Metadata& metadata, const std::string& key, int64_t channels) {
  return numbers<float>(metadata, key, size_t(channels));
}

TrainedEncoder load_encoder(const std::filesystem::path& path) {
  const SafeTensors file = load_safetensors(path);
  try {
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
                                   settings_in(file.metadata, known_encoders().find(trained.name)));
    trained.encoder->load_state_dict(from_pytorch(file.tensors));
    trained.encoder->eval();
    return trained;
  } catch (const Error& error) { fail("{}: {}", path.string(), error.what()); }
}

std::map<std::string, std::string> encoder_metadata(const std::string& name, const ImageSize& image,
                                                    const std::vector<Setting>& settings,
                                                    const std::vector<float>& mean, const std::vector<float>& std) {
  Metadata metadata{{"encoder", name},
                    {"image", fmt::format("{} {} {}", image.height, image.width, image.channels)},
                    {"mean", fmt::format("{}", fmt::join(mean, " "))},
                    {"std", fmt::format("{}", fmt::join(std, " "))}};
  for (const Option& option : known_encoders().find(name).options(settings)) {
    if (option.value.empty()) continue;  // unset
    check(metadata.emplace(option.name, option.value).second,
          "encoder_metadata: an option of an encoder cannot be called '{}'", option.name);
  }
  return metadata;
}

}  // namespace nce::nn
