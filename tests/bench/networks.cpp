#include "networks.h"

#include <fmt/format.h>

#include <cstring>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/nt_xent.h"

namespace nce::bench {
namespace {

// Collects the parts, and how many parameters they have.
class List {
 public:
  explicit List(int64_t views) : views_(views) {}

  void conv(const Conv& c, int count = 1) {
    Conv named = c;
    named.images = views_;
    named.name = fmt::format("{} {}x{}{} {} -> {} at {}x{}", c.name, c.kernel, c.kernel,
                             c.stride > 1 ? fmt::format("/{}", c.stride) : "", c.in, c.out, c.side, c.side);
    add("convolution", conv_ops(named), count, c.out * c.kernel * c.kernel * c.in);
  }
  void norm(const char* layer, Norm::Then then, int64_t side, int64_t channels, int count = 1) {
    constexpr const char* names[] = {"batch norm", "batch norm, ReLU", "batch norm, sum, ReLU",
                                     "batch norm, ReLU, max pool"};
    add("normalisation",
        norm_ops({.then = then,
                  .name = fmt::format("{} {} {}x{}x{}", layer, names[size_t(then)], side, side, channels),
                  .images = views_,
                  .side = side,
                  .channels = channels}),
        count, 2 * channels);
  }
  void linear(const char* name, int64_t in, int64_t out, bool relu, bool by_x = true) {
    add("other",
        linear_ops({.name = fmt::format("{} {} -> {}{}", name, in, out, relu ? ", ReLU" : ""),
                    .rows = views_,
                    .in = in,
                    .out = out,
                    .relu = relu,
                    .by_x = by_x}),
        1, out * (in + 1));
  }
  void add(const char* kind, const Ops& ops, int count = 1, int64_t parameters = 0) {
    for (const Op& op : ops) parts.push_back({kind, op, count});
    this->parameters += count * parameters;
  }
  int64_t views() const { return views_; }

  std::vector<Part> parts;
  int64_t parameters = 0;

 private:
  int64_t views_;
};

void add_mlp(List& list, const nn::ImageSize& image) {
  list.linear("linear", image.height * image.width * image.channels, 512, true, false);
  list.linear("linear", 512, 256, true);
  list.linear("linear", 256, 128, false);
}

void add_conv4(List& list, const nn::ImageSize& image) {
  int64_t in = image.channels, side = image.height;
  for (int i = 1; i <= 4; ++i) {
    const int64_t out = int64_t{32} << std::min(i - 1, 2);
    list.conv({.name = fmt::format("conv{}", i), .images = 0, .side = side, .in = in, .out = out, .by_x = i > 1});
    list.norm(fmt::format("bn{}", i).c_str(), Norm::relu_max_pool, side, out);
    in = out, side /= 2;
  }
  list.add("other", mean_ops(list.views(), side, in));
}

void add_resnet18(List& list, const nn::ImageSize& image) {
  int64_t in = 64, side = image.height;
  list.conv({.name = "stem", .images = 0, .side = side, .in = image.channels, .out = in, .by_x = false});
  list.norm("stem", Norm::relu, side, in);
  for (int i = 1; i <= 4; ++i) {
    const std::string layer = fmt::format("layer{}", i);
    const int64_t out = int64_t{64} << (i - 1);
    const auto conv = [&](int64_t kernel, int64_t stride, int count) {
      list.conv(
          {.name = layer, .images = 0, .side = side, .in = in, .out = out, .kernel = kernel, .stride = stride},
          count);
    };
    const auto join = [&](int count) {  // a block's input feeds both branches, so both give it a gradient
      list.add("other",
               {add_op(fmt::format("{} gradients of two branches {}x{}x{}", layer, side, side, in),
                       list.views() * side * side * in)},
               count);
    };
    if (i > 1) {
      join(1);
      conv(3, 2, 1), conv(1, 2, 1);
      in = out, side /= 2;
      list.norm(layer.c_str(), Norm::nothing, side, out);
    }
    join(i > 1 ? 1 : 2);
    conv(3, 1, i > 1 ? 3 : 4);
    list.norm(layer.c_str(), Norm::relu, side, out, 2);
    list.norm(layer.c_str(), Norm::add_relu, side, out, 2);
  }
  list.add("other", mean_ops(list.views(), side, in));
}

}  // namespace

Trainer::Trainer(const Network& network) {
  Generator generator{.seed = 1};
  encoder = nn::make_encoder(network.encoder, network.image, generator);
  if (network.head_hidden > 0)
    head = nn::make_projection_head(encoder->feature_dim(), network.head_hidden, 128, generator);
  optimizer = std::make_unique<nn::SGD>(parameters(), nn::SgdOptions{.lr = 0.01, .momentum = 0.9});
}

nn::NamedTensors Trainer::parameters() const {
  nn::NamedTensors all = encoder->named_parameters();
  if (head)
    for (auto& named : head->named_parameters()) all.push_back(named);
  return all;
}

void Trainer::step(const Tensor& x) {
  const int64_t views = x.size(0);
  Tensor z = (*encoder)(x);
  if (head) z = (*head)(z);
  const Tensor loss =
      losses::nt_xent(slice(z, 0, 0, views / 2), slice(z, 0, views / 2, views), {.temperature = 0.5});
  optimizer->zero_grad();
  loss.backward();
  optimizer->step();
  check(loss.item() == loss.item(), "{}: the loss is NaN", x.shape());
}

Run step_of(const Network& network, int64_t views) {
  const auto& [height, width, channels] = network.image;
  return [trainer = std::make_shared<Trainer>(network),
          x = Tensor::randn({views, height, width, channels}, Key(1))] { trainer->step(x); };
}

std::vector<Part> parts_of(const Network& network, int64_t views) {
  List list(views);
  const std::string encoder = network.encoder;
  if (encoder == "mlp") add_mlp(list, network.image);
  if (encoder == "conv4") add_conv4(list, network.image);
  if (encoder == "resnet18") add_resnet18(list, network.image);
  const Trainer modules(network);
  if (network.head_hidden > 0) {
    list.linear("head", modules.encoder->feature_dim(), network.head_hidden, true);
    list.linear("head", network.head_hidden, 128, false);
  }
  list.add("other", {nt_xent_op(views)});
  std::vector<int64_t> sizes;
  int64_t parameters = 0;
  for (const auto& [name, tensor] : modules.parameters())
    sizes.push_back(tensor->numel()), parameters += tensor->numel();
  check(parameters == list.parameters, "{}: the list of operations has {} parameters, the network {}", encoder,
        list.parameters, parameters);
  list.add("other", {sgd_op(sizes)});
  return list.parts;
}

Work step_work(const Network& network, int64_t views) {
  Work total;
  for (const Part& part : parts_of(network, views))
    if (part.op.work.gflop > 0) total = total + part.op.work * part.count;
  total.gbyte = 0;
  return total;
}

}  // namespace nce::bench
