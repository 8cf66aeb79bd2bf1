// What the documents say, beside what is there: paths, programs, commands, options and code. Faults are told as
// "README.md: ...".
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "support/markdown.h"
#include "support/paths.h"
#include "support/process.h"

using namespace nce::test;
namespace fs = std::filesystem;

namespace {

struct Document {
  std::string name;  // its path from the root
  std::string text;
};

using Faults = std::vector<std::string>;

fs::path build_dir() { return fs::path(NCE_PROGRAM).parent_path().parent_path(); }

// The files of the tree with one of these endings, from the root.
std::vector<fs::path> files(const std::vector<std::string>& folders, const std::set<std::string>& endings) {
  std::vector<fs::path> found;
  for (const std::string& folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / folder))
      if (endings.count(entry.path().extension())) found.push_back(fs::relative(entry.path(), source_dir()));
  return found;
}

std::vector<Document> documents() {
  std::vector<Document> all = {{"README.md", read_file(source_file("README.md"))}};
  for (const fs::path& path : files({"core", "nn", "losses", "data", "examples", "tests"}, {".md"}))
    all.push_back({path, read_file(source_dir() / path)});
  return all;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (!line.empty() && !line.starts_with("//")) lines.push_back(line);
  }
  return lines;
}

std::string prose(const Document& document) {
  return std::regex_replace(document.text, std::regex("```[^`]*```"), "");
}

// Lines of shell blocks without their comments, and what stands between single backticks.
std::vector<std::string> commands(const Document& document) {
  std::vector<std::string> found;
  for (const std::string& block : blocks(document.text, "sh"))
    for (const std::string& line : lines_of(block)) found.push_back(line.substr(0, line.find(" #")));
  for (const std::string& span : matches(prose(document), "`([^`]+)`")) found.push_back(span);
  return found;
}

bool exists(const Document& document, std::string path) {
  if (path.starts_with("build/")) return fs::exists(build_dir() / path.substr(6));
  if (path.starts_with("nce/")) path = path.substr(4);  // as an include says it
  return fs::exists(source_dir() / path) || fs::exists(source_dir() / fs::path(document.name).parent_path() / path);
}

// A path starts with a folder of the tree, of the build or of the includes; a bare name is a source file's.
Faults missing_paths(const Document& document) {
  std::vector<std::string> paths = matches(prose(document), R"(\]\(([^)#:]+)\))");
  for (const std::string& include : matches(document.text, "#include \"(nce/[^\"]+)\"")) paths.push_back(include);
  for (const std::string& command : commands(document)) {
    for (const std::string& word : matches(
             command, R"((?:^|[\s(])((?:core|nn|losses|data|examples|tests|build)/[\w./-]*\w/?)(?=$|[\s,;:)]))"))
      paths.push_back(word);
    for (const std::string& word : matches(command, R"(^([\w]+\.(?:h|cpp|py|sh|md|svg))$)")) paths.push_back(word);
  }
  Faults faults;
  for (const std::string& path : paths)
    if (!exists(document, path)) faults.push_back(fmt::format("{}: there is no {}", document.name, path));
  return faults;
}

// Of a command in words: "train", "data list".
const std::string& help_of(const std::string& program, const std::string& command) {
  static std::map<std::string, std::string> known;
  std::string& help = known[program + command];
  std::vector<std::string> arguments = {build_dir() / "bin" / program};
  std::istringstream words(command);
  for (std::string word; words >> word;) arguments.push_back(word);
  for (const char* flag : {"--help-all", "--help"}) {  // the first is not there where nothing is chosen
    arguments.push_back(flag);
    if (help.empty()) help = Process(arguments).wait().out;
    arguments.pop_back();
  }
  return help;
}

// Whether a help text or a script knows --name, and not only a longer one that begins so.
bool knows(const std::string& text, const std::string& flag) {
  return std::regex_search(text, std::regex(flag + "(?![a-z-])"));
}

// All options of all programs, scripts and of the tools that documents call.
const std::string& all_options() {
  static const std::string all = [] {
    std::string text = "--preset --build --install --prefix --test-dir --target --parallel " + help_of("nce", "");
    const auto below = [](const std::string& command) {
      const std::string& help = help_of("nce", command);
      return help.find("\nCommands:\n") == help.npos ? Faults() : matches(help, R"(\n  ([a-z][a-z-]+) )");
    };
    for (const std::string& command : below("")) {
      text += help_of("nce", command);
      for (const std::string& next : below(command)) text += help_of("nce", command + " " + next);
    }
    for (const fs::path& path : files({"tests/bench"}, {".py", ".cpp"})) text += read_file(source_dir() / path);
    return text;
  }();
  return all;
}

Faults unknown_options(const Document& document) {
  Faults faults;
  for (const std::string& line : commands(document)) {
    std::smatch call;
    std::string options = all_options();
    if (std::regex_search(line, call,
                          std::regex(R"((?:^|/)(nce(?:_own_\w+)?) ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?)"))) {
      options = help_of(call[1], call[2]);
      if (options.find("\nCommands:\n") != std::string::npos)
        options = help_of(call[1], call.str(2) + " " + call.str(3));
      if (options.empty())
        faults.push_back(fmt::format("{}: {} has no {}", document.name, call.str(1), call.str(2)));
    }
    for (const std::string& flag : matches(line, "(?:^|\\s)(--[a-z][a-z-]+)"))
      if (!knows(options, flag))
        faults.push_back(fmt::format("{}: no option {} in '{}'", document.name, flag, line));
    static const std::string presets = read_file(source_file("CMakePresets.json"));
    for (const std::string& preset : matches(line, "--preset ([a-z]+)"))
      if (presets.find(fmt::format("\"name\": \"{}\"", preset)) == std::string::npos)
        faults.push_back(fmt::format("{}: no preset {}", document.name, preset));
  }
  return faults;
}

