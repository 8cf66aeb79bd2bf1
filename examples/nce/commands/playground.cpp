#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "report/assets.h"

namespace nce::cli {

#ifndef NCE_PLAYGROUND
const std::string_view assets::playground_html;
#endif

Run add_playground(CLI::App& command) {
  const auto out = std::make_shared<std::filesystem::path>();
  command.add_option("--out", *out, "The HTML file to write. It needs no other file, and no network")->required();
  command.footer(
      "Five parts to play on: every number on the page comes from this library, compiled for the browser.");
  return [out] {
    const std::string_view page = assets::playground_html;
    check(!page.empty(),
          "this program was built without the playground. `bash examples/playground.sh --out FILE` makes the page; "
          "`cmake --preset release -DNCE_PLAYGROUND=FILE` and a build put it into the program");
    AtomicFile file(*out);
    file.write(page), file.commit();
    fmt::print("{}: {:.1f} MB; open it in a browser\n", out->string(), double(page.size()) / 1e6);
    return 0;
  };
}

}  // namespace nce::cli
