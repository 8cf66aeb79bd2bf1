#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nce/core/random.h"
#include "nce/data/dataset.h"
#include "nce/data/preset.h"
#include "nce/data/samplers/sampler.h"
#include "nce/nn/module.h"
#include "run/scores.h"
#include "sections.h"

/// What a domain (images, graphs, sentences) gives to training and evaluation. The rest of the program sees features
/// (V B, d) of V views and labels only. To add a domain: a Task, and a row of the catalogue in task.cpp.
namespace nce::cli {

/// A domain's encoder with its data at hand. As a module it has the encoder's own names: "conv1.weight".
class TaskEncoder : public nn::Module {
 public:
  virtual int64_t feature_dim() const = 0;
  /// Features (V B, feature_dim) of the task's present batch: the first views of B examples, then the second, and so on.
  /// Local views come last.
  virtual Tensor views() = 0;
  /// Features (N, feature_dim) of N examples of a split, without views. Evaluation mode, unrecorded.
  virtual Tensor features(data::Split split, std::span<const int> examples) = 0;
};

/// A picture: bytes (height, width, channels) of 1 or 3 channels.
struct Pixels {
  int height = 0, width = 0, channels = 0;
  std::vector<uint8_t> bytes = {};
  bool empty() const { return bytes.empty(); }
};

class Task {
 public:
  virtual ~Task() = default;

  virtual int64_t steps_per_epoch() const = 0;
  /// Begins an epoch at a step. An epoch depends on the seed and its number alone.
  virtual void start_epoch(int64_t epoch, int64_t first_step) = 0;
  /// Goes to the next batch; false after the last one.
  virtual bool next() = 0;
  /// How many of the V views of an example are local: the loss sets each of them against the others, not against one
  /// another. They come beside `TaskUse::num_views`.
  virtual int64_t local_views() const { return 0; }
  /// The labels of the present batch: B.
  virtual std::span<const int> batch_labels() const = 0;

  /// The labels of a split: N, each 0 .. classes() - 1. None where the data have no such split.
  virtual std::span<const int> labels(data::Split split) const = 0;
  virtual int classes() const = 0;
  /// A digest of the training and test examples, 16 hex digits: what the data are, whatever they are called and
  /// wherever they lie. Of the whole set, also where options leave out examples.
  virtual std::string identity() const = 0;
  /// Whether labels tell examples apart. Where all have one value there are none, and no accuracies.
  bool has_labels() const { return label_count() > 1; }
  /// Whether `batch_labels` tell examples apart. STL-10 is learned from without labels, and measured with them.
  virtual bool batches_have_labels() const { return has_labels(); }
  /// How many different labels occur. EMNIST's letters are 1 .. 26: `classes` is 27, and there are 26.
  int label_count() const;
  /// A random sample of at most `most` examples of a split, each label with its share: their numbers, ascending.
  std::vector<int> sample(data::Split split, int64_t most, Key key) const;
  /// The numbers of all examples of a split.
  std::vector<int> all(data::Split split) const { return sample(split, INT64_MAX, Key()); }

  /// "cat"; the label's number where classes have no names.
  virtual std::string class_name(int label) const { return std::to_string(label); }
  /// The file of an example, "cats/17.jpg"; empty where examples have no files of their own.
  virtual std::string sample_name(data::Split, int /*example*/) const { return ""; }
  /// What a person sees for an example. View 0: the example as it is; 1, 2, ...: the first view of it, the second, ... as
  /// training may make them, the same each time. Empty: nothing.
  virtual Pixels picture(data::Split, int /*example*/, int /*view*/ = 0) const { return {}; }
  /// What a person reads for an example: a sentence, else the name of its file. Empty: nothing.
  virtual std::string text(data::Split split, int example) const { return sample_name(split, example); }

  /// The split that scores are of: test, or validation, so that no choice is made by the test examples.
  virtual data::Split measured() const { return data::Split::test; }
  /// Whether the measured examples are others than those that encoders learn from. Graphs have one set for both.
  virtual bool has_test() const { return true; }
  /// The split that people are shown: the measured one, or the training set where that has no examples.
  data::Split shown() const { return labels(measured()).empty() ? data::Split::train : measured(); }
  /// What `score` measures, and on what: "top-1 accuracy on 2000 test images, %". Where it cannot: why.
  virtual std::string protocol() const = 0;
  /// How `score` measures, in a line: what is fitted to what, and with which settings. Empty: the protocol says it.
  virtual std::string method() const { return classify_method(*this); }
  /// Measures features. The keys and titles are the same for all features of the task. Nothing where nothing can be
  /// measured. What is measured beside it, in all domains: measures.h.
  virtual Scores score(const Features& features) const { return classify(*this, features); }
  /// What learned features stand beside: at least the examples as they come. A random encoder is added to them.
  virtual std::vector<Baseline> baselines() const = 0;
  /// A number after each epoch of training, cheap beside an epoch. `key` is that of the run. Default: kNN on a sample.
  virtual std::optional<Score> quick_score(TaskEncoder& encoder, Key key) const;

  virtual std::unique_ptr<TaskEncoder> make_encoder(Generator& generator) = 0;
  /// What a checkpoint of the encoder says of it and its input: "encoder" = "conv4", "image" = "28 28 1".
  virtual std::map<std::string, std::string> metadata() const { return {}; }
  /// From here on examples are fed as to the encoder of a checkpoint with this metadata.
  virtual void adopt(const std::map<std::string, std::string>&) {}

  /// "2000 images 28 x 28 x 1"
  virtual std::string describe() const = 0;
  /// Something to say before training. Mostly empty.
  virtual std::string note() const { return ""; }
};

/// How a task is to be made.
struct TaskUse {
  int64_t batch = 256;
  uint64_t seed = 1;      ///< Of the order and the views.
  int64_t num_views = 2;  ///< Of each example. The first two do not depend on it.
  /// Which training examples an epoch shows, and whether a last, smaller batch is left out; one example alone always is.
  data::Sampler sampler = data::RandomSampler();
  bool drop_last = true;
  bool whole = false;  ///< For evaluation: all training examples, whatever the options leave out.
  data::Split measure = data::Split::test;  ///< For evaluation: the split that scores are of.
};

/// A row of the catalogue. Its lists are functions: they include what an executable registered.
struct KnownTask {
  std::string name;  ///< "images"
  std::vector<Row> (*data)();
  std::vector<Row> (*views)();  ///< Transforms.
  std::vector<Row> (*encoders)();
  std::vector<data::KnownPreset> (*presets)();  ///< Usual lists of transforms. The first is the default.
  std::string encoder;                          ///< The default.
  std::string optimizer = "adamw";
  /// Defaults of other tables, in the place of their own: {"head", {{"layers", "0"}}}, {"optimizer.adam", {{"lr", "0.01"}}}.
  std::map<std::string, std::vector<Setting>> defaults = {};
  /// Where `config` leaves options to the task ("by data set"), the task writes the values that it took.
  std::unique_ptr<Task> (*make)(Config& config, const TaskUse& use);
  /// The data sets that lie in a folder. Unset: not known.
  std::vector<std::string> (*found_in)(const std::filesystem::path& root) = nullptr;
};

Catalogue<KnownTask>& known_tasks();
/// The task that has the data set.
const KnownTask& task_of(const std::string& data);

}  // namespace nce::cli
