#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "command.h"
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
  LossSettings loss;
};

ConformanceReport check(const std::string& name, const CheckLossSettings& settings) {
  const Loss& loss = find_loss(name);
  return losses::check_conformance(
      name,
      [&](const Tensor& z1, const Tensor& z2, double temperature) {
        LossSettings at = settings.loss;
        at.temperature = temperature;
        return loss(z1, z2, at);
      },
      {.temperature = settings.loss.temperature,
       .stops_gradient = settings.stops_gradient || stops_gradient(name, settings.loss)});
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
  fmt::print("{}\n", json.dump());
}

int check_loss(const CLI::App& command, const CheckLossSettings& settings) {
  const std::vector<std::string> known = loss_names();
  if (settings.all != settings.name.empty())
    throw UsageError(
        fmt::format("check-loss: either the NAME of a loss or --all; there are {}", fmt::join(known, ", ")));
  if (!settings.all && std::find(known.begin(), known.end(), settings.name) == known.end())
    throw UsageError(fmt::format("no loss is called '{}'; there are {}", settings.name, fmt::join(known, ", ")));
  for (const std::string& option : loss_options())
    if (!settings.all && command.get_option("--" + option)->count() > 0 && !takes(settings.name, option))
      throw UsageError(fmt::format("--{} is an option of {}, not of {}", option,
                                   fmt::join(losses_with(option), ", "), settings.name));
  validate_loss_options(settings.loss);

  std::vector<ConformanceReport> reports;
  for (const std::string& name : settings.all ? known : std::vector<std::string>{settings.name})
    reports.push_back(check(name, settings));
  if (settings.json)
    for (const ConformanceReport& report : reports) print_json(report);
  else
    fmt::print("{}", settings.all ? to_markdown(reports) : to_string(reports.front()));
  return std::all_of(reports.begin(), reports.end(), [](const ConformanceReport& r) { return r.ok(); }) ? 0 : 1;
}

}  // namespace

Run add_check_loss(CLI::App& command) {
  auto settings = std::make_shared<CheckLossSettings>();
  CheckLossSettings& s = *settings;
  command.add_option("NAME", s.name, fmt::format("The loss: {}", fmt::join(loss_names(), ", ")));
  command.add_flag("--all", s.all, "All losses instead, as one Markdown table");
  command.add_flag("--stops-gradient", s.stops_gradient,
                   "The loss detaches a part of itself on purpose: do not hold its gradient to its value");
  command.add_flag("--json", s.json, "Print a JSON object a loss instead");
  command.option_defaults()->always_capture_default();
  add_loss_options(command, s.loss);
  return [&command, settings] { return check_loss(command, *settings); };
}

}  // namespace nce::cli
