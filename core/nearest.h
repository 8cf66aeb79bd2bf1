#pragma once
#include <string>
#include <vector>

/// "Did you mean": for errors about a name that is not there.
namespace nce {

/// The names that somebody may have meant by `word`, in their order, at most three. Case, '-' and '_' do not count. A
/// name is near where a third of its letters differ at most (Damerau and Levenshtein: one letter added, left out,
/// changed, or two neighbours exchanged), or where one of the two holds the other. Only the nearest are given.
std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

/// "did you mean conv4?" or "did you mean resnet18, resnet34 or resnet50?"; empty where no name is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names);

/// What to say after the unknown name: "there are mlp, conv4", or "did you mean conv4? There are mlp, conv4".
std::string offer(const std::string& word, const std::vector<std::string>& names);

}  // namespace nce
