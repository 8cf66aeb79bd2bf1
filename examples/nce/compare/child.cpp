#include "compare/child.h"

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

Child::Child(const std::vector<std::string>& arguments, const std::string& input,
             const std::filesystem::path& output) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> text(std::tmpfile(), std::fclose);
  check(text && std::fwrite(input.data(), 1, input.size(), text.get()) == input.size() &&
            std::fflush(text.get()) == 0,
        "a temporary file cannot be written: {}", std::strerror(errno));
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  check(out >= 0, "{} cannot be written: {}", output.string(), std::strerror(errno));
  std::vector<std::string> words{"nce"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ == 0) {  // only what may stand between fork and exec
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(::fileno(text.get()), STDIN_FILENO), ::dup2(out, STDOUT_FILENO), ::dup2(out, STDERR_FILENO);
    ::lseek(STDIN_FILENO, 0, SEEK_SET);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  const int problem = errno;
  ::close(out);
  check(id_ > 0, "a process cannot be started: {}", std::strerror(problem));
}

Child::Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)), code_(other.code_) {}

Child::~Child() {
  if (id_ <= 0 || ended()) return;
  terminate();
  ::waitpid(id_, nullptr, 0);
}

std::optional<int> Child::ended() {
  int status = 0;
  if (!code_ && ::waitpid(id_, &status, WNOHANG) == id_)
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return code_;
}

void Child::terminate() {
  if (!code_) ::kill(id_, SIGTERM);
}

}  // namespace nce::cli
