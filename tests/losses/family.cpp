// What tells the losses apart: what each becomes at the ends of its options, what it learns, and what it refuses. Their
// closed forms and their kinds are checked in ours_conform.cpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "expected.h"
#include "nce/core/error.h"
#include "nce/core/gradcheck.h"
#include "nce/losses/dense.h"
#include "nce/losses/negative_cosine.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/paths.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;
using doctest::Approx;

namespace {

constexpr double kTau = 0.25;
constexpr int64_t kN = 7, kD = 9;

using TwoViews = std::function<Tensor(const Tensor& z1, const Tensor& z2)>;

std::vector<Expected> table() { return expected_losses(double(kN), double(kD), kTau); }

Tensor leaf(const Tensor& x) { return x.detach().set_requires_grad(true); }

// Both losses are one, value and gradients.
void check_same(const TwoViews& x, const TwoViews& y) {
  const Tensor a = Tensor::randn({kN, kD}, Key(1), DType::f64), b = a + Tensor::randn({kN, kD}, Key(2), DType::f64);
  const auto outcome = [&](const TwoViews& loss) {
    return both_ways([&](auto& z) { return loss(z[0], z[1]); }, {a, b});
  };
  const Tensors one = outcome(x), other = outcome(y);
  for (size_t k = 0; k < 3; ++k) CHECK(deviation(one[k], other[k]) < 1e-12);
}

}  // namespace

TEST_CASE("no loss is left out of the table of what is expected") {
  std::set<std::string> in_table;
  for (const Expected& row : table()) in_table.insert(row.loss.name);
  for (const KnownLoss& known : known_losses()) {
    CAPTURE(known.name);
    CHECK(in_table.contains(known.name));
  }
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(nce::test::source_file("losses"))) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}}, name = entry.path().stem().string();
    // A loss is a function named as its header, with options.
    if (text.find("Tensor " + name + "(const Tensor& ") == std::string::npos ||
        text.find("Options {") == std::string::npos)
      continue;
    CAPTURE(name);
    CHECK(in_table.contains(name));
    ++found;
  }
  CHECK(found >= 19);
}

TEST_CASE("losses become one another at the ends of their options") {
  const TwoViews dcl_loss = [](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau}); };
  const TwoViews info_nce_loss = [](auto& a, auto& b) { return info_nce(a, b, {.temperature = kTau}); };
  const TwoViews nt_xent_loss = [](auto& a, auto& b) { return nt_xent(a, b, {.temperature = kTau}); };
  check_same([](auto& a, auto& b) { return sc_info_nce(a, b, {.temperature = kTau}); }, dcl_loss);
  check_same(
      [](auto& a, auto& b) {
        return sc_info_nce(a, b, {.temperature = kTau, .delta = 1, .gamma = 0, .denominator = Denominator::all});
      },
      info_nce_loss);
  check_same([](auto& a, auto& b) { return sc_info_nce(a, b, {.delta = 1.5}); },
             [](auto& a, auto& b) { return sc_info_nce(a, b, {.delta = 1.5, .gamma = 0.5}); });
  check_same([](auto& a, auto& b) { return dclw(a, b, {.temperature = kTau, .sigma = 1e13}); }, dcl_loss);
  check_same([](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = kTau, .tau_plus = 0}); },
             nt_xent_loss);
  check_same([](auto& a, auto& b) { return hard_info_nce(a, b, {.temperature = kTau, .beta = 0}); },
             [](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = kTau}); });
  const std::vector<int> all_differ{4, 9, -1, 3, 0, 8, 7};
  check_same([&](auto& a, auto& b) { return sup_con(a, b, all_differ, {.temperature = kTau}); }, nt_xent_loss);
  check_same([](auto& a, auto& b) { return sup_con(a, b, {}, {.temperature = kTau}); }, nt_xent_loss);
  check_same([](auto& a, auto& b) { return is_info_nce(a, b, a, {.temperature = kTau}); },
             [](auto& a, auto& b) { return dhel(a, b, {.temperature = kTau}); });
  check_same(
      [](auto& a, auto& b) {
        return nt_xent({a, b, a + b}, {.temperature = kTau});
      },
      [&](auto& a, auto& b) {
        return sup_con({a, b, a + b}, all_differ, {.temperature = kTau});
      });
  using enum NegativesFrom;
  check_same([](auto& a, auto& b) { return info_nce(a, b, {kTau, both_views, true}); }, nt_xent_loss);
  check_same(
      [](auto& a, auto& b) {
        return dcl(a, b, {kTau, own_view});
      },
      [](auto& a, auto& b) { return dhel(a, b, {.temperature = kTau}); });
}

