#include "nce/losses/catalogue.h"

#include "nce/core/error.h"
#include "nce/losses/barlow_twins.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/t_simcne.h"
#include "nce/losses/triplet.h"
#include "nce/losses/vicreg.h"

namespace nce::losses {
namespace {

// A loss whose negatives may come from either view.
SoftmaxOptions theory_of(const std::string& name, NegativesFrom negatives, Denominator denominator) {
  const char* const from[] = {"", " (own view)", " (both views)"};
  return {.name = name + from[size_t(negatives)], .denominator = denominator, .negatives = negatives};
}

}  // namespace

Catalogue<KnownLoss>& known_losses() {
  static Catalogue<KnownLoss> all(
      "loss",
      {known_of_views("nt_xent", nt_xent,
                      [](auto& o) {
                        if (o.self_contrast) return std::unique_ptr<Target>();
                        return softmax_target({.name = "nt_xent", .negatives = NegativesFrom::both_views});
                      }),
       known("info_nce", info_nce,
             [](auto& o) { return softmax_target(theory_of("info_nce", o.negatives, Denominator::all)); }),
       known("sc_info_nce", sc_info_nce,
             [](auto& o) {
               return softmax_target({.name = "sc_info_nce",
                                      .delta = o.delta,
                                      .gamma = o.gamma_value(),
                                      .denominator = o.denominator,
                                      .positive_weight = o.positive_weight,
                                      .has_scale = true});
             }),
       known("dcl", dcl,
             [](auto& o) { return softmax_target(theory_of("dcl", o.negatives, Denominator::negatives)); }),
       known("dclw", dclw,
             [](auto& o) {
               SoftmaxOptions theory = theory_of("dclw", o.negatives, Denominator::negatives);
               theory.weighted = true;
               return softmax_target(theory);
             }),
       known("dhel", dhel,
             [](auto& o) {
               // Both energies at once are twice the loss with delta = 1/2.
               return softmax_target({.name = o.both_views ? "dhel (both views)" : "dhel",
                                      .delta = o.both_views ? 0.5 : 1,
                                      .denominator = Denominator::negatives,
                                      .negatives = NegativesFrom::own_view});
             }),
       known("is_info_nce", is_info_nce,
             [](auto&) {
               return softmax_target({.name = "is_info_nce",
                                      .denominator = Denominator::negatives,
                                      .negatives = NegativesFrom::own_view});
             }),
       known_of_views("sup_con", sup_con),
       known("sig_lip", sig_lip, [](auto&) { return sigmoid_target(); }),
       known("debiased_info_nce", debiased_info_nce),
       known("hard_info_nce", hard_info_nce),
       known("f_micl", f_micl,
             [](auto& o) { return divergence_target(o.divergence, o.order, o.alpha, o.mu, o.negatives); }),
       known("gkcl", gkcl),
       known("simple_contrastive", simple_contrastive, [](auto& o) { return linear_target(o.positive_in_mean); }),
       known("spectral_contrastive", spectral_contrastive, [](auto& o) { return spectral_target(o.normalised); }),
       known("triplet", triplet),
       known("t_simcne", t_simcne),
       known("barlow_twins", barlow_twins),
       known("vicreg", vicreg),
       known("negative_cosine", sim_siam)});
  return all;
}

std::vector<Tensor> Views::all() const {
  std::vector<Tensor> all{z1, z2};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Views views_of(const std::vector<Tensor>& z) {
  check(z.size() >= 2, "views_of: at least 2 views are needed, got {}", z.size());
  return {.z1 = z[0], .z2 = z[1], .more = {z.begin() + 2, z.end()}};
}

std::string NumViews::text() const { return fmt::format("{}{} views", least, most > least ? " or more" : ""); }

void check_num_views(const std::string& loss, const NumViews& takes, int64_t n) {
  check(takes.holds(n), "{}: {} of each sample are needed, got {}", loss, takes.text(), n);
}

std::unique_ptr<Loss> make_loss(const std::string& name, const std::vector<Setting>& settings) {
  auto loss = known_losses().find(name).make();
  set_options(*loss, settings);
  return loss;
}

}  // namespace nce::losses
