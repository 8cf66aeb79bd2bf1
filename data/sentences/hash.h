#pragma once
#include <cstdint>
#include <string_view>

namespace nce::data {

/// FNV-1a of 64 bits (Fowler, Noll and Vo).
constexpr uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return hash;
}

}  // namespace nce::data
