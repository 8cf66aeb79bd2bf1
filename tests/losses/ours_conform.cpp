#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "nce/losses/barlow_twins.h"
#include "nce/losses/check/conformance.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/moco.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/triplet.h"
#include "nce/losses/vicreg.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

constexpr double kTau = 0.2, kPairs = 8, kDims = 16;  // of the closed forms: those of check_conformance

struct Kind {
  bool symmetric = false, normalises = true, rotation = true, streams = true;
  const char* reaches = "both";  // where the gradient goes
  bool stops_gradient = false;   // in the middle: the weights of a sum are held
};

struct Ours {
  const char* header;   // losses/<header>.h
  const char* variant;  // its options
  TwoViewLoss loss;
  double collapsed;  // what the header says that collapsed embeddings give; NaN: nothing
  Kind kind;
};

double softplus(double x) { return std::log1p(std::exp(x)); }

std::vector<Ours> ours() {
  const double n = kPairs, tau = kTau;
  std::vector<Ours> table;
  const auto add = [&](const char* header, const char* variant, TwoViewLoss loss, double collapsed,
                       Kind kind = {}) {
    table.push_back({header, variant, std::move(loss), collapsed, kind});
  };
  using T = const Tensor&;

  const Kind symmetric{.symmetric = true}, weighted{.stops_gradient = true};
  add(
      "nt_xent", "", [](T a, T b, double t) { return nt_xent(a, b, {.temperature = t}); }, std::log(2 * n - 1),
      symmetric);
  add(
      "info_nce", "", [](T a, T b, double t) { return info_nce(a, b, {.temperature = t}); }, std::log(n));
  add(
      "info_nce", "symmetric",
      [](T a, T b, double t) { return info_nce(a, b, {.temperature = t, .symmetric = true}); }, std::log(n),
      symmetric);
  const auto add_sc = [&](const char* variant, ScInfoNceOptions options, double collapsed, Kind kind = {}) {
    add(
        "sc_info_nce", variant,
        [=](T a, T b, double t) mutable {
          options.temperature = t;
          return sc_info_nce(a, b, options);
        },
        collapsed, kind);
  };
  add_sc("on the line", {.delta = 1.5}, std::log(n - 1));
  add_sc("above the line", {.delta = 1, .gamma = -0.2}, std::log(n - 1) - 0.2 / tau);
  add_sc("all", {.delta = 0.5, .gamma = -0.2, .denominator = Denominator::all}, std::log(n) + 0.3 / tau);
  add_sc("published", {.delta = 1.5, .positive_weight = PositiveWeight::published},
         std::log(n - 1) - 1 / (n - 1) / tau, weighted);
  add(
      "dcl", "", [](T a, T b, double t) { return dcl(a, b, {.temperature = t}); }, std::log(n - 1));
  add(
      "dcl", "the paper's",
      [](T a, T b, double t) { return dcl(a, b, {.temperature = t, .both_views = true, .symmetric = true}); },
      std::log(2 * n - 2), symmetric);
  add(
      "dcl", "dclw", [](T a, T b, double t) { return dclw(a, b, {.temperature = t}); }, std::log(n - 1), weighted);
  add(
      "dhel", "", [](T a, T b, double t) { return dhel(a, b, {.temperature = t}); }, std::log(n - 1));
  add(
      "dhel", "both views", [](T a, T b, double t) { return dhel(a, b, {.temperature = t, .both_views = true}); },
      2 * std::log(n - 1) + 1 / tau, symmetric);
  add(
      "gkcl", "", [](T a, T b, double) { return gkcl(a, b, {.energy = 16}); }, 2 * (16 - 1), symmetric);
  for (const Divergence& divergence : divergences()) {
    const double slope = divergence.slope(1);
    add(
        "f_micl", divergence.name.c_str(),
        [name = divergence.name](T a, T b, double t) {
          return f_micl(a, b, {.divergence = name, .temperature = t, .alpha = 40});
        },
        -slope + 40 * divergence.conjugate(slope), symmetric);
  }
  add(
      "is_info_nce", "", [](T a, T b, double t) { return is_info_nce(a, b, {.temperature = t}); }, std::log(n));
  add(
      "simple_contrastive", "", [](T a, T b, double t) { return simple_contrastive(a, b, {.temperature = t}); }, 0,
      symmetric);
  add(
      "sig_lip", "", [](T a, T b, double t) { return sig_lip(a, b, {.temperature = t, .bias = -10}); },
      softplus(10 - 1 / tau) + (n - 1) * softplus(1 / tau - 10), symmetric);
  add(
      "triplet", "", [](T a, T b, double) { return triplet(a, b, {.margin = 0.2}); }, 0.2);
  add(
      "triplet", "soft", [](T a, T b, double t) { return triplet(a, b, {.soft = true, .temperature = t}); },
      std::log(2));
  add(
      "spectral_contrastive", "", [](T a, T b, double t) { return spectral_contrastive(a, b, {.temperature = t}); },
      -2 / tau + 1 / (tau * tau), symmetric);
  add("spectral_contrastive", "not normalised",
      [](T a, T b, double) { return spectral_contrastive(a, b, {.normalised = false}); }, -1,
      {.symmetric = true, .normalises = false});
  add(
      "hard_info_nce", "", [](T a, T b, double t) { return hard_info_nce(a, b, {.temperature = t}); },
      std::log(2 * n - 1), symmetric);
  add(
      "debiased_info_nce", "", [](T a, T b, double t) { return debiased_info_nce(a, b, {.temperature = t}); },
      std::log(2 * n - 1), symmetric);

  const Kind of_dimensions{.symmetric = true, .normalises = false, .rotation = false};
  add(
      "barlow_twins", "", [](T a, T b, double) { return barlow_twins(a, b); }, kDims, of_dimensions);
  add(
      "vicreg", "", [](T a, T b, double) { return vicreg(a, b, {.variance = 25, .gamma = 1, .eps = 1e-4}); },
      25 * (1 - 0.01), of_dimensions);
  add("negative_cosine", "", [](T a, T b, double) { return negative_cosine(a, b); }, -1,
      {.symmetric = true, .reaches = "z1 only"});
  add(
      "negative_cosine", "both ways",
      [](T a, T b, double) { return negative_cosine(a, b, {.stop_gradient = false}); }, -1, symmetric);

  // Each pair is a class of its own here: a row of sums for each of as many classes as pairs.
  const auto all_differ = [](T a, T b, double t) {
    std::vector<int> labels(size_t(a.size(0)));
    std::iota(labels.begin(), labels.end(), 0);
    return sup_con(a, b, labels, {.temperature = t});
  };
  add("sup_con", "", all_differ, std::log(2 * n - 1), {.symmetric = true, .streams = false});
  // The queue stays where it is when the space is rotated or the pairs collapse.
  const auto queued = [](T a, T b, double t) {
    return moco(a, b, MemoryQueue(64, a.size(1), Key(1), a.dtype()), {.temperature = t});
  };
  add("moco", "", queued, NAN, {.rotation = false, .reaches = "z1 only"});
  return table;
}

}  // namespace

