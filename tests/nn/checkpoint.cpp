#include "nce/nn/checkpoint.h"

#include <doctest/doctest.h>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/ops.h"
#include "nce/data/normalise.h"
#include "nce/data/sets/glyphs.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/trained.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/optim/adam.h"
#include "support/files.h"

using namespace nce;
using namespace nce::nn;

namespace {

// A place for a checkpoint, in a folder of its own.
struct File {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "checkpoint.safetensors";
};

std::unique_ptr<Encoder> conv4(const ImageSize& image, uint64_t seed) {
  Generator generator{.seed = seed};
  return make_encoder("conv4", image, generator, {{"width", "4"}});
}

void step(Encoder& encoder, Optimizer& optimizer, uint64_t seed) {
  optimizer.zero_grad();
  sum(square(encoder(Tensor::randn({4, 8, 8, 3}, Key(seed))))).backward();
  optimizer.step();
}

std::vector<float> numbers(Module& module) {
  std::vector<float> all;
  for (const auto& [name, tensor] : module.state_dict())
    for (const float value : tensor->to_vector<float>()) all.push_back(value);
  return all;
}

}  // namespace

// The first weight is (4, 3, 3, 3): its shape is the same in both layouts, its elements are not.
TEST_CASE("moments go to a file in the layout of their weights, and back to the same bits") {
  const File file;
  auto encoder = conv4({8, 8, 3}, 1), resumed = conv4({8, 8, 3}, 2);
  Adam optimizer(encoder->named_parameters()), other(resumed->named_parameters());
  step(*encoder, optimizer, 1);
  State all = to_pytorch(encoder->state_dict(), "encoder.");
  for (auto& named : to_pytorch(optimizer.state_dict(), "optimizer.")) all.push_back(std::move(named));
  save_safetensors(file.path, all);

  const State stored = load_safetensors(file.path).tensors;
  const auto find = [](const State& state, const std::string& name) {
    for (const auto& [key, tensor] : state)
      if (key == name) return tensor;
    FAIL("no tensor ", name);
    return Tensor();
  };
  const Tensor moment = find(stored, "optimizer.exp_avg.conv1.weight"),
               own = find(optimizer.state_dict(), "exp_avg.conv1.weight");
  CHECK(moment.to_vector<float>() == permute(own, {0, 3, 1, 2}).to_vector<float>());
  CHECK(moment.to_vector<float>() != own.to_vector<float>());
  CHECK(find(stored, "optimizer.exp_avg.conv2.weight").shape() == find(stored, "encoder.conv2.weight").shape());

  resumed->load_state_dict(from_pytorch(stored, "encoder."));
  other.load_state_dict(from_pytorch(stored, "optimizer."));
  step(*encoder, optimizer, 2), step(*resumed, other, 2);
  CHECK(numbers(*resumed) == numbers(*encoder));
}

TEST_CASE("an encoder comes back from its file with its options, image size and normalisation") {
  const File file;
  const ImageSize image{.height = 8, .width = 6, .channels = 3};
  auto encoder = conv4(image, 1);
  (*encoder)(Tensor::randn({4, 8, 6, 3}, Key(3)));  // moves the running statistics
  const auto metadata = encoder_metadata("conv4", image, {{"width", "4"}}, {0.5f, 0.25f, 0.1f}, {1, 2, 3});
  save_checkpoint(file.path, *encoder, metadata);
  const TrainedEncoder trained = load_encoder(file.path);
  CHECK(trained.name == "conv4");
  CHECK(trained.image.height == 8);
  CHECK(trained.image.width == 6);
  CHECK(trained.image.channels == 3);
  CHECK(trained.mean == std::vector<float>{0.5f, 0.25f, 0.1f});
  CHECK(trained.std == std::vector<float>{1, 2, 3});
  CHECK_FALSE(trained.encoder->training());
  CHECK(numbers(*trained.encoder) == numbers(*encoder));

  const auto refused = [&](const std::string& key, const std::string& value) {
    auto changed = metadata;
    changed.erase(key);
    if (!value.empty()) changed[key] = value;
    save_checkpoint(file.path, *encoder, changed);
    try {
      load_encoder(file.path);
    } catch (const Error& error) { return std::string(error.what()).substr(file.path.string().size()); }
    return std::string("loaded");
  };
  CHECK(refused("encoder", "") == ": lacks 'encoder' in its metadata: not written by nce train");
  CHECK(refused("encoder", "vgg").starts_with(": no encoder is called 'vgg'; there are mlp, conv4"));
  CHECK(refused("image", "8 6") == ": 'image' is '8 6': 3 numbers are needed");
  CHECK(refused("image", "8 6 x") == ": 'image' is '8 6 x': 3 numbers are needed");
  CHECK(refused("image", "8 6 -3") == ": 'image' is '8 6 -3': sizes must be within 1 .. 65536");
  CHECK(refused("image", "4611686018427387904 4 1") ==
        ": 'image' is '4611686018427387904 4 1': sizes must be within 1 .. 65536");
  CHECK(refused("mean", "0.5") == ": 'mean' is '0.5': 3 numbers are needed");
  CHECK(refused("std", "") == ": lacks 'std' in its metadata: not written by nce train");
  CHECK(refused("width", "wide") == ": width: 'wide' is not a whole number");
  CHECK(
      refused("width", "8").starts_with(": load_state_dict: this is the state of another module:\n  shape: conv1"));
  CHECK(refused("width", "4000") == ": its metadata tell of a larger encoder than its tensors make");  // 3 GB
  CHECK(refused("width", "0").starts_with(": load_state_dict"));  // once, 0 was the encoder's own: here 32
}

TEST_CASE("four lines use an encoder that nce train wrote") {
  const File file;
  const ImageSize image{.height = 28, .width = 28, .channels = 1};
  auto encoder = conv4(image, 1);
  save_checkpoint(file.path, *encoder, encoder_metadata("conv4", image, {{"width", "4"}}, {0.25f}, {0.5f}));

  const nn::TrainedEncoder trained = nn::load_encoder(file.path);
  const auto digits = data::glyphs(data::Split::test);
  const NoGrad no_grad;
  const Tensor features = (*trained.encoder)(data::to_tensor(digits, 0, 500, {trained.mean, trained.std}));

  encoder->eval();
  const Tensor expected = (*encoder)(data::to_tensor(digits, 0, 500, {.mean = {0.25f}, .std = {0.5f}}));
  CHECK(features.to_vector<float>() == expected.to_vector<float>());
  CHECK(features.shape() == Shape{500, 16});
}

TEST_CASE("features come in evaluation mode and unrecorded, the same as at once, and the mode stays") {
  auto encoder = conv4({8, 8, 3}, 1);
  const Tensor images = Tensor::randn({1203, 8, 8, 3}, Key(1));
  std::vector<int64_t> sizes;
  const Tensor all = features_of(*encoder, 1203, [&](int64_t begin, int64_t end) {
    sizes.push_back(end - begin);
    CHECK_FALSE(encoder->training());
    return (*encoder)(slice(images, 0, begin, end));
  });
  CHECK(sizes == std::vector<int64_t>{500, 500, 203});
  CHECK(encoder->training());
  CHECK_FALSE(all.requires_grad());
  encoder->eval();
  CHECK(all.to_vector<float>() == (*encoder)(images).to_vector<float>());
  CHECK_THROWS_WITH_AS(features_of(*encoder, 0, {}), "features_of: there is nothing to embed", Error);
}
