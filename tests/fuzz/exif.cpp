// What EXIF data say of a picture's orientation, by libexif.
#include "nce/data/images/orientation.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("exif", bytes) {
  using namespace nce::data;
  const int orientation = orientation_of(bytes);
  sound(orientation >= 1 && orientation <= 8);
  std::vector<uint8_t> room{1, 2, 3, 4, 5, 6};
  const Picture picture = turned_upright({2, 3, 1, room}, orientation, room);
  sound(picture.pixels.size() == 6 && picture.height == (orientation >= 5 ? 3 : 2));
}
