#include "run/diagnostics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nce/core/ops.h"
#include "pages/numbers.h"
#include "run/progress.h"

using namespace nce;
using namespace nce::cli;
using doctest::Approx;

namespace {

// Labels 0, 1, 2 in the shares 1/2, 1/4, 1/4.
const std::vector<int> kLabels{0, 1, 0, 2};

struct Measured {
  Measured(const std::string& name, std::vector<Setting> settings) : loss(losses::make_loss(name, settings)) {}
  Reading read(const Tensor& z) { return diagnostics().read(z, *loss); }
  Diagnostics diagnostics() const { return Diagnostics(*loss, kLabels, 3, 64); }
  std::unique_ptr<losses::Loss> loss;
};

double label_target(const std::string& loss, std::vector<Setting> settings = {}) {
  return Measured(loss, std::move(settings)).read(Tensor::randn({8, 4}, Key(1))).target_by_label.value();
}

constexpr Reading kFine{.alignment = 0.3, .uniformity = -2, .effective_rank = 30};
constexpr Reading kPoint{.alignment = 0, .uniformity = -0.01, .effective_rank = 12};
constexpr Reading kLine{.alignment = 0.3, .uniformity = -1, .effective_rank = 1.2};
constexpr Reading kBetween{.alignment = 0.3, .uniformity = -0.15, .effective_rank = 30};

// How often a watch speaks over `count` readings, one every ten steps from `step` on.
int warnings(CollapseWatch& watch, const Reading& reading, int count, int64_t& step) {
  int spoken = 0;
  for (int i = 0; i < count; ++i) spoken += watch.see(reading, step += 10).has_value() ? 1 : 0;
  return spoken;
}

}  // namespace

TEST_CASE("the target by label is that of states that are the labels, which no view leaves") {
  const double n = 63, p[] = {0.5, 0.25, 0.25};
  double info_nce = 0, nt_xent = 0, sc = 0;
  for (const double pi : p) {
    info_nce += pi / (1 + n * pi);
    nt_xent += pi / (1 + 2 * n * pi);
    sc += pi * (1.5 / pi - 0.5) / n;
  }
  const std::vector<Setting> sharper{{"delta", "1.5"}}, all{{"denominator", "all"}},
      both{{"negatives", "both_views"}};
  CHECK(label_target("info_nce") == Approx(info_nce).epsilon(1e-12));
  CHECK(label_target("is_info_nce") == Approx(3 / n).epsilon(1e-12));
  CHECK(label_target("nt_xent") == Approx(nt_xent).epsilon(1e-12));
  CHECK(label_target("dcl") == Approx(3 / n).epsilon(1e-12));  // as many as there are labels
  CHECK(label_target("dcl", both) == Approx(3 / (2 * n)).epsilon(1e-12));
  CHECK(label_target("dhel") == Approx(3 / n).epsilon(1e-12));
  CHECK(label_target("sc_info_nce") == Approx(3 / n).epsilon(1e-12));
  CHECK(label_target("sc_info_nce", sharper) == Approx(sc).epsilon(1e-12));
  CHECK(label_target("sc_info_nce", all) == Approx(info_nce).epsilon(1e-12));
}

