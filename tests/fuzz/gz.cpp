// The way of an IDX file through zlib: the bytes as they are, and compressed, so that damage lies in what is compressed.
#include <zlib.h>

#include "nce/data/sets/idx.h"
#include "support/fuzz.h"

using namespace nce::test;

namespace {

void check_array(const std::string& path) {
  refusable([&] {
    const nce::data::IdxArray array = nce::data::read_idx(path);
    int64_t count = 1;
    for (const int64_t size : array.sizes) count *= size;
    sound(count == int64_t(array.values.size()));
  });
}

std::string compressed(std::string_view bytes) {
  std::string out(compressBound(bytes.size()) + 64, '\0');
  z_stream stream = {};
  // The smallest window: it is the fastest to set up. 16: a gzip header.
  sound(deflateInit2(&stream, 1, Z_DEFLATED, 9 + 16, 1, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  sound(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

NCE_FUZZ("gz", bytes) {
  check_array(file_of(bytes));
  check_array(file_of(compressed(bytes)));
}
