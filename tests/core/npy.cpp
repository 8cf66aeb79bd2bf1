#include "nce/core/files/npy.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/files.h"
#include "support/npy.h"

using namespace nce;
using nce::test::npy;
using nce::test::npy_with;
using nce::test::TemporaryFolder;

TEST_CASE("a .npy file gives back what was saved") {
  const TemporaryFolder folder;
  save_npy(folder / "floats.npy", Tensor::from(std::vector<float>{1, -2.5f, 3, 4, 5, 6}, {2, 3}));
  const NpyArray floats = load_npy(folder / "floats.npy");
  CHECK(floats.shape == std::vector<int64_t>{2, 3});
  CHECK(floats.type == "f4");
  CHECK(!floats.whole_numbers());
  CHECK(floats[1] == -2.5);
  CHECK(floats[5] == 6);
  save_npy(folder / "labels.npy", std::vector<int>{7, -1});
  const NpyArray labels = load_npy(folder / "labels.npy");
  CHECK(labels.shape == std::vector<int64_t>{2});
  CHECK(labels.type == "i4");
  CHECK(labels.whole_numbers());
  CHECK(labels[1] == -1);
  save_npy(folder / "scalar.npy", Tensor::full({}, 2));
  CHECK(load_npy(folder / "scalar.npy").shape.empty());
  CHECK(load_npy(folder / "scalar.npy")[0] == 2);
}

TEST_CASE("rows that come some at a time make the same .npy file") {
  const TemporaryFolder folder;
  const Tensor all = Tensor::randn({5, 3}, Key(1));
  const std::string whole = (folder / "all.npy").string(), file = (folder / "rows.npy").string();
  save_npy(whole, all);
  NpyRows rows(file, 5);
  rows.add(slice(all, 0, 0, 2)), rows.add(slice(all, 0, 2, 5));
  CHECK_THROWS_WITH_AS(rows.add(all), (file + ": rows f32 (5, 3) do not fit; left are 0 rows of 3 columns").c_str(),
                       Error);
  rows.commit();
  CHECK(nce::test::read_file(file) == nce::test::read_file(whole));
  NpyRows none(file, 2);
  CHECK_THROWS_WITH_AS(none.commit(), (file + ": 2 rows are missing").c_str(), Error);
  CHECK(nce::test::read_file(file) == nce::test::read_file(whole));
}

TEST_CASE("a .npy file of each type of number is read") {
  const TemporaryFolder folder;
  const auto second = [&](const std::string& bytes) { return load_npy(folder.write("a.npy", bytes))[1]; };
  CHECK(second(npy<uint8_t>("|u1", "(2,)", {1, 200})) == 200);
  CHECK(second(npy<int8_t>("|i1", "(2,)", {1, -100})) == -100);
  CHECK(second(npy<uint8_t>("|b1", "(2,)", {0, 1})) == 1);
  CHECK(second(npy<uint16_t>("<u2", "(2,)", {1, 60000})) == 60000);
  CHECK(second(npy<int16_t>("<i2", "(2,)", {1, -300})) == -300);
  CHECK(second(npy<uint32_t>("<u4", "(2,)", {1, 4000000000})) == 4000000000);
  CHECK(second(npy<int32_t>("<i4", "(2,)", {1, -70000})) == -70000);
  CHECK(second(npy<uint64_t>("<u8", "(2,)", {1, uint64_t{1} << 40})) == double(uint64_t{1} << 40));
  CHECK(second(npy<int64_t>("<i8", "(2,)", {1, -(int64_t{1} << 40)})) == -double(int64_t{1} << 40));
  CHECK(second(npy<double>("<f8", "(2,)", {1, 0.1})) == 0.1);
  std::string newer = npy<uint8_t>("|u1", "(2,)", {1, 2});
  newer[6] = 2, newer.insert(10, 2, '\0');  // four bytes of length
  CHECK(second(newer) == 2);
}

TEST_CASE("a .npy file that is not whole and well-formed is refused with its name") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& bytes, const std::string& text) {
    const std::string path = folder.write("a.npy", bytes);
    CHECK_THROWS_WITH_AS(load_npy(path), (path + ": " + text).c_str(), Error);
  };
  const std::string good = npy<uint8_t>("|u1", "(2, 3)", {1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH_AS(load_npy(folder / "none.npy"),
                       ((folder / "none.npy").string() + ": cannot be opened").c_str(), Error);
  CHECK_THROWS_WITH_AS(load_npy(folder.path()), (folder.path().string() + ": is a folder, not a file").c_str(),
                       Error);
  refused("", "is no .npy file: its first bytes are not those that numpy.save writes");
  refused("PK" + good, "is no .npy file: its first bytes are not those that numpy.save writes");
  std::string newer = good;
  newer[6] = 4;
  refused(newer, "a .npy file of version 4; known are 1, 2 and 3");
  refused(good.substr(0, 40), "ends at byte 40, within its header");
  refused(good.substr(0, good.size() - 1),
          "the shape (2, 3) of u1 asks for 6 bytes of elements; there are 5: the file is cut off");
  refused(good + "x", "the shape (2, 3) of u1 asks for 6 bytes of elements; there are 7: the file is too long");
  // No memory is taken for what cannot be there.
  refused(npy<uint8_t>("<f8", "(9000000000000000, 9000000000)", {}),
          "the shape (9000000000000000, 9000000000) is not plausible");
  refused(
      npy<uint8_t>("<f4", "(4000000000000,)", {1}),
      "the shape (4000000000000) of f4 asks for 16000000000000 bytes of elements; there are 1: the file is cut off");
  for (const std::string type : {">f4", "<f2", "<c8", "|O", "<U3", "<f", ""}) {
    CAPTURE(type);
    const std::string path = folder.write("a.npy", npy<uint8_t>(type.c_str(), "(1,)", {1}));
    CHECK_THROWS_AS(load_npy(path), Error);
  }
  refused(
      npy<uint8_t>(">i4", "(1,)", {0, 0, 0, 1}),
      "elements of type '>i4'; known are f4, f8, b1, i1, u1, i2, u2, i4, u4, i8, u8, little-endian: save it with "
      "astype");
  refused(npy_with("{'descr': '|u1', 'fortran_order': True, 'shape': (1, 1), }", "a"),
          "its elements are column-major: save it with numpy.ascontiguousarray");
  for (const char* header :
       {"{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "{'descr': '|u1', 'shape': (1,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,, }", "{'descr': '|u1', 'fortran_order': False",
        "{'descr': '|u1", "{", "", "{'a': 1}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,), }"})
    refused(npy_with(header, "a"), fmt::format("its header is not that of an array of numbers: {}", header));
}