TEST_CASE("the variants of the authors' code have its values for z1 = z2 = the identity of 2 x 2, temperature 1") {
  const Tensor one = Tensor::from({1, 0, 0, 1}, {2, 2}, DType::f64);
  CHECK(nt_xent(one, one, {.temperature = 1, .self_contrast = true}).item() == Approx(1.006409).epsilon(1e-6));
  CHECK(simple_contrastive(one, one, {.positive_in_mean = true}).item() == Approx(0).scale(1));
  CHECK(!make_loss("nt_xent", {{"self_contrast", "true"}})->target());  // theory/ has none
}

TEST_CASE("what a loss learns has the derivatives of central differences") {
  std::set<std::string> learning;
  for (const Expected& row : table()) {
    auto loss = row.make(kTau);
    const auto options = list_options(*loss);
    if (std::any_of(options.begin(), options.end(), [](auto& o) { return o.name == "learn_temperature"; }))
      set_options(*loss, {{"learn_temperature", "true"}});
    loss->learn();
    const auto parameters = loss->parameters();
    if (parameters.empty()) continue;
    learning.insert(row.loss.name);
    if (row.loss.name == "sc_info_nce" && loss->stops_gradient()) continue;  // the p it holds has a temperature too
    const std::string name = row.name();
    CAPTURE(name);
    const Tensor a = Tensor::randn({kN, 4}, Key(1), DType::f64), b = a + Tensor::randn({kN, 4}, Key(2), DType::f64);
    // A weight that is held fixed has embeddings without its gradient: only the parameters are checked there.
    const bool fixed = loss->stops_gradient() || std::string(row.kind.reaches) == "z1 only";
    const Tensor c = a + Tensor::randn({kN, 4}, Key(3), DType::f64), e = a - c;
    std::vector<Tensor> x{a, b};
    for (const auto& [called, parameter] : parameters)
      x.push_back(Tensor::from({called == "logit_scale" ? 1.2 : -2}, {1}, DType::f64));
    CHECK_NOTHROW(gradcheck(
        [&](auto& given) {
          for (size_t i = 0; i < parameters.size(); ++i) *parameters[i].second = given[2 + i];
          const Tensor &z1 = fixed ? a : given[0], &z2 = fixed ? b : given[1];
          return (*loss)(row.views({z1, z2, c, e})) + sum(given[0]) + sum(given[1]);
        },
        x));
  }
  for (const char* name :
       {"info_nce", "nt_xent", "sc_info_nce", "dcl", "dclw", "dhel", "is_info_nce", "sup_con", "sig_lip", "moco"})
    CHECK_MESSAGE(learning.contains(name), name);
}

TEST_CASE("at temperature 0.005 values and gradients in f32 are finite and those of f64 to 1e-4") {
  const double tau = 0.005, tolerance = 1e-4;
  for (const int64_t n : {16, 256})
    for (const double noise : {1e9, 1., 0.1, 0.01}) {  // views from unrelated to nearly aligned
      const int64_t d = 128;
      const Tensor a = Tensor::randn({n, d}, Key(1));
      const auto view = [&](uint64_t key) {
        return noise > 1 ? Tensor::randn({n, d}, Key(key)) : a + Tensor::randn({n, d}, Key(key)) * noise;
      };
      const Tensor b = view(2), c = view(3);
      for (const Expected& row : expected_losses(double(n), double(d), tau)) {
        if (!row.make(tau)->temperature() || !row.kind.normalises) continue;
        // The kernels of f_micl are exponentially large or small there; moco's queue differs between f32 and f64.
        if (row.loss.name == "f_micl" || row.loss.name == "moco") continue;
        const std::string name = row.name();
        CAPTURE(name);
        CAPTURE(n);
        CAPTURE(noise);
        const auto loss = [&](const Tensors& z) { return (*row.make(tau))(row.views(z)); };
        Tensors views{a, b, c, a};
        views.resize(size_t(row.num_views));
        const Tensors f32 = both_ways(loss, views), f64 = both_ways(loss, in(DType::f64, views));
        CHECK(std::isfinite(f32[0].item()));
        // nt_xent.h says which gradients have fewer digits.
        const bool digits = noise >= 1 || row.num_views == row.loss.num_views.least;
        for (size_t k = 0; k < f32.size(); ++k)
          CHECK(deviation(f32[k], f64[k]) < (k == 0 || digits ? tolerance : 0.1));
      }
    }
}

