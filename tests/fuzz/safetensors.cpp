// Safetensors: tensors of all types.
#include "nce/core/files/safetensors.h"

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("safetensors", bytes) {
  nce::SafeTensors file;
  try {
    file = nce::load_safetensors(file_of(bytes));
  } catch (const nce::Error&) { return; }
  int64_t count = 0;
  for (const auto& named : file.tensors) count += named.second.numel();
  sound(count <= int64_t(bytes.size()));
}
