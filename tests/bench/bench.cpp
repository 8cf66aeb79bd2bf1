// nce_bench: times the benchmark table's workloads, a line {"name": ..., "ms": median} each.
//
//   nce_bench [--json] [--threads N] [names]
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/loader.h"
#include "nce/losses/nt_xent.h"
#include "nce/nn/encoders.h"
#include "nce/nn/optim.h"

using namespace nce;

namespace {

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Step = std::function<void()>;

// An encoder and its head; a training step is forward, nt_xent, backward, SGD with momentum.
struct Trainer {
  Trainer(const char* encoder_name, const nn::ImageSize& image, int64_t hidden) {
    Generator generator{.seed = 1};
    encoder = nn::make_encoder(encoder_name, image, generator);
    nn::NamedTensors parameters = encoder->named_parameters();
    if (hidden > 0) {
      head = nn::make_projection_head(encoder->feature_dim(), hidden, 128, generator);
      for (auto& named : head->named_parameters()) parameters.push_back(named);
    }
    optimizer = std::make_unique<nn::SGD>(parameters, nn::SgdOptions{.lr = 0.01, .momentum = 0.9});
  }
  void step(const Tensor& x) {
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
  std::unique_ptr<nn::Encoder> encoder;
  std::unique_ptr<nn::Module> head;
  std::unique_ptr<nn::SGD> optimizer;
};

Step training_step(const char* encoder_name, const nn::ImageSize& image, int64_t views, int64_t hidden) {
  return [trainer = std::make_shared<Trainer>(encoder_name, image, hidden),
          x = Tensor::randn({views, image.height, image.width, image.channels}, Key(1))] { trainer->step(x); };
}

// Images of the size of CIFAR's.
data::Dataset noise(int images) {
  data::Dataset set{
      .name = "noise", .height = 32, .width = 32, .channels = 3, .classes = 1, .images = {}, .labels = {}};
  set.images.resize(size_t(images * set.image_bytes()));
  Random random{Key(1)};
  for (uint8_t& byte : set.images) byte = uint8_t(random.bits());
  set.labels.assign(size_t(images), 0);
  return set;
}

const data::Normalisation kCifar10{.mean = {0.49f, 0.48f, 0.45f}, .std = {0.25f, 0.24f, 0.26f}};

Step augment_step(int views) {
  std::vector<int> all(size_t(views), 0);
  std::iota(all.begin(), all.end(), 0);
  return [set = noise(views), all, out = Tensor::empty({views, 32, 32, 3}), key = uint64_t(0)]() mutable {
    data::augment_batch(set, all, kCifar10, {}, Key(++key), out.mutable_data<float>());
  };
}

// One epoch of SimCLR, with loading and augmentation.
Step epoch_step(const char* encoder_name, int images, int64_t hidden) {
  struct State {
    data::Dataset set;
    data::Loader loader{set, {.batch = 256, .normalisation = kCifar10}};
    Trainer trainer;
    int64_t epoch = 0;
    State(const char* name, int n, int64_t hidden) : set(noise(n)), trainer(name, {32, 32, 3}, hidden) {}
  };
  const auto s = std::make_shared<State>(encoder_name, images, hidden);
  return [s] {
    s->loader.start_epoch(s->epoch++);
    while (const data::Batch* batch = s->loader.next()) s->trainer.step(concatenate({batch->view1, batch->view2}));
  };
}

Step nt_xent_step(int64_t rows) {
  return [z1 = Tensor::randn({rows / 2, 128}, Key(1)).set_requires_grad(true),
          z2 = Tensor::randn({rows / 2, 128}, Key(2)).set_requires_grad(true)]() mutable {
    z1.zero_grad(), z2.zero_grad();
    losses::nt_xent(z1, z2, {.temperature = 0.5}).backward();
  };
}

struct Workload {
  const char* name;
  std::function<Step()> make;
  bool unasked = true;  // run where no name is given
};

const Workload kWorkloads[] = {
    {"matmul_1024",
     [] {
       return [a = Tensor::randn({1024, 1024}, Key(1)), b = Tensor::randn({1024, 1024}, Key(2))] { matmul(a, b); };
     }},
    {"mlp_step",
     [] {
       return training_step("mlp", {28, 28, 1}, 1024, 0);
     }},
    {"conv4_step",
     [] {
       return training_step("conv4", {32, 32, 3}, 512, 128);
     }},
    {"conv4_28_step",
     [] {
       return training_step("conv4", {28, 28, 1}, 512, 128);
     }},
    {"resnet18_step",
     [] {
       return training_step("resnet18", {32, 32, 3}, 128, 512);
     }},
    {"ntxent_512", [] { return nt_xent_step(512); }},
    {"ntxent_2048", [] { return nt_xent_step(2048); }},
    {"ntxent_8192", [] { return nt_xent_step(8192); }},
    {"ntxent_65536", [] { return nt_xent_step(65536); }, false},
    {"ntxent_262144", [] { return nt_xent_step(262144); }, false},
    {"augment_1024", [] { return augment_step(1024); }},
    {"epoch", [] { return epoch_step("conv4", 10000, 128); }, false},
};

struct Time {
  double wall, cpu;  // ms; the processor time is that of all threads together and minds other programs less
};

// The median of at least 5 runs and about one second of them, after a warm-up of two; of one run where that takes
// long.
Time median_time(const Step& step) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> wall, cpu;
  double total = 0;
  const auto measure = [&] {
    const auto start = Clock::now();
    const std::clock_t ticks = std::clock();
    step();
    cpu.push_back(1000.0 * double(std::clock() - ticks) / CLOCKS_PER_SEC);
    wall.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    total += wall.back();
  };
  measure();
  if (total < 5000) {
    step();
    wall.clear(), cpu.clear(), total = 0;
    while (wall.size() < 5 || (total < 1000 && wall.size() < 500)) measure();
  }
  const auto median = [](std::vector<double>& times) {
    std::nth_element(times.begin(), times.begin() + int64_t(times.size() / 2), times.end());
    return times[times.size() / 2];
  };
  return {median(wall), median(cpu)};
}

int run(int argc, char** argv) {
  bool json = false;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json") {
      json = true;
    } else if (argument == "--threads") {
      int threads = 0;
      const char *text = i + 1 < argc ? argv[++i] : "", *end = text + std::strlen(text);
      const auto [stop, error] = std::from_chars(text, end, threads);
      if (error != std::errc{} || stop != end || threads < 1)
        throw Usage(fmt::format("--threads needs a whole number of at least 1, got '{}'", text));
      set_num_threads(threads);
    } else {
      if (std::none_of(std::begin(kWorkloads), std::end(kWorkloads), [&](auto& w) { return argument == w.name; }))
        throw Usage(
            fmt::format("there is no {} '{}'", argument.starts_with("-") ? "option" : "workload", argument));
      names.push_back(argument);
    }
  }
  if (!json)
    std::printf("%d threads, %s kernels, %s matrix kernels\n", num_threads(), instructions().c_str(),
                blas_kernels().c_str());
  for (const Workload& workload : kWorkloads) {
    if (names.empty() ? !workload.unasked : std::find(names.begin(), names.end(), workload.name) == names.end())
      continue;
    const auto [ms, cpu] = median_time(workload.make());
    if (json)
      std::printf("{\"name\": \"%s\", \"ms\": %.4g}\n", workload.name, ms);
    else
      std::printf("%-16s %10.3f ms  %10.3f ms of processor time\n", workload.name, ms, cpu);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Usage& error) {
    std::fprintf(stderr, "nce_bench: %s\nusage: nce_bench [--json] [--threads N] [names]\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nce_bench: %s\n", error.what());
    return 1;
  }
}
