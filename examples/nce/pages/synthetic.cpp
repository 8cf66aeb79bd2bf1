#include "pages/synthetic.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "pages/csv.h"
#include "pages/json.h"
#include "pages/numbers.h"
#include "pages/svg.h"
#include "pages/table.h"
#include "terminal.h"

namespace nce::cli {

using losses::Joint;
using losses::StateMatrix;

namespace {

constexpr const char* kRungNames[kRungs] = {"free_logits", "bounded_cosines", "equal_diagonal", "unit_vectors",
                                            "encoder"};
constexpr int kPairTableStates = 4;  // more do not fit a line

std::string collapse_note(const TrainedLoss& row, const Joint& joint) {
  const auto& cosines = row.result.cosines.values;
  if (!row.loss.target->bounds_logits() || *std::min_element(cosines.begin(), cosines.end()) < 0.99) return "";
  double least = INFINITY;
  const auto scale = row.loss.target->scale();
  for (const double r : joint.ratio().values)
    if (scale) least = std::min(least, scale->delta * r - scale->gamma);
  if (!scale || !(least > 1)) return " The embeddings have collapsed to one point.";
  return fmt::format(
      " The embeddings have collapsed to one point: delta c1/c2 - gamma is above 1 for every pair ({:.3g} at "
      "least), so that each is pulled together harder than chance pushes it apart.",
      least);
}

// Why the encoder is where it is, from the numbers alone: the first condition that explains most of the deviation.
std::string verdict(const TrainedLoss& row, const Joint& joint, const StateModel& model) {
  if (!row.has_target()) {
    std::vector<std::string> cosines;
    for (int i = 0; i < joint.states() && joint.states() <= kPairTableStates; ++i)
      for (int j = i; j < joint.states(); ++j)
        cosines.push_back(fmt::format("{:.2f} ({}-{})", row.result.cosines(i, j), model.names[size_t(i)],
                                      model.names[size_t(j)]));
    return fmt::format("no target: linear in the logits, it drives cosines to their bounds; they are now {}.",
                       cosines.empty() ? "those in matrices.csv" : fmt::format("{}", fmt::join(cosines, ", ")));
  }
  const double encoder = row.deviation(kEncoder);
  const auto explains = [&](size_t rung) {
    return row.deviation(rung) > std::max(0.005, std::min(encoder / 2, 0.05));
  };
  const bool has_level = !row.loss.target->at_level(1).empty();
  std::string text = fmt::format("{} % off. ", percent(encoder));
  if (encoder < 0.015) {
    text = fmt::format("reached, to {} %.", percent(encoder));
  } else if (explains(kFree)) {
    text += row.reach.text + collapse_note(row, joint);
  } else if (explains(kInterval) && has_level) {
    text += fmt::format(
        "No pair reads more than equal rows do, {:.3g}, and the target asks for up to {:.3g}; "
        "that alone leaves {} %.",
        row.rungs[kDiagonal](0, 0), *std::max_element(row.target.values.begin(), row.target.values.end()),
        percent(row.deviation(kInterval)));
  } else if (explains(kInterval)) {
    text += fmt::format("Cosine similarity bounds the logits by 1/temperature = {:.3g}, which alone leaves {} %.",
                        row.loss.logit(1), percent(row.deviation(kInterval)));
  } else if (explains(kDiagonal)) {
    std::vector<std::string> diagonal;
    for (int i = 0; i < joint.states(); ++i) diagonal.push_back(fmt::format("{:.3g}", row.target(i, i)));
    text += fmt::format(
        "Views of one state look alike, so that s_ii is the same for every state (1/temperature = {:.3g}{}), "
        "while the target has {} on its diagonal; that alone leaves {} %.",
        row.loss.logit(1), row.loss.target->first_bias(row.batch, row.loss.temperature) ? ", and the bias" : "",
        fmt::join(diagonal, ", "), percent(row.deviation(kDiagonal)));
  } else if (explains(kVectors)) {
    text += fmt::format(
        "Cosines must be those of vectors (positive semi-definite, rank at most --dim); that alone leaves {} %.",
        percent(row.deviation(kVectors)));
  } else if (std::isfinite(row.deviation(kVectors))) {
    text += fmt::format("Faultless vectors would be within {} %: the rest is sampling and training.",
                        percent(row.deviation(kVectors)));
  } else {
    text += fmt::format("With more than {} states, what bounds alone would leave is not computed.", kLadderStates);
  }
  return text;
}

void print_deviations(const std::vector<TrainedLoss>& rows, const StateModel& model) {
  fmt::print(
      "Largest relative deviation from the target, in %, of logits under one condition more in each column:\n\n"
      "{0:<36}{1:>8}{2:>10}{3:>10}{4:>10}{5:>10}\n{6:<36}{7:>8}{8:>10}{9:>10}{10:>10}{11:>10}{0:>8}{12:>8}\n",
      "", "free", "cosines", "s_ii all", "unit", "trained", "loss", "logits", "bounded", "equal", "vectors",
      "encoder", "at");
  for (const TrainedLoss& row : rows) {
    const auto& worst = row.distance[kEncoder];
    std::string error, at;
    if (row.has_target() && worst.row >= 0) {
      const double one = row.error(worst.row, worst.column) / std::abs(row.target(worst.row, worst.column));
      if (std::isfinite(one)) error = "+-" + percent(one);
      at = fmt::format("{}-{}", model.names[size_t(worst.row)], model.names[size_t(worst.column)]);
    }
    const auto cell = [&](size_t rung) { return row.has_target() ? percent(row.deviation(rung)) : "-"; };
    fmt::print("{:<36}{:>8}{:>10}{:>10}{:>10}{:>10}{:>8}{:>8}\n", row.loss.title(), cell(kFree), cell(kInterval),
               cell(kDiagonal), cell(kVectors), cell(kEncoder), error, at);
  }
}

void print_pairs(const std::vector<TrainedLoss>& rows, const StateModel& model) {
  const int k = int(model.states());
  if (k > kPairTableStates) return;
  fmt::print(
      "\nState pair by state pair (p and sigma times the number of negatives: 1 is what chance would do)\n\n{:<44}",
      "");
  for (const auto& [i, j] : losses::state_pairs(k))
    fmt::print("{:>7}", fmt::format("{}-{}", model.names[size_t(i)], model.names[size_t(j)]));
  fmt::print("\n");
  const auto line = [&](const std::string& name, const char* what, const StateMatrix& matrix) {
    if (matrix.empty()) return;
    fmt::print("{:<36}{:<8}", name, what);
    for (const double value : matrix.values) fmt::print("{:>7.3f}", value);
    fmt::print("\n");
  };
  for (const TrainedLoss& row : rows) {
    if (row.has_target()) line(row.loss.title(), "target", row.target);
    line(row.has_target() ? row.loss.target->shown_name() : row.loss.title(), "vectors", row.rungs[kVectors]);
    line("", "encoder", row.rungs[kEncoder]);
  }
}

void print_comparison(const std::vector<WeightComparison>& all, int64_t batch) {
  if (all.empty()) return;
  fmt::print(
      "\nThe two positive weights of sc_info_nce: largest relative deviation, in %, from the target that the\n"
      "paper states, p = delta c1 / ((B - 1) c2) - gamma / (B - 1):\n\n{:>8}{:>7}{:>10}{:>12}\n",
      "delta", "gamma", "exact", "published");
  for (const WeightComparison& c : all)
    fmt::print("{:>8g}{:>7g}{:>10}{:>12}\n", c.delta, c.gamma, percent(c.exact), percent(c.published));
  const std::string text = fmt::format(
      "The stated target is that of `exact`; the fixed point of `published` lies about c1/c2 / (B - 1) beside it, "
      "here {} %{}.",
      percent(1 / double(batch - 1)),
      batch >= 200 ? ", too little for an encoder to show: a small --batch, or `nce theory`, tells them apart"
                   : "");
  fmt::print("\n{}\n", wrapped(text));
}

std::string pictures_of(const TrainedLoss& row, const TheorySettings& settings, const StateModel& model,
                        int64_t batch) {
  const int k = int(model.states());
  StatePicture picture;
  picture.title = row.loss.title();
  picture.subtitle = fmt::format("{} states, {} samples in batches of {}, temperature {:.3g}", k, settings.samples,
                                 batch, row.loss.temperature);
  if (row.has_target())
    picture.subtitle +=
        fmt::format(": the trained encoder is at most {} % from its target", percent(row.deviation(kEncoder)));
  picture.states = model.names;
  add_maps(picture, row.loss.target->shown_name(), row.target.values,
           {row.loss.target->bounds_logits() ? "best unit vectors" : "best vectors", row.rungs[kVectors].values},
           {"trained encoder", row.rungs[kEncoder].values});
  picture.epochs = row.result.epochs;
  for (int i = 0; i < k; ++i)
    for (int j = i; j < k; ++j) {
      StatePicture::Curve curve{.name = fmt::format("{}\u2013{}", model.names[size_t(i)], model.names[size_t(j)]),
                                .target = row.has_target() ? (row.target(i, j) + row.target(j, i)) / 2 : NAN};
      for (const StateMatrix& matrix : row.result.course) curve.values.push_back((matrix(i, j) + matrix(j, i)) / 2);
      picture.curves.push_back(std::move(curve));
    }
  return to_svg(picture);
}

void write_all(const std::vector<TrainedLoss>& rows, const TheorySettings& settings, const StateModel& model,
               int64_t batch) {
  std::vector<std::string> header{"loss", "anchor", "candidate", "unit", "target"};
  header.insert(header.end(), std::begin(kRungNames), std::end(kRungNames));
  header.insert(header.end(), {"encoder_error", "cosine"});
  Csv matrices(header), course({"loss", "epoch", "anchor", "candidate", "unit", "target", "encoder"});
  for (const TrainedLoss& row : rows)
    for (const auto& [i, j] : losses::state_pairs(int(model.states()))) {
      const std::string target = row.has_target() ? field(row.target(i, j)) : "";
      const auto &from = model.names[size_t(i)], &to = model.names[size_t(j)];
      std::vector<std::string> fields{row.loss.title(), from, to, row.loss.target->shown_name(), target};
      for (const StateMatrix& rung : row.rungs) fields.push_back(rung.empty() ? "" : field(rung(i, j)));
      fields.push_back(field(row.error(i, j))), fields.push_back(field(row.result.cosines(i, j)));
      matrices.row(fields);
      for (size_t e = 0; e < row.result.epochs.size(); ++e)
        course.row({row.loss.title(), field(row.result.epochs[e]), from, to, row.loss.target->shown_name(), target,
                    field(row.result.course[e](i, j))});
    }
  write_file(settings.out, "matrices.csv", matrices.text());
  write_file(settings.out, "course.csv", course.text());
  for (const TrainedLoss& row : rows)
    write_file(settings.out, row.loss.file_name() + ".svg", pictures_of(row, settings, model, batch));
}

Json json_of_row(const TrainedLoss& row, const std::string& text) {
  Json json{{"loss", row.loss.title()},
            {"unit", row.loss.target->shown_name()},
            {"temperature", row.loss.temperature},
            {"target", json_of(row.target)}};
  for (size_t rung = 0; rung < kRungs; ++rung)
    json[kRungNames[rung]] = {
        {"largest_relative_deviation", json_of(row.has_target() ? row.deviation(rung) : NAN)},
        {"mean_relative_deviation",
         row.has_target() && !row.rungs[rung].empty() ? json_of(row.distance[rung].mean_relative) : Json()},
        {"matrix", json_of(row.rungs[rung])}};
  json["encoder"]["error"] = json_of(row.error);
  json["encoder"]["cosines"] = json_of(row.result.cosines);
  json["text"] = text;
  return json;
}

}  // namespace

void show_synthetic(const TheorySettings& settings, const StateModel& model, const std::vector<TrainedLoss>& rows) {
  const Joint joint = model.joint();
  const int64_t batch = batch_of(settings);
  const std::vector<WeightComparison> comparison = compare_weights(rows, joint);
  if (settings.json) {
    Json list = Json::array();
    for (const TrainedLoss& row : rows) list.push_back(json_of_row(row, verdict(row, joint, model)));
    fmt::print("{}\n", json_text(Json{{"states", model.names},
                                      {"c1_over_c2", json_of(joint.ratio())},
                                      {"batch", batch},
                                      {"epochs", settings.epochs},
                                      {"losses", list},
                                      {"distance_from_stated_target", json_of(comparison)}}));
  } else {
    fmt::print(
        "{} states, {} samples in batches of {}, {} epochs, temperature {}; an encoder {}-64-64-{}. c1/c2:\n\n"
        "{}\n",
        model.states(), settings.samples, batch, settings.epochs, settings.temperature, model.states(),
        settings.dim, table_of(joint.ratio(), model.names, 4));
    print_deviations(rows, model);
    print_pairs(rows, model);
    fmt::print("\n");
    for (const TrainedLoss& row : rows)
      fmt::print("{}\n", wrapped(fmt::format("{}: {}", row.loss.title(), verdict(row, joint, model)), 2));
    print_comparison(comparison, batch);
  }
  if (settings.out.empty()) return;
  write_all(rows, settings, model, batch);
  if (!settings.json)
    fmt::print("\nwritten to {}: matrices.csv, course.csv and a picture of each loss\n", settings.out.string());
}

}  // namespace nce::cli