// C++ in a document is taken from a file that is compiled: its lines stand there in this order.
Faults code_of_nowhere(const Document& document) {
  static const std::vector<std::vector<std::string>> sources = [] {
    std::vector<std::vector<std::string>> all;
    for (const fs::path& path : files({"examples", "tests"}, {".cpp"}))
      all.push_back(lines_of(read_file(source_dir() / path)));
    return all;
  }();
  Faults faults;
  for (const std::string& block : blocks(document.text, "cpp")) {
    const std::vector<std::string> wanted = lines_of(block);
    size_t most = 0;  // lines found in the file that has most of them
    for (const auto& source : sources) {
      size_t found = 0;
      for (const std::string& line : source) found += found < wanted.size() && line == wanted[found];
      most = std::max(most, found);
    }
    if (most < wanted.size())
      faults.push_back(fmt::format("{}: no program has this line here: {}", document.name, wanted[most]));
  }
  return faults;
}

// Markdown takes a backslash before punctuation away, also between dollars. GitHub leaves a ```math block alone.
Faults broken_formulas(const Document& document) {
  Faults faults;
  for (const std::string& formula : matches(prose(document), R"((\$\$|\$[^$\n]*\\[^A-Za-z$][^$\n]*\$))"))
    faults.push_back(fmt::format("{}: {} belongs into a ```math block", document.name, formula));
  return faults;
}

void check_none(Faults (*find)(const Document&)) {
  for (const Document& document : documents())
    for (const std::string& fault : find(document)) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("the first page has at most 900 words") {
  std::istringstream page(read_file(source_file("README.md")));
  CHECK(std::distance(std::istream_iterator<std::string>(page), {}) <= 900);
}

TEST_CASE("the paths that documents name exist") { check_none(missing_paths); }

TEST_CASE("the commands and options that documents name exist") { check_none(unknown_options); }

TEST_CASE("C++ in documents is compiled somewhere") { check_none(code_of_nowhere); }

TEST_CASE("GitHub can show the formulas of documents") { check_none(broken_formulas); }

// Rows of accuracies begin with a data set's name, rows of times with a workload's in backticks.
TEST_CASE("the first page has the figures of the pages behind it") {
  const std::string accuracies = read_file(source_file("examples/accuracy.md"));
  const std::vector<std::string> times = lines_of(read_file(source_file("tests/bench/README.md")));
  int figures = 0;
  for (const std::string& line : lines_of(read_file(source_file("README.md")))) {
    std::string behind;
    std::smatch workload;
    if (std::regex_search(line, workload, std::regex(R"(^\| `\w+`)"))) {
      const auto row =
          std::find_if(times.begin(), times.end(), [&](auto& t) { return t.starts_with(workload.str()); });
      if (row != times.end()) behind = *row;
    } else if (std::regex_search(line, std::regex(R"(^\| [A-Z])"))) {
      behind = accuracies;
    } else {
      continue;
    }
    for (const std::string& figure : matches(line, R"(\| ([0-9][0-9.± ]*[0-9])(?= \|))")) {
      ++figures;
      CHECK_MESSAGE(std::regex_search(behind, std::regex("[^0-9.]" + figure + "(?![0-9])")), figure, " of ", line);
    }
  }
  CHECK(figures >= 12 + 20);
}

TEST_CASE("a document that says what is not so is found out") {
  const Document wrong{
      "losses/wrong.md",
      "See [that](../core/none.h), `core/tensor.h`, `tests/none.cpp:12`, `build/bin/none`, `none.h`.\n"
      "```cpp\n#include \"nce/core/none.h\"\nint none = 0;\n```\n"
      "```sh\nbuild/bin/nce train --temperature 0.2 --run a --temp 1  # --nothing\nnce none\n"
      "cmake --preset none\n```\nAnd `--none`. $a_1 \\cdot b$, $a \\, b$.\n"};
  CHECK(missing_paths(wrong) ==
        Faults{"losses/wrong.md: there is no ../core/none.h", "losses/wrong.md: there is no nce/core/none.h",
               "losses/wrong.md: there is no tests/none.cpp", "losses/wrong.md: there is no build/bin/none",
               "losses/wrong.md: there is no none.h"});
  const std::string train = "build/bin/nce train --temperature 0.2 --run a --temp 1 ";
  CHECK(unknown_options(wrong) == Faults{"losses/wrong.md: no option --run in '" + train + "'",
                                         "losses/wrong.md: no option --temp in '" + train + "'",
                                         "losses/wrong.md: nce has no none", "losses/wrong.md: no preset none",
                                         "losses/wrong.md: no option --none in '--none'"});
  CHECK(code_of_nowhere(wrong) ==
        Faults{"losses/wrong.md: no program has this line here: #include \"nce/core/none.h\""});
  CHECK(broken_formulas(wrong) == Faults{"losses/wrong.md: $a \\, b$ belongs into a ```math block"});
}
