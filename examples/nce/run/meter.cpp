#include "run/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "pages/numbers.h"

namespace nce::cli {
namespace {

constexpr double kRedraw = 0.1, kPlainLine = 30;  // seconds
constexpr int64_t kAtOnce = 128;                  // a ResNet-18 holds 300 MB for so many images of 32 x 32

}  // namespace

void Meter::stage(std::string name, int64_t total) {
  name_ = std::move(name), total_ = total, done_ = 0, start_ = Clock::now();
  if (status_.on_terminal()) show();
}

void Meter::add(int64_t done, const std::string& name) {
  done_ += done;
  if (!name.empty()) name_ = name;
  const auto since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  if (since(last_) >= (status_.on_terminal() ? kRedraw : kPlainLine)) show();
}

void Meter::show() {
  last_ = Clock::now();
  std::string line = name_;
  if (done_ > 0) {
    const double seconds = std::chrono::duration<double>(last_ - start_).count();
    line += fmt::format(": {} of {}, left {}", with_thousands(double(done_)), with_thousands(double(total_)),
                        clock_text(seconds / double(done_) * double(total_ - done_)));
  }
  if (status_.on_terminal())
    status_.draw(line);
  else
    std::fprintf(stderr, "%s\n", line.c_str());
}

void each_part(std::span<const int> examples, const std::function<Tensor(std::span<const int> part)>& features,
               Meter& meter, const std::function<void(const Tensor& part)>& take) {
  for (size_t i = 0; i < examples.size(); i += kAtOnce) {
    const auto part = examples.subspan(i, std::min<size_t>(kAtOnce, examples.size() - i));
    take(features(part));
    meter.add(int64_t(part.size()));
  }
}

Tensor features_in_parts(std::span<const int> examples,
                         const std::function<Tensor(std::span<const int> part)>& features, Meter& meter) {
  std::vector<Tensor> parts;
  each_part(examples, features, meter, [&](const Tensor& part) { parts.push_back(part); });
  Tensor all = concatenate(parts);
  parts.clear();
  release_free_memory();
  return all;
}

}  // namespace nce::cli
