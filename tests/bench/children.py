"""Runs the benchmark programs and reads what they print. Tells faults in one line. For the scripts beside it."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.normpath(os.path.join(HERE, "..", "..", "build", "bin"))


class Fault(Exception):
    """Ends a script with a line on stderr. Code 2: the request makes no sense. Code 1: all else."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def run_script(main):
    """Exits with the code that main() returns; prints a Fault that it raises."""
    try:
        sys.exit(main())
    except Fault as fault:
        print(f"{os.path.basename(sys.argv[0])}: {fault}", file=sys.stderr)
        sys.exit(fault.code)
    except KeyboardInterrupt:
        sys.exit(130)


def shown(path):
    """A path relative to the current folder, where it lies below it."""
    near = os.path.relpath(path)
    return path if near.startswith("..") else near


def output_of(command, environment={}):
    """Runs a program with `environment` added. Returns what it prints, and its peak of resident memory in MB.

    The peak is that of the largest process of its tree, at least this script's own (about 15 MB). A program that fails
    raises a Fault with what it said and its exit code."""
    name = shown(command[1] if command[0] == sys.executable else command[0])
    with tempfile.TemporaryFile("w+") as errors:
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True,
                                     env={**os.environ, **environment})
        except OSError as error:
            raise Fault(f"{name} cannot be run ({error.strerror}); build it first: "
                        f"cmake --build build --target {os.path.basename(name)}")
        with child.stdout:
            out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            said = [line for line in errors.read().splitlines() if line.strip()]
            # A program's own message is its first line, a Python traceback's its last.
            what = (said[-1] if said[0].startswith("Traceback") else said[0]) if said else "it says nothing"
            raise Fault(f"{name} failed (exit code {child.returncode}): {what}", 2 if child.returncode == 2 else 1)
    return out, usage.ru_maxrss / 1024


def rows_of(command, environment={}):
    """As output_of, of a program that prints a JSON object a line. Each has at least a name and ms."""
    out, peak_mb = output_of(command, environment)
    rows = []
    for line in out.splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            row = None
        if not (isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("ms"), (int, float))):
            raise Fault(f"{shown(command[0])} printed something else than a measurement: {line[:100]!r}")
        rows.append(row)
    return rows, peak_mb


def table(rows):
    """Rows of texts as aligned lines. The first column is flush left, the others flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(text.rjust(width) if i else text.ljust(width) for i, (text, width) in enumerate(zip(row, widths)))
            for row in rows]


def markdown(rows):
    """Rows of texts as lines of Markdown."""
    bars = [["---"] + ["---:"] * (len(rows[0]) - 1)]
    return ["| " + " | ".join(row) + " |" for row in rows[:1] + bars + rows[1:]]


def digits(value):
    """At least three significant digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
