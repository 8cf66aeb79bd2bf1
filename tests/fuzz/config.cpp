// config.toml: what is read becomes every option of a run, and its text means the same again.
#include "config.h"

#include "run/settings.h"
#include "support/fuzz.h"
#include "usage.h"

using namespace nce::test;

NCE_FUZZ("config", bytes) {
  using namespace nce::cli;
  static const std::vector<Section> sections = train_sections();
  Config config;
  try {
    config = resolve(sections, read_toml(file_of(bytes)));
  } catch (const UsageError&) { return; } catch (const nce::Error&) {
    return;
  }
  const std::string text = to_toml(config);
  sound(to_toml(resolve(sections, read_toml(file_of(text)))) == text);
}
