// Fetching files, from a server on loopback that does what servers do.
#include "fetch/download.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "support/files.h"
#include "support/server.h"

using namespace nce::test;
using nce::cli::Download;
using nce::cli::DownloadOptions;
using nce::cli::fetch_file;

namespace {

std::string body() {
  std::string bytes(10'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = char(i * i % 251);
  return bytes;
}
constexpr const char* kSum = "89673644dc6d76e6495ddd373f3b2242";

// What the error says, or what came of it.
std::string fetched(const Download& download, const DownloadOptions& options = {}) {
  try {
    return fetch_file(download, options) ? "fetched" : "stopped";
  } catch (const nce::Error& error) { return error.what(); }
}

struct Place {
  TemporaryFolder folder;
  Download of(const Server& server) const {
    return {.url = server.url() + "a.gz", .to = folder / "a.gz", .bytes = 10'000, .md5 = kSum};
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder / name); }
  std::string part() const { return read_file(folder / "a.gz.part"); }
  void check_whole() const {
    CHECK(read_file(folder / "a.gz") == body());
    CHECK(!has("a.gz.part"));
  }
};

// Serves `bytes` as it is asked for them.
Server::Answer good(const std::string& bytes = body()) {
  return [bytes](const std::string& request, const Server::Send& send) {
    const size_t begin = range_of(request);
    send(head_of(bytes, begin) + bytes.substr(begin));
  };
}
// Breaks off after `count` bytes of an answer.
Server::Answer breaking(size_t count) {
  return [count](const std::string& request, const Server::Send& send) {
    const size_t begin = range_of(request);
    send(head_of(body(), begin) + body().substr(begin, count));
  };
}

}  // namespace

TEST_CASE("a file is fetched, compared and moved into place") {
  const Place place;
  const Server server(good());
  int64_t last = 0;
  const auto progress = [&](int64_t done, int64_t total) {
    CHECK((done >= last && total == 10'000));
    last = done;
    return true;
  };
  CHECK(fetched(place.of(server), {.progress = progress}) == "fetched");
  place.check_whole();
  CHECK(server.requests().size() == 1);
  CHECK(server.requests()[0].starts_with("GET /a.gz HTTP/1.1\r\n"));
}

TEST_CASE("a connection that breaks is made anew where it broke, and the next command goes on too") {
  const Place place;
  {
    const Server server(breaking(3'000));
    CHECK(fetched(place.of(server)) == "fetched");
    place.check_whole();
    std::vector<size_t> begins;
    for (const auto& request : server.requests()) begins.push_back(range_of(request));
    CHECK(begins == std::vector<size_t>{0, 3'000, 6'000, 9'000});
  }
  const Place other;
  {
    const Server server(breaking(3'000));
    CHECK(fetched(other.of(server), {.tries = 2}) ==
          server.url() + "a.gz: the connection broke; the same command goes on with what is there");
    CHECK(other.part() == body().substr(0, 6'000));
    CHECK(!other.has("a.gz"));
  }
  const Server server(good());
  CHECK(fetched(other.of(server)) == "fetched");
  other.check_whole();
  CHECK(range_of(server.requests()[0]) == 6'000);
}

TEST_CASE("a server that cannot begin in the middle is asked from the start") {
  const Place place;
  place.folder.write("a.gz.part", "damaged");
  const Server server([](const std::string&, const Server::Send& send) { send(head_of(body(), 0) + body()); });
  CHECK(fetched(place.of(server)) == "fetched");
  place.check_whole();
  CHECK(server.requests().size() == 2);
}

TEST_CASE("Ctrl-C leaves a part that is gone on with") {
  const Place place;
  const auto stop = [](int64_t done, int64_t) { return done < 2'000; };
  {
    const Server server([](const std::string& request, const Server::Send& send) {
      const size_t begin = range_of(request);
      send(head_of(body(), begin) + body().substr(begin, 4'000));
      for (int i = 0; i < 600 && send(""); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
    CHECK(fetched(place.of(server), {.progress = stop}) == "stopped");
  }
  CHECK(place.part() == body().substr(0, 4'000));
  const Server server(good());
  CHECK(fetched(place.of(server)) == "fetched");
  place.check_whole();
}

TEST_CASE("a damaged file is not put into place, and is gone") {
  const Place place;
  std::string damaged = body();
  damaged[5'000] ^= 1;
  const Server server(good(damaged));
  CHECK(
      fetched(place.of(server))
          .starts_with(server.url() + "a.gz: what came is not the published file: 10000 bytes with the MD5 sum "));
  CHECK(!place.has("a.gz"));
  CHECK(!place.has("a.gz.part"));
  // So is a part that was damaged before.
  place.folder.write("a.gz.part", std::string(9'999, 'x'));
  const Server whole(good());
  CHECK(fetched(place.of(whole)).find("it was removed. Try again") != std::string::npos);
  CHECK(fetched(place.of(whole)) == "fetched");
  place.check_whole();
}

TEST_CASE("a slow server is waited for, one that says nothing any more is not") {
  const Place place;
  {
    const Server slow([](const std::string& request, const Server::Send& send) {
      const size_t begin = range_of(request);
      send(head_of(body(), begin));
      for (size_t at = begin; at < body().size() && send(body().substr(at, 500)); at += 500)
        std::this_thread::sleep_for(std::chrono::milliseconds(12));
    });
    CHECK(fetched(place.of(slow), {.stall_seconds = 1}) == "fetched");
    place.check_whole();
  }
  const Place other;
  const Server silent([](const std::string& request, const Server::Send& send) {
    const size_t begin = range_of(request);
    if (begin == 0) send(head_of(body(), begin) + body().substr(begin, 5'000));
    while (send("")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  CHECK(fetched(other.of(silent), {.stall_seconds = 1, .tries = 1}) ==
        silent.url() + "a.gz: the server stopped to answer; the same command goes on with what is there");
  CHECK(other.part() == body().substr(0, 5'000));
}

TEST_CASE("what is no file, or another one, is refused with what to do") {
  const Place place;
  const auto says = [&](const std::string& head, const std::string& text) {
    const Server server([&](const std::string&, const Server::Send& send) { send(head); });
    const std::string said = fetched(place.of(server));
    CHECK(said == server.url() + "a.gz: " + text);
    CHECK(!place.has("a.gz"));
  };
  says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
       "the server answers 404: there is no such file; give another address of it with --mirror");
  says("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
       "the server answers 503: it has a fault of its own; try again later");
  says(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "the server gives 5 bytes, the published file has 10000; it is another file, or a page of the network: open the "
      "address in a browser, or give another one with --mirror");
  says(
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body() + "more",
      "the server gives 10004 bytes, the published file has 10000; it is another file, or a page of the network: open the "
      "address in a browser, or give another one with --mirror");
  std::string gone;
  {
    const Server server(good());
    gone = server.url();
  }
  const std::string said = fetched({.url = gone, .to = place.folder / "a.gz"});
  CHECK(said.starts_with(gone + ": no connection ("));
  CHECK(said.ends_with("is there a network, and does it need a proxy (https_proxy)?"));
  CHECK(fetched({.url = "file:///etc/hostname", .to = place.folder / "a.gz"}).find("rotocol") != std::string::npos);
  CHECK(fetched({.url = gone, .to = place.folder / "none/a.gz"}) ==
        (place.folder / "none/a.gz.part").string() + ": cannot be written: No such file or directory");
}
