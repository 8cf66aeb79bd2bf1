// --init-from: which weights of a file are taken, and what is said of the others.
#include "run/init.h"

#include <doctest/doctest.h>

#include <map>

#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/nn/checkpoint.h"
#include "run/settings.h"
#include "support/files.h"
#include "usage.h"

using namespace nce;
using namespace nce::cli;
using namespace nce::test;

namespace {

using Lines = std::vector<std::string>;

// An untrained model. Encoder: conv4; head; and a loss that learns its temperature.
struct Made {
  explicit Made(const std::string& seed, const std::string& width = "4")
      : config(resolve(train_sections(), {{"data", "limit", "64", "limit"},
                                          {"run", "batch", "32", "batch"},
                                          {"run", "seed", seed, "seed"},
                                          {"encoder", "width", width, "width"},
                                          {"loss", "learn_temperature", "true", "learn_temperature"}})),
        task(task_of("glyphs").make(config, {.batch = 32})),
        model(*task, config) {}
  // The state with another name for each tensor; an empty name leaves it out.
  std::string write(const std::filesystem::path& path,
                    const std::function<std::string(const std::string&)>& named) {
    nn::State state;
    for (const auto& [name, tensor] : nn::to_pytorch(model.state_dict()))
      if (const std::string other = named(name); !other.empty()) state.emplace_back(other, tensor);
    save_safetensors(path, state);
    return path.string();
  }
  std::map<std::string, std::vector<float>> values() {
    std::map<std::string, std::vector<float>> all;
    for (const auto& [name, tensor] : model.state_dict()) all[name] = tensor->to_vector<float>();
    return all;
  }
  Config config;
  std::unique_ptr<Task> task;
  Model model;
};

// The name in an encoder's checkpoint with `before` it; empty for head and loss.
auto encoder_after(const std::string& before) {
  return [before](const std::string& name) {
    return name.starts_with("encoder.") ? before + name.substr(8) : std::string();
  };
}

// Whether the parts whose names start so are those of `a`, and all others those of `b`.
bool took(const Made& result, const Made& a, const Made& b, const std::string& start) {
  const auto now = const_cast<Made&>(result).values(), from = const_cast<Made&>(a).values(),
             else_from = const_cast<Made&>(b).values();
  for (const auto& [name, numbers] : now)
    if (numbers != (name.starts_with(start) ? from : else_from).at(name)) return false;
  return true;
}

}  // namespace

TEST_CASE("a state gives all, an encoder's file its encoder, whatever stands before its names") {
  TemporaryFolder folder;
  Made a("1"), untouched("2");
  {
    Made b("2");
    REQUIRE(!took(b, a, b, "encoder."));
    const std::string file = a.write(folder / "state.safetensors", [](const std::string& name) { return name; });
    CHECK(init_from(file, "", b.model) ==
          Lines{"from " + file +
                ": 20 of 20 tensors of the encoder, 4 of 4 tensors of the head, 1 of 1 tensors of the loss"});
    CHECK(took(b, a, b, ""));
    Made encoder_alone("2");
    init_from(file, "encoder.", encoder_alone.model);
    CHECK(took(encoder_alone, a, untouched, "encoder."));
  }
  for (const std::string before : {"", "module.", "backbone.", "module.base_encoder."}) {
    CAPTURE(before);
    Made b("2");
    const std::string file = a.write(folder / "encoder.safetensors", encoder_after(before));
    CHECK(init_from(file, "", b.model).front() == "from " + file + ": 20 of 20 tensors of the encoder");
    CHECK(took(b, a, untouched, "encoder."));
  }
}

TEST_CASE("what of a file fits is taken, and the rest is said") {
  TemporaryFolder folder;
  Made a("1"), b("2"), untouched("2");
  const std::string file = a.write(folder / "part.safetensors", [](const std::string& name) {
    if (name == "encoder.conv1.weight") return std::string();
    return name == "head.0.weight" ? "fc.weight" : encoder_after("")(name);
  });
  CHECK(init_from(file, "", b.model) == Lines{"from " + file + ": 19 of 20 tensors of the encoder",
                                              "not taken: encoder.conv1.weight is not in the file",
                                              "left in the file: fc.weight"});
  CHECK(b.values()["encoder.bn1.bias"] == a.values()["encoder.bn1.bias"]);
  CHECK(b.values()["encoder.conv1.weight"] == untouched.values()["encoder.conv1.weight"]);
}

TEST_CASE("a file of which nothing fits, or whose encoder is not one, is refused") {
  TemporaryFolder folder;
  Made a("1"), b("2"), wide("1", "8"), untouched("2");
  const std::string file = wide.write(folder / "wide.safetensors", encoder_after(""));
  const auto refused = [&](const std::string& from, const std::string& prefix, const std::string& text) {
    CHECK_THROWS_WITH(init_from(from, prefix, b.model), doctest::Contains(text.c_str()));
  };
  refused(
      file, "",
      "--init-from " + file +
          ": nothing of the encoder is in it: encoder.conv1.weight is (4, 3, 3, 1) here and (8, 3, 3, 1) in the "
          "file, ");
  nn::State two;
  for (const auto& [name, tensor] : nn::to_pytorch(a.model.encoder().state_dict()))
    two.emplace_back("encoder_q." + name, tensor), two.emplace_back("encoder_k." + name, tensor);
  const std::string both = (folder / "moco.safetensors").string();
  save_safetensors(both, two);
  CHECK_THROWS_WITH_AS(
      init_from(both, "", b.model),
      ("--init-from " + both + ": the encoder fits after each of encoder_k., encoder_q.: choose with --init-prefix")
          .c_str(),
      UsageError);
  refused(both, "encoder.", "nothing of the encoder is in it: encoder.conv1.weight is not in the file, ");
  refused(folder / "none.safetensors", "", "none.safetensors");
  CHECK(took(b, untouched, untouched, ""));
  init_from(both, "encoder_q.", b.model);
  CHECK(took(b, a, untouched, "encoder."));
}