TEST_CASE("every loss of ours conforms, and is the kind of loss that its header says") {
  for (const Ours& l : ours()) {
    const auto report = check_conformance(std::string(l.header) + " " + l.variant, l.loss,
                                          {.temperature = kTau, .stops_gradient = l.kind.stops_gradient});
    CAPTURE(to_string(report));
    CHECK(report.ok());
    const auto yes = [&](const char* property) { return report[property].answer == "yes"; };
    CHECK(yes("symmetric") == l.kind.symmetric);
    CHECK(yes("normalises") == l.kind.normalises);
    CHECK(yes("rotation") == l.kind.rotation);
    CHECK(yes("streams") == l.kind.streams);
    CHECK(report["gradient reaches"].answer == l.kind.reaches);
    if (!std::isnan(l.collapsed)) CHECK(report["collapsed"].measured == Approx(l.collapsed).epsilon(1e-9));
  }
}

TEST_CASE("no loss is left out") {
  std::set<std::string> checked;
  for (const Ours& l : ours()) checked.insert(l.header);
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(nce::test::source_file("losses"))) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}}, name = entry.path().stem().string();
    // A loss is a function named as its header, with options.
    if (text.find("Tensor " + name + "(const Tensor& ") == std::string::npos ||
        text.find("Options {") == std::string::npos)
      continue;
    CAPTURE(name);
    CHECK(checked.contains(name));
    ++found;
  }
  CHECK(found == checked.size());
}
