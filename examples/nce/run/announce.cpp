#include "run/announce.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nce/core/number.h"
#include "nce/core/parallel.h"

namespace nce::cli {
namespace {

using Json = nlohmann::ordered_json;

int64_t taken(const Beginning& b) { return b.place.epoch * b.steps + b.place.step; }

void announce_resume(const Beginning& b, Progress& progress, Json& line) {
  progress.say(taken(b) > 0 ? "continued " + b.place.text()
                            : "no step was saved yet: training begins with the first");
  if (b.log.dropped() > 0)
    progress.say(fmt::format("{}: {} line{} of later steps left out: these steps are taken again",
                             b.run.log().string(), b.log.dropped(), b.log.dropped() == 1 ? "" : "s"));
  if (taken(b) == 0) return;
  const Origin& before = b.session.former()->origin;
  if (before.kernels != b.session.origin().kernels)
    progress.say(
        fmt::format("note: so far with {}, now with {}: the bits will differ from those of a run that "
                    "stays with one",
                    before.kernels, b.session.origin().kernels));
  double peak = b.lr;
  for (const Change& change : b.start.changes) {
    if (change.key == "lr") peak = change.former;
    line["changed"][change.key] = {{"former", change.former}, {"now", change.now}};
    progress.say(fmt::format("note: {} is {} from here on, and was {}", change.key, change.now, change.former));
  }
  if (before.epochs == b.options.epochs) return;
  const double last = b.schedule(before.epochs, peak).at(taken(b) - 1);
  line["former_epochs"] = before.epochs, line["epochs"] = b.options.epochs, line["former_lr"] = decimal(last);
  progress.say(fmt::format("note: the run has {} epochs now, not {}: the learning rate goes from {:.2g} to {:.2g}",
                           b.options.epochs, before.epochs, last, b.next_lr));
}

}  // namespace

Json announce(const Beginning& b, Progress& progress) {
  const std::string& data = b.config.name("data");
  const RunOptions& o = b.options;
  const int64_t local = b.task.local_views();
  if (const std::string note = b.task.note(); !note.empty()) progress.say(fmt::format("{}: {}", data, note));
  progress.say(fmt::format(
      "{}: {}{}; {} and head, {} parameters", data, b.task.describe(),
      b.task.has_labels() && b.task.batches_have_labels() ? fmt::format(", {} labels", b.task.label_count()) : "",
      b.config.name("encoder"), b.parameters));
  progress.say(fmt::format("{}; {} x {} steps of {} examples, {} views{} each; {} thread{}",
                           describe_loss(b.config), o.epochs, b.steps, o.batch, o.num_views,
                           local > 0 ? fmt::format(" and {} local ones", local) : "", num_threads(),
                           num_threads() == 1 ? "" : "s"));
  if (b.parts > 1)
    progress.say(
        fmt::format("gradient caching: a batch in {} parts of {} examples; batch norms see one part at a time",
                    b.parts, o.chunk));
  if (b.config.name("sampler") != "random")
    progress.say("sampler: " + describe(train_sections(), b.config, "sampler"));
  progress.say("views: " + describe_views(b.config));
  for (const std::string& line : b.session.started_from()) progress.say(line);
  if (const std::string note = b.diagnostics.note(); !note.empty()) progress.say("note: " + note);
  if (b.chance) progress.say(fmt::format("loss of embeddings that tell nothing (chance): {:.4f}", *b.chance));
  if (o.keep == "best" && b.task.measured() == data::Split::test)
    progress.say(
        "note: --keep best chooses the epoch by the score after it: what eval measures on the same examples is then "
        "no longer of new ones; --validation holds others out");
  if (const auto explanation = b.diagnostics.explanation()) progress.say(*explanation);
  for (const std::string& line : b.log.skipped()) progress.say("warning: left out of the log: " + line);
  Json line{{"event", taken(b) > 0 ? "resume" : "start"},
            {"step", taken(b)},
            {"steps", o.epochs * b.steps},
            {"parameters", b.parameters},
            {"dimensions", b.dimensions},
            {"lr", decimal(b.next_lr)},
            {"threads", num_threads()},
            {"kernels", b.session.origin().kernels}};
  if (b.chance) line["chance"] = decimal(*b.chance, 7);
  if (b.start.resume) announce_resume(b, progress, line);
  return line;
}

}  // namespace nce::cli
