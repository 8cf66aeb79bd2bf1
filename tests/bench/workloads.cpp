#include "workloads.h"

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/data/loader.h"
#include "noise.h"

namespace nce::bench {
namespace {

constexpr Network kMlp{"mlp", {28, 28, 1}, 0}, kConv4{"conv4", {32, 32, 3}, 128},
    kConv4Small{"conv4", {28, 28, 1}, 128}, kResnet18{"resnet18", {32, 32, 3}, 512};
constexpr int64_t kMlpViews = 1024, kConv4Views = 512, kResnet18Views = 128;
constexpr int64_t kEpochImages = 10000, kEpochBatch = 256;

// One epoch of SimCLR with conv4, with loading and augmentation. The last, smaller batch is left out.
Run epoch() {
  struct State {
    data::InMemoryDataset set = noise_images(int(kEpochImages));
    data::Loader loader{set, {.batch = kEpochBatch, .normalisation = kCifar10}};
    Trainer trainer{kConv4};
    int64_t epoch = 0;
  };
  return [s = std::make_shared<State>()] {
    s->loader.start_epoch(s->epoch++);
    while (const data::Batch* batch = s->loader.next()) s->trainer.step(batch->views);
  };
}

// The step of conv4 on batches that a loader makes in the background, beside `conv4_step`, whose views are there. One
// epoch after the other without an end: a run is one step.
Run loader_step(int64_t views) {
  struct State {
    explicit State(int64_t views) : loader(set, {.batch = views / 2, .normalisation = kCifar10}) {}
    const data::Batch* next() {
      const data::Batch* batch = epoch < 0 ? nullptr : loader.next();
      if (!batch) loader.start_epoch(++epoch), batch = loader.next();
      return batch;
    }
    data::InMemoryDataset set = noise_images(int(kEpochImages));
    data::Loader loader;
    Trainer trainer{kConv4};
    int64_t epoch = -1;
  };
  return [s = std::make_shared<State>(views)] { s->trainer.step(s->next()->views); };
}

// A training step. Counted by the plain method: its convolutions, products and loss, each forward, by input (not the
// first layer's) and by weight. Winograd's method can therefore pass 100 % of the peak.
Workload step(const char* name, const char* what, const Network& network, int64_t views) {
  return {name,
          what,
          true,
          views,
          [network](int64_t n) { return step_work(network, n); },
          [network](int64_t n) { return step_of(network, n); }};
}

Workload of(const std::string& name, const std::string& what, const Op& op, bool unasked = true) {
  return {name, what, unasked, 0, [op](int64_t) { return op.work; }, [op](int64_t) { return op.make(); }};
}

std::vector<Workload> table() {
  std::vector<Workload> all{
      of("matmul_1024", "the product of two 1024 x 1024 matrices", gemm_op(1024, 1024, 1024, false, false)),
      step("mlp_step", "1024 views of 28 x 28, MLP 784-512-256-128, nt_xent, SGD", kMlp, kMlpViews),
      step("conv4_step", "512 views of 32 x 32 x 3, conv4 with head, nt_xent, SGD", kConv4, kConv4Views),
      {"conv4_loader_step", "the same on views from a loader: what loading and augmenting cost", true, kConv4Views,
       [](int64_t n) { return step_work(kConv4, n); }, loader_step},
      step("conv4_28_step", "512 views of 28 x 28, conv4 with head, nt_xent, SGD", kConv4Small, kConv4Views),
      step("resnet18_step", "128 views of 32 x 32 x 3, ResNet-18 with head, nt_xent, SGD", kResnet18,
           kResnet18Views),
      of("ntxent_512", "nt_xent and its gradient, 512 rows of 128", nt_xent_op(512)),
      of("ntxent_2048", "nt_xent and its gradient, 2,048 rows of 128", nt_xent_op(2048)),
      of("ntxent_8192", "nt_xent and its gradient, 8,192 rows of 128", nt_xent_op(8192)),
      of("ntxent_65536", "nt_xent and its gradient, 65,536 rows of 128", nt_xent_op(65536), false),
      of("ntxent_262144", "nt_xent and its gradient, 262,144 rows of 128", nt_xent_op(262144), false),
      of("spmm_65536", "a graph of 65,536 nodes with 8 neighbours, width 64: sum over neighbours and its gradient",
         spmm_op(1 << 16, 8, 64)),
      of("embedding_bag_512", "512 bags of 64 from a table 131,072 x 256: their sums, gradient and SparseAdam",
         embedding_bag_op(1 << 17, 256, 512, 64)),
      of("attention_512", "attention of 512 sentences of 32 words, width 128, 4 heads, and its gradient",
         attention_op(512, 32, 128, 4)),
      of("sentence_step", "512 sentences of 12 words, mean of rows of a table 40,000 x 256, info_nce, SparseAdam",
         sentence_step("mean", 512, 12, 40000, 256)),
      of("ngrams_step", "512 sentences of 128 n-grams, mean of rows of a table 170,000 x 256, info_nce, SparseAdam",
         sentence_step("mean", 512, 128, 170000, 256)),
      of("transformer_step",
         "512 sentences of 12 words, table 40,000 x 128, Transformer 2 x 128, info_nce, SparseAdam",
         sentence_step("transformer", 512, 12, 40000, 128)),
      of("gin_nci1_step", "256 views of 26 nodes like NCI1's, GIN 3 x 32 with head, info_nce, Adam",
         gin_step_op(256, 26, 2.15, 37)),
      of("gin_proteins_step", "256 views of 33 nodes like PROTEINS', GIN 3 x 32 with head, info_nce, Adam",
         gin_step_op(256, 33, 3.7, 3)),
      of("augment_1024", "1024 SimCLR views of 32 x 32 x 3 bytes", augment_op(1024)),
      // Counted: only the arithmetic of its steps.
      {"epoch", "SimCLR on 10,000 images of 32 x 32 x 3, conv4, batch 256, with loading and views", false, 0,
       [](int64_t) { return step_work(kConv4, 2 * kEpochBatch) * double(kEpochImages / kEpochBatch); },
       [](int64_t) { return epoch(); }}};
  for (const data::KnownTransform& row : data::known_transforms())
    all.push_back(of("augment_" + row.name, "1024 views of 32 x 32 x 3 bytes by this transform alone, each time",
                     augment_op(1024, row.name), false));
  return all;
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = table();
  return all;
}

NetworkStep network_step(const std::string& encoder) {
  if (encoder == "mlp") return {kMlp, kMlpViews};
  if (encoder == "conv4") return {kConv4, kConv4Views};
  if (encoder == "resnet18") return {kResnet18, kResnet18Views};
  fail("there is no training step with '{}'", encoder);
}

}  // namespace nce::bench
