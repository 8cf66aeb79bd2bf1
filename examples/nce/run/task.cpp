#include "run/task.h"

#include <algorithm>

#include "nce/data/sample.h"
#include "run/image_task.h"

namespace nce::cli {

Catalogue<KnownTask>& known_tasks() {
  static Catalogue<KnownTask> all("task", {image_task()});
  return all;
}

bool Task::has_labels() const {
  const int first = labels(data::Split::train).front();
  const auto differ = [&](data::Split split) {
    const auto all = labels(split);
    return std::any_of(all.begin(), all.end(), [&](int label) { return label != first; });
  };
  return differ(data::Split::train) || differ(data::Split::test);
}

std::vector<int> Task::sample(data::Split split, int64_t most, Key key) const {
  return data::stratified_sample(labels(split), most, key);
}

const KnownTask& task_of(const std::string& data) {
  for (const KnownTask& task : known_tasks())
    for (const Row& row : task.data())
      if (row.name == data) return task;
  fail("no task has the data set '{}'", data);
}

}  // namespace nce::cli
