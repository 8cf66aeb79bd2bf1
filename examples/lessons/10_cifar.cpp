// Lesson 10: real photographs. A small convolutional network learns from CIFAR-10 without its labels, and is measured beside
// what learned nothing.
//
//   lesson_10_cifar ROOT [IMAGES EPOCHS]      ROOT holds cifar-10-batches-bin; 10,000 images and 4 epochs are about a minute
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>

#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "nce/data/sets/cifar.h"
#include "nce/data/subset.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "nce/nn/optim/adam.h"

using namespace nce;

namespace {

// The first `count` images; the file has all classes in any order.
data::Subset first_images(const std::string& root, data::Split split, int count) {
  std::vector<int> items(static_cast<size_t>(count));
  std::iota(items.begin(), items.end(), 0);
  return {std::make_shared<data::InMemoryDataset>(data::cifar10(root, split)), items};
}

void measure(const char* name, const Tensor& train, const std::vector<int>& train_labels, const Tensor& test,
             const std::vector<int>& test_labels) {
  const double knn = nn::knn_accuracy(train, train_labels, test, test_labels);
  const double probe = nn::fit_linear_probe(train, train_labels).accuracy(test, test_labels);
  std::printf("%-18s kNN %.1f %%   linear probe %.1f %%\n", name, 100 * knn, 100 * probe);
}

void lesson(const std::string& root, int images, int64_t epochs) {
  const data::Subset train = first_images(root, data::Split::train, images);
  const data::Subset test = first_images(root, data::Split::test, std::max(100, images / 5));
  const data::Normalisation statistics = data::pixel_statistics(train);
  const Tensor train_pixels = data::to_tensor(train, 0, train.size(), statistics);
  const Tensor test_pixels = data::to_tensor(test, 0, test.size(), statistics);
  measure("raw pixels", reshape(train_pixels, {train.size(), -1}), train.labels,
          reshape(test_pixels, {test.size(), -1}), test.labels);

  Generator generator{.seed = 1};
  auto encoder = nn::make_encoder("conv4", {.height = 32, .width = 32, .channels = 3}, generator);
  const auto features = [&](const Tensor& pixels) {
    return nn::features_of(*encoder, pixels.size(0),
                           [&](int64_t begin, int64_t end) { return (*encoder)(slice(pixels, 0, begin, end)); });
  };
  const auto measure_encoder = [&](const char* name) {
    measure(name, features(train_pixels), train.labels, features(test_pixels), test.labels);
  };
  measure_encoder("random weights");

  auto head = nn::make_projection_head(encoder->feature_dim(), 128, 128, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : head->named_parameters()) parameters.push_back(named);
  nn::AdamW optimizer(parameters, {.lr = 2e-3});
  data::Loader loader(train, {.batch = 256, .normalisation = statistics});
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    double total = 0;
    loader.start_epoch(epoch);
    while (const data::Batch* batch = loader.next()) {
      const auto [z1, z2] = halves((*head)((*encoder)(batch->views)));
      const Tensor loss = losses::info_nce(z1, z2, {.temperature = 0.2});
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.2f, chance %.2f\n", int(epoch) + 1, total / double(loader.steps_per_epoch()),
                std::log(256));
  }
  measure_encoder("InfoNCE, no labels");
}

}  // namespace

int main(int argc, char** argv) try {
  const int images = argc == 4 ? number_in<int>(argv[2]).value_or(0) : 10000;
  const int epochs = argc == 4 ? number_in<int>(argv[3]).value_or(0) : 4;
  if ((argc != 2 && argc != 4) || images < 256 || images > 50000 || epochs < 1)
    throw std::invalid_argument("ROOT [IMAGES EPOCHS] are needed: 256 to 50000 images, at least 1 epoch");
  lesson(argv[1], images, epochs);
} catch (const std::logic_error& error) {
  std::fprintf(stderr, "lesson_10_cifar: %s\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "lesson_10_cifar: %s\n", error.what());
  return 1;
}
