#include "pages/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace nce::cli {
namespace {

constexpr double kGap = 34, kLeft = 74, kTop = 96, kBar = 16, kChart = 400, kChartLabels = 70;
constexpr const char* kInk = "#22262b";
constexpr const char* kFaint = "#6b7280";

// Colours that colour-blind readers can tell apart (Okabe and Ito, 2008; the yellow darkened).
constexpr std::array<const char*, 10> kLines{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9",
                                             "#b8860b", "#7b3294", "#444444", "#8c510a", "#01665e"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

std::array<int, 3> mix(const std::array<int, 3>& a, const std::array<int, 3>& b, double share) {
  std::array<int, 3> c{};
  for (size_t i = 0; i < 3; ++i) c[i] = int(std::lround(a[i] + share * (b[i] - a[i])));
  return c;
}

// Blue, white, red for -1, 0, 1.
std::array<int, 3> colour_of(double position) {
  constexpr std::array<int, 3> kWhite{248, 248, 247}, kLightRed{239, 154, 120}, kRed{165, 20, 42},
      kLightBlue{133, 182, 218}, kBlue{29, 84, 151};
  if (!std::isfinite(position)) return {205, 205, 205};
  const double far = std::min(1.0, std::abs(position));
  const auto& light = position > 0 ? kLightRed : kLightBlue;
  return far < 0.5 ? mix(kWhite, light, 2 * far) : mix(light, position > 0 ? kRed : kBlue, 2 * far - 1);
}

std::string hex(const std::array<int, 3>& c) { return fmt::format("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]); }

// Values of one picture with just the digits that tell them apart.
std::string number(double value, double reach) {
  if (!std::isfinite(value)) return "";
  if (std::abs(value) >= 1000) return fmt::format("{:.1e}", value);
  return fmt::format("{:.{}f}", value, reach >= 50 ? 0 : reach >= 5 ? 1 : reach >= 0.02 ? 2 : 3);
}

// A step of 1, 2 or 5 times a power of ten that cuts `range` into at least about `parts`.
double round_step(double range, double parts) {
  const double raw = 1.3 * range / parts, power = std::pow(10, std::floor(std::log10(raw)));
  return power * (raw >= 5 * power ? 5 : raw >= 2 * power ? 2 : 1);
}

class Drawing {
 public:
  // Large enough for numbers in the cells, up to a limit.
  explicit Drawing(const StatePicture& p)
      : p_(p), k_(p.states.size()), map_side_(std::clamp(32.0 * double(k_), 216.0, 480.0)) {}

  std::string document() {
    text(24, 34, 19, kInk, "start", p_.title, true);
    text(24, 56, 13, kFaint, "start", p_.subtitle);
    double x = kLeft;
    for (size_t i = 0; i < p_.maps.size(); ++i, x += map_side_ + kGap) map(x, p_.maps[i], i == 0);
    scale_bar(x - kGap + 18);
    double width = x - kGap + 18 + kBar + 66;
    if (!p_.curves.empty()) chart(width + 44), width += 44 + kChart + kChartLabels;
    const double height = kTop + map_side_ + 66;
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
               "height=\"{1:.0f}\" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">\n"
               "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
               width, height) +
           body_ + "</svg>\n";
  }

 private:
  void text(double x, double y, double size, const char* colour, const char* anchor, const std::string& words,
            bool bold = false) {
    body_ += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\" fill=\"{}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
        size, colour, anchor, bold ? " font-weight=\"bold\"" : "", escaped(words));
  }
  void upright(double x, double y, double size, const std::string& words) {
    body_ += fmt::format(
        "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" font-size=\"{:.1f}\" fill=\"{}\" "
        "text-anchor=\"middle\">{}</text>\n",
        x, y, size, kFaint, escaped(words));
  }
  void line(double x1, double y1, double x2, double y2, const char* colour, double width, const char* more = "") {
    body_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
        "stroke-width=\"{}\"{}/>\n",
        x1, y1, x2, y2, colour, width, more);
  }
  void box(double x, double y, double w, double h, const std::string& fill, const char* more = "") {
    body_ += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"{}/>\n", x,
                         y, w, h, fill, more);
  }

  void map(double x, const StatePicture::Map& m, bool first) {
    const double cell = map_side_ / double(k_), label = std::clamp(cell * 0.6, 7.0, 13.0);
    text(x + map_side_ / 2, kTop - 12, 14, kInk, "middle", m.title, true);
    for (size_t i = 0; i < k_; ++i)
      for (size_t j = 0; j < k_; ++j) {
        const double value = m.values[i * k_ + j], place = position(value);
        const double left = x + double(j) * cell, top = kTop + double(i) * cell;
        box(left, top, cell, cell, hex(colour_of(place)), " stroke=\"white\" stroke-width=\"1\"");
        if (const double size = std::min(17.0, cell * 0.33); size >= 6.5)
          text(left + cell / 2, top + cell / 2 + size * 0.36, size, std::abs(place) > 0.62 ? "white" : kInk,
               "middle", number(value, p_.high - p_.centre));
      }
    for (size_t i = 0; i < k_; ++i) {
      const double centre = (double(i) + 0.5) * cell;
      if (first) text(x - 7, kTop + centre + label * 0.36, label, kInk, "end", p_.states[i]);
      text(x + centre, kTop + map_side_ + 6 + label, label, kInk, "middle", p_.states[i]);
    }
    text(x + map_side_ / 2, kTop + map_side_ + 42, 12, kFaint, "middle", p_.columns);
    if (first) upright(28, kTop + map_side_ / 2, 12, p_.rows);
  }

