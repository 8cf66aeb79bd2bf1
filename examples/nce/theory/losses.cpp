#include "theory/losses.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/number.h"

namespace nce::cli {
namespace {

bool has_theory(const losses::KnownLoss& known) {
  const auto target = known.make()->target();
  return target && target->has_expected_loss();
}

std::vector<Setting> operator+(std::vector<Setting> a, const std::vector<Setting>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool has_option(losses::Loss& loss, const std::string& name) {
  const std::vector<Option> options = list_options(loss);
  return std::any_of(options.begin(), options.end(), [&](const Option& option) { return option.name == name; });
}

// Every combination of the options of a loss that are choices, the defaults first.
std::vector<std::vector<Setting>> variants_of(losses::Loss& loss) {
  std::vector<std::vector<Setting>> variants{{}};
  for (Option& option : list_options(loss)) {
    if (option.choices.empty()) continue;
    std::stable_partition(option.choices.begin(), option.choices.end(),
                          [&](const std::string& choice) { return choice == option.value; });
    std::vector<std::vector<Setting>> longer;
    for (const auto& variant : variants)
      for (const std::string& choice : option.choices)
        longer.push_back(variant + std::vector<Setting>{{option.name, choice}});
    variants = std::move(longer);
  }
  return variants;
}

std::vector<std::vector<Setting>> scales_of(const TheorySettings& settings) {
  std::vector<std::pair<double, double>> pairs;
  for (const double delta : settings.delta.empty() ? std::vector<double>{1} : settings.delta) {
    if (settings.gamma.empty()) pairs.emplace_back(delta, decimal(delta - 1));
    for (const double gamma : settings.gamma) pairs.emplace_back(delta, gamma);
  }
  if (settings.delta.empty() && settings.gamma.empty())
    pairs = {{1, 0}, {1.5, 0.5}, {0.8, -0.2}, {1, -0.2}, {0.5, -0.2}};
  std::vector<std::vector<Setting>> scales;
  for (const auto& [delta, gamma] : pairs)
    scales.push_back({{"delta", fmt::format("{}", delta)}, {"gamma", fmt::format("{}", gamma)}});
  return scales;
}

}  // namespace

std::string TheoryLoss::base() const {
  if (!target->scale()) return target->name();
  std::string text = name;
  const std::vector<Option> now = list_options(*loss),
                            before = list_options(*losses::known_losses().find(name).make());
  for (size_t i = 0; i < now.size(); ++i)
    if (!now[i].choices.empty() && now[i].value != before[i].value) text += ' ' + now[i].value;
  return text;
}

std::string TheoryLoss::title() const {
  const auto scale = target->scale();
  if (!scale) return target->name();
  return fmt::format("{} ({:g}, {:g}){}", name, scale->delta, scale->gamma, base().substr(name.size()));
}

std::string TheoryLoss::file_name() const {
  std::string file;
  for (const char c : title()) {
    if (c == ' ')
      file += '_';
    else if (c != '(' && c != ')' && c != ',')
      file += c;
  }
  return file;
}

losses::StateMatrix TheoryLoss::shown(losses::StateMatrix read_out, int64_t batch) const {
  for (double& value : read_out.values) value = target->shown(value, batch);
  return read_out;
}

losses::StateMatrix TheoryLoss::shown_error(const losses::StateMatrix& read_out, const losses::StateMatrix& error,
                                            int64_t batch) const {
  losses::StateMatrix half = error;
  for (size_t s = 0; s < half.values.size(); ++s) {
    const double value = read_out.values[s], one = error.values[s];
    half.values[s] = (target->shown(value + one, batch) - target->shown(value - one, batch)) / 2;
  }
  return half;
}

TheoryLoss theory_of(const std::string& name, const std::vector<Setting>& settings) {
  const std::vector<std::string> names = theory_loss_names();
  check(std::find(names.begin(), names.end(), name) != names.end(),
        "no target is known for the loss '{}'; there is one for {}", name, fmt::join(names, ", "));
  TheoryLoss theory{name, settings, losses::make_loss(name, settings), {}};
  theory.target = theory.loss->target();
  theory.temperature = theory.loss->temperature()->value();
  return theory;
}

std::vector<std::string> theory_loss_names() {
  std::vector<std::string> names;
  for (const losses::KnownLoss& known : losses::known_losses())
    if (has_theory(known)) names.push_back(known.name);
  return names;
}

std::vector<TheoryLoss> theory_losses(const TheorySettings& settings) {
  std::vector<TheoryLoss> all;
  for (const std::string& name : settings.loss.empty() ? theory_loss_names() : settings.loss) {
    const auto loss = losses::make_loss(name);
    const auto scales = has_option(*loss, "delta") ? scales_of(settings) : std::vector<std::vector<Setting>>{{}};
    // The logit of f_micl is f'(c1 / (alpha c2)): with alpha 1 it is f' of the ratio.
    const auto weight = has_option(*loss, "alpha") ? std::vector<Setting>{{"alpha", "1"}} : std::vector<Setting>{};
    for (const auto& variant : variants_of(*loss))
      for (const auto& scale : scales) {
        TheoryLoss theory = theory_of(name, variant + scale + weight);
        // A choice that the theory does not see, as where the negatives of f_micl come from, makes no row of its own.
        const auto same = [&](const TheoryLoss& other) { return other.title() == theory.title(); };
        if (std::none_of(all.begin(), all.end(), same)) all.push_back(std::move(theory));
      }
  }
  return all;
}

std::vector<TheoryLoss> synthetic_losses(const TheorySettings& settings, const losses::Joint& joint) {
  const losses::StateMatrix ratio = joint.ratio();
  double level = 0;
  for (int i = 0; i < ratio.states; ++i) level += ratio(i, i) / ratio.states;
  const std::vector<Setting> temperature{{"temperature", fmt::format("{}", settings.temperature)}};
  const bool chosen = !settings.delta.empty() || !settings.gamma.empty();

  std::vector<TheoryLoss> all;
  for (const TheoryLoss& loss : theory_losses(settings)) {
    if (const auto scale = loss.target->scale()) {
      const std::string variant = loss.base().substr(loss.name.size());
      const bool on_the_line = std::abs(scale->delta - scale->gamma - 1) < 1e-9;
      if (variant == " all published") continue;  // its target is that of the negatives, exact
      if (!chosen && scale->delta == 1 && scale->gamma == 0) continue;  // dcl
      if (!chosen && !variant.empty() && variant != " published" && !on_the_line) continue;
    }
    all.push_back(theory_of(loss.name, loss.settings + temperature + loss.target->at_level(level)));
    if (has_option(*loss.loss, "normalised"))
      all.push_back(theory_of(loss.name, all.back().settings + std::vector<Setting>{{"normalised", "false"}}));
  }
  return all;
}

}  // namespace nce::cli
