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

/// What the checkpoint of an encoder says of it, in all domains.
namespace nce::nn {

using Metadata = std::map<std::string, std::string>;

/// `about`, which is the domain's, with "encoder" (the name) and each option that has a value, by its name. An option that
/// is called as another entry is an error.
Metadata metadata_of(const std::string& encoder, const std::vector<Option>& options, Metadata about = {});

/// An entry. One that is missing is an error.
const std::string& entry(const Metadata& metadata, const std::string& key);

/// The values that metadata has for these options.
std::vector<Setting> settings_in(const Metadata& metadata, const std::vector<Option>& options);

/// What may be taken while an encoder is made, in bytes: generously more than the tensors of its file are. So a few bytes of
/// metadata cannot ask for all memory.
int64_t room_to_make(const SafeTensors& file);

/// `make(file)` gives something with an `encoder`, made as the file's metadata say. That encoder gets the file's parameters
/// and buffers, and goes to evaluation mode. An error names the file.
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
