"""Every installed header includes what it uses of the standard library, itself or by headers of ours: headers.py ROOT

Our builds read the usual ones beforehand (nce_precompile in CMakeLists.txt): without this a missing one would not be seen.
"""
import functools
import pathlib
import re
import sys

WHERE = {
    "algorithm": "all_of any_of clamp copy count count_if equal fill find find_if iota_n is_sorted lower_bound max max_element "
                 "min min_element minmax_element none_of nth_element partial_sort remove_if reverse rotate sort stable_sort "
                 "swap_ranges transform unique upper_bound",
    "array": "array",
    "atomic": "atomic",
    "chrono": "chrono",
    "cmath": "abs acos atan2 ceil cos erf exp floor fma hypot isfinite isinf isnan lgamma log log1p log2 lround pow round sin "
             "sqrt tan tanh",
    "condition_variable": "condition_variable",
    "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t",
    "cstring": "memcmp memcpy memmove memset strlen",
    "exception": "current_exception exception_ptr rethrow_exception",
    "filesystem": "filesystem",
    "functional": "function hash plus",
    "initializer_list": "initializer_list",
    "limits": "numeric_limits",
    "map": "map",
    "memory": "make_shared make_unique shared_ptr unique_ptr weak_ptr",
    "mutex": "lock_guard mutex once_flag unique_lock",
    "numbers": "numbers",
    "numeric": "accumulate iota",
    "optional": "nullopt optional",
    "set": "set",
    "span": "span",
    "stdexcept": "invalid_argument out_of_range runtime_error",
    "string": "string to_string",
    "string_view": "string_view",
    "thread": "jthread thread",
    "tuple": "tie tuple",
    "type_traits": "conditional_t decay_t is_same_v remove_cvref_t",
    "unordered_map": "unordered_map",
    "utility": "as_const exchange forward move pair swap",
    "variant": "variant visit",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in WHERE.items() for name in names.split()}
# A header of the left side has what is needed of the right one's.
GIVES = {"string": {"string_view"}, "filesystem": {"string", "string_view"}, "map": {"utility"}, "memory": {"utility"},
         "vector": {"initializer_list", "utility"}, "functional": set(), "algorithm": {"utility"}, "tuple": {"utility"},
         "stdexcept": {"string"}, "array": {"utility"}}


def missing(text, included):
    """What a file uses and does not include, as ["<vector> (std::vector)", ...]."""
    code = re.sub(r"//[^\n]*|\"(\\.|[^\"\\])*\"", "", text)
    used = {f"std::{name}" for name in re.findall(r"\bstd::(\w+)", code)}
    used |= set(re.findall(r"\b(u?int(?:8|16|32|64)_t)\b", code))
    found = {}
    for name in sorted(used):
        header = HEADER_OF.get(name.removeprefix("std::"))
        if header and header not in included:
            found.setdefault(header, name)
    return [f"<{header}> ({name})" for header, name in found.items()]


@functools.cache
def includes(path, root):
    """The headers of the standard library that a file includes, itself or by ours."""
    text = path.read_text()
    found = set(re.findall(r"#include <([^>]+)>", text))
    for header in list(found):
        found |= GIVES.get(header, set())
    for ours in re.findall(r'#include "nce/([^"]+)"', text):
        found |= includes(root / ours, root)
    return frozenset(found)


def main():
    root = pathlib.Path(sys.argv[1])
    headers = [path for module in ("core", "nn", "losses", "data") for path in sorted((root / module).rglob("*.h"))]
    wrong = {path.relative_to(root): missing(path.read_text(), includes(path, root)) for path in headers}
    for path, names in wrong.items():
        if names:
            print(f"{path}: include {', '.join(names)}")
    assert len(headers) > 100, f"no headers in {root}"
    assert missing("std::vector<int> x;", {"map"}) and not missing("std::vector<int> x;  // std::map", {"vector"})
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
