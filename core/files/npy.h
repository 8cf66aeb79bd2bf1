#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nce/core/files/atomic_file.h"
#include "nce/core/tensor.h"

/// NumPy's file format for one array (numpy.org, "numpy.lib.format").
namespace nce {

/// Writes a tensor for `numpy.load`: format version 1.0, elements row-major. Atomic (see `AtomicFile`).
void save_npy(const std::filesystem::path& path, const Tensor& tensor);
/// The same for labels: a vector of 32-bit integers.
void save_npy(const std::filesystem::path& path, std::span<const int> values);

/// The same for a matrix of floats, some rows at a time. So it need not be in memory as a whole.
class NpyRows {
 public:
  /// The file will have `count` rows.
  NpyRows(const std::filesystem::path& path, int64_t count) : path_(path), file_(path), left_(count) {}
  /// The next rows: f32 (n, d), as many columns as the first ones.
  void add(const Tensor& rows);
  /// An error if rows are missing.
  void commit();

 private:
  std::filesystem::path path_;
  AtomicFile file_;
  int64_t left_, columns_ = -1;
};

/// An array that `numpy.save` wrote.
struct NpyArray {
  std::vector<int64_t> shape;
  std::string type;            ///< Kind and size: "u1" is a byte, "f4" a float, "i8" a 64-bit integer, "b1" a bool.
  std::vector<uint8_t> bytes;  ///< The elements, row-major, little-endian.

  int64_t size() const;                ///< Number of elements.
  double operator[](int64_t i) const;  ///< Element i in row-major order.
  bool whole_numbers() const { return type[0] != 'f'; }
};

/// Reads a file of version 1.0, 2.0 or 3.0, with elements f4, f8, b1, or i and u of 1, 2, 4 and 8 bytes. The shape must
/// fit the size of the file; this is checked before memory is taken. Errors, with the file's name: another type;
/// big-endian or column-major elements; a file that is cut off or too long.
NpyArray load_npy(const std::filesystem::path& path);

}  // namespace nce
