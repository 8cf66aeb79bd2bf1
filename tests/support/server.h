#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nce::test {

/// A server of HTTP on loopback, one connection after another. A test says what it answers, byte for byte.
class Server {
 public:
  /// Sends bytes; false once the other side has gone, or the test ends.
  using Send = std::function<bool(const std::string& bytes)>;
  /// What to do about a request, which is its lines as they came.
  using Answer = std::function<void(const std::string& request, const Send& send)>;

  explicit Server(Answer answer)
      : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no server on loopback");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ends_ = true;
    thread_.join();
    close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  /// The requests so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool ready(int descriptor, short what) const {
    while (!ends_) {
      pollfd wanted{descriptor, what, 0};
      if (poll(&wanted, 1, 20) > 0) return true;
    }
    return false;
  }
  void serve() {
    while (ready(listener_, POLLIN)) {
      const int connection = accept(listener_, nullptr, nullptr);
      std::string request;
      char part[4096];
      while (request.find("\r\n\r\n") == std::string::npos && ready(connection, POLLIN)) {
        const ssize_t got = recv(connection, part, sizeof part, 0);
        if (got <= 0) break;
        request.append(part, size_t(got));
      }
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      answer_(request, [&](const std::string& bytes) {
        for (size_t sent = 0; sent < bytes.size();) {
          if (!ready(connection, POLLOUT)) return false;
          const ssize_t now = send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
          if (now <= 0) return false;
          sent += size_t(now);
        }
        return !ends_;
      });
      close(connection);
    }
  }

  Answer answer_;
  int listener_;
  uint16_t port_ = 0;
  std::atomic<bool> ends_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// The number after "Range: bytes="; 0: none.
inline size_t range_of(const std::string& request) {
  const std::string key = "Range: bytes=";
  const size_t at = request.find(key);
  return at == std::string::npos ? 0 : std::stoull(request.substr(at + key.size()));
}

/// The head of an answer that gives `body` from byte `begin`, as the request asks.
inline std::string head_of(const std::string& body, size_t begin) {
  if (begin == 0)
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  const std::string last = std::to_string(body.size() - 1), size = std::to_string(body.size());
  return "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(begin) + "-" + last + "/" + size +
         "\r\nContent-Length: " + std::to_string(body.size() - begin) + "\r\nConnection: close\r\n\r\n";
}

}  // namespace nce::test
