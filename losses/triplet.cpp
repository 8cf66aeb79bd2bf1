#include "nce/losses/triplet.h"

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor triplet(const Tensor& z1, const Tensor& z2, const TripletOptions& options) {
  check_views("triplet", z1, z2, 2);
  check_options("triplet", options);
  const double n = double(z1.size(0));
  // Differences of squared distances are those of 2 cos.
  const Temperature temperature = options.soft ? options.temperature : 0.5;
  const double margin = options.soft ? 0 : options.margin;
  const Tensor a = logit_rows(z1, temperature), b = logit_rows(z2, temperature);
  // The positive as one more column: the dot product of the longer rows is s_ik - s_ii + margin.
  const Tensor longer_a = concatenate({a, unsqueeze(margin - paired(a, b), 1)}, 1);
  const Tensor longer_b = concatenate({b, Tensor::ones({z2.size(0), 1}, z2.dtype())}, 1);
  const PairFunction hinge = []<class T>(const T* s, int64_t count, T* value, T* slope) {
    if (value) kernels::relu(s, count, value);
    if (slope)
      for (int64_t i = 0; i < count; ++i) slope[i] = s[i] > 0 ? T(1) : T(0);
  };
  const PairFunction soft = []<class T>(const T* s, int64_t count, T* value, T* slope) {
    if (value) kernels::softplus(s, count, value);
    if (slope) kernels::sigmoid(s, count, slope);
  };
  return sum_pairs(longer_a, longer_b, options.soft ? soft : hinge, Exclude::self) * (1 / (n * (n - 1)));
}

}  // namespace nce::losses
