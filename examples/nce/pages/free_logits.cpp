#include "pages/free_logits.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "pages/csv.h"
#include "pages/json.h"
#include "pages/numbers.h"
#include "pages/table.h"
#include "terminal.h"

namespace nce::cli {
namespace {

// In the order of losses::Outcome.
constexpr const char* kOutcomes[] = {"reached",     "as B grows",   "drifts up",
                                     "drifts down", "pushes apart", "has none"};

void print_table(const std::vector<FreeLoss>& rows) {
  const auto line = [](const auto&... cells) {
    fmt::print("{:<27}{:>5}{:>6}{:>7}  {:<13}{:>10}{:>10}{:>9}{:>10}\n", cells...);
  };
  line("", "", "", "", "", "deviation", "of the", "", "drift");
  line("loss", "delta", "gamma", "batch", "target is", "of p", "positives", "drift", "predicted");
  std::string before;
  bool had_scale = false;
  for (const FreeLoss& row : rows) {
    const std::string name = row.loss.base();
    const auto scale = row.loss.target->scale();
    if (name != before && !before.empty() && (scale || had_scale)) fmt::print("\n");
    before = name, had_scale = scale.has_value();
    const auto& drift = row.drift;
    const bool drifts = row.result.reach.outcome == losses::Outcome::drifts_up ||
                        row.result.reach.outcome == losses::Outcome::drifts_down;
    line(name, scale ? fmt::format("{:g}", scale->delta) : "", scale ? fmt::format("{:g}", scale->gamma) : "",
         row.batch ? fmt::format("{}", row.batch) : "", kOutcomes[int(row.result.reach.outcome)],
         three_digits(row.result.deviation), three_digits(row.result.positive_deviation),
         drifts ? three_digits(drift.measured) : "0", drifts ? three_digits(drift.predicted) : "0");
  }
}

constexpr char kNoBreak = '\x01';  // for a space at which no line may end

// Each case in words, with the losses that are in it. Texts that differ in their numbers alone are one case.
void explain(const std::vector<FreeLoss>& rows) {
  struct Case {
    std::string text;
    int64_t batch;
    std::vector<std::string> names = {};
    bool several = false;
  };
  std::vector<Case> cases;
  std::map<std::string, size_t> by_words;
  for (const FreeLoss& row : rows) {
    const std::string& text = row.result.reach.text;
    std::string words;
    for (const char c : text)
      if (!std::isdigit(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != 'e') words += c;
    const auto [at, is_new] = by_words.emplace(words, cases.size());
    if (is_new) cases.push_back({text, row.batch});
    Case& c = cases[at->second];
    c.several |= c.text != text;
    std::string name = row.loss.title();
    std::replace(name.begin(), name.end(), ' ', kNoBreak);
    if (std::find(c.names.begin(), c.names.end(), name) == c.names.end()) c.names.push_back(name);
  }
  for (const Case& c : cases) {
    std::string names = wrapped(fmt::format("{}:", fmt::join(c.names, "; "))), text = wrapped("  " + c.text, 2);
    if (c.several)
      text += "\n" + wrapped(fmt::format("  The numbers are those of {} at batch {}; the table has the others'.",
                                         c.names.front(), c.batch),
                             2);
    std::string all = "\n" + names + "\n" + text + "\n";
    std::replace(all.begin(), all.end(), kNoBreak, ' ');
    fmt::print("{}", all);
  }
}

void print_comparison(const std::vector<WeightComparison>& all) {
  if (all.empty()) return;
  fmt::print(
      "\nThe paper states p = delta c1 / ((B - 1) c2) - gamma / (B - 1). On the line delta - gamma = 1 the\n"
      "two positive weights of sc_info_nce end at this largest relative distance from it:\n\n"
      "{:>8}{:>7}{:>8}{:>11}{:>12}\n",
      "delta", "gamma", "batch", "exact", "published");
  for (const WeightComparison& c : all)
    fmt::print("{:>8g}{:>7g}{:>8}{:>11}{:>12}\n", c.delta, c.gamma, c.batch, three_digits(c.exact),
               three_digits(c.published));
  fmt::print(
      "\n`exact` is the weight that the stated target follows from. `published`, the authors' code, has no\n"
      "logits at which it rests: its shape comes to the target as 1/B, while all logits drift up.\n");
}

Json json_of_row(const FreeLoss& row) {
  const losses::FreeLogits& r = row.result;
  const auto& drift = row.drift;
  const auto scale = row.loss.target->scale().value_or(losses::Target::Scale{1, 0});
  return {{"loss", row.loss.target->name()},
          {"delta", scale.delta},
          {"gamma", scale.gamma},
          {"batch", row.batch},
          {"outcome", kOutcomes[int(r.reach.outcome)]},
          {"deviation", json_of(r.deviation)},
          {"positive_deviation", json_of(r.positive_deviation)},
          {"shape_deviation", json_of(r.shape_deviation)},
          {"drift", json_of(drift.measured)},
          {"drift_predicted", json_of(drift.predicted)},
          {"settled", r.settled},
          {"steps", r.steps},
          {"target", json_of(r.target)},
          {"read_out", json_of(r.read_out)},
          {"logits", json_of(r.logits)},
          {"text", r.reach.text}};
}

std::string csv_of(const std::vector<FreeLoss>& rows) {
  Csv csv({"loss", "delta", "gamma", "batch", "outcome", "deviation", "positive_deviation", "shape_deviation",
           "drift", "drift_predicted"});
  for (const FreeLoss& row : rows) {
    const auto scale = row.loss.target->scale();
    const auto& drift = row.drift;
    csv.row({row.loss.base(), scale ? field(scale->delta) : "", scale ? field(scale->gamma) : "",
             row.batch ? std::to_string(row.batch) : "", kOutcomes[int(row.result.reach.outcome)],
             field(row.result.deviation), field(row.result.positive_deviation), field(row.result.shape_deviation),
             field(drift.measured), field(drift.predicted)});
  }
  return csv.text();
}

}  // namespace

void show_free_logits(const TheorySettings& settings, const StateModel& model, const std::vector<FreeLoss>& rows) {
  const losses::Joint joint = model.joint();
  const std::vector<WeightComparison> comparison = compare_weights(rows, joint);
  if (settings.json) {
    Json list = Json::array();
    for (const FreeLoss& row : rows) list.push_back(json_of_row(row));
    fmt::print("{}\n", json_text(Json{{"states", model.names},
                                      {"c1_over_c2", json_of(joint.ratio())},
                                      {"free_logits", list},
                                      {"distance_from_stated_target", json_of(comparison)}}));
  } else {
    fmt::print(
        "Free logits: a logit for each of {0} x {0} pairs of states in the place of an encoder; descent on the\n"
        "expected loss. Deviations are the largest relative ones from the target. c1/c2:\n\n{1}\n",
        model.states(), table_of(joint.ratio(), model.names, 4));
    print_table(rows);
    explain(rows);
    print_comparison(comparison);
  }
  if (settings.out.empty()) return;
  write_file(settings.out, "free_logits.csv", csv_of(rows));
  if (!settings.json) fmt::print("\nwritten: {}\n", (settings.out / "free_logits.csv").string());
}

}  // namespace nce::cli
