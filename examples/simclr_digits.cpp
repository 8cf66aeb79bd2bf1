// The whole of contrastive learning in one page: train a small encoder on MNIST without its labels, then see by
// nearest neighbours how well its features sort the digits, beside raw pixels and the encoder as it was before
// training.
//
//   simclr_digits ROOT [EPOCHS] [info_nce | sc_info_nce] [SEED]      ROOT holds MNIST/raw
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/data/idx.h"
#include "nce/data/transforms.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/nn/encoders.h"
#include "nce/nn/optim.h"

using namespace nce;

namespace {

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr const char* kUsage = "usage: simclr_digits ROOT [EPOCHS] [info_nce | sc_info_nce] [SEED]";

int number(const char* text, const char* what, int least) {
  int value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || stop != end || value < least)
    throw Usage(fmt::format("{} must be a whole number of at least {}, got '{}'", what, least, text));
  return value;
}

// Features of images 0 .. n-1, of length 1; raw pixels where there is no encoder.
Tensor features(nn::Encoder* encoder, const data::Dataset& set, int64_t n, const data::Normalisation& scale) {
  NoGrad no_grad;
  if (encoder) encoder->eval();
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < n; i += 500) {
    const Tensor x = data::to_tensor(set, i, std::min(i + 500, n), scale);
    parts.push_back(normalize(encoder ? (*encoder)(x) : reshape(x, {x.size(0), -1})));
  }
  if (encoder) encoder->train();
  return concatenate(parts);
}

// Share of test images whose nearest training image (by cosine) has their label.
double nearest_neighbour(nn::Encoder* encoder, const data::Dataset& train, const data::Dataset& test,
                         const data::Normalisation& scale) {
  NoGrad no_grad;
  const int64_t known = std::min<int64_t>(train.size(), 10000), asked = std::min<int64_t>(test.size(), 2000);
  const auto nearest =
      argmax(matmul(features(encoder, test, asked, scale), t(features(encoder, train, known, scale))), 1);
  int64_t right = 0;
  for (size_t i = 0; i < nearest.size(); ++i) right += train.labels[size_t(nearest[i])] == test.labels[i];
  return 100.0 * double(right) / double(asked);
}

void run(int argc, char** argv) {
  if (argc < 2 || argc > 5) throw Usage("one to four arguments are needed");
  const int epochs = argc > 2 ? number(argv[2], "EPOCHS", 1) : 1, seed = argc > 4 ? number(argv[4], "SEED", 0) : 1;
  const std::string loss_name = argc > 3 ? argv[3] : "info_nce";
  if (loss_name != "info_nce" && loss_name != "sc_info_nce")
    throw Usage("there is no loss '" + loss_name + "' here");

  const data::Dataset train = data::mnist(argv[1], data::Split::train),
                      test = data::mnist(argv[1], data::Split::test);
  const data::Normalisation scale = data::pixel_statistics(train);
  const data::AugmentOptions views = data::simclr_options(train);
  Generator generator{.seed = uint64_t(seed)};
  auto encoder = nn::make_encoder("conv4", {train.height, train.width, train.channels}, generator);
  auto head = nn::make_projection_head(encoder->feature_dim(), 128, 128, generator);
  nn::NamedTensors parameters = encoder->named_parameters();
  for (auto& named : head->named_parameters()) parameters.push_back(named);
  nn::AdamW optimizer(parameters, {.lr = 2e-3, .weight_decay = 1e-4});
  std::printf("nearest neighbour, %% of 2000 test images: raw pixels %.1f, random encoder %.1f\n",
              nearest_neighbour(nullptr, train, test, scale), nearest_neighbour(encoder.get(), train, test, scale));
  std::fflush(stdout);

  const size_t batch = 256;
  std::vector<int> order(static_cast<size_t>(train.size()));
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    const Key key = Key(uint64_t(seed)).fold(uint64_t(epoch));
    std::iota(order.begin(), order.end(), 0);  // afresh, so that an epoch depends on its number alone
    Random(key.fold(2)).shuffle(order);
    double total = 0;
    int steps = 0;
    for (size_t i = 0; i + batch <= order.size(); i += batch, ++steps) {
      const std::span<const int> images(order.data() + i, batch);
      const Tensor view1 = data::augment_batch(train, images, scale, views, key.fold(0));
      const Tensor view2 = data::augment_batch(train, images, scale, views, key.fold(1));
      const Tensor z = (*head)((*encoder)(concatenate({view1, view2})));
      const Tensor z1 = slice(z, 0, 0, batch), z2 = slice(z, 0, batch, 2 * batch);
      const Tensor loss = loss_name == "info_nce" ? losses::info_nce(z1, z2, {.temperature = 0.2})
                                                  : losses::sc_info_nce(z1, z2, {.temperature = 0.2, .delta = 1.2});
      check(std::isfinite(loss.item()), "the loss of step {} of epoch {} is {}", steps, epoch, loss.item());
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      total += loss.item();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s epoch %d: loss %.4f, nearest neighbour %.1f %%, %.0f views/s\n", loss_name.c_str(), epoch + 1,
                total / steps, nearest_neighbour(encoder.get(), train, test, scale),
                2.0 * double(steps) * batch / seconds);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const Usage& error) {
    std::fprintf(stderr, "simclr_digits: %s\n%s\n", error.what(), kUsage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "simclr_digits: %s\n", error.what());
    return 1;
  }
}
