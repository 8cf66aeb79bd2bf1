#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nce::data {

/// The words of a text, in order: runs `[a-z]+` and `[0-9]+` of its lower case. Latin letters lose their accents: "Café"
/// is "cafe", "Straße" is "strasse", "tiếng" is "tieng" (U+00C0 .. U+024F and U+1E00 .. U+1EFF). All other characters part words; bytes that are no UTF-8 do too.
std::vector<std::string> words(std::string_view utf8);

/// Calls `seen` for the 3- to 5-grams of `<word>`, from the left, the shorter first: "<at", "<at>", "at>" of "at".
void each_ngram(const std::string& word, const std::function<void(std::string_view)>& seen);

}  // namespace nce::data
