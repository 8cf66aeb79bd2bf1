#include "fetch/download.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <type_traits>

#include "fetch/checksum.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"

namespace nce::cli {
namespace {

// libcurl, loaded when it is asked for: it brings two dozen libraries, and the program would take half as long again to start.
struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;

  Curl() {
    void* const library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    check(library, "libcurl cannot be loaded ({}); install it, Debian's package is libcurl4", dlerror());
    const auto load = [&](const char* name, auto& function) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(library, name));
      check(function, "this libcurl lacks {}", name);
    };
    load("curl_global_init", global_init), load("curl_easy_init", easy_init);
    load("curl_easy_cleanup", easy_cleanup), load("curl_easy_setopt", easy_setopt);
    load("curl_easy_perform", easy_perform), load("curl_easy_getinfo", easy_getinfo);
    load("curl_easy_strerror", easy_strerror);
    check(global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl cannot be started");
  }
};
const Curl& library() {
  static const Curl curl;
  return curl;
}

// The file that grows. One process at a time has it.
class Part {
 public:
  explicit Part(std::filesystem::path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor_);
      fail("{}: another process fetches this file now; wait until it ends", path_.string());
    }
  }
  ~Part() { ::close(descriptor_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  const std::filesystem::path& path() const { return path_; }
  int64_t size() const {
    struct stat facts = {};
    return ::fstat(descriptor_, &facts) == 0 ? facts.st_size : 0;
  }
  void clear() {
    check(::ftruncate(descriptor_, 0) == 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
  }
  bool append(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes += written, count -= size_t(written);
    }
    return true;
  }
  void move_to(const std::filesystem::path& to) {
    check(::fsync(descriptor_) == 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
    std::error_code problem;
    std::filesystem::rename(path_, to, problem);
    check(!problem, "{}: cannot be moved to {}: {}", path_.string(), to.string(), problem.message());
  }
  void remove() {
    std::error_code none;
    std::filesystem::remove(path_, none);
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

enum class Stop { no, wanted, disk, size, stall };

// One connection: what curl's callbacks see.
struct Transfer {
  const Download& download;
  const DownloadOptions& options;
  Part& part;
  CURL* curl;
  int64_t begin;  // bytes that were there before
  Stop stop = Stop::no;
  int64_t offered = 0;  // the size that the server says, where it is not the published one
  int disk_error = 0;
  int64_t last = -1;  // bytes when the last ones came, and when that was
  std::chrono::steady_clock::time_point last_time = {};

  // What the server says of the size is compared before a byte is kept: a page that says "log in" is no data set.
  bool right_size(size_t more) {
    curl_off_t length = -1;
    library().easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    const int64_t published = download.bytes;
    if (published == 0) return true;
    offered = length >= 0 ? begin + length : part.size() + int64_t(more);
    return length >= 0 ? offered == published : offered <= published;
  }
  static size_t write(char* bytes, size_t, size_t count, void* self) {
    auto& t = *static_cast<Transfer*>(self);
    if (!t.right_size(count)) return t.stop = Stop::size, 0;
    if (!t.part.append(bytes, count)) return t.disk_error = errno, t.stop = Stop::disk, 0;
    return count;
  }
  static int progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    auto& t = *static_cast<Transfer*>(self);
    const int64_t all = t.download.bytes > 0 ? t.download.bytes : total > 0 ? t.begin + total : 0;
    const auto time = std::chrono::steady_clock::now();
    if (now != t.last) t.last = now, t.last_time = time;
    if (time - t.last_time > std::chrono::seconds(t.options.stall_seconds)) return t.stop = Stop::stall, 1;
    if (t.options.progress && !t.options.progress(t.begin + now, all)) return t.stop = Stop::wanted, 1;
    return 0;
  }
};

// What a person can do about an error of the network.
std::string reason(CURLcode code, long status, const char* detail) {
  switch (code) {
    case CURLE_HTTP_RETURNED_ERROR:
      return fmt::format("the server answers {}{}", status,
                         status == 404   ? ": there is no such file; give another address of it with --mirror"
                         : status == 403 ? ": it does not give the file; give another address of it with --mirror"
                         : status >= 500 ? ": it has a fault of its own; try again later"
                                         : "");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return fmt::format("no connection ({}); is there a network, and does it need a proxy (https_proxy)?", detail);
    case CURLE_OPERATION_TIMEDOUT:
      return "the server stopped to answer; the same command goes on with what is there";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return "the connection broke; the same command goes on with what is there";
    default:
      return detail;
  }
}

}  // namespace

bool fetch_file(const Download& download, const DownloadOptions& options) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(library().easy_init(), library().easy_cleanup);
  CURL* const curl = handle.get();
  check(curl, "libcurl cannot be started");
  Part part(download.to.string() + ".part");
  if (download.bytes > 0 && part.size() > download.bytes) part.clear();

  char detail[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { library().easy_setopt(curl, option, value); };
  set(CURLOPT_URL, download.url.c_str());
  set(CURLOPT_USERAGENT, "nce");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 10L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 30L);
  set(CURLOPT_ERRORBUFFER, detail);
  set(CURLOPT_WRITEFUNCTION, &Transfer::write);
  set(CURLOPT_XFERINFOFUNCTION, &Transfer::progress);
  set(CURLOPT_NOPROGRESS, 0L);

  for (int left = options.tries; download.bytes == 0 || part.size() < download.bytes;) {
    Transfer transfer{.download = download, .options = options, .part = part, .curl = curl, .begin = part.size()};
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_XFERINFODATA, &transfer);
    set(CURLOPT_RESUME_FROM_LARGE, curl_off_t(transfer.begin));
    detail[0] = '\0';
    CURLcode code = library().easy_perform(curl);
    if (transfer.stop == Stop::stall) code = CURLE_OPERATION_TIMEDOUT;
    long status = 0;
    library().easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) break;
    if (transfer.stop == Stop::wanted) return false;
    check(transfer.stop != Stop::disk, "{}: cannot be written: {}; make room, and the same command goes on",
          part.path().string(), std::strerror(transfer.disk_error));
    if (transfer.begin > 0 && (code == CURLE_RANGE_ERROR || status == 416)) {  // it cannot go on: from the start
      part.clear();
      continue;
    }
    if (transfer.stop == Stop::size)
      fail(
          "{}: the server gives {} bytes, the published file has {}; it is another file, or a page of the network: "
          "open the address in a browser, or give another one with --mirror",
          download.url, transfer.offered, download.bytes);
    const bool broke = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_OPERATION_TIMEDOUT;
    if (!broke || part.size() <= transfer.begin || --left <= 0)
      fail("{}: {}", download.url, reason(code, status, detail[0] ? detail : library().easy_strerror(code)));
  }

  const int64_t size = part.size();
  const std::string sum = download.md5.empty() ? "" : md5_of(part.path());
  if ((download.bytes > 0 && size != download.bytes) || sum != download.md5) {
    part.remove();
    fail(
        "{}: what came is not the published file: {} bytes with the MD5 sum {}, not {} with {}; it was removed. Try again, or "
        "give another address with --mirror",
        download.url, size, sum, download.bytes, download.md5);
  }
  part.move_to(download.to);
  return true;
}

}  // namespace nce::cli
