#include "report/page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>
#include <set>
#include <string_view>

#include "nce/core/error.h"
#include "nce/core/files/json.h"
#include "pages/numbers.h"
#include "report/assets.h"
#include "report/part.h"
#include "run/log.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

std::string title_of(const Material& material) {
  std::set<std::string> data, losses;
  for (const PageRun& run : material.runs)
    data.insert(run.config.name("data")), losses.insert(run.config.name("loss"));
  const std::string what = fmt::format("{} on {}", fmt::join(losses, ", "), fmt::join(data, ", "));
  return material.runs.size() == 1 ? what : fmt::format("{} runs: {}", material.runs.size(), what);
}

// "runs/a: conv4 (width 32), info_nce 0.2, 4 epochs, seed 1; 273,632 parameters; 0:18 on 2 threads (AVX-512, OpenBLAS SkylakeX)"
std::string about(const PageRun& run) {
  const auto options = options_in<RunOptions>(run.config, "run");
  std::string text =
      fmt::format("{}: {}, {}, {} epoch{}, seed {}", run.name, describe_encoder(run.config),
                  describe_loss(run.config), options.epochs, options.epochs == 1 ? "" : "s", options.seed);
  double seconds = 0;
  int64_t epochs = 0;
  for (const auto& line : run.log) {
    if (is_event(line, "start")) {
      const double threads = number_in(line, "threads").value_or(0);
      text +=
          fmt::format("; {} parameters; {} thread{}, {}", with_thousands(number_in(line, "parameters").value_or(0)),
                      threads, threads == 1 ? "" : "s", text_in(line, "kernels"));
    } else if (is_event(line, "epoch")) {
      seconds += number_in(line, "seconds").value_or(0), ++epochs;
    } else if (is_event(line, "collapse") || is_event(line, "not_finite")) {
      text += fmt::format("; {} at step {}", is_event(line, "collapse") ? "collapsed" : "no longer finite",
                          number_in(line, "step").value_or(0));
    }
  }
  if (seconds > 0) text += fmt::format("; {}", clock_text(seconds));
  if (epochs < options.epochs) text += fmt::format("; {} of {} epochs are done", epochs, options.epochs);
  return text;
}

Json part_json(const Part& part, Material& material) {
  Json json{{"id", part.id}, {"title", part.title}, {"read", part.read}, {"bad", part.bad}, {"kind", part.kind}};
  try {
    const Json made = part.make(material);
    if (made.is_null()) return {};
    json.update(made);
  } catch (const Error& error) { json["missing"] = fmt::format("Not shown: {}", error.what()); }
  return json;
}

// Puts `value` in the place of /*{name}*/.
void put(std::string& page, std::string_view name, std::string_view value) {
  const std::string mark = fmt::format("/*{{{}}}*/", name);
  const size_t at = page.find(mark);
  check(at != std::string::npos, "the page has no place for {}", name);
  page.replace(at, mark.size(), value);
}

// JSON inside <script>: a text of it must not end the script, or begin another one.
std::string in_script(const std::string& json) {
  std::string text;
  for (const char c : json) c == '<' ? text += "\\u003c" : text += c;
  return text;
}

}  // namespace

std::string report_page(Material& material) {
  Json summary = Json::array(), parts = Json::array();
  for (const PageRun& run : material.runs) summary.push_back(about(run));
  summary.push_back(fmt::format("Made by nce {} on {:%Y-%m-%d}.", NCE_VERSION, fmt::localtime(std::time(nullptr))));
  for (const Part& part : page_parts())
    if (Json json = part_json(part, material); !json.is_null()) parts.push_back(std::move(json));
  material.meter.clear();
  for (const std::string& what : material.left_out) summary.push_back(what);
  std::string page(assets::page_html);
  put(page, "page.css", assets::page_css);
  put(page, "data",
      in_script(json_text(Json{{"title", title_of(material)},
                               {"summary", summary},
                               {"parts", parts},
                               {"sprite", material.sprite.json()}})));
  put(page, "plot.js", assets::plot_js);
  put(page, "page.js", assets::page_js);
  return page;
}

}  // namespace nce::cli
