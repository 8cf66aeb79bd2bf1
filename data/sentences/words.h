#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nce::data {

/// The words of a text, in order: runs `[a-z]+` and `[0-9]+` of its lower case. Latin letters lose their accents:
/// "Café" is "cafe", "Straße" is "strasse", "tiếng" is "tieng" (U+00C0 .. U+024F and U+1E00 .. U+1EFF). All other
/// characters, and bytes that are not UTF-8, end a word.
std::vector<std::string> words(std::string_view utf8);

/// Calls `seen` for the 3- to 5-grams of `<word>`, from the left, the shorter first: for "at" these are "<at", "<at>", "at>".
void each_ngram(const std::string& word, const std::function<void(std::string_view)>& seen);

}  // namespace nce::data
