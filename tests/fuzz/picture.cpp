// Pictures of all formats: JPEG, PNG, BMP, GIF, PGM and PPM.
#include "nce/data/images/decode.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("picture", bytes) {
  using namespace nce::data;
  constexpr int kChannels[] = {0, 1, 3};
  const DecodeOptions options{.channels = kChannels[bytes.size() % 3],
                              .alpha = bytes.size() % 2 ? Alpha::white : Alpha::ignore,
                              .most_pixels = 1 << 12};
  std::vector<uint8_t> room;
  refusable([&] {
    const Picture picture = decode(bytes, options, room);
    sound(picture.height > 0 && picture.width > 0 && (picture.channels == 1 || picture.channels == 3));
    sound(int64_t(picture.pixels.size()) == int64_t(picture.height) * picture.width * picture.channels);
  });
  refusable([&] { static_cast<void>(is_colour(bytes)); });
}
