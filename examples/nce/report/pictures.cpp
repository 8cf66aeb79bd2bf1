#include "report/pictures.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "pages/png.h"
#include "run/child.h"
#include "run/folder.h"

namespace nce::cli {
namespace {

// A folder that goes with what is in it.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::error_code none;
    std::string name = (std::filesystem::temp_directory_path(none) / "nce-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: a temporary folder cannot be made: {}", name,
          std::strerror(errno));
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code none;
    std::filesystem::remove_all(path, none);
  }
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::filesystem::path find_browser() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}) {
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');)
      if (const auto file = std::filesystem::path(folder) / name; ::access(file.c_str(), X_OK) == 0) return file;
  }
  fail(
      "--png: a browser draws the pictures, and there is none: chromium, google-chrome. Install one, or save the "
      "pictures from the page of --out: each has a button");
}

int save_pictures(const std::filesystem::path& browser, const std::string& page,
                  const std::filesystem::path& folder) {
  const TemporaryFolder here;
  const auto file = here.path / "page.html", drawn = here.path / "drawn.html", errors = here.path / "errors";
  std::ofstream(file, std::ios::binary) << page;
  check(text_of(file).size() == page.size(), "{}: the page cannot be written there", file.string());
  std::vector<std::string> words{browser.string(),
                                 "--headless",
                                 "--disable-gpu",
                                 "--user-data-dir=" + (here.path / "profile").string(),
                                 "--virtual-time-budget=60000",
                                 "--window-size=1100,1000",
                                 "--dump-dom"};
  if (::geteuid() == 0) words.emplace_back("--no-sandbox");  // it has none for this user
  words.push_back("file://" + file.string() + "#png");
  const int code = Child(browser, words, "", drawn, errors).wait();
  const std::string html = text_of(drawn), begin = "<a href=\"data:image/png;base64,", name = "\" data-picture=\"";
  check(code == 0 && html.find("<div id=\"pictures\"") != std::string::npos,
        "{} did not draw the pictures (exit code {}): {}", browser.string(), code, text_of(errors));
  RunFolder(folder).create();
  int count = 0;
  for (size_t at = html.find(begin); at != std::string::npos; at = html.find(begin, at), ++count) {
    at += begin.size();
    const size_t end = html.find(name, at), from = end + name.size();
    AtomicFile picture(folder / (html.substr(from, html.find('"', from) - from) + ".png"));
    picture.write(from_base64(html.substr(at, end - at)));
    picture.commit();
  }
  return count;
}

}  // namespace nce::cli
