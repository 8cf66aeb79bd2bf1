#include "nce/nn/optim/catalogue.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/row_gradient.h"
#include "nce/core/sparse.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/clip.h"
#include "nce/nn/optim/lars.h"
#include "nce/nn/optim/sgd.h"
#include "nce/nn/optim/sparse_adam.h"
#include "support/error_of.h"
#include "support/golden.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;
using nlohmann::json;

namespace {

const json golden = nce::test::golden_file("optim.json");

// The golden file's matrix (3, 4) and vector (5).
struct Pair {
  explicit Pair(DType dtype = DType::f64)
      : w(Tensor::from(golden["w"].get<std::vector<double>>(), {3, 4}).to(dtype)),
        b(Tensor::from(golden["b"].get<std::vector<double>>(), {5}).to(dtype)) {}
  NamedTensors parameters() { return {{"w", &w}, {"b", &b}}; }
  void set_gradients(const std::vector<double>& values) {
    w.set_grad(Tensor::from(std::vector<double>(values.begin(), values.begin() + 12), {3, 4}).to(w.dtype()));
    b.set_grad(Tensor::from(std::vector<double>(values.begin() + 12, values.end()), {5}).to(b.dtype()));
  }
  std::vector<double> values() const { return joined(w, b); }
  std::vector<double> gradients() const { return joined(w.grad(), b.grad()); }
  static std::vector<double> joined(const Tensor& first, const Tensor& second) {
    return concatenate({reshape(first, {-1}), second}).to_vector<double>();
  }
  Tensor w, b;
};

double deviation(const std::vector<double>& ours, const std::vector<double>& expected) {
  REQUIRE(ours.size() == expected.size());
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(std::isfinite(ours[i]));
    largest = std::max(largest, std::abs(ours[i] - expected[i]) / (1e-3 + std::abs(expected[i])));
  }
  return largest;
}

// Golden options as settings: {"lr": 0.1, "nesterov": true}.
std::vector<Setting> settings_of(const json& given) {
  std::vector<Setting> settings;
  for (const auto& item : given.items()) settings.push_back({item.key(), item.value().dump()});
  return settings;
}

// A matrix of several chunks, a small matrix and a bias. Their gradients depend on the step alone.
struct Net {
  Tensor large = Tensor::randn({150, 300}, Key(1)), small = Tensor::randn({3, 4}, Key(2)),
         bias = Tensor::randn({5}, Key(3));
  NamedTensors parameters() { return {{"conv.weight", &large}, {"fc.weight", &small}, {"fc.bias", &bias}}; }
  void steps(Optimizer& optimizer, int from, int to) {
    for (int step = from; step < to; ++step) {
      uint64_t use = 0;
      for (auto& [name, p] : parameters()) p->set_grad(Tensor::randn(p->shape(), Key(uint64_t(step)).fold(use++)));
      optimizer.step();
    }
  }
  std::vector<float> values() const {
    return concatenate({reshape(large, {-1}), reshape(small, {-1}), bias}).to_vector<float>();
  }
};

}  // namespace

TEST_CASE("optimisers take PyTorch's steps while the rate falls, and LARS SimCLR's or those of PyTorch") {
  REQUIRE(golden["optimizers"].size() >= 16);
  for (const KnownOptimizer& row : known_optimizers()) {
    const auto& cases = golden["optimizers"];
    const bool has = std::any_of(cases.begin(), cases.end(), [&](const json& c) { return c["name"] == row.name; });
    CHECK_MESSAGE(has, row.name, " has no golden values");
  }
  for (const DType dtype : {DType::f64, DType::f32})
    for (const json& c : golden["optimizers"]) {
      CAPTURE(c["name"].get<std::string>());
      CAPTURE(c["options"].dump());
      Pair pair(dtype);
      auto optimizer = make_optimizer(c["name"], pair.parameters(), settings_of(c["options"]));
      const double lr = optimizer->lr();
      for (size_t step = 0; step < golden["gradients"].size(); ++step) {
        pair.set_gradients(golden["gradients"][step].get<std::vector<double>>());
        optimizer->set_lr(lr * golden["fall"][step].get<double>());
        optimizer->step();
      }
      CHECK(deviation(pair.values(), c["result"].get<std::vector<double>>()) <
            (dtype == DType::f64 ? 1e-12 : 1e-4));
    }
}

