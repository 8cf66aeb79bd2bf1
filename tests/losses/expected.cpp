#include "expected.h"

#include <cmath>
#include <optional>

#include "nce/losses/barlow_twins.h"
#include "nce/losses/dense.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/vicreg.h"

namespace nce::test {
namespace {

using namespace nce::losses;

double softplus(double x) { return std::log1p(std::exp(x)); }

// A queue that stays where it is.
template <auto loss>
Tensor with_queue(const Tensor& queries, const Tensor& keys, const MocoOptions& options) {
  return loss(queries, keys, MemoryQueue(517, queries.size(1), Key(5), queries.dtype()), options);
}

}  // namespace

std::string Expected::name() const {
  std::string name = loss.name;
  for (const Setting& s : settings) name += " " + s.name + "=" + s.value;
  if (num_views > loss.num_views.least) name += " of " + std::to_string(num_views) + " views";
  return name;
}

std::unique_ptr<Loss> Expected::set(const KnownLoss& known, double temperature) const {
  auto made = known.make();
  set_options(*made, settings);
  if (Temperature* t = made->temperature()) *t = temperature;
  return made;
}

std::vector<Expected> expected_losses(double n, double d, double temperature) {
  const double top = 1 / temperature;  // the logit of equal rows
  const double all = std::log(2 * n - 1), others = std::log(n - 1), both = std::log(2 * n - 2);
  // Aligned: every negative's logit is 0.
  const double aligned = std::log(1 + (n - 1) * std::exp(-top)),
               all_aligned = std::log(1 + (2 * n - 2) * std::exp(-top));
  const Kind symmetric{.symmetric = true};
  const Kind of_dimensions{.symmetric = true, .normalises = false, .rotation = false};
  const KnownLoss no_pairs{};

  std::vector<Expected> table;
  const auto add = [&](const char* name, std::vector<Setting> settings, KnownLoss dense, double collapsed,
                       double aligned_value, Kind kind = {}) {
    table.push_back(
        {known_losses().find(name), std::move(settings), std::move(dense), collapsed, aligned_value, kind});
  };
  // Of more views than the loss needs.
  const auto add_of_views = [&](int64_t num_views, const char* name, KnownLoss dense, Kind kind) {
    const double v = double(num_views);
    add(name, {}, std::move(dense), std::log(v * n - 1), std::log(v - 1 + v * (n - 1) * std::exp(-top)), kind);
    table.back().num_views = num_views;
  };

  const KnownLoss nt_xent = known("nt_xent", dense::nt_xent);
  add("nt_xent", {}, nt_xent, all, all_aligned, {.symmetric = true, .least = 1});
  add("nt_xent", {{"self_contrast", "true"}}, nt_xent, std::log(2 * n), std::log(2 + (2 * n - 2) * std::exp(-top)),
      {.symmetric = true, .least = 1});
  const KnownLoss nt_xent_of_views = known_of_views("nt_xent", dense::nt_xent);
  for (const int64_t views : {3, 4})
    add_of_views(views, "nt_xent", nt_xent_of_views, {.symmetric = true, .reaches = "all", .least = 1});
  add("nt_xent", {{"self_contrast", "true"}}, nt_xent_of_views, std::log(3 * n),
      std::log(3 + 3 * (n - 1) * std::exp(-top)), {.symmetric = true, .reaches = "all", .least = 1});
  table.back().num_views = 3;
  const KnownLoss info_nce = known("info_nce", dense::info_nce);
  add("info_nce", {}, info_nce, std::log(n), aligned, {.least = 1});
  add("info_nce", {{"symmetric", "true"}}, info_nce, std::log(n), aligned, {.symmetric = true, .least = 1});
  for (const bool symmetric : {false, true}) {
    const Kind kind{.symmetric = symmetric, .least = 1};
    const Setting way{"symmetric", symmetric ? "true" : "false"};
    add("info_nce", {{"negatives", "own_view"}, way}, info_nce, std::log(n), aligned, kind);
    add("info_nce", {{"negatives", "both_views"}, way}, info_nce, all, all_aligned, kind);
  }
  const KnownLoss sc = known("sc_info_nce", dense::sc_info_nce);
  add("sc_info_nce", {}, sc, others, others - top);
  add("sc_info_nce", {{"delta", "1.5"}}, sc, others, others - 1.5 * top);
  add("sc_info_nce", {{"gamma", "-0.2"}}, sc, others - 0.2 * top, others - top);
  add("sc_info_nce", {{"delta", "0.5"}, {"gamma", "-0.2"}, {"denominator", "all"}}, sc, std::log(n) + 0.3 * top,
      aligned + 0.5 * top);
  add("sc_info_nce", {{"delta", "1.3"}, {"gamma", "-0.2"}, {"positive_weight", "published"}}, sc,
      others - 0.5 * top - top / (n - 1), others - 1.3 * top - top * std::exp(top) / (n - 1));
  add("sc_info_nce", {{"denominator", "all"}, {"positive_weight", "published"}}, sc, std::log(n) - top / n,
      aligned - top * std::exp(-aligned));
  const KnownLoss dcl = known("dcl", dense::dcl);
  add("dcl", {}, dcl, others, others - top);
  add("dcl", {{"negatives", "both_views"}}, dcl, both, both - top);
  add("dcl", {{"symmetric", "true"}}, dcl, others, others - top, symmetric);
  add("dcl", {{"negatives", "own_view"}, {"symmetric", "true"}}, dcl, others, others - top, symmetric);
  add("dcl", {{"negatives", "both_views"}, {"symmetric", "true"}}, dcl, both, both - top, symmetric);
  const KnownLoss dclw = known("dclw", dense::dclw);
  add("dclw", {}, dclw, others, others - top);
  add("dclw", {{"negatives", "both_views"}, {"sigma", "0.4"}}, dclw, both, both - top);
  add("dclw", {{"symmetric", "true"}, {"sigma", "0.4"}}, dclw, others, others - top, symmetric);
  add("dclw", {{"negatives", "both_views"}, {"symmetric", "true"}}, dclw, both, both - top, symmetric);
  const KnownLoss dhel = known("dhel", dense::dhel);
  for (const char* from : {"other_view", "own_view"})
    add("dclw", {{"negatives", from}, {"stop_gradient", "false"}}, dclw, others, others - top);
  add("dhel", {}, dhel, others, others - top);
  add("dhel", {{"both_views", "true"}}, dhel, 2 * others + top, 2 * others - top, symmetric);
  add("is_info_nce", {}, known("is_info_nce", dense::is_info_nce), others, others - top, {.reaches = "all"});
  const KnownLoss sup_con = known_of_views("sup_con", dense::sup_con);
  const Kind by_class{.symmetric = true, .streams = false, .least = 1};
  add("sup_con", {}, sup_con, all, all_aligned, by_class);
  add("sup_con", {{"base_temperature", "0.07"}, {"all_anchors", "true"}}, sup_con, all * temperature / 0.07,
      all_aligned * temperature / 0.07, by_class);
  add_of_views(3, "sup_con", sup_con, {.symmetric = true, .streams = false, .reaches = "all", .least = 1});
  const KnownLoss debiased = known("debiased_info_nce", dense::debiased_info_nce);
  const double floor = std::log(1 + (2 * n - 2) * std::exp(-2 * top));  // less than tau_plus is left
  add("debiased_info_nce", {}, debiased, all, floor, symmetric);
  add("debiased_info_nce", {{"tau_plus", "0"}}, debiased, all, all_aligned, symmetric);
  const KnownLoss hard = known("hard_info_nce", dense::hard_info_nce);
  add("hard_info_nce", {}, hard, all, floor, symmetric);
  add("hard_info_nce", {{"beta", "0.7"}, {"tau_plus", "0"}}, hard, all, all_aligned, symmetric);
  const KnownLoss sig_lip = known("sig_lip", dense::sig_lip);
  for (const double bias : {-10, -1})
    add("sig_lip", {{"bias", std::to_string(bias)}}, sig_lip,
        softplus(-bias - top) + (n - 1) * softplus(top + bias), softplus(-bias - top) + (n - 1) * softplus(bias),
        {.symmetric = true, .least = 1});
  const KnownLoss triplet = known("triplet", dense::triplet);
  add("triplet", {}, triplet, 0.2, 0);
  add("triplet", {{"margin", "2.5"}}, triplet, 2.5, 0.5);
  add("triplet", {{"soft", "true"}}, triplet, std::log(2), softplus(-top));
  add("t_simcne", {}, known("t_simcne", dense::t_simcne), all, std::log(1 + (2 * n - 2) / 3),
      {.symmetric = true, .normalises = false});  // of orthogonal unit vectors the kernel is 1/3
  const KnownLoss simple = known("simple_contrastive", dense::simple_contrastive);
  add("simple_contrastive", {}, simple, 0, -top, symmetric);
  add("simple_contrastive", {{"positive_in_mean", "true"}}, simple, top / (n - 1), top / (n - 1) - top, symmetric);
  const KnownLoss spectral = known("spectral_contrastive", dense::spectral_contrastive);
  add("spectral_contrastive", {}, spectral, top * top - 2 * top, -2 * top, symmetric);
  add("spectral_contrastive", {{"normalised", "false"}}, spectral, -1, -2,
      {.symmetric = true, .normalises = false});
  const KnownLoss gkcl = known("gkcl", dense::gkcl);
  // The kernel of equal rows and of orthogonal ones, whose squared distance is 2.
  const auto add_kernel = [&](std::vector<Setting> settings, double equal, double orthogonal,
                              std::optional<double> paired = {}, bool normalised = true) {
    settings.push_back({"normalised", normalised ? "true" : "false"});
    add("gkcl", settings, gkcl, 32 * equal - 2 * paired.value_or(equal),
        32 * orthogonal - 2 * paired.value_or(equal), {.symmetric = true, .normalises = normalised});
  };
  for (const bool normalised : {true, false}) {
    add_kernel({}, 1, std::exp(-4), {}, normalised);
    add_kernel({{"t", "0.5"}}, 1, std::exp(-1), {}, normalised);
    add_kernel({{"kernel", "log"}, {"t", "3"}}, 0, -std::log(7), {}, normalised);
    add_kernel({{"kernel", "imq"}, {"c", "0.7"}}, 1, 0.7 / std::sqrt(0.49 + 2), {}, normalised);
    add_kernel({{"kernel", "riesz"}}, -1e-3, -std::sqrt(2), {}, normalised);
    add_kernel({{"kernel", "riesz"}, {"s", "0"}}, std::log(1e3), -std::log(2) / 2, {}, normalised);
    add_kernel({{"kernel", "riesz"}, {"s", "1"}}, 1e3, std::sqrt(0.5), {}, normalised);
    add_kernel({{"kernel", "gaussian_riesz"}, {"s", "2"}}, 1e6, 0.5, 1, normalised);
  }
  for (const double order : {3., 1.7})
    for (const Divergence& divergence : divergences(order)) {
      if (order != 3 && divergence.name != "tsallis") continue;
      const double mu = 0.7, alpha = 5;
      const auto negative = [&](double u) { return alpha * divergence.conjugate(divergence.slope(u)); };
      for (const char* from : {"own_view", "other_view", "both_views"})
        add("f_micl",
            {{"divergence", divergence.name},
             {"order", std::to_string(order)},
             {"alpha", "5"},
             {"mu", "0.7"},
             {"negatives", from}},
            known("f_micl", dense::f_micl), negative(mu) - divergence.slope(mu),
            negative(mu * std::exp(-top)) - divergence.slope(mu), {.symmetric = from == std::string("other_view")});
    }
  add("barlow_twins", {}, no_pairs, d, NAN, of_dimensions);
  add("vicreg", {}, no_pairs, 25 * (1 - 0.01), NAN, of_dimensions);
  add("negative_cosine", {}, no_pairs, -1, -1, {.symmetric = true, .least = 1});
  add("negative_cosine", {{"stop_gradient", "false"}}, no_pairs, -1, -1, {.symmetric = true, .least = 1});

  table.push_back({known("negative_cosine", negative_cosine),
                   {},
                   no_pairs,
                   -1,
                   -1,
                   {.symmetric = true, .reaches = "z1 only", .least = 1}});
  table.push_back({known("moco", with_queue<moco>),
                   {},
                   known("moco", with_queue<dense::moco>),
                   NAN,
                   NAN,
                   {.rotation = false, .reaches = "z1 only", .least = 1}});
  return table;
}

}  // namespace nce::test
