#pragma once
#include <filesystem>
#include <string>

namespace nce::cli {

/// The browser that draws pictures: Chromium or Chrome, the first one on the PATH. An error without one.
std::filesystem::path find_browser();

/// Writes each picture of a page as DIR/PART-TITLE.png and gives their number. The page's own script draws them, in a browser
/// without a window and in a folder of its own, so they are what the page shows. Atomic (see `AtomicFile`).
int save_pictures(const std::filesystem::path& browser, const std::string& page,
                  const std::filesystem::path& folder);

}  // namespace nce::cli
