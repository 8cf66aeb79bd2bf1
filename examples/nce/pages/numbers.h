#pragma once
#include <string>

/// Numbers as pages, tables and the progress line show them.
namespace nce::cli {

/// Three or four characters where those say enough: "0.041", "0.62", "-2.93", "41", "3e+05".
std::string short_number(double value);
/// Three digits: "0.012", "4.1", "4.1e-08"; "-" for what is not finite.
std::string three_digits(double value);
/// A share in %: "0", "0.32", "18.8"; "-" for what is not finite.
std::string percent(double share);
/// "12,345"
std::string with_thousands(double value);
/// "0:07", "12:34", "1:02:03"
std::string clock_text(double seconds);

}  // namespace nce::cli
