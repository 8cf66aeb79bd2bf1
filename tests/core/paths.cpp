#include "nce/core/files/paths.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/number.h"
#include "support/files.h"

using namespace nce;

TEST_CASE("what a path names is told, and what the system does not tell is an error of ours") {
  const test::TemporaryFolder folder;
  folder.write("sub/a", "12345");
  CHECK(is_there(folder / "sub"));
  CHECK(is_folder(folder / "sub"));
  CHECK(is_there(folder / "sub/a"));
  CHECK(!is_folder(folder / "sub/a"));
  CHECK(bytes_of(folder / "sub/a") == 5);
  CHECK(!is_there(folder / "none"));
  CHECK(!is_there(folder / "sub/a/none"));
  CHECK(!is_folder(folder / "none/none"));
  CHECK_THROWS_WITH_AS(bytes_of(folder / "none"),
                       ((folder / "none").string() + ": No such file or directory").c_str(), Error);
  const std::string longest(256, 'x');
  CHECK_THROWS_WITH_AS(is_there(folder / longest), ((folder / longest).string() + ": File name too long").c_str(),
                       Error);
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH_AS(is_folder(folder / "loop"),
                       ((folder / "loop").string() + ": Too many levels of symbolic links").c_str(), Error);
}

TEST_CASE("a number is a whole text in decimal, or nothing") {
  CHECK(number_in<int>("-7") == -7);
  CHECK(number_in<int>("010") == 10);
  CHECK(number_in<int64_t>("9223372036854775807") == 9223372036854775807);
  CHECK(number_in<double>("-2.5e3") == -2500);
  for (const char* text : {"", " 3", "3 ", "3x", "0x10", "+3", "1.5", "1e3", "--3", "9223372036854775808", "x"})
    CHECK(!number_in<int64_t>(text));
  CHECK(!number_in<int8_t>("128"));
  CHECK(!number_in<unsigned>("-1"));
  for (const char* text : {"", "1.5x", "1e999", "1,5"}) CHECK(!number_in<double>(text));
}
