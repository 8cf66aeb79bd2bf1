#include "theory/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "nce/core/error.h"
#include "nce/core/files/json.h"
#include "usage.h"

namespace nce::cli {
namespace {

using nlohmann::json;

constexpr double kSumTolerance = 1e-6;

std::vector<std::string> numbered(size_t states) {
  std::vector<std::string> names;
  for (size_t i = 0; i < states; ++i) names.push_back(std::to_string(i));
  return names;
}

// Reads one member after another; what is wrong begins with the file's name.
class Reader {
 public:
  explicit Reader(std::filesystem::path file) : file_(std::move(file)) {
    try {
      json_ = read_json(file_);
    } catch (const Error& error) { throw UsageError(error.what()); }
    if (!json_.is_object()) refuse("must hold a JSON object with \"P\" and \"A\"");
    const std::set<std::string> known{"P", "A", "names"};
    for (const auto& [key, value] : json_.items())
      if (!known.contains(key))
        refuse(fmt::format("unknown key \"{}\"; there are \"P\", \"A\" and \"names\"", key));
  }

  StateModel model() const {
    StateModel model;
    model.p = distribution("P", member("P"));
    const json& a = member("A");
    if (!a.is_array() || a.size() != model.states())
      refuse(fmt::format("A: must be {0} rows, one for each of the {0} states of P", model.states()));
    for (size_t k = 0; k < a.size(); ++k) {
      const std::string where = fmt::format("A, row {}", k + 1);
      model.a.push_back(distribution(where, a[k]));
      if (model.a.back().size() != model.states())
        refuse(fmt::format("{}: has {} numbers, must have {}, one for each state of P", where,
                           model.a.back().size(), model.states()));
    }
    for (size_t i = 0; i < model.states(); ++i) {
      double visited = 0;
      for (size_t k = 0; k < model.states(); ++k) visited += model.p[k] * model.a[k][i];
      if (!(visited > 0)) refuse(fmt::format("A, column {}: no view is ever in this state; leave it out", i + 1));
    }
    model.names = json_.contains("names") ? names(json_["names"], model.states()) : numbered(model.states());
    return model;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UsageError(fmt::format("{}: {}", file_.string(), what));
  }
  const json& member(const char* key) const {
    if (!json_.contains(key)) refuse(fmt::format("\"{}\" is missing", key));
    return json_[key];
  }
  std::vector<double> distribution(const std::string& where, const json& values) const {
    if (!values.is_array()) refuse(where + ": must be a list of numbers");
    if (values.empty()) refuse(where + ": at least one state is needed");
    std::vector<double> out;
    double sum = 0;
    for (const json& value : values) {
      if (!value.is_number()) refuse(fmt::format("{}: {} is not a number", where, json_text(value)));
      out.push_back(value.get<double>());
      if (!(out.back() >= 0)) refuse(fmt::format("{}: {} is negative", where, out.back()));
      sum += out.back();
    }
    if (!(std::abs(sum - 1) <= kSumTolerance)) refuse(fmt::format("{}: sums to {:.6g}, must sum to 1", where, sum));
    for (double& value : out) value /= sum;
    return out;
  }
  std::vector<std::string> names(const json& values, size_t states) const {
    if (!values.is_array() || values.size() != states)
      refuse(fmt::format("names: must be a list of {}, one for each state of P", states));
    std::vector<std::string> out;
    for (const json& value : values) {
      if (!value.is_string()) refuse(fmt::format("names: {} is not a string", json_text(value)));
      out.push_back(value.get<std::string>());
      const std::string& name = out.back();
      if (name.empty() || std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 32 || c == 127; }))
        refuse(fmt::format("names: {} cannot be printed in a table", json_text(value)));
      if (std::count(out.begin(), out.end(), name) > 1)
        refuse(fmt::format("names: {} stands for two states", json_text(value)));
    }
    return out;
  }

  std::filesystem::path file_;
  json json_;
};

}  // namespace

losses::Joint StateModel::joint() const {
  losses::StateMatrix transition = losses::state_matrix(int(states()));
  for (size_t k = 0; k < states(); ++k)
    for (size_t i = 0; i < states(); ++i) transition(int(k), int(i)) = a[k][i];
  losses::Joint joint = losses::joint_of(p, transition);
  joint.names = names;
  return joint;
}

StateModel paper_model() {
  return {.names = numbered(3),
          .p = {1.0 / 3, 1.0 / 3, 1.0 / 3},
          .a = {{0.5, 0.3, 0.2}, {0.2, 0.5, 0.3}, {0.2, 0.3, 0.5}}};
}

StateModel read_model(const std::filesystem::path& file) { return Reader(file).model(); }

}  // namespace nce::cli