TEST_CASE("a hundred steps in f32 and in f64 end at the same weights, up to rounding") {
  const auto descend = [](const std::string& name, const std::vector<Setting>& options, DType dtype) {
    Tensor w = Tensor::randn({100, 100}, Key(1)).to(dtype).set_requires_grad(true);
    const auto optimizer = make_optimizer(name, {{"w", &w}}, options);
    for (uint64_t step = 0; step < 100; ++step) {
      w.set_grad(Tensor::randn(w.shape(), Key(2).fold(step)).to(dtype));
      optimizer->step();
    }
    return w.detach();
  };
  struct Case {
    std::string name;
    std::vector<Setting> options;
  };
  const Case cases[] = {{"sgd", {{"lr", "0.01"}, {"weight_decay", "1e-4"}, {"momentum", "0.9"}}},
                        {"adam", {}},
                        {"adamw", {}},
                        {"adamw", {{"lr", "1e-4"}, {"weight_decay", "1e-4"}}},  // 1 - lr decay is 1 in f32
                        {"lars", {}}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Tensor exact = descend(c.name, c.options, DType::f64);
    CHECK(test::error_of(descend(c.name, c.options, DType::f32), exact).rms < 5e-7);
  }
}

TEST_CASE("an optimiser that is saved and loaded continues to the same bits, on any number of threads") {
  const RestoreThreads restore;
  for (const KnownOptimizer& row : known_optimizers()) {
    CAPTURE(row.name);
    auto options = row.contrastive;  // sgd with its momentum
    options.push_back({"weight_decay", "0.01"});
    Net straight;
    set_num_threads(1);
    auto whole = row.make(straight.parameters(), options);
    straight.steps(*whole, 0, 7);

    set_num_threads(4);
    // Without its state it ends elsewhere: the test can fail.
    for (const bool loaded : {true, false}) {
      Net resumed;
      auto first = row.make(resumed.parameters(), options), second = row.make(resumed.parameters(), options);
      resumed.steps(*first, 0, 3);
      const State state = first->state_dict();
      const auto saved = state[1].second.to_vector<float>();
      if (loaded) second->load_state_dict(state);
      CHECK(second->steps() == (loaded ? 3 : 0));
      resumed.steps(*second, 3, 7);
      CHECK((resumed.values() == straight.values()) == loaded);
      const auto last = second->state_dict()[1].second.to_vector<float>();
      CHECK((last == whole->state_dict()[1].second.to_vector<float>()) == loaded);
      resumed.steps(*first, 7, 8);
      CHECK(state[1].second.to_vector<float>() == saved);  // later steps do not change what is saved
    }
  }
}

TEST_CASE("the state of an optimiser is named, and loads strictly") {
  Net net;
  SGD sgd(net.parameters(), {.momentum = 0.9});
  Adam adam(net.parameters());
  net.steps(adam, 0, 2);
  auto state = adam.state_dict();
  REQUIRE(state.size() == 7);
  CHECK(state[0].first == "step");
  CHECK(state[0].second.dtype() == DType::f64);
  CHECK(state[0].second.item() == 2);
  CHECK(state[1].first == "exp_avg.conv.weight");
  CHECK(state[6].first == "exp_avg_sq.fc.bias");
  CHECK(sgd.state_dict()[3].first == "momentum.fc.bias");
  CHECK(SGD(net.parameters()).state_dict().size() == 1);

  state[1].second = Tensor::zeros({2});
  state[2].first = "exp_avg.stranger";
  Adam other(net.parameters());
  CHECK_THROWS_WITH_AS(other.load_state_dict(state),
                       "Adam: load_state_dict: this is the state of another optimizer or module:"
                       "\n  shape: exp_avg.conv.weight is (150, 300) here and (2,) in what is loaded"
                       "\n  missing: exp_avg.fc.weight (3, 4)\n  unexpected: exp_avg.stranger (3, 4)",
                       Error);
  state = adam.state_dict();
  state[0].second = Tensor::scalar(1.5, DType::f64);
  CHECK_THROWS_WITH_AS(other.load_state_dict(state), "Adam: load_state_dict: step is 1.5, not a count", Error);
  CHECK(other.steps() == 0);

  NamedTensors twins = net.parameters();
  twins[1].first = "conv.weight";
  CHECK_THROWS_WITH_AS(Adam(twins).state_dict(),
                       "Adam: two parameters are called 'conv.weight', so their state cannot be told apart; "
                       "give the modules prefixes",
                       Error);
}

