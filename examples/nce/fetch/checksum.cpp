#include "fetch/checksum.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "nce/core/error.h"

namespace nce::cli {

std::string md5_of(const std::filesystem::path& path, const std::function<void(int64_t)>& read) {
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  check(context && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1,
        "{}: OpenSSL gives no MD5 here, so that the file cannot be checked", path.string());
  std::vector<char> part(1 << 20);
  int64_t bytes = 0;
  while (file.read(part.data(), std::streamsize(part.size())), file.gcount() > 0) {
    EVP_DigestUpdate(context.get(), part.data(), size_t(file.gcount()));
    if (read) read(bytes += file.gcount());
  }
  check(file.eof(), "{}: cannot be read to its end", path.string());
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), sum, &length);
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", sum[i]);
  return text;
}

}  // namespace nce::cli