TEST_CASE("p+ of the losses is that of their own denominators") {
  using losses::Denominator, losses::NegativesFrom;
  const Tensor z = Tensor::randn({16, 8}, Key(1)), z1 = slice(z, 0, 0, 8), z2 = slice(z, 0, 8, 16);
  const auto check_loss = [&](const char* loss, std::vector<Setting> options, NegativesFrom from, Denominator d) {
    CAPTURE(loss);
    options.push_back({"temperature", "0.5"});
    const double expected =
        losses::positive_probability(z1, z2, {.temperature = 0.5, .negatives = from, .denominator = d}).item();
    CHECK(Measured(loss, options).read(z).positive.value() == Approx(expected));
  };
  const std::vector<Setting> all{{"denominator", "all"}}, own{{"negatives", "own_view"}},
      both{{"negatives", "both_views"}};
  using enum NegativesFrom;
  check_loss("info_nce", {}, other_view, Denominator::all);
  check_loss("info_nce", own, own_view, Denominator::all);
  check_loss("is_info_nce", {}, own_view, Denominator::negatives);
  check_loss("nt_xent", {}, both_views, Denominator::all);
  check_loss("sc_info_nce", {}, other_view, Denominator::negatives);
  check_loss("sc_info_nce", all, other_view, Denominator::all);
  check_loss("dcl", {}, other_view, Denominator::negatives);
  check_loss("dcl", both, both_views, Denominator::negatives);
  check_loss("dclw", {}, other_view, Denominator::negatives);
  check_loss("dhel", {{"both_views", "true"}}, own_view, Denominator::negatives);
}

TEST_CASE("p+ of sig_lip is the mean sigmoid of the positives' logits, beside InfoNCE's target") {
  const Tensor z = Tensor::randn({16, 8}, Key(1)), u = normalize(z);
  Measured sig_lip("sig_lip", {{"temperature", "0.5"}, {"bias", "-2"}});
  sig_lip.loss->learn();
  const auto row = u.to_vector<double>();
  double expected = 0;
  for (size_t i = 0; i < 8; ++i) {
    double cosine = 0;
    for (size_t c = 0; c < 8; ++c) cosine += row[i * 8 + c] * row[(i + 8) * 8 + c];
    expected += 1 / (1 + std::exp(-(cosine / 0.5 - 2))) / 8;
  }
  CHECK(sig_lip.read(z).positive.value() == Approx(expected));
  CHECK(label_target("sig_lip") == Approx(label_target("info_nce")).epsilon(1e-12));
  CHECK(sig_lip.diagnostics().explanation().value().starts_with("p+ is the mean probability of the positive; ("));
}

TEST_CASE("a reading is that of the two views, one below the other, and leaves the embeddings' graph alone") {
  Measured info_nce("info_nce", {{"temperature", "0.5"}});
  Tensor leaf = Tensor::randn({16, 8}, Key(1)).set_requires_grad(true);
  const Tensor z = leaf * 2.0, z1 = slice(z, 0, 0, 8), z2 = slice(z, 0, 8, 16);
  const Reading reading = info_nce.read(z);
  CHECK(reading.alignment == Approx(losses::alignment(z1, z2).item()));
  CHECK(reading.uniformity == Approx((losses::uniformity(z1).item() + losses::uniformity(z2).item()) / 2));
  CHECK(reading.effective_rank == Approx(losses::effective_rank(normalize(z))));
  CHECK(*reading.positive == Approx(losses::positive_probability(z1, z2, {.temperature = 0.5}).item()));
  sum(z).backward();
  CHECK(leaf.grad().to_vector<double>()[5] == 2);
}

TEST_CASE("a loss that is not known has no probability of the positive, and says nothing of it") {
  Measured vicreg("vicreg", {});
  const Reading reading = vicreg.read(Tensor::randn({16, 8}, Key(1)));
  CHECK_FALSE(reading.positive.has_value());
  CHECK_FALSE(reading.target_by_label.has_value());
  CHECK_FALSE(vicreg.diagnostics().explanation().has_value());
  nlohmann::ordered_json line;
  add_to(line, reading);
  CHECK_FALSE(line.contains("positive"));
  CHECK(line.at("effective_rank").get<double>() > 5);
}

