// The program nce with a loss of one's own: `nce_own_loss train --loss my_loss --out runs/mine`, and all else as
// before.
#include "loss_registry.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"
#include "program.h"

using namespace nce;

namespace {

// Decoupled contrastive learning (Yeh et al., 2022): InfoNCE without the positive in the denominator.
Tensor my_loss(const Tensor& z1, const Tensor& z2, const cli::LossSettings& settings) {
  losses::check_views("my_loss", z1, z2, 2);
  const Tensor a = losses::logit_rows(z1, settings.temperature), b = losses::logit_rows(z2, settings.temperature);
  const Tensor positive = losses::paired(a, b);
  return mean(losses::logsumexp_pairs(a, b, {.exclude = losses::Exclude::self, .minus = positive}));
}

const bool registered = cli::register_loss("my_loss", my_loss);

}  // namespace

int main(int argc, char** argv) { return cli::run_program(argc, argv); }