TEST_CASE("an optimiser refuses what it cannot do") {
  Net net;
  const NamedTensors parameters = net.parameters();
  CHECK_THROWS_WITH_AS(make_optimizer("rmsprop", parameters),
                       "no optimizer is called 'rmsprop'; there are sgd, adam, adamw, lars, sparse_adam", Error);
  CHECK_THROWS_WITH_AS(make_optimizer("adam", parameters, {{"momentum", "0.9"}}), "there is no option 'momentum'",
                       Error);
  CHECK_THROWS_WITH_AS(make_optimizer("lars", parameters, {{"decay_norms_and_biases", "true"}}),
                       "there is no option 'decay_norms_and_biases'", Error);
  CHECK_THROWS_WITH_AS(SGD({}), "SGD: there is no parameter to optimise", Error);
  CHECK_THROWS_WITH_AS(SGD(parameters, {.nesterov = true}), "SGD: nesterov needs a momentum above 0", Error);
  CHECK_THROWS_WITH_AS(AdamW(parameters, {.beta2 = 1}), "AdamW: beta2 must be at least 0 and below 1, got 1",
                       Error);
  CHECK_THROWS_WITH_AS(LARS(parameters, {.trust_coefficient = 0}), "LARS: trust_coefficient must be above 0, got 0",
                       Error);
  SGD sgd(parameters, {.momentum = 0.9});
  CHECK_THROWS_WITH_AS(sgd.set_lr(-1), "SGD: the learning rate must be a number of at least 0, got -1", Error);
  NamedTensors twice = parameters;
  twice.emplace_back("tied", &net.small);
  CHECK_THROWS_WITH_AS(SGD{twice},
                       "SGD: 'fc.weight' and 'tied' are one parameter, which would be changed twice a step", Error);
  net.bias = net.bias.to(DType::f64);
  net.bias.set_grad(Tensor::ones({5}, DType::f64));
  CHECK_THROWS_WITH_AS(
      sgd.step(),
      "SGD: parameter 'fc.bias' was (5,) f32 when the optimizer was made and is (5,) f64 now; make "
      "the optimizer after converting the module",
      Error);
}

TEST_CASE("a parameter without a gradient stays as it is") {
  for (const KnownOptimizer& row : known_optimizers()) {
    Net net;
    auto optimizer = row.make(net.parameters(), {{"weight_decay", "0.1"}});
    net.small.set_grad(Tensor::ones({3, 4}));
    const auto large = net.large.to_vector<float>(), small = net.small.to_vector<float>();
    optimizer->step();
    CHECK(net.large.to_vector<float>() == large);
    CHECK(net.small.to_vector<float>() != small);
    optimizer->zero_grad();
    CHECK_FALSE(net.small.grad().defined());
  }
}

TEST_CASE("gradients are clipped as PyTorch clips them") {
  REQUIRE(golden["clips"].size() == 4);
  for (const json& c : golden["clips"]) {
    Pair pair;
    pair.set_gradients(pair.values());
    if (c["by_value"])
      clip_grad_value(pair.parameters(), c["limit"]);
    else
      CHECK(clip_grad_norm(pair.parameters(), c["limit"]) == Approx(c["norm"].get<double>()).epsilon(1e-14));
    CHECK(deviation(pair.gradients(), c["result"].get<std::vector<double>>()) < 1e-13);
  }
}

TEST_CASE("clipping scales a shared gradient once, and has the same bits on any number of threads") {
  Net net;
  Tensor shared = net.small.clone();
  const Tensor gradient = Tensor::full({3, 4}, 1);
  NamedTensors parameters = net.parameters();
  parameters.emplace_back("twin", &shared);
  CHECK(test::same_on_threads([&] {
    net.large.set_grad(Tensor::randn({150, 300}, Key(7)));
    net.small.set_grad(gradient), shared.set_grad(gradient);
    const double norm = clip_grad_norm(parameters, 1);
    CHECK(norm == Approx(std::sqrt(150 * 300 + 24)).epsilon(0.02));
    CHECK(shared.grad().to_vector<float>()[0] == Approx(1 / norm));
    CHECK(gradient.to_vector<float>()[0] == 1);
    return std::pair(norm, net.large.grad().to_vector<float>());
  }));
}

TEST_CASE("SparseAdam moves the rows that occurred, as PyTorch's does, and resumes to the same bits") {
  const json& c = golden["sparse"];
  const auto train = [&](DType dtype, size_t resume_at) {
    Tensor table = Tensor::from(c["table"].get<std::vector<double>>(), {6, 3}).to(dtype).set_requires_grad(true);
    auto optimizer = make_optimizer("sparse_adam", {{"table", &table}}, settings_of(c["options"]));
    for (size_t step = 0; step < c["steps"].size(); ++step) {
      const json& s = c["steps"][step];
      if (step == resume_at) {
        const State state = optimizer->state_dict();
        optimizer = make_optimizer("sparse_adam", {{"table", &table}}, settings_of(c["options"]));
        optimizer->load_state_dict(state);
      }
      optimizer->zero_grad();
      embedding_bag(table, {.values = s["index"], .offsets = s["offsets"]}, {.mode = BagMode::sum})
          .backward(Tensor::from(s["gradient"].get<std::vector<double>>(), {2, 3}).to(dtype));
      REQUIRE(table.row_grad());
      optimizer->step();
    }
    return table.to_vector<double>();
  };
  const auto expected = c["result"].get<std::vector<double>>();
  CHECK(deviation(train(DType::f64, 9), expected) < 1e-12);
  CHECK(deviation(train(DType::f32, 9), expected) < 1e-4);
  CHECK(train(DType::f32, 2) == train(DType::f32, 9));
}

