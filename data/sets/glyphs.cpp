#include "nce/data/sets/glyphs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/core/random.h"
#include "nce/data/sets/glyph_strokes.h"

namespace nce::data {
namespace {

using namespace strokes;

// Below are only + - * / and sqrt. Every x86-64 machine rounds these in the same way, so images have the same bytes
// everywhere.

constexpr int kSide = 28;

// The stroke as a chain of points, joined by short segments.
void flatten(const Stroke& stroke, std::vector<Point>& out) {
  out.clear();
  const int n = int(stroke.points.size());
  const bool ring = stroke.kind == closed;
  const auto at = [&](int i) { return stroke.points[size_t(ring ? (i + n) % n : std::clamp(i, 0, n - 1))]; };
  constexpr int kPieces = 6;
  for (int i = 0; i < (ring ? n : n - 1); ++i) {
    const Point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
    for (int k = 0; k < kPieces; ++k) {
      const float u = float(k) / kPieces;
      const auto blend = [&](float a, float b, float c, float d) {
        if (stroke.kind == straight) return b + u * (c - b);
        return b + 0.5f * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
      };
      out.push_back({blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)});
    }
  }
  out.push_back(at(ring ? 0 : n - 1));
}

// Draws a line of half width `radius` (in pixels) into `ink`, (28, 28). Each pixel keeps the larger of its old value
// and the share that the line covers.
void draw(Point a, Point b, float radius, float strength, float* ink) {
  const float reach = radius + 0.5f;
  const auto low = [&](float p, float q) { return std::max(0, int(std::min(p, q) - reach)); };
  const auto high = [&](float p, float q) { return std::min(kSide - 1, int(std::max(p, q) + reach)); };
  const float dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  for (int y = low(a.y, b.y); y <= high(a.y, b.y); ++y)
    for (int x = low(a.x, b.x); x <= high(a.x, b.x); ++x) {
      const float px = float(x) + 0.5f - a.x, py = float(y) + 0.5f - a.y;
      const float along = square > 0 ? std::clamp((px * dx + py * dy) / square, 0.0f, 1.0f) : 0.0f;
      const float ex = px - along * dx, ey = py - along * dy;
      const float cover = std::clamp(reach - std::sqrt(ex * ex + ey * ey), 0.0f, 1.0f);
      float& pixel = ink[y * kSide + x];
      pixel = std::max(pixel, strength * cover);
    }
}

// The random map of one drawing: from a stroke's coordinates to pixels.
class Distortion {
 public:
  Distortion(Random& random, float amount) {
    const auto around = [&](float middle, float spread) {
      return middle + amount * random.uniform(-spread, spread);
    };
    const float half_turn = around(0, 0.12f);  // tan of half the angle: up to 14 degrees
    const float c = (1 - half_turn * half_turn) / (1 + half_turn * half_turn),
                s = 2 * half_turn / (1 + half_turn * half_turn);
    const float tall = around(7.3f, 2.2f), wide = tall * around(1.0f, 0.22f), slant = around(0, 0.3f);
    // rotate * slant * scale
    xx_ = c * wide, xy_ = -c * slant * wide - s * tall, yx_ = s * wide, yy_ = -s * slant * wide + c * tall;
    for (float& w : warp_) w = around(0, 0.1f);
    // A tall drawing can move less.
    const float room = 13.5f - tall;
    middle_ = {14 + around(0, room), 14 + around(0, room)};
  }

  Point operator()(Point p) const {
    // A smooth bend: terms of second and third degree.
    const float x = p.x, y = p.y;
    const float u = x + warp_[0] * x * y + warp_[1] * y * y + warp_[2] * y * y * y + warp_[3] * x * x;
    const float v = y + warp_[4] * x * y + warp_[5] * x * x + warp_[6] * x * x * y + warp_[7] * y * y;
    return {middle_.x + xx_ * u + xy_ * v, middle_.y + yx_ * u + yy_ * v};
  }

 private:
  float xx_, xy_, yx_, yy_, warp_[8];
  Point middle_;
};

void draw_glyph(int digit, Random& random, float amount, uint8_t* out) {
  float ink[kSide * kSide] = {};
  const auto& styles = styles_of(digit);
  const Style& style = styles[random.below(uint32_t(styles.size()))];
  const Distortion distortion(random, amount);
  const float radius = 1.0f + amount * random.uniform(-0.3f, 0.3f);
  const float brightness = 0.85f + amount * random.uniform(-0.32f, 0.15f);

  std::vector<Point> chain;
  Stroke shaken;
  for (const Stroke& stroke : style) {
    shaken = stroke;
    for (Point& p : shaken.points)
      p.x += amount * random.uniform(-0.05f, 0.05f), p.y += amount * random.uniform(-0.05f, 0.05f);
    flatten(shaken, chain);
    for (size_t i = 0; i + 1 < chain.size(); ++i)
      draw(distortion(chain[i]), distortion(chain[i + 1]), radius, brightness, ink);
  }

  // Noise: a sum of four uniform numbers. All bits are drawn first, so that the compiler vectorises the loop after.
  uint32_t bits[kSide * kSide];
  for (uint32_t& b : bits) b = random.bits();
  const float noise = amount * 0.1f;
  for (int i = 0; i < kSide * kSide; ++i) {
    const uint32_t b = bits[i];
    const float grain = float(int(b & 255) + int(b >> 8 & 255) + int(b >> 16 & 255) + int(b >> 24) - 510) / 148;
    out[i] = uint8_t(std::clamp(int((ink[i] + noise * grain) * 255 + 0.5f), 0, 255));
  }
}

}  // namespace

InMemoryDataset glyphs(Split split, const GlyphOptions& options) {
  check(options.count >= 0, "glyphs: there cannot be {} images", options.count);
  check(options.difficulty >= 0 && options.difficulty <= 1.5, "glyphs: difficulty {} is outside 0 .. 1.5",
        options.difficulty);
  const int64_t count = options.count > 0 ? options.count : split == Split::train ? 10000 : 2000;
  InMemoryDataset data(
      of_digits({.name = "glyphs", .height = kSide, .width = kSide, .channels = 1, .classes = 10}));
  data.images.resize(size_t(count * data.image_bytes()));
  data.labels.resize(size_t(count));
  const Key key = Key(options.seed).fold(split == Split::train ? 0 : 1);
  parallel_for(count, 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Random random(key.fold(uint64_t(i)));
      const int digit = int(i % 10);
      data.labels[size_t(i)] = digit;
      draw_glyph(digit, random, float(options.difficulty), data.images.data() + i * data.image_bytes());
    }
  });
  return data;
}

}  // namespace nce::data
