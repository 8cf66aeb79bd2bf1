#include "nce/data/sentences/words.h"

#include <algorithm>
#include <cstdint>

namespace nce::data {
namespace {

// The letters of U+00C0 .. U+024F without their accents. A capital stands for two letters, a space for none.
constexpr std::string_view kLatin =
    "aaaaaaAceeeeiiiidnooooo ouuuuyTSaaaaaaAceeeeiiiidnooooo ouuuuyTy"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiIIjjkkkllllllllllnnnnnnnnnooooooOOrrrrrrsssssssstttttt"
    "uuuuuuuuuuuuwwyyyzzzzzzs"
    "bbbb   cc ddd    ffg   ikkl  nnooo  pp     ttttuu vyyzz             DDDJJJNNNaaiioouuuuuuuuuu aaaaAAgggg"
    "kkoooo  jDDDgg  nnaaAAooaaaaeeeeiiiioooorrrruuuusstt  hhnd  zzaaeeooooooooyylntj  accltsz  b  eejj qrryy";
static_assert(kLatin.size() == 0x250 - 0xc0);
// The same for U+1E00 .. U+1EFF, for Vietnamese.
constexpr std::string_view kMoreLatin =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssss"
    "ssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyasssS aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooo"
    "oooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyLLvvyy";
static_assert(kMoreLatin.size() == 0x1f00 - 0x1e00);

// The next character, if it has at most three bytes. Longer ones are not Latin letters.
struct Character {
  uint32_t code;
  size_t bytes;
};
Character character_at(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return uint32_t(uint8_t(text[k])); };
  const auto follows = [&](size_t k) { return k < text.size() && (byte(k) & 0xc0) == 0x80; };
  if ((byte(i) & 0xe0) == 0xc0 && follows(i + 1)) return {(byte(i) & 0x1f) << 6 | (byte(i + 1) & 0x3f), 2};
  if (byte(i) > 0xe0 && byte(i) < 0xf0 && follows(i + 1) && follows(i + 2))
    return {(byte(i) & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f), 3};
  return {byte(i) < 0x80 ? byte(i) : 0, 1};
}

std::string folded(uint32_t code) {
  if (code >= 'A' && code <= 'Z') return {char(code - 'A' + 'a')};
  if (code < 0x80) return {char(code)};
  const char letter = code >= 0xc0 && code < 0x250      ? kLatin[code - 0xc0]
                      : code >= 0x1e00 && code < 0x1f00 ? kMoreLatin[code - 0x1e00]
                                                        : ' ';
  switch (letter) {
    case 'A':
      return "ae";
    case 'D':
      return "dz";
    case 'I':
      return "ij";
    case 'J':
      return "lj";
    case 'L':
      return "ll";
    case 'N':
      return "nj";
    case 'O':
      return "oe";
    case 'S':
      return "ss";
    case 'T':
      return "th";
    default:
      return {letter};
  }
}

enum class Kind { letter, digit, other };
Kind kind_of(char c) {
  return c >= 'a' && c <= 'z' ? Kind::letter : c >= '0' && c <= '9' ? Kind::digit : Kind::other;
}

}  // namespace

std::vector<std::string> words(std::string_view utf8) {
  std::vector<std::string> found;
  Kind before = Kind::other;
  for (size_t i = 0; i < utf8.size();) {
    const Character next = character_at(utf8, i);
    i += next.bytes;
    if (next.code >= 0x300 && next.code < 0x370) continue;  // an accent that follows its letter
    for (const char c : folded(next.code)) {
      const Kind kind = kind_of(c);
      if (kind != Kind::other && kind != before) found.emplace_back();
      if (kind != Kind::other) found.back() += c;
      before = kind;
    }
  }
  return found;
}

void each_ngram(const std::string& word, const std::function<void(std::string_view)>& seen) {
  const std::string marked = "<" + word + ">";
  for (size_t begin = 0; begin + 3 <= marked.size(); ++begin)
    for (size_t n = 3; n <= std::min<size_t>(5, marked.size() - begin); ++n)
      seen(std::string_view(marked).substr(begin, n));
}

}  // namespace nce::data
