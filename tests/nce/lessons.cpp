// The pages of examples/lessons show what their programs print.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>

#include "support/markdown.h"
#include "support/paths.h"
#include "support/process.h"

using namespace nce::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  return lines;
}

// All but the numbers.
std::string form(const std::string& text) {
  return std::regex_replace(text, std::regex("-?[0-9]+(?:\\.[0-9]+)?"), "0");
}

// Numbers may differ by 2 % or 2 in their last digit, as processors round otherwise. Accuracies that are whole per cents may
// differ by 6: training follows another path then. All else must be the same.
bool same_line(const std::string& shown, const std::string& printed) {
  const std::regex number(R"(-?[0-9]+(?:\.([0-9]+))?)");
  if (form(shown) != form(printed)) return false;
  std::sregex_iterator a(shown.begin(), shown.end(), number), b(printed.begin(), printed.end(), number), end;
  for (; a != end; ++a, ++b) {
    const double is = std::stod(b->str()), should = std::stod(a->str());
    const double digit = std::pow(10.0, -double((*a)[1].length()));
    const bool counts = (*a)[1].length() == 0 && std::abs(should) < 10;  // "step 3"
    const bool accuracy = (*a)[1].length() == 0 && a->suffix().str().starts_with(" %");
    if (accuracy ? std::abs(is - should) > 6
        : counts ? is != should
                 : std::abs(is - should) > std::max(0.02 * std::abs(should), 2.01 * digit))
      return false;
  }
  return true;
}

// The first line of a page's blocks that no program prints there; empty if there is none.
std::string not_printed(const std::string& page, const std::vector<std::string>& outputs) {
  std::vector<std::vector<std::string>> printed;
  for (const std::string& output : outputs) printed.push_back(lines_of(output));
  for (const std::string& block : blocks(page, "text")) {
    const std::vector<std::string> shown = lines_of(block);
    const auto is_there = [&](const auto& lines) {
      return std::search(lines.begin(), lines.end(), shown.begin(), shown.end(),
                         [](auto& is, auto& should) { return same_line(should, is); }) != lines.end();
    };
    if (std::any_of(printed.begin(), printed.end(), is_there)) continue;
    for (const std::string& line : shown)
      if (std::none_of(printed.begin(), printed.end(), [&](const auto& lines) {
            return std::any_of(lines.begin(), lines.end(), [&](auto& is) { return same_line(line, is); });
          }))
        return line;
    return shown.front() + " ... (these lines one after the other)";
  }
  return "";
}

}  // namespace

TEST_CASE("lessons: each page shows what its programs print") {
  const fs::path bin = fs::path(NCE_PROGRAM).parent_path();
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(source_file("examples/lessons")))
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem());
  CHECK(names.size() >= 12);
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string page = read_file(source_dir() / "examples/lessons" / (name + ".md"));
    std::vector<std::string> outputs;
    for (const char* kind : {"lesson_", "solution_"}) {
      std::vector<std::string> arguments = {bin / (kind + name)};
      // This one needs real photographs, and a minute: here it runs with few of them, and prints other numbers.
      const bool shortened = arguments[0].ends_with("lesson_10_cifar");
      if (shortened) {
        const auto root = real_data("cifar-10-batches-bin");
        if (!root) {
          outputs.push_back(page);
          continue;
        }
        arguments.insert(arguments.end(), {*root, "300", "4"});
      }
      const Result result = Process(arguments).wait();
      CHECK_MESSAGE(result.code == 0, result.err);
      outputs.push_back(result.out);
      if (!shortened) continue;
      std::vector<std::string> same;
      for (const std::string& block : blocks(page, "text"))
        if (form(block) == form(result.out)) same.push_back(block);
      CHECK(same.size() == 1);
      outputs.insert(outputs.end(), same.begin(), same.end());
    }
    CHECK(blocks(page, "text").size() >= 2);
    CHECK(not_printed(page, outputs) == "");
    CHECK(read_file(source_file("examples/lessons/README.md")).find("(" + name + ".md)") != std::string::npos);
  }
}

TEST_CASE("lessons: a page that shows something else is found out") {
  const std::vector<std::string> outputs = {"step 1: loss 0.770\nstep 2: loss 0.104  \n", "right: 98 %\n"};
  const auto page = [](const std::string& block) { return "Text.\n```text\n" + block + "```\n"; };
  CHECK(not_printed(page("step 1: loss 0.770\nstep 2: loss 0.104\n"), outputs) == "");
  CHECK(not_printed(page("step 1: loss 0.771\n"), outputs) == "");
  CHECK(not_printed(page("right: 97 %\n"), outputs) == "");
  CHECK(not_printed(page("right: 90 %\n"), outputs) == "right: 90 %");
  CHECK(not_printed(page("step 1: loss 0.700\n"), outputs) == "step 1: loss 0.700");
  CHECK(not_printed(page("step 3: loss 0.104\n"), outputs) == "step 3: loss 0.104");
  CHECK(not_printed(page("wrong: 98 %\n"), outputs) == "wrong: 98 %");
  CHECK(not_printed(page("step 2: loss 0.104\nstep 1: loss 0.770\n"), outputs) ==
        "step 2: loss 0.104 ... (these lines one after the other)");
}
