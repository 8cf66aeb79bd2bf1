#include "run/task.h"

#include <algorithm>

#include "nce/data/sample.h"
#include "nce/nn/eval/knn.h"
#include "run/graph_task.h"
#include "run/image_task.h"
#include "run/sentence_task.h"

namespace nce::cli {

Catalogue<KnownTask>& known_tasks() {
  static Catalogue<KnownTask> all("task", {image_task(), graph_task(), sentence_task()});
  return all;
}

int Task::label_count() const {
  std::vector<char> occurs(size_t(classes()), 0);
  for (const data::Split split : {data::Split::train, data::Split::test})
    for (const int label : labels(split)) occurs[size_t(label)] = 1;
  return int(std::count(occurs.begin(), occurs.end(), 1));
}

std::vector<int> Task::sample(data::Split split, int64_t most, Key key) const {
  return data::stratified_sample(labels(split), most, key);
}

// Of the same examples after each epoch: enough to follow a run.
std::optional<Score> Task::quick_score(TaskEncoder& encoder, Key key) const {
  if (!has_labels() || labels(measured()).empty()) return {};
  constexpr int64_t kTrain = 10000, kTest = 2000;
  const auto embedded = [&](data::Split split, int64_t most) {
    const auto examples = sample(split, most, key);
    std::vector<int> of_examples;
    for (const int i : examples) of_examples.push_back(labels(split)[size_t(i)]);
    return std::pair(encoder.features(split, examples), of_examples);
  };
  const auto [known, known_labels] = embedded(data::Split::train, kTrain);
  const auto [asked, right] = embedded(measured(), kTest);
  const int k = int(std::min<int64_t>(20, known.size(0)));
  return Score{"knn", "kNN", nn::knn_accuracy(known, known_labels, asked, right, {.k = k, .temperature = 0.1})};
}

const KnownTask& task_of(const std::string& data) {
  for (const KnownTask& task : known_tasks())
    for (const Row& row : task.data())
      if (row.is(data)) return task;
  fail("no task has the data set '{}'", data);
}

}  // namespace nce::cli
