#pragma once
#include <string>

#include "report/material.h"

namespace nce::cli {

/// One HTML file that needs nothing else: what was run, curves, tables, pictures (part.h). A part whose data are missing says
/// so, and the rest is there.
std::string report_page(Material& material);

}  // namespace nce::cli
