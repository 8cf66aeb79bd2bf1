#pragma once
#include <string>
#include <vector>

#include "run/folder.h"
#include "sections.h"

namespace nce::cli {

/// [head]: what turns features into the embeddings that the loss sees.
struct HeadOptions {
  int64_t layers = 2, hidden = 0, dim = 128;
  bool batch_norm = false;
  void fields(Options& o) {
    o.integer("layers", layers, "linear layers of the projection head; 0: the loss sees the features",
              {.least = 0, .most = 2});
    o.integer("hidden", hidden, "hidden size of the projection head; 0: that of the features", {.least = 0});
    o.integer("dim", dim, "size of the embeddings that the loss sees; without layers that of the features",
              {.least = 1});
    o.flag("batch_norm", batch_norm, "batch norms after the layers of the projection head");
  }
};

/// [run]: the length of training, and what is written of it.
struct RunOptions {
  int64_t epochs = 5, batch = 256, chunk = 0, num_views = 2, seed = 1;
  bool drop_last = true;
  double warmup_epochs = 0.5, clip_norm = 0;
  int64_t log_every = 10, checkpoint_every = 0;
  std::string init_from, init_prefix, keep = "last", log = "jsonl";
  void fields(Options& o) {
    o.integer("epochs", epochs, "passes over the training examples", {.least = 1, .most = 1e9});
    o.integer("batch", batch, "examples a step; each gives num_views views", {.least = 2});
    o.integer("chunk", chunk,
              "examples whose activations are held at a time (gradient caching); 0: the whole batch", {.least = 0});
    o.integer("num_views", num_views, "views of each example; unset: as many as the loss needs", {.least = 2});
    o.flag("drop_last", drop_last, "leave out a last batch of an epoch that is smaller");
    o.integer("seed", seed, "of the weights, the order and the views", {.least = 0});
    o.number("warmup_epochs", warmup_epochs,
             "epochs (or a part of one) in which the learning rate rises to its peak", {.least = 0});
    o.number("clip_norm", clip_norm, "largest norm of the gradient; 0: no clipping", {.least = 0});
    o.integer("log_every", log_every, "steps between lines of log.jsonl", {.least = 1});
    o.integer("checkpoint_every", checkpoint_every, "also save after every N steps; 0: after each epoch",
              {.least = 0});
    o.choice("keep", keep, {"last", "best"}, "the epoch whose encoder checkpoint.safetensors holds; best: by kNN");
    o.choice("log", log, {"jsonl", "csv"}, "csv: also write log.csv, for spreadsheets");
    o.text("init_from", init_from,
           "safetensors file of weights to start from: a run's checkpoint or state, or PyTorch's");
    o.text("init_prefix", init_prefix, "what stands before the encoder's names in that file [found]");
  }
};

/// Refuses, with a `UsageError`, a number of views that the loss does not take, and parts that a batch is not made of.
void check_batches(const Config& config);

/// Everything that decides what `nce train` computes: the tables of config.toml, from the catalogues.
std::vector<Section> train_sections();

/// [loss]: every known loss.
Section loss_section();

/// The typed options of a table that no name chooses.
template <class T>
T options_in(const Config& config, const std::string& table) {
  return with_settings(T{}, config.settings(table));
}

/// The configuration that a run was trained with. A `UsageError` where no run was started in the folder.
Config read_run(const RunFolder& run);

/// Refuses, with a `UsageError`, a value that would change what a run in `file` has computed so far.
void check_resumable(const Config& saved, const std::vector<Given>& given, const std::string& file);

/// A setting that a run was trained with so far, and is trained with from here on: `--resume --lr 1e-3`.
struct Change {
  std::string key;  ///< "lr"
  double former, now;
};
std::vector<Change> changes(const Config& former, const Config& now);

/// All of a configuration but what may differ between runs that are one experiment (the seed): for `nce report`.
Config experiment_of(Config config);

/// "info_nce 0.2", with its temperature; "sc_info_nce 0.2 (gamma -0.2)" with options that differ from the defaults.
std::string describe_loss(const Config& config);
std::string describe_encoder(const Config& config);
/// "crop,flip (min_scale 0.4, max_scale 1, ratio 0.75, flip 0)": the transforms with all their options.
std::string describe_views(const Config& config);

}  // namespace nce::cli
