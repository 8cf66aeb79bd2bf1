#include "run/task.h"

#include "nce/core/error.h"
#include "run/image_task.h"

namespace nce::cli {
namespace {

std::vector<KnownTask>& catalogue() {
  static std::vector<KnownTask> tasks{image_task()};
  return tasks;
}

}  // namespace

const std::vector<KnownTask>& known_tasks() { return catalogue(); }

bool register_task(KnownTask task) {
  for (const KnownTask& known : catalogue())
    check(known.name != task.name, "register_task: there is already a task called '{}'", task.name);
  catalogue().push_back(std::move(task));
  return true;
}

const KnownTask& task_of(const std::string& data) {
  for (const KnownTask& task : catalogue())
    for (const Row& row : task.data())
      if (row.name == data) return task;
  fail("no task has the data set '{}'", data);
}

}  // namespace nce::cli
