#include "nce/core/files/atomic_file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "nce/core/error.h"
#include "support/files.h"

using namespace nce;
using namespace nce::test;
namespace fs = std::filesystem;

namespace {

void replace(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text), file.commit();
}

std::string refusal(const fs::path& path) {
  try {
    replace(path, "new");
  } catch (const Error& error) { return error.what(); }
  return "written";
}

size_t files_in(const fs::path& folder) { return size_t(std::distance(fs::directory_iterator(folder), {})); }

mode_t mode_of(const fs::path& path) {
  struct stat status;
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("an atomic file replaces the former one as a whole, and only when committed") {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  folder.write("a.txt", "former");
  {
    AtomicFile file(path);
    file.write("half of");
  }
  CHECK(read_file(path) == "former");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);  // no temporary file is left
  AtomicFile file(path);
  file.write("new"), file.commit();
  CHECK(read_file(path) == "new");
}

TEST_CASE("what cannot be written is an error with the file's name, and the former file stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "a", unchanged = "; a former file of that name is unchanged";
  CHECK(refusal(folder / "none" / "a") ==
        (folder / "none" / "a").string() + " cannot be created: No such file or directory" + unchanged);
  CHECK(refusal(folder.path()) == folder.path().string() + " cannot be created: Is a directory");
  CHECK(refusal(folder / std::string(256, 'x')) ==
        (folder / std::string(256, 'x')).string() + " cannot be created: File name too long");
  fs::create_symlink("loop", folder / "loop");
  CHECK(refusal(folder / "loop") ==
        (folder / "loop").string() + " cannot be created: Too many levels of symbolic links");
  CHECK(refusal("/dev/full") == "/dev/full cannot be written: No space left on device");
  REQUIRE(files_in(folder.path()) == 1);

  // A file cannot grow beyond a limit, as on a full disk.
  folder.write("a", "former");
  rlimit former;
  getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, former.rlim_max};
  {
    AtomicFile file(path);
    file.write(std::string(4096, 'x'));
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK_THROWS_WITH_AS(file.write("more"), (path + " cannot be written: File too large" + unchanged).c_str(),
                         Error);
  }
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  CHECK(read_file(path) == "former");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("a file that may not be written to is not replaced") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "former");
  fs::permissions(path, fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0777));
  const uid_t self = geteuid();
  if (self == 0) REQUIRE(seteuid(65534) == 0);  // root may write to everything
  const std::string refused = refusal(path);
  if (self == 0) REQUIRE(seteuid(self) == 0);
  CHECK(refused == path + " cannot be written: Permission denied");
  CHECK(read_file(path) == "former");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a symbolic link stays, and the file that it names is replaced, wherever it lies") {
  const TemporaryFolder folder;
  folder.write("disk/deep/target", "former");
  fs::create_directory_symlink("disk/deep", folder / "inner");
  fs::create_symlink("../deep/target", folder / "disk" / "deep" / "relative");
  fs::create_symlink(folder / "inner" / "relative", folder / "absolute");
  replace(folder / "absolute", "new");
  CHECK(read_file(folder / "disk/deep/target") == "new");
  for (const char* link : {"absolute", "inner", "disk/deep/relative"}) CHECK(fs::is_symlink(folder / link));
  fs::create_symlink("disk/not yet", folder / "dangling");
  replace(folder / "dangling", "made");
  CHECK(fs::is_symlink(folder / "dangling"));
  CHECK(read_file(folder / "disk/not yet") == "made");
  CHECK(files_in(folder / "disk") == 2);
  CHECK(files_in(folder / "disk/deep") == 2);
}

TEST_CASE("a pipe is written to, and stays a pipe") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = read_file(folder / "pipe"); });
  replace(folder / "pipe", "through");
  reader.join();
  CHECK(got == "through");
  CHECK(fs::is_fifo(folder / "pipe"));
  replace("/dev/null", "away");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a new file has the mode that the umask leaves, a replaced one keeps its own") {
  const TemporaryFolder folder;
  for (const mode_t mask : {022, 027, 077, 0}) {
    const mode_t former = umask(mask);
    const fs::path path = folder / std::to_string(mask);
    replace(path, "new");
    umask(former);
    CHECK(mode_of(path) == (0666 & ~mask));
    fs::permissions(path, fs::perms(0604));
    replace(path, "newer");
    CHECK(mode_of(path) == 0604);
  }
}

TEST_CASE("a name may be as long as the system takes") {
  const TemporaryFolder folder;
  for (const size_t length : {100, 101, 251, 255}) {
    const std::string name(length, 'x');
    replace(folder / name, "new");
    CHECK(read_file(folder / name) == "new");
  }
  CHECK(files_in(folder.path()) == 4);
}

TEST_CASE("one writer at a time: a second is refused, and what a killed one left is used again") {
  const TemporaryFolder folder;
  folder.write("a.tmp", "much that a killed writer left");
  AtomicFile first(folder / "a");
  first.write("first");
  CHECK(refusal(folder / "a") ==
        (folder / "a").string() + " cannot be written: another process is writing it at this moment");
  first.commit();
  CHECK(read_file(folder / "a") == "first");
  replace(folder / "a", "second");
  CHECK(read_file(folder / "a") == "second");
  CHECK(files_in(folder.path()) == 1);
}
