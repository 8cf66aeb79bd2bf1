#pragma once
#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

/// Files as numpy.save writes them.
namespace nce::test {

/// A .npy file of version 1.0 with this header and these elements.
inline std::string npy_with(std::string header, const std::string& elements) {
  while ((10 + header.size() + 1) % 64) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + char(header.size() % 256) + char(header.size() / 256) + header +
         elements;
}

/// `shape` as Python writes it: "(2,)", "(2, 3)".
template <class T>
std::string npy(const char* type, const char* shape, const std::vector<T>& elements) {
  std::string bytes(elements.size() * sizeof(T), 0);
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return npy_with(fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape), bytes);
}

}  // namespace nce::test
