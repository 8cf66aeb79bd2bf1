// The program nce with a loss of one's own, which has an option of its own:
//
//   nce_own_loss train --loss my_loss --push 0.3 --out runs/mine
//
// The loss and its option are then in --help, in config.toml, in `eval`, `report` and `check-loss`, as any other.
#include "nce/losses/catalogue.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"
#include "program.h"

using namespace nce;

namespace {

struct MyOptions {
  losses::Temperature temperature = 0.2;
  double push = 0.1;
  void fields(Options& o) {
    temperature.fields(o);
    o.number("push", push, "how much nearer than a negative the positive must be", {.least = 0, .most = 2});
  }
};

// InfoNCE with an additive margin (Yang et al., IJCAI 2019): z1, z2 of shape (N, d).
//
//     L = mean_i log(1 + sum_{k != i} exp(s_ik - s_ii + push / temperature)),   s = cos / temperature
Tensor my_loss(const Tensor& z1, const Tensor& z2, const MyOptions& options) {
  losses::check_loss("my_loss", z1, z2, options);
  const Tensor a = losses::logit_rows(z1, options.temperature), b = losses::logit_rows(z2, options.temperature);
  const Tensor positive = losses::paired(a, b) - options.push / options.temperature.value();
  return mean(softplus(losses::logsumexp_pairs(a, b, {.exclude = losses::Exclude::self, .minus = positive})));
}

const bool registered = losses::known_losses().add(losses::known("my_loss", my_loss));

}  // namespace

int main(int argc, char** argv) { return cli::run_program(argc, argv); }
