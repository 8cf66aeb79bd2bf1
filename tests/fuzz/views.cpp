// The lists of transforms of `--views`, then "<|>" and options, "name=value" a line.
#include "nce/core/options.h"
#include "nce/data/views/catalogue.h"
#include "nce/data/views/names.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("views", text) {
  const auto parts = parts_of(text, 2);
  refusable([&] {
    nce::data::Views views = nce::data::make_views(std::string(parts[0]));
    sound(!views.lists().empty());
    std::vector<nce::Setting> settings;
    for (const std::string_view line : nce::data::split(parts[1], '\n'))
      if (const size_t equals = line.find('='); equals != line.npos)
        settings.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
    nce::set_options(views, settings);
    nce::check_options("views", views);
  });
}
