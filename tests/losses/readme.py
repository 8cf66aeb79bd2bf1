"""The tables of losses/README.md, from the headers and from `nce check-loss --all`.

  python3 tests/losses/readme.py build/bin/nce            writes them
  python3 tests/losses/readme.py build/bin/nce --check    exit code 1 where they are not up to date

The first table has a row that each loss's header carries as a comment. The second one is what check-loss prints. Its
errors of gradient and f32 depend on the machine: a row in which nothing else differs stays as it is.
"""
import difflib
import itertools
import pathlib
import re
import subprocess
import sys

LOSSES = pathlib.Path(__file__).resolve().parents[2] / "losses"
README = LOSSES / "README.md"
MARK = "// A row of the table in losses/README.md, which tests/losses/readme.py writes.\n"


def cells(row):
    return [cell.strip(" `") for cell in row.strip("|").split("|")]


def rows_of_headers():
    """The rows by name. They stand in comment lines below MARK; a long one has several lines."""
    rows = {}
    for header in LOSSES.glob("*.h"):
        below = header.read_text().partition(MARK)[2].splitlines()
        comment = " ".join(line[3:] for line in itertools.takewhile(lambda line: line.startswith("// "), below))
        for row in filter(None, re.split(r"(?<=\|) (?=\| `)", comment)):
            rows[cells(row)[0]] = row
    return rows


def updated(text, printed):
    """`text` with both tables; `printed` is the second one, line by line."""
    heading = "| loss | anchors | candidates | in D | symmetric | collapsed | paper |\n" + "| --- " * 7 + "|"
    rows = rows_of_headers()
    order = [cells(row)[0] for row in printed[2:]]
    for name, row in zip(order, printed[2:]):
        if name not in rows:
            sys.exit(f"readme.py: no header has the row of {name}; add it as a comment, as info_nce.h has it")
        if (cells(rows[name])[4].startswith("yes")) != (cells(row)[5] == "yes"):
            sys.exit(f"readme.py: {name}: the header's row and check-loss differ in 'symmetric'")
    first = [heading] + [rows[name] for name in order + sorted(rows.keys() - set(order))]

    def but_errors(row):
        return [cell for i, cell in enumerate(cells(row)) if i not in (2, 3)]

    pattern = r"^\| loss \| {} \|.*?(?=\n\n)"
    old = re.search(pattern.format("checks"), text, re.M | re.S).group().split("\n")
    kept = {tuple(but_errors(row)): row for row in old}
    second = [kept.get(tuple(but_errors(row)), row) for row in printed]
    for column, table in (("anchors", first), ("checks", second)):
        text = re.sub(pattern.format(column), lambda _: "\n".join(table), text, flags=re.M | re.S)
    return text


def main():
    program, check = sys.argv[1], sys.argv[2:] == ["--check"]
    out = subprocess.run([program, "check-loss", "--all"], check=True, capture_output=True, text=True).stdout
    old = README.read_text()
    new = updated(old, out.strip().split("\n"))
    if not check:
        README.write_text(new)
    elif new != old:
        diff = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "as it is", "as it should be", n=0)
        sys.stdout.writelines(diff)
        sys.exit("losses/README.md is not up to date: run python3 tests/losses/readme.py build/bin/nce")


if __name__ == "__main__":
    main()