TEST_CASE("derivatives of sc_info_nce by the similarities are those that its targets follow from") {
  // N times the derivative by s_ii and by s_ik as the theory has them, taken on to z1 and z2.
  const int64_t n = 7;
  const double tau = 0.4;
  for (const double delta : {1.0, 1.5, 0.5})
    for (const double gamma : {0.0, 0.5, -0.2})
      for (const Denominator denominator : {Denominator::negatives, Denominator::all})
        for (const PositiveWeight weight : {PositiveWeight::exact, PositiveWeight::published}) {
          Tensor z1 = leaf(Tensor::randn({n, 4}, Key(3), DType::f64)),
                 z2 = leaf(Tensor::randn({n, 4}, Key(4), DType::f64));
          sc_info_nce(z1, z2,
                      {.temperature = tau,
                       .delta = delta,
                       .gamma = gamma,
                       .denominator = denominator,
                       .positive_weight = weight})
              .backward();
          Tensor y1 = leaf(z1), y2 = leaf(z2);
          const Tensor s = dense::similarities(y1, y2, tau);
          const auto values = s.to_vector<double>();
          std::vector<double> derivative(values.size());
          for (int64_t i = 0; i < n; ++i) {
            double sum = 0;
            for (int64_t k = 0; k < n; ++k)
              if (k != i || denominator == Denominator::all) sum += std::exp(values[size_t(i * n + k)]);
            for (int64_t k = 0; k < n; ++k) {
              const double p = std::exp(values[size_t(i * n + k)]) / sum;
              double expected = p + gamma / double(n - 1);
              if (k == i)
                expected = -delta + (denominator == Denominator::all ? p : 0) -
                           (weight == PositiveWeight::published ? p : 0);
              derivative[size_t(i * n + k)] = expected / double(n);
            }
          }
          s.backward(Tensor::from(derivative, {n, n}));
          CHECK(deviation(z1.grad(), y1.grad()) < 1e-12);
          CHECK(deviation(z2.grad(), y2.grad()) < 1e-12);
        }
}

TEST_CASE("the values that the authors' code gives") {
  const Tensor i = Tensor::from({1, 0, 0, 1}, {2, 2}, DType::f64),
               z2 = Tensor::from({1, 0, .6, .8}, {2, 2}, DType::f64);
  CHECK(is_info_nce(i, i, i, {.temperature = 1}).item() == Approx(-1).epsilon(1e-14));
  FMiclOptions options{.alpha = 1};
  CHECK(f_micl(i, z2, options).item() == Approx(std::exp(-1) - .9).epsilon(1e-14));  // -0.532121
  options.negatives = NegativesFrom::other_view;
  CHECK(f_micl(i, z2, options).item() == Approx((std::exp(-1) + std::exp(.6 - 1)) / 2 - .9).epsilon(1e-14));
  CHECK(f_micl(i, z2, options).item() == Approx(-0.380900).epsilon(1e-6));
}

TEST_CASE("two views in a list give the bits of two views") {
  const Tensor a = Tensor::randn({kN, kD}, Key(1)), b = a + Tensor::randn({kN, kD}, Key(2));
  const std::vector<int> labels{0, 0, 1, 2, 1, 0, 5};
  const auto check_bits = [&](const auto& of_list, const auto& of_two) {
    const Tensors list = both_ways(of_list, {a, b}), two = both_ways(of_two, {a, b});
    for (size_t k = 0; k < 3; ++k) CHECK(list[k].to_vector<float>() == two[k].to_vector<float>());
  };
  check_bits([](const Tensors& z) { return nt_xent(z); }, [](const Tensors& z) { return nt_xent(z[0], z[1]); });
  check_bits([&](const Tensors& z) { return sup_con(z, labels); },
             [&](const Tensors& z) { return sup_con(z[0], z[1], labels); });
}

