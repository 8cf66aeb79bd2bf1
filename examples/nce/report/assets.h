#pragma once
#include <string_view>

/// The files of this folder that a page is put together from, as the build wrote them into the program.
namespace nce::cli::assets {

extern const std::string_view page_html, page_css, page_js, plot_js;

}  // namespace nce::cli::assets