TEST_CASE("gradients by rows are clipped as dense ones are, and other optimisers take them dense") {
  for (const KnownOptimizer& row : known_optimizers()) {
    if (row.name == "sparse_adam") continue;
    std::vector<std::vector<double>> ends;
    for (const bool by_rows : {true, false}) {
      Tensor table = Tensor::randn({50, 4}, Key(1)).set_requires_grad(true);
      const NamedTensors parameters{{"table", &table}};
      const auto optimizer = row.make(parameters, {{"lr", "0.1"}});
      for (int step = 0; step < 3; ++step) {
        optimizer->zero_grad();
        sum(square(embedding(table, std::vector{7, step, 7}))).backward();
        if (!by_rows) table.set_grad(table.grad());
        CHECK(clip_grad_norm(parameters, 0.5) > 0.5);
        CHECK(bool(table.row_grad()) == by_rows);
        CHECK(norm(table.grad()).item() == Approx(0.5).epsilon(1e-4));
        optimizer->step();
      }
      ends.push_back(table.to_vector<double>());
    }
    CHECK(deviation(ends[0], ends[1]) < 1e-4);
  }
}

TEST_CASE("SparseAdam has the same bits on any number of threads") {
  CHECK(test::same_on_threads([] {
    Tensor table = Tensor::randn({900, 70}, Key(1)).set_requires_grad(true);
    SparseAdam optimizer({{"table", &table}});
    for (int step = 0; step < 3; ++step) {
      std::vector<int> index;
      for (int i = 0; i < 700; ++i) index.push_back((i * (step + 7)) % 800);
      sum(square(embedding(table, index))).backward();
      optimizer.step();
    }
    return table.to_vector<float>();
  }));
}

TEST_CASE("a step of a large table costs the memory of the rows that occur, not the table's") {
  Tensor table = Tensor::randn({1 << 15, 32}, Key(1)).set_requires_grad(true);
  const NamedTensors parameters{{"table", &table}};
  SparseAdam optimizer(parameters);
  const int64_t before = live_bytes(), whole = table.numel() * 4;
  reset_peak_bytes();
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    sum(square(embedding(table, std::vector{7, 1 << 14, step, 7}))).backward();
    clip_grad_norm(parameters, 1);
    optimizer.step();
  }
  CHECK(peak_bytes() - before < whole / 100);
}

TEST_CASE("clipping names a gradient that is not finite and changes none") {
  Pair pair;
  auto gradients = pair.values();
  gradients[13] = std::numeric_limits<double>::quiet_NaN();
  pair.set_gradients(gradients);
  CHECK_THROWS_WITH_AS(
      clip_grad_norm(pair.parameters(), 1),
      "clip_grad_norm: the gradient of 'b' is not finite (its norm is nan); no gradient was changed", Error);
  CHECK(pair.w.grad().to_vector<double>() == pair.w.to_vector<double>());
  CHECK_THROWS_WITH_AS(clip_grad_norm(pair.parameters(), 0), "clip_grad_norm: max_norm must be above 0, got 0",
                       Error);
}

TEST_CASE("a scalar, such as a learned temperature, is not decayed") {
  for (const KnownOptimizer& row : known_optimizers()) {
    CAPTURE(row.name);
    Tensor scalar = Tensor::scalar(3).set_requires_grad(true),
           vector = Tensor::full({2}, 3).set_requires_grad(true);
    auto optimizer = row.make({{"scalar", &scalar}, {"vector", &vector}}, {{"lr", "0.1"}, {"weight_decay", "0.5"}});
    (scalar * 0.0 + sum(vector) * 0.0).backward();
    optimizer->step();
    CHECK(scalar.item() == 3);
    CHECK((vector.to_vector<float>()[0] < 3) == (row.name != "lars"));
  }
}

TEST_CASE("contrastive defaults are data: a row's own, and LARS's rate grows with the batch") {
  const auto value = [](const KnownOptimizer& row, int64_t batch, const std::string& option) {
    for (const Option& o : row.options(row.contrastive_for(batch)))
      if (o.name == option) return o.value;
    return std::string("none");
  };
  CHECK(value(known_optimizers().find("lars"), 512, "lr") == "0.6");
  CHECK(value(known_optimizers().find("lars"), 256, "lr") == "0.3");
  for (const KnownOptimizer& row : known_optimizers()) CHECK(value(row, 256, "lr") != "none");
}
