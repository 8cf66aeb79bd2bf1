#pragma once
#include <string_view>

/// The files of this folder that a page is put together from, as the build wrote them into the program. And the page of
/// `nce playground`, which is empty where the build had none.
namespace nce::cli::assets {

extern const std::string_view page_html, page_css, page_js, plot_js, playground_html;

}  // namespace nce::cli::assets
