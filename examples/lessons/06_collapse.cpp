// Lesson 6: collapse. The same small network is trained in five ways. Two of them make all embeddings the same.
#include <cstdio>
#include <functional>
#include <string>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/vicreg.h"

using namespace nce;

namespace {

constexpr int64_t kPixels = 28 * 28, kHidden = 64, kDim = 16, kEpochs = 20;

// The network of lesson 2, with more numbers. f64, so that all machines print the same.
struct Network {
  Tensor w1 = Tensor::randn({kPixels, kHidden}, Key(1), DType::f64) * 0.05;
  Tensor w2 = Tensor::randn({kHidden, kDim}, Key(2), DType::f64) * 0.2;
  Tensor predictor = Tensor::eye(kDim, DType::f64) + Tensor::randn({kDim, kDim}, Key(3), DType::f64) * 0.1;
  std::vector<Tensor*> parameters() { return {&w1, &w2, &predictor}; }
  Tensor operator()(const Tensor& x) const {
    const Tensor hidden = matmul(x, w1);
    return matmul(relu((hidden - mean(hidden, 0, true)) / stddev(hidden, 0, true)), w2);
  }
};

using Loss = std::function<Tensor(const Network&, const Tensor& z1, const Tensor& z2)>;

// The mean cosine of the embeddings of different pictures.
double cosine_of_others(const Tensor& z) {
  const Tensor s = matmul(normalize(z), t(normalize(z)));
  const double n = double(z.size(0));
  return (sum(s).item() - n) / (n * (n - 1));
}

void train(const std::string& name, double lr, const Loss& loss_of) {
  const auto digits = data::glyphs(data::Split::train, {.count = 1000});
  data::Loader loader(digits, {.batch = 200, .views = data::make_views("crop,jitter"), .prefetch = 0});
  Network network;
  for (Tensor* p : network.parameters()) p->set_requires_grad(true);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const Tensor views = reshape(batch->views, {-1, kPixels}).to(DType::f64);
      const auto [z1, z2] = halves(network(views));
      if (batch->step == 0 && (epoch == 0 || epoch == kEpochs - 1))
        std::printf("%-32s %-6s %8.2f %8.2f\n", epoch == 0 ? name.c_str() : "", epoch == 0 ? "before" : "after",
                    mean(sum(normalize(z1) * normalize(z2), 1)).item(), cosine_of_others(z1));
      loss_of(network, z1, z2).backward();
      const NoGrad no_grad;
      for (Tensor* p : network.parameters()) {
        if (p->grad().defined()) *p -= p->grad() * (p == &network.predictor ? 10 * lr : lr);
        p->zero_grad();
      }
    }
  }
}

}  // namespace

int main() {
  std::printf("cosine with                               partner   others\n");
  train("pull alone", 0.2, [](const Network&, const Tensor& z1, const Tensor& z2) {
    return losses::negative_cosine(z1, z2, {.stop_gradient = false});
  });
  train("InfoNCE", 0.2, [](const Network&, const Tensor& z1, const Tensor& z2) {
    return losses::info_nce(z1, z2, {.temperature = 0.2});
  });
  train("predictor and stopped gradient", 0.2, [](const Network& network, const Tensor& z1, const Tensor& z2) {
    const auto predictor = [&](const Tensor& z) { return matmul(z, network.predictor); };
    return losses::sim_siam(z1, z2, predictor);
  });
  train("predictor, gradient not stopped", 0.2, [](const Network& network, const Tensor& z1, const Tensor& z2) {
    const auto predictor = [&](const Tensor& z) { return matmul(z, network.predictor); };
    return losses::sim_siam(z1, z2, predictor, {.stop_gradient = false});
  });
  train("VICReg", 0.01, [](const Network&, const Tensor& z1, const Tensor& z2) { return losses::vicreg(z1, z2); });
}