TEST_CASE("SupCon of a batch without any positive is 0, and so is its gradient") {
  for (const int64_t n : {1, 4}) {
    const Tensor z = leaf(Tensor::randn({n, 3}, Key(1)));
    std::vector<int> labels;
    for (int64_t i = 0; i < n; ++i) labels.push_back(int(i));
    const Tensor loss = sup_con(z, labels);
    loss.backward();
    CHECK(loss.item() == 0);
    CHECK(z.grad().to_vector<float>() == std::vector<float>(size_t(3 * n), 0));
  }
}

TEST_CASE("what a loss cannot use is refused with the reason") {
  const Tensor one = Tensor::ones({1, 3}), a = Tensor::ones({4, 3}), b = Tensor::ones({5, 3});
  size_t options = 0;
  for (const Expected& row : table()) {
    const std::string name = row.loss.name;
    CAPTURE(name);
    const auto refused = [&](Loss& loss, const Views& views, const std::string& reason) {
      CHECK_THROWS_WITH_AS(loss(views), (name + ": " + reason).c_str(), Error);
    };
    const auto loss = row.make(kTau);
    for (size_t other = 1; other < size_t(row.num_views); ++other) {
      std::vector<Tensor> views(size_t(row.num_views), a);
      views[other] = b;
      refused(*loss, row.views(views), "views of one shape (N, d) are needed, got (4, 3) and (5, 3)");
    }
    if (row.loss.num_views.most == 2)
      refused(*loss, {.z1 = a, .z2 = a, .more = {a}}, "2 views of each sample are needed, got 3");
    if (row.kind.least == 2)
      refused(*loss, row.views(one), "at least 2 pairs are needed, got 1");
    else
      CHECK_NOTHROW((*loss)(row.views(one)));
    for (size_t which = 0;; ++which) {
      const auto bad = row.make(kTau);
      size_t seen = 0;
      std::string expected;
      Options spoil([&](const Field& field) {  // puts number `which` just out of its range, or at infinity
        const auto number = std::get_if<double*>(&field.value);
        const auto optional = std::get_if<std::optional<double>*>(&field.value);
        if ((!number && !optional) || seen++ != which) return;
        const Range& r = field.range;
        const double low = std::max(r.above, r.least - 1), high = std::min(r.below, r.most + 1);
        const double value = std::isfinite(low) ? low : high;
        (number ? **number : (*optional)->emplace()) = value;
        expected = fmt::format("{} {}, got {}", field.name, r.text(), value);
      });
      bad->fields(spoil);
      if (expected.empty()) break;
      refused(*bad, row.views(a), expected);
      ++options;
    }
  }
  CHECK(options > 60);
  CHECK_THROWS_WITH_AS(info_nce(a, a, {.temperature = std::nan("")}),
                       "info_nce: temperature must be above 0, got nan", Error);
  CHECK_THROWS_WITH_AS(info_nce(a, a, {.temperature = INFINITY}), "info_nce: temperature must be above 0, got inf",
                       Error);
  CHECK_THROWS_WITH_AS(info_nce(Tensor::ones({4}), Tensor::ones({4})),
                       "info_nce: views of one shape (N, d) are needed, got (4,) and (4,)", Error);
  CHECK(info_nce(one, one).item() == 0);  // nothing to be told from
  CHECK_THROWS_WITH_AS(make_loss("is_info_nce")->operator()({.z1 = a, .z2 = a}),
                       "is_info_nce: 3 views of each sample are needed, got 2", Error);
  CHECK_THROWS_WITH_AS(nt_xent(std::vector<Tensor>{a}), "nt_xent: at least 2 views are needed, got 1", Error);
  CHECK_THROWS_WITH_AS(views_of({a}), "views_of: at least 2 views are needed, got 1", Error);
  CHECK_THROWS_WITH_AS(sup_con(a, std::vector<int>{1, 1}),
                       "sup_con: one label a row is needed, got 2 labels for 4 rows", Error);
  CHECK_THROWS_WITH_AS(sup_con(a, a, std::vector<int>{1, 1}),
                       "sup_con: one label a pair is needed, got 2 labels for 4 pairs", Error);
  CHECK_THROWS_WITH_AS(sig_lip(a, a, {.logit_bias = Tensor::ones({2})}),
                       "sig_lip: logit_bias must have one element, got (2,)", Error);
  CHECK_THROWS_WITH_AS(
      moco(a, a, MemoryQueue(5, 2, Key(1))),
      "logsumexp_pairs: rows of one length and one dtype are needed, got (4, 3) f32 and (5, 2) f32", Error);
}
