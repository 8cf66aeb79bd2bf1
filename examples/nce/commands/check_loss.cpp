#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "nce/core/catalogue.h"
#include "nce/core/files/json.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/check/conformance.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

using losses::ConformanceReport;
using losses::Verdict;

struct CheckLossSettings {
  std::string name;
  bool all = false;  // all known losses, as one Markdown table
  bool json = false;
  bool stops_gradient = false;  // as in losses::ConformanceOptions
  int64_t num_views = 0;        // 0: as many as the loss needs
};

// The loss is named without --loss.
Section named_loss() {
  Section section = loss_section();
  section.help = "";
  return section;
}

ConformanceReport check(const std::string& name, const std::vector<Setting>& settings, const CheckLossSettings& s) {
  const losses::NumViews takes = losses::known_losses().find(name).num_views;
  if (s.num_views && !takes.holds(s.num_views))
    throw UsageError(fmt::format("--num-views {}: {} takes {} of each sample", s.num_views, name, takes.text()));
  const auto loss = losses::make_loss(name, settings);
  losses::Temperature* own = loss->temperature();
  return losses::check_conformance(name,
                                   [&](const std::vector<Tensor>& z, double temperature) {
                                     if (own) *own = temperature;
                                     return (*loss)(losses::views_of(z));
                                   },
                                   {.temperature = own ? own->value() : losses::ConformanceOptions{}.temperature,
                                    .stops_gradient = s.stops_gradient || loss->stops_gradient(),
                                    .num_views = s.num_views ? s.num_views : takes.least});
}

void print_json(const ConformanceReport& report) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const losses::Finding& f : report.findings) {
    nlohmann::ordered_json finding{{"name", f.name},
                                   {"verdict", f.verdict == Verdict::holds   ? "holds"
                                               : f.verdict == Verdict::fails ? "fails"
                                                                             : "property"}};
    if (std::isfinite(f.measured)) finding["measured"] = f.measured;
    if (!f.answer.empty()) finding["answer"] = f.answer;
    finding["text"] = f.text;
    findings.push_back(finding);
  }
  const nlohmann::ordered_json json{{"loss", report.loss}, {"ok", report.ok()}, {"findings", findings}};
  fmt::print("{}\n", json_text(json));
}

int check_loss(const CheckLossSettings& s, std::vector<Given> given) {
  const Section section = named_loss();
  std::vector<std::string> names = names_of(section.rows);
  if (s.all != s.name.empty())
    throw UsageError(
        fmt::format("check-loss: either the NAME of a loss or --all; there are {}", fmt::join(names, ", ")));
  if (s.all && s.num_views)
    throw UsageError("check-loss: --num-views goes with the NAME of a loss, not with --all");
  if (!s.all) names = {s.name};

  std::vector<ConformanceReport> reports;
  for (const std::string& name : names) {
    std::vector<Given> own{{"loss", "name", name, "check-loss"}};
    for (const Given& g : given)
      if (!s.all || has_option(section, name, g.key)) own.push_back(g);
    reports.push_back(check(name, resolve({section}, own).settings("loss"), s));
  }
  if (s.json)
    for (const ConformanceReport& report : reports) print_json(report);
  else
    fmt::print("{}", s.all ? to_markdown(reports) : to_string(reports.front()));
  return std::all_of(reports.begin(), reports.end(), [](const ConformanceReport& r) { return r.ok(); }) ? 0 : 1;
}

}  // namespace

Run add_check_loss(CLI::App& command) {
  auto settings = std::make_shared<CheckLossSettings>();
  CLI::Option* name = command.add_option("NAME", settings->name,
                                         fmt::format("The loss: {}", fmt::join(names_of(named_loss().rows), ", ")));
  command.add_flag("--all", settings->all, "All losses instead, as one Markdown table");
  command.add_flag("--stops-gradient", settings->stops_gradient,
                   "The loss detaches a part of itself on purpose: do not hold its gradient to its value");
  command.add_option("--num-views", settings->num_views, "Views of each sample [as many as the loss needs]")
      ->check(within({.least = 2}));
  command.add_flag("--json", settings->json, "Print a JSON object per loss instead");
  const auto named = [name] {
    return name->count() ? std::vector<Given>{{"loss", "name", name->as<std::string>(), "NAME"}}
                         : std::vector<Given>();
  };
  command.footer("Example: nce check-loss sc_info_nce --delta 1 --gamma -0.2");
  return [settings, given = declare(command, {named_loss()}, named)] { return check_loss(*settings, given()); };
}

}  // namespace nce::cli
