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
#include <string>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/losses/nt_xent.h"
#include "nce/nn/encoders.h"
#include "nce/nn/optim.h"

using namespace nce;

namespace {

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Step = std::function<void()>;

// One training step of an encoder and its head: forward, nt_xent, backward, SGD with momentum.
Step training_step(const char* encoder_name, const nn::ImageSize& image, int64_t views, int64_t hidden) {
  struct State {
    Generator generator{.seed = 1};
    std::unique_ptr<nn::Encoder> encoder;
    std::unique_ptr<nn::Module> head;
    std::unique_ptr<nn::SGD> optimizer;
    Tensor x;
  };
  auto s = std::make_shared<State>();
  s->encoder = nn::make_encoder(encoder_name, image, s->generator);
  nn::NamedTensors parameters = s->encoder->named_parameters();
  if (hidden > 0) {
    s->head = nn::make_projection_head(s->encoder->feature_dim(), hidden, 128, s->generator);
    for (auto& named : s->head->named_parameters()) parameters.push_back(named);
  }
  s->optimizer = std::make_unique<nn::SGD>(parameters, nn::SgdOptions{.lr = 0.01, .momentum = 0.9});
  s->x = Tensor::randn({views, image.height, image.width, image.channels}, Key(1));
  return [s, views] {
    Tensor z = (*s->encoder)(s->x);
    if (s->head) z = (*s->head)(z);
    const Tensor loss =
        losses::nt_xent(slice(z, 0, 0, views / 2), slice(z, 0, views / 2, views), {.temperature = 0.5});
    s->optimizer->zero_grad();
    loss.backward();
    s->optimizer->step();
    check(loss.item() == loss.item(), "{}: the loss is NaN", s->x.shape());
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
