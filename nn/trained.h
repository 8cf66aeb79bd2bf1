#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/memory_limit.h"
#include "nce/core/options.h"
#include "nce/nn/checkpoint.h"

/// What the checkpoint of an encoder says about it, for images, graphs and sentences.
namespace nce::nn {

using Metadata = std::map<std::string, std::string>;

/// `about`, which is different for images, graphs and sentences, with "encoder" (the name) and each option that has a
/// value, by its name. An error if an option has the name of another entry.
Metadata metadata_of(const std::string& encoder, const std::vector<Option>& options, Metadata about = {});

/// An entry. An error if it is missing.
const std::string& entry(const Metadata& metadata, const std::string& key);

/// The values that metadata has for these options.
std::vector<Setting> settings_in(const Metadata& metadata, const std::vector<Option>& options);

/// The memory that making an encoder may take, in bytes: much more than the tensors of its file have. So a few bytes of
/// metadata cannot take all memory.
int64_t room_to_make(const SafeTensors& file);

/// `make(file)` returns something with an `encoder`, made from the metadata of the file. This encoder gets the file's
/// parameters and buffers, and evaluation mode. An error names the file.
template <class Make>
auto load_trained(const std::filesystem::path& path, Make make) {
  const SafeTensors file = load_safetensors(path);
  try {
    auto trained = [&] {
      const MemoryLimit limit(room_to_make(file), "its metadata tell of a larger encoder than its tensors make");
      return make(file);
    }();
    trained.encoder->load_state_dict(from_pytorch(file.tensors));
    trained.encoder->eval();
    return trained;
  } catch (const Error& error) { fail("{}: {}", path.string(), error.what()); }
}

}  // namespace nce::nn
