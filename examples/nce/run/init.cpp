#include "run/init.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "usage.h"

namespace nce::cli {
namespace {

const std::string kEncoder = "encoder.";

using Names = std::map<std::string, Tensor>;

// "a, b, c and 5 more"
std::string some(const std::vector<std::string>& names, size_t most = 3) {
  const size_t shown = names.size() > most + 1 ? most : names.size();
  const std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + ptrdiff_t(shown), ", "));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

Names read(const std::filesystem::path& path) {
  const nn::State tensors = nn::from_pytorch(load_safetensors(path).tensors);
  const std::string wrapper = "module.";
  const bool wrapped = std::all_of(tensors.begin(), tensors.end(),
                                   [&](const auto& named) { return named.first.starts_with(wrapper); });
  Names given;
  for (const auto& [name, tensor] : tensors)
    if (!name.starts_with("optimizer.")) given.emplace(wrapped ? name.substr(wrapper.size()) : name, tensor);
  return given;
}

bool fits(const Names& given, const std::string& name, const Tensor& tensor) {
  const auto found = given.find(name);
  return found != given.end() && found->second.shape() == tensor.shape();
}

// What stands before most of the encoder's names.
std::string find_prefix(const Names& given, const nn::NamedTensors& encoder, const std::string& file) {
  std::map<std::string, int> votes;
  for (const auto& [own, tensor] : encoder)
    for (const auto& [name, other] : given)
      if (name.ends_with(own) && (name.size() == own.size() || name[name.size() - own.size() - 1] == '.'))
        votes[name.substr(0, name.size() - own.size())] += other.shape() == tensor->shape();
  int most = 1;
  std::vector<std::string> best;
  for (const auto& [prefix, count] : votes) {
    if (count > most) best.clear();
    if (count >= most) best.push_back(prefix), most = count;
  }
  if (best.size() > 1)
    throw UsageError(fmt::format("--init-from {}: the encoder fits after each of {}: choose with --init-prefix",
                                 file, fmt::join(best, ", ")));
  return best.empty() ? "" : best.front();
}

}  // namespace

std::vector<std::string> init_from(const std::filesystem::path& file, const std::string& prefix, Model& model) {
  Names given = read(file);
  const std::string before =
      prefix.empty() ? find_prefix(given, model.encoder().state_dict(), file.string()) : prefix;
  // Where the encoder has this program's name, so have the other parts.
  const bool whole = prefix.empty() && before == kEncoder;
  std::vector<std::string> not_taken, names;
  std::map<std::string, std::pair<int, int>> counts;  // taken and all, of a part of the model
  nn::State from, to;
  for (const auto& [name, tensor] : model.state_dict()) {
    const bool of_encoder = name.starts_with(kEncoder);
    if (!of_encoder && !whole) continue;
    const std::string theirs = of_encoder ? before + name.substr(kEncoder.size()) : name;
    auto& [taken, all] = counts[name.substr(0, name.find('.'))];
    ++all;
    if (fits(given, theirs, *tensor)) {
      ++taken;
      from.emplace_back(name, given.at(theirs)), to.emplace_back(name, *tensor);
      given.erase(theirs);
    } else if (const auto found = given.find(theirs); found != given.end()) {
      not_taken.push_back(
          fmt::format("{} is {} here and {} in the file", name, tensor->shape(), found->second.shape()));
    } else {
      not_taken.push_back(name + " is not in the file");
    }
  }
  for (const auto& [name, tensor] : given) names.push_back(name);
  check(counts["encoder"].first > 0, "--init-from {}: nothing of the encoder is in it: {}; it has {}",
        file.string(), some(not_taken), names.empty() ? "no weights" : some(names));
  nn::copy_state("--init-from " + file.string(), from, to);
  std::vector<std::string> parts;
  for (const auto& [part, count] : counts)
    if (count.first > 0)
      parts.push_back(fmt::format("{} of {} tensors of the {}", count.first, count.second, part));
  std::vector<std::string> lines{fmt::format("from {}: {}", file.string(), fmt::join(parts, ", "))};
  if (!not_taken.empty()) lines.push_back("not taken: " + some(not_taken));
  if (!names.empty()) lines.push_back("left in the file: " + some(names));
  return lines;
}

}  // namespace nce::cli
