#pragma once
#include <cstddef>
#include <string>

/// Texts as a terminal shows them. What does not go to a terminal keeps its lines whole and has no colours.
namespace nce::cli {

/// The columns of the terminal behind a descriptor, at least 40; 0: there is no terminal.
size_t terminal_columns(int descriptor);

/// The columns that pages of text on standard output take: the terminal's, at most 100; 100 elsewhere.
size_t page_columns();

/// The columns that a text in UTF-8 takes.
size_t columns_of(const std::string& text);

/// The text in lines of at most `width` columns, broken between words. A longer word has a line of its own. Lines that a
/// break makes begin with `indent` spaces; lines of the text itself stay as they are.
std::string wrapped(const std::string& text, size_t indent = 0, size_t width = page_columns());

/// The same for a line that goes to a descriptor: wrapped where that is a terminal, unchanged elsewhere.
std::string fitted(int descriptor, const std::string& text, size_t indent = 2);

enum class Tone { error, note };

/// "nce: TEXT" on standard error. On a terminal "nce:" is red for an error and yellow for a note, unless NO_COLOR is set
/// or TERM is dumb.
void complain(Tone tone, const std::string& text);

}  // namespace nce::cli
