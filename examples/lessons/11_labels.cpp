// Lesson 11: labels, too. SupCon beside cross entropy, beside InfoNCE that has no labels, beside nothing learned.
#include <cstdio>
#include <functional>
#include <memory>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/sup_con.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"

using namespace nce;

namespace {

constexpr int64_t kTrain = 1000, kTest = 500, kClasses = 10;

// The pictures as they are, and their labels.
data::Batch pictures(data::Split split, int64_t count) {
  const auto digits = data::glyphs(split, {.count = count});
  data::Loader loader(digits, {.batch = count, .views = {}, .num_views = 1, .prefetch = 0});
  loader.start_epoch(0);
  return *loader.next();
}

using Loss = std::function<Tensor(const Tensor& outputs, const std::vector<int>& labels)>;

// A small convolutional encoder, trained with one layer on top, which is then thrown away. No loss: it stays as it began.
std::unique_ptr<nn::Encoder> trained(int64_t outputs, const Loss& loss_of) {
  Generator generator{.seed = 1};
  auto encoder = nn::make_encoder("conv4", {.height = 28, .width = 28, .channels = 1}, generator, {{"width", "8"}});
  nn::Linear top(encoder->feature_dim(), outputs, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : top.named_parameters()) parameters.push_back({"top." + named.first, named.second});
  nn::Adam optimizer(parameters, {.lr = 3e-3});
  const auto digits = data::glyphs(data::Split::train, {.count = kTrain});
  data::Loader loader(digits, {.batch = 250, .views = data::make_views("crop")});
  for (int epoch = 0; loss_of && epoch < 10; ++epoch) {
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const Tensor loss = loss_of(top((*encoder)(batch->views)), batch->labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
  encoder->eval();  // batch norm uses what it saw in training
  return encoder;
}

}  // namespace

int main() {
  const data::Batch known = pictures(data::Split::train, kTrain), asked = pictures(data::Split::test, kTest);
  const auto row = [&](const char* name, const Tensor& of_known, const Tensor& of_asked) {
    const double knn = nn::knn_accuracy(of_known, known.labels, of_asked, asked.labels);
    const Tensor c = matmul(normalize(of_asked), t(normalize(of_asked)));
    const Tensor digits = one_hot(asked.labels, kClasses), same = matmul(digits, t(digits));
    const double pairs = sum(same).item(), within = (sum(c * same).item() - kTest) / (pairs - kTest);
    const double between = sum(c * (1 - same)).item() / (double(kTest * kTest) - pairs);
    std::printf("%-22s %4.0f %% %9.2f %11.2f\n", name, 100 * knn, within, between);
  };
  const auto learned = [&](const char* name, int64_t outputs, const Loss& loss) {
    const auto encoder = trained(outputs, loss);
    const NoGrad no_grad;
    row(name, (*encoder)(known.views), (*encoder)(asked.views));
  };

  std::printf("                         kNN  same digit  other digit\n");
  row("raw pixels", reshape(known.views, {kTrain, -1}), reshape(asked.views, {kTest, -1}));
  learned("nothing learned", 64, {});
  learned("InfoNCE, no labels", 64, [](const Tensor& z, const std::vector<int>&) {
    const auto [z1, z2] = halves(z);
    return losses::info_nce(z1, z2, {.temperature = 0.2});
  });
  learned("SupCon", 64, [](const Tensor& z, const std::vector<int>& labels) {
    const auto [z1, z2] = halves(z);
    return losses::sup_con(z1, z2, labels, {.temperature = 0.2});
  });
  learned("cross entropy", kClasses, [](const Tensor& logits, const std::vector<int>& labels) {
    const auto [first, second] = halves(logits);
    return (cross_entropy(first, labels) + cross_entropy(second, labels)) / 2;
  });
}
