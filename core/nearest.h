#pragma once
#include <string>
#include <vector>

/// "Did you mean": for errors about a name that is not there.
namespace nce {

/// At most three of `names`, in their order, that somebody may have meant by `word`. Case, '-' and '_' do not count. A name
/// is near if at most a third of its letters differ, or if one of the two contains the other. A difference is a letter
/// added, left out or changed, or two neighbours exchanged (Damerau and Levenshtein). Only the nearest names are returned.
std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

/// "did you mean conv4?" or "did you mean resnet18, resnet34 or resnet50?"; empty if no name is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names);

/// The text after an unknown name: "there are mlp, conv4", or "did you mean conv4? There are mlp, conv4".
std::string offer(const std::string& word, const std::vector<std::string>& names);

}  // namespace nce
