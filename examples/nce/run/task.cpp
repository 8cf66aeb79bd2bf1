#include "run/task.h"

#include "nce/core/catalogue.h"
#include "run/image_task.h"

namespace nce::cli {
namespace {

std::vector<KnownTask>& catalogue() {
  static std::vector<KnownTask> tasks{image_task()};
  return tasks;
}

}  // namespace

const std::vector<KnownTask>& known_tasks() { return catalogue(); }

bool register_task(KnownTask task) { return register_row(catalogue(), "task", std::move(task)); }

const KnownTask& task_of(const std::string& data) {
  for (const KnownTask& task : catalogue())
    for (const Row& row : task.data())
      if (row.name == data) return task;
  fail("no task has the data set '{}'", data);
}

}  // namespace nce::cli
