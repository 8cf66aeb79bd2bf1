#include "nce/core/files/npy.h"

#include <string>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"

namespace nce {
namespace {

// numpy.lib.format: spaces fill the header, so that the elements start at a multiple of 64 bytes.
void write_header(AtomicFile& file, const char* type, const std::string& shape) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  const size_t before = 10;  // magic, version, length of the header
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';
  file.write(std::string_view("\x93NUMPY\x01\x00", 8));
  const char length[2] = {char(header.size() & 255), char(header.size() >> 8)};
  file.write(length, 2);
  file.write(header);
}

void write(const std::filesystem::path& path, const char* type, const std::string& shape, const void* elements,
           size_t bytes) {
  AtomicFile file(path);
  write_header(file, type, shape);
  file.write(elements, bytes);
  file.commit();
}

}  // namespace

void save_npy(const std::filesystem::path& path, const Tensor& tensor) {
  NoGrad no_grad;
  const Tensor dense = tensor.contiguous();
  dispatch(dense.dtype(), [&]<class T>(T) {
    write(path, sizeof(T) == 4 ? "<f4" : "<f8", to_string(dense.shape()), dense.data<T>(),
          size_t(dense.numel()) * sizeof(T));
  });
}

void save_npy(const std::filesystem::path& path, std::span<const int> values) {
  static_assert(sizeof(int) == 4);
  write(path, "<i4", fmt::format("({},)", values.size()), values.data(), values.size_bytes());
}

void NpyRows::add(const Tensor& rows) {
  const NoGrad no_grad;
  const Tensor dense = rows.contiguous();
  check(dense.dim() == 2 && dense.dtype() == DType::f32 && (columns_ < 0 || dense.size(1) == columns_) &&
            dense.size(0) <= left_,
        "{}: rows {} {} do not fit; left are {} rows of {} columns", path_.string(), to_string(dense.dtype()),
        dense.shape(), left_, columns_);
  if (columns_ < 0) {
    columns_ = dense.size(1);
    write_header(file_, "<f4", to_string(Shape{left_, columns_}));
  }
  file_.write(dense.data<float>(), size_t(dense.numel()) * sizeof(float));
  left_ -= dense.size(0);
}

void NpyRows::commit() {
  check(left_ == 0 && columns_ >= 0, "{}: {} rows are missing", path_.string(), left_);
  file_.commit();
}

}  // namespace nce
