#include "nce/data/sets/glyphs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/core/random.h"

namespace nce::data {
namespace {

// Only + - * / and sqrt below: each is rounded in one way by every x86-64 machine, and so are the images.

constexpr int kSide = 28;

struct Point {
  float x, y;
};

// A stroke goes straight or as a Catmull-Rom spline through its points; x from -0.6 to 0.6, y from -1 (top) to 1.
enum Kind { straight, curved, closed };
struct Stroke {
  Kind kind;
  std::vector<Point> points;
};
using Style = std::vector<Stroke>;

const std::vector<Style>& styles_of(int digit) {
  static const std::vector<Style> styles[10] = {
      {{{closed,
         {{0, -1}, {-.42f, -.72f}, {-.58f, 0}, {-.42f, .72f}, {0, 1}, {.42f, .72f}, {.58f, 0}, {.42f, -.72f}}}},
       {{closed, {{0, -1}, {-.62f, -.6f}, {-.62f, .6f}, {0, 1}, {.62f, .6f}, {.62f, -.6f}}}},
       {{curved,
         {{.2f, -.95f},
          {-.3f, -.85f},
          {-.55f, -.1f},
          {-.4f, .75f},
          {0, 1},
          {.42f, .72f},
          {.55f, 0},
          {.35f, -.75f},
          {-.1f, -.98f}}}}},
      {{{straight, {{0, -1}, {0, 1}}}},
       {{straight, {{-.38f, -.55f}, {0, -1}, {0, 1}}}},
       {{straight, {{-.35f, -.6f}, {0, -1}, {0, 1}}}, {straight, {{-.4f, 1}, {.4f, 1}}}}},
      {{{curved, {{-.5f, -.55f}, {-.32f, -.9f}, {.05f, -1}, {.45f, -.8f}, {.48f, -.4f}, {.15f, .15f}, {-.5f, 1}}},
        {straight, {{-.5f, 1}, {.58f, 1}}}},
       {{curved,
         {{-.45f, -.7f},
          {0, -1},
          {.45f, -.75f},
          {.4f, -.3f},
          {-.1f, .5f},
          {-.5f, .85f},
          {-.5f, 1},
          {-.2f, .85f},
          {.1f, .9f},
          {.58f, 1}}}},
       {{curved, {{-.5f, -.6f}, {-.2f, -.98f}, {.3f, -.95f}, {.5f, -.55f}, {.2f, 0}, {-.35f, .5f}, {-.52f, 1}}},
        {straight, {{-.52f, 1}, {.52f, .95f}, {.55f, .8f}}}}},
      {{{curved, {{-.45f, -.75f}, {-.1f, -1}, {.35f, -.88f}, {.42f, -.48f}, {.15f, -.12f}, {-.12f, -.06f}}},
        {curved, {{-.12f, -.06f}, {.3f, .05f}, {.55f, .45f}, {.35f, .88f}, {-.05f, 1}, {-.5f, .75f}}}},
       {{straight, {{-.48f, -1}, {.45f, -1}, {-.08f, -.2f}}},
        {curved, {{-.08f, -.2f}, {.3f, -.1f}, {.55f, .35f}, {.35f, .85f}, {-.05f, 1}, {-.5f, .78f}}}},
       {{curved,
         {{-.5f, -.85f},
          {0, -1},
          {.4f, -.7f},
          {.25f, -.25f},
          {-.15f, -.05f},
          {.3f, .08f},
          {.52f, .5f},
          {.2f, .95f},
          {-.5f, .9f}}}}},
      {{{straight, {{-.35f, -1}, {-.52f, .25f}, {.58f, .25f}}}, {straight, {{.25f, -.55f}, {.22f, 1}}}},
       {{straight, {{.25f, 1}, {.25f, -1}, {-.58f, .35f}, {.6f, .35f}}}},
       {{curved, {{-.45f, -.95f}, {-.5f, -.3f}, {-.4f, .05f}, {0, .12f}, {.38f, .02f}}},
        {straight, {{.4f, -.95f}, {.36f, 1}}}}},
      {{{straight, {{.5f, -1}, {-.38f, -1}, {-.45f, -.1f}}},
        {curved, {{-.45f, -.1f}, {0, -.3f}, {.42f, -.08f}, {.55f, .4f}, {.3f, .88f}, {-.1f, 1}, {-.5f, .8f}}}},
       {{straight, {{-.3f, -.95f}, {.55f, -1}}},
        {curved, {{-.3f, -.95f}, {-.45f, -.3f}, {-.3f, -.2f}, {.2f, -.12f}, {.48f, .3f}, {.3f, .85f}, {-.45f, 1}}}},
       {{curved,
         {{.52f, -.98f},
          {.1f, -.95f},
          {-.38f, -.85f},
          {-.48f, -.25f},
          {0, -.2f},
          {.5f, .15f},
          {.42f, .75f},
          {0, 1},
          {-.5f, .85f}}}}},
      {{{curved,
         {{.4f, -.95f},
          {0, -.75f},
          {-.4f, -.2f},
          {-.52f, .4f},
          {-.32f, .88f},
          {.08f, 1},
          {.45f, .75f},
          {.48f, .35f},
          {.2f, .05f},
          {-.2f, .1f},
          {-.48f, .42f}}}},
       {{curved, {{.15f, -1}, {-.25f, -.4f}, {-.48f, .2f}, {-.5f, .5f}}},
        {closed, {{0, .05f}, {-.45f, .3f}, {-.45f, .75f}, {0, 1}, {.48f, .75f}, {.48f, .3f}}}},
       {{curved,
         {{.45f, -.75f},
          {.15f, -1},
          {-.3f, -.8f},
          {-.52f, -.1f},
          {-.45f, .6f},
          {0, 1},
          {.45f, .7f},
          {.4f, .2f},
          {0, 0},
          {-.45f, .35f}}}}},
      {{{straight, {{-.55f, -1}, {.55f, -1}, {-.12f, 1}}}},
       {{straight, {{-.55f, -1}, {.55f, -1}, {-.12f, 1}}}, {straight, {{-.22f, 0}, {.42f, 0}}}},
       {{straight, {{-.52f, -.75f}, {-.52f, -1}, {.52f, -1}}},
        {curved, {{.52f, -1}, {.15f, -.35f}, {-.05f, .3f}, {-.1f, 1}}}}},
      {{{closed, {{0, -1}, {-.38f, -.78f}, {-.38f, -.35f}, {0, -.06f}, {.38f, -.35f}, {.38f, -.78f}}},
        {closed, {{0, -.06f}, {-.48f, .25f}, {-.5f, .72f}, {0, 1}, {.5f, .72f}, {.48f, .25f}}}},
       {{closed,
         {{.42f, -.72f},
          {0, -1},
          {-.42f, -.72f},
          {-.25f, -.28f},
          {.3f, .15f},
          {.48f, .62f},
          {0, 1},
          {-.48f, .62f},
          {-.3f, .15f},
          {.25f, -.28f}}}},
       {{curved,
         {{.45f, -.8f},
          {.05f, -1},
          {-.4f, -.75f},
          {-.25f, -.25f},
          {.3f, .2f},
          {.45f, .7f},
          {0, 1},
          {-.45f, .7f},
          {-.2f, .15f},
          {.3f, -.35f},
          {.5f, -.75f}}}}},
      {{{curved,
         {{.46f, -.5f},
          {.25f, -.9f},
          {-.1f, -1},
          {-.45f, -.75f},
          {-.45f, -.3f},
          {-.1f, -.02f},
          {.3f, -.15f},
          {.46f, -.5f}}},
        {straight, {{.46f, -.6f}, {.38f, 1}}}},
       {{closed, {{0, -1}, {-.45f, -.75f}, {-.45f, -.3f}, {0, -.05f}, {.46f, -.3f}, {.46f, -.75f}}},
        {curved, {{.48f, -.55f}, {.5f, 0}, {.35f, .7f}, {0, 1}, {-.45f, .85f}}}},
       {{curved,
         {{.42f, -.75f}, {.05f, -1}, {-.42f, -.7f}, {-.35f, -.2f}, {.05f, -.1f}, {.42f, -.5f}, {.42f, -.75f}}},
        {curved, {{.43f, -.7f}, {.38f, 0}, {.1f, .6f}, {-.2f, 1}}}}},
  };
  return styles[digit];
}

// The stroke as a chain of short segments.
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

// Adds a line of half width `radius` (in pixels) to `ink`: at each pixel the larger of what is there and how much
// of it the line covers, from its distance.
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

// How one drawing differs from the plain one.
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
    // As far from the middle as the drawing's height leaves room for.
    const float room = 13.5f - tall;
    middle_ = {14 + around(0, room), 14 + around(0, room)};
  }

  Point operator()(Point p) const {
    // A smooth bend: polynomials of second and third degree.
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

  // Noise that is a sum of four uniform numbers. All are drawn first, so that the rest is a loop of vectors.
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

Dataset glyphs(Split split, const GlyphOptions& options) {
  check(options.count >= 0, "glyphs: there cannot be {} images", options.count);
  check(options.difficulty >= 0 && options.difficulty <= 1.5, "glyphs: difficulty {} is outside 0 .. 1.5",
        options.difficulty);
  const int64_t count = options.count > 0 ? options.count : split == Split::train ? 10000 : 2000;
  Dataset data{
      .name = "glyphs", .height = kSide, .width = kSide, .channels = 1, .classes = 10, .images = {}, .labels = {}};
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