TEST_CASE("a collapse is told once, and again only after the embeddings had spread") {
  for (const Reading& collapsed : {kPoint, kLine}) {
    CollapseWatch watch("info_nce", 128, 1000000);
    int64_t step = 0;
    CHECK(warnings(watch, kFine, 10, step) == 0);
    CHECK(warnings(watch, collapsed, 4, step) == 0);  // not yet
    CHECK(warnings(watch, kFine, 1, step) == 0);
    CHECK(warnings(watch, collapsed, 1, step) == 0);
    CHECK(warnings(watch, collapsed, 1, step) == 1);
    CHECK(warnings(watch, collapsed, 20, step) == 0);
    CHECK(warnings(watch, kBetween, 20, step) == 0);
    CHECK(warnings(watch, kFine, 4, step) == 0);
    CHECK(warnings(watch, collapsed, 20, step) == 0);
    CHECK(warnings(watch, kFine, 5, step) == 0);
    CHECK(warnings(watch, collapsed, 20, step) == 1);
  }
}

TEST_CASE("a collapse takes some steps, and few dimensions have a lower rank to begin with") {
  CollapseWatch every_step("info_nce", 128, 1000);
  for (int64_t step = 1; step < 20; ++step) CHECK_FALSE(every_step.see(kLine, step).has_value());
  const auto warning = every_step.see(kLine, 20);
  REQUIRE(warning.has_value());
  CHECK(
      warning->starts_with("warning: step 20: the embeddings have collapsed nearly to one line\n"
                           "  (uniformity -1.000, effective rank 1.2): they no longer tell"));
  CHECK(warning->ends_with("\n  `nce check-loss info_nce` shows what the loss does to collapsed embeddings."));

  const Reading circle{.alignment = 0.3, .uniformity = -1.5, .effective_rank = 1.98};
  CollapseWatch plane("info_nce", 2, 1000000);
  int64_t step = 0;
  CHECK(warnings(plane, circle, 50, step) == 0);
  CHECK(warnings(plane, kLine, 50, step) == 1);
}

TEST_CASE("a short run that ends in a collapse is told at its last step, and not one that just began") {
  for (const int64_t steps : {7, 39, 45}) {
    CAPTURE(steps);
    CollapseWatch watch("info_nce", 128, steps), brief("info_nce", 128, steps);
    int told = 0, readings = 0;
    for (int64_t step = 1; step <= steps; ++step)
      if (watch.wants(step)) {
        ++readings;
        const auto warning = watch.see(kLine, step);
        told += warning.has_value() ? 1 : 0;
        if (steps < 20) CHECK(warning.has_value() == (step == steps));
      }
    CHECK(told == 1);
    CHECK((readings >= 7 && readings <= 14));
    for (int64_t step = steps - 1; step <= steps; ++step) CHECK_FALSE(brief.see(kLine, step).has_value());
  }
}

TEST_CASE("short numbers keep two digits or so") {
  const std::pair<double, const char*> cases[] = {{0.0412, "0.041"}, {0.623, "0.62"},   {-2.934, "-2.93"},
                                                  {41.3, "41"},      {312345, "3e+05"}, {0.0004, "4e-04"},
                                                  {0, "0.00"},       {1, "1.00"}};
  for (const auto& [value, text] : cases) CHECK(short_number(value) == text);
}

TEST_CASE("a line that is too long loses its least important parts, and what is less important than those") {
  const std::vector<LinePart> parts{
      {"epoch 1/5", 3}, {"loss 1.2345", 1}, {"p+ 0.41", 4}, {"(0.38)", 5, " "}, {"left 0:12", 2}};
  CHECK(fit_parts(parts, 99) == "epoch 1/5  loss 1.2345  p+ 0.41 (0.38)  left 0:12");
  CHECK(fit_parts(parts, 49) == fit_parts(parts, 99));
  CHECK(fit_parts(parts, 48) == "epoch 1/5  loss 1.2345  p+ 0.41  left 0:12");
  CHECK(fit_parts(parts, 41) == "epoch 1/5  loss 1.2345  left 0:12");
  CHECK(fit_parts(parts, 30) == "loss 1.2345  left 0:12");
  CHECK(fit_parts(parts, 21) == "loss 1.2345");
  CHECK(fit_parts(parts, 5).empty());
}
