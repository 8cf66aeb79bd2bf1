#include "nce/nn/trained.h"

namespace nce::nn {

Metadata metadata_of(const std::string& encoder, const std::vector<Option>& options, Metadata about) {
  about["encoder"] = encoder;
  for (const Option& option : options)
    check(option.value.empty() || about.emplace(option.name, option.value).second,
          "an option of an encoder cannot be called '{}': its checkpoint has that entry already", option.name);
  return about;
}

const std::string& entry(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  check(found != metadata.end(), "lacks '{}' in its metadata: not written by nce train", key);
  return found->second;
}

std::vector<Setting> settings_in(const Metadata& metadata, const std::vector<Option>& options) {
  std::vector<Setting> settings;
  for (const Option& option : options)
    if (const auto found = metadata.find(option.name); found != metadata.end())
      settings.push_back({option.name, found->second});
  return settings;
}

int64_t room_to_make(const SafeTensors& file) {
  int64_t bytes = int64_t{16} << 20;
  for (const auto& named : file.tensors) bytes += 8 * int64_t(sizeof(float)) * named.second.numel();
  return bytes;
}

}  // namespace nce::nn
