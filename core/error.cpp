#include "nce/core/error.h"

namespace nce::detail {

void fail(fmt::string_view text, fmt::format_args args) { throw Error(fmt::vformat(text, args)); }

}  // namespace nce::detail
