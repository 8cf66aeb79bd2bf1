#include "loss_registry.h"

#include <fmt/format.h>

#include <map>

#include "nce/core/error.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"

namespace nce::cli {
namespace {

Tensor nt_xent(const Tensor& z1, const Tensor& z2, const LossSettings& s) {
  return losses::nt_xent(z1, z2, {.temperature = s.temperature});
}

Tensor info_nce(const Tensor& z1, const Tensor& z2, const LossSettings& s) {
  return losses::info_nce(z1, z2, {.temperature = s.temperature, .symmetric = s.symmetric});
}

Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const LossSettings& s) {
  return losses::sc_info_nce(
      z1, z2,
      {.temperature = s.temperature,
       .delta = s.delta,
       .gamma = s.gamma,
       .denominator = s.denominator == "all" ? losses::Denominator::all : losses::Denominator::negatives,
       .positive_weight =
           s.positive_weight == "published" ? losses::PositiveWeight::published : losses::PositiveWeight::exact});
}

std::map<std::string, Loss>& registry() {
  static std::map<std::string, Loss> losses{
      {"nt_xent", nt_xent}, {"info_nce", info_nce}, {"sc_info_nce", sc_info_nce}};
  return losses;
}

}  // namespace

bool register_loss(const std::string& name, Loss loss) {
  check(registry().emplace(name, std::move(loss)).second, "register_loss: there is already a loss called '{}'",
        name);
  return true;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& [name, loss] : registry()) names.push_back(name);
  return names;
}

const Loss& find_loss(const std::string& name) {
  const auto found = registry().find(name);
  if (found == registry().end()) fail("no loss is called '{}'; there are {}", name, fmt::join(loss_names(), ", "));
  return found->second;
}

}  // namespace nce::cli
