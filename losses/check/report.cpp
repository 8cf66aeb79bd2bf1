#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/losses/check/conformance.h"

namespace nce::losses {
namespace {

const Finding* find(const ConformanceReport& report, const std::string& name) {
  const auto& all = report.findings;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Finding& f) { return f.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<const Finding*> with(const ConformanceReport& report, Verdict verdict) {
  std::vector<const Finding*> some;
  for (const Finding& f : report.findings)
    if (f.verdict == verdict) some.push_back(&f);
  return some;
}

// "all 10 checks hold", or the names of those that fail.
std::string summary(const ConformanceReport& report) {
  const auto failed = with(report, Verdict::fails);
  if (failed.empty()) return fmt::format("all {} checks hold", with(report, Verdict::holds).size());
  std::string text = "FAILS";
  for (const Finding* f : failed) text += fmt::format("{} {}", f == failed.front() ? ":" : ",", f->name);
  return text;
}

}  // namespace

bool ConformanceReport::ok() const { return with(*this, Verdict::fails).empty(); }

const Finding& ConformanceReport::operator[](const std::string& name) const {
  const Finding* found = find(*this, name);
  if (!found) fail("ConformanceReport: {} has no finding called '{}'", loss, name);
  return *found;
}

std::string to_string(const ConformanceReport& report) {
  std::string text = fmt::format("{}: {}\n", report.loss, summary(report));
  for (const auto& [verdict, word] :
       {std::pair(Verdict::fails, "FAILS"), {Verdict::holds, "holds"}, {Verdict::property, ""}})
    for (const Finding* f : with(report, verdict))
      text += fmt::format("  {:<6} {:<19} {:<15} {}\n", word, f->name, f->answer, f->text);
  return text;
}

std::string to_markdown(const std::vector<ConformanceReport>& reports) {
  // Heading and finding. Checks show the measured number, properties the answer.
  const std::pair<const char*, std::string> columns[] = {{"gradient error", "gradient"},
                                                         {"f32 error", "f32"},
                                                         {"gradient reaches", "gradient reaches"},
                                                         {"symmetric", "symmetric"},
                                                         {"normalises", "normalises"},
                                                         {"rotation invariant", "rotation"},
                                                         {"no N x N matrix", "streams"},
                                                         {"collapsed", "collapsed"},
                                                         {"orthogonal", "orthogonal"},
                                                         {"aligned", "aligned"},
                                                         {"a step on alignment", "step on alignment"},
                                                         {"on uniformity", "step on uniformity"},
                                                         {"collapse is", "collapse is"}};
  std::string text = "| loss | checks |", line = "| --- | --- |";
  for (const auto& [heading, name] : columns) text += fmt::format(" {} |", heading), line += " --- |";
  text += "\n" + line + "\n";
  for (const ConformanceReport& report : reports) {
    text += fmt::format("| {} | {} |", report.loss, report.ok() ? "all hold" : summary(report));
    for (const auto& [heading, name] : columns) {
      const Finding* f = find(report, name);
      if (!f)
        text += " |";
      else if (f->verdict == Verdict::property)
        text += name.starts_with("step") ? fmt::format(" {} ({:.2f}) |", f->answer, f->measured)
                                         : fmt::format(" {} |", f->answer);
      else
        text += std::isnan(f->measured) ? " FAILS |" : fmt::format(" {:.0e} |", f->measured);
    }
    text += "\n";
  }
  return text;
}

}  // namespace nce::losses