  void scale_bar(double x) {
    constexpr int kSteps = 60;
    for (int i = 0; i < kSteps; ++i)
      box(x, kTop + map_side_ * i / kSteps, kBar, map_side_ / kSteps + 0.4,
          hex(colour_of(1 - 2 * (i + 0.5) / kSteps)));
    for (const double at : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
      const double y = kTop + map_side_ * (1 - at) / 2;
      line(x + kBar, y, x + kBar + 4, y, kFaint, 1);
      text(x + kBar + 8, y + 4, 11, kFaint, "start",
           number(p_.centre + at * (at > 0 ? p_.high - p_.centre : p_.centre - p_.low), p_.high - p_.centre));
    }
    text(x + kBar / 2, kTop + map_side_ + 42, 12, kFaint, "middle", p_.scale);
  }

  void chart(double x) {
    // From the targets, and the curves from where they have left their beginning.
    double low = p_.centre, high = p_.centre;
    bool targets = false;
    const auto include = [&](double value) {
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    };
    for (const StatePicture::Curve& curve : p_.curves) {
      std::for_each(curve.values.begin() + ptrdiff_t(curve.values.size() / 4), curve.values.end(), include);
      include(curve.target), targets |= std::isfinite(curve.target);
    }
    const double margin = std::max(0.06 * (high - low), 1e-9);
    low -= margin, high += margin;
    const double last = std::max(p_.epochs.back(), 1e-9);
    const auto at_x = [&](double epoch) { return x + kChart * epoch / last; };
    const auto at_y = [&](double value) {
      return kTop + map_side_ * (high - std::clamp(value, low, high)) / (high - low);
    };

    text(x + kChart / 2, kTop - 12, 14, kInk, "middle",
         targets ? "measured over the epochs, targets dashed" : "measured over the epochs", true);
    const double y_step = round_step(high - low, 5), x_step = round_step(last, 5);
    for (double v = std::ceil(low / y_step) * y_step; v <= high; v += y_step) {
      line(x, at_y(v), x + kChart, at_y(v), "#e5e7eb", 1);
      text(x - 7, at_y(v) + 4, 11, kFaint, "end", number(std::abs(v) < y_step / 2 ? 0 : v, y_step));
    }
    for (double e = 0; e <= last * 1.0001; e += x_step) {
      line(at_x(e), kTop + map_side_, at_x(e), kTop + map_side_ + 4, kFaint, 1);
      text(at_x(e), kTop + map_side_ + 18, 11, kFaint, "middle", fmt::format("{:g}", e));
    }
    line(x, kTop + map_side_, x + kChart, kTop + map_side_, kFaint, 1);
    text(x + kChart / 2, kTop + map_side_ + 42, 12, kFaint, "middle", "epoch");
    upright(x - 46, kTop + map_side_ / 2, 12, p_.scale);

    const bool few = p_.curves.size() <= kLines.size();
    std::vector<std::pair<double, size_t>> ends;  // where each curve's name belongs
    for (size_t c = 0; c < p_.curves.size(); ++c) {
      const StatePicture::Curve& curve = p_.curves[c];
      const char* colour = few ? kLines[c] : "#3b6ea5";
      if (std::isfinite(curve.target))
        line(x, at_y(curve.target), x + kChart, at_y(curve.target), colour, few ? 1.3 : 0.7,
             " stroke-dasharray=\"6 4\" opacity=\"0.85\"");
      std::string points;
      for (size_t i = 0; i < curve.values.size(); ++i)
        if (std::isfinite(curve.values[i]))
          points += fmt::format("{:.1f},{:.1f} ", at_x(p_.epochs[i]), at_y(curve.values[i]));
      body_ += fmt::format(
          "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
          "stroke-linejoin=\"round\"/>\n",
          points, colour, few ? 2 : 0.8);
      ends.emplace_back(at_y(curve.values.back()), c);
    }
    if (!few) return;
    // Names at the curves' ends, moved apart where they would lie on each other.
    std::sort(ends.begin(), ends.end());
    constexpr double kApart = 14;
    for (size_t i = 1; i < ends.size(); ++i) ends[i].first = std::max(ends[i].first, ends[i - 1].first + kApart);
    if (ends.back().first > kTop + map_side_) {
      ends.back().first = kTop + map_side_;
      for (size_t i = ends.size() - 1; i > 0; --i)
        ends[i - 1].first = std::min(ends[i - 1].first, ends[i].first - kApart);
    }
    for (const auto& [y, c] : ends) text(x + kChart + 8, y + 4, 12, kLines[c], "start", p_.curves[c].name, true);
  }

  double position(double value) const {
    const double far = value - p_.centre;
    return far / (far > 0 ? p_.high - p_.centre : p_.centre - p_.low);
  }

  const StatePicture& p_;
  size_t k_;
  double map_side_;
  std::string body_;
};

}  // namespace

void add_maps(StatePicture& picture, const std::string& scale, const std::vector<double>& target,
              const StatePicture::Map& vectors, const StatePicture::Map& measured) {
  for (const auto& map : {StatePicture::Map{"target", target}, vectors, measured})
    if (!map.values.empty()) picture.maps.push_back(map);
  const double centre = target.empty() ? 0 : 1;
  double reach = 1e-3, least = centre;
  for (const double value : target.empty() ? measured.values : target)
    if (std::isfinite(value)) reach = std::max(reach, std::abs(value - centre)), least = std::min(least, value);
  picture.centre = centre, picture.high = centre + reach;
  picture.low = least >= 0 && centre > 0 ? std::max(centre - reach, 0.0) : centre - reach;
  picture.rows = "anchor in state", picture.columns = "candidate in state", picture.scale = scale;
}

std::string to_svg(const StatePicture& picture) { return Drawing(picture).document(); }

}  // namespace nce::cli
