#include "run/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "nce/core/error.h"

namespace nce::cli {

namespace {

int opened(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  check(file >= 0, "{} cannot be written: {}", path.string(), std::strerror(errno));
  return file;
}

std::optional<int> code_of(pid_t id, int options) {
  int status = 0;
  pid_t found = 0;
  while ((found = ::waitpid(id, &status, options)) < 0 && errno == EINTR) continue;
  if (found != id) return {};
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Child::Child(const std::filesystem::path& program, std::vector<std::string> words, const std::string& input,
             const std::filesystem::path& output, const std::filesystem::path& errors) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> text(std::tmpfile(), std::fclose);
  check(text && std::fwrite(input.data(), 1, input.size(), text.get()) == input.size() &&
            std::fflush(text.get()) == 0,
        "a temporary file cannot be written: {}", std::strerror(errno));
  const int out = opened(output), err = opened(errors.empty() ? output : errors);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ == 0) {  // only what may stand between fork and exec
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(::fileno(text.get()), STDIN_FILENO), ::dup2(out, STDOUT_FILENO), ::dup2(err, STDERR_FILENO);
    ::lseek(STDIN_FILENO, 0, SEEK_SET);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  const int problem = errno;
  ::close(out), ::close(err);
  check(id_ > 0, "a process cannot be started: {}", std::strerror(problem));
}

Child::Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)), code_(other.code_) {}

Child::~Child() {
  if (id_ <= 0 || ended()) return;
  terminate();
  wait();
}

std::optional<int> Child::ended() {
  if (!code_) code_ = code_of(id_, WNOHANG);
  return code_;
}

int Child::wait() {
  if (!code_) code_ = code_of(id_, 0);
  return code_.value_or(-1);
}

void Child::terminate() {
  if (!code_) ::kill(id_, SIGTERM);
}

}  // namespace nce::cli
