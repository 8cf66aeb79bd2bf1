"""Times nce and PyTorch in turn, and a run beside a saved one.

  python3 compare.py [names]                    the benchmark's table, or what is named of it; --markdown for the README
  python3 compare.py --ours-only --save A.json  without PyTorch; all readings are kept in a file
  python3 compare.py --ours-only --against A.json
                                                what got slower than in the file by more than --tolerance: exit code 1
  python3 compare.py --ops [parts of names]     the hot kernels (nce_bench_ops) with the same options, never PyTorch

Each round runs ours, then theirs, so that a busy moment hits both. Shown are the medians of the rounds (smallest ..
largest); the part of the machine's peak or bandwidth, whichever binds, that ours reaches, operations counted by the
plain method and the machine measured in the same run (the best of all rounds); and the peak of resident memory of a
process that does nothing else. Of PyTorch's loader workers only the largest process counts, so its figure is a lower
bound there; it runs both image layouts, and the larger counts. Against a run of another machine, times are scaled by what
the machines can do (saved.py). Exit code 2: what was asked for makes no sense."""
import argparse
import datetime
import os
import statistics
import subprocess
import sys

import saved
from children import BIN, HERE, Fault, digits, markdown, output_of, rows_of, run_script, shown, table

TABLE = ["matmul_1024", "mlp_step", "conv4_step", "resnet18_step", "ntxent_512", "ntxent_2048", "ntxent_8192",
         "ntxent_65536", "augment_1024", "epoch"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def positive(kind):
        def parse(text):
            value = kind(text)
            if value <= 0:
                raise ValueError
            return value
        parse.__name__ = "number above 0"
        return parse

    parser.add_argument("--rounds", type=positive(int), default=3)
    parser.add_argument("--threads", type=positive(int), default=len(os.sched_getaffinity(0)))
    parser.add_argument("--ops", action="store_true", help="the hot kernels instead of the table")
    parser.add_argument("--ours-only", action="store_true", help="without PyTorch")
    parser.add_argument("--markdown", action="store_true", help="the table in Markdown")
    parser.add_argument("--save", metavar="FILE", help="keep the run")
    parser.add_argument("--against", metavar="FILE", help="compare with a saved run")
    parser.add_argument("--tolerance", type=positive(float), default=10, metavar="PERCENT", help="default: 10")
    parser.add_argument("--bench", metavar="FILE", help="nce_bench or nce_bench_ops [that of build/bin]")
    parser.add_argument("--torch-bench", metavar="FILE", default=os.path.join(HERE, "torch_bench.py"),
                        help="PyTorch's side [torch_bench.py]")
    parser.add_argument("names", nargs="*")
    a = parser.parse_args()
    a.program = "nce_bench_ops" if a.ops else "nce_bench"
    a.bench = os.path.abspath(a.bench or os.path.join(BIN, a.program))
    a.ours_only = a.ours_only or a.ops
    return a


def names_of(command):
    """name -> what it is, of those that a program lists."""
    return dict((line.split("\t") + [""])[:2] for line in output_of(command)[0].splitlines())


def machine_class():
    found = {}
    with open("/proc/cpuinfo") as file:
        for line in file:
            key, _, value = line.partition(":")
            found.setdefault(key.strip(), value.strip())
    return (f"{found.get('model name', 'unknown CPU')} (family {found.get('cpu family', '?')}, model "
            f"{found.get('model', '?')}), {len(os.sched_getaffinity(0))} CPUs")


def commit():
    try:
        return subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


class Run:
    """What is measured, in the form that is saved."""

    def __init__(self, a):
        self.data = {"date": datetime.date.today().isoformat(), "commit": commit(), "machine": machine_class(),
                     "program": a.program, "threads": a.threads, "rounds": a.rounds, "peak_gflops": 0,
                     "memory_gbytes": 0, "results": {}}
        self.results = self.data["results"]

    def add_ours(self, rows, peak_mb):
        for row in rows:
            lacking = {"gflop", "gbyte", "peak_gflops", "memory_gbytes"} - row.keys()
            if lacking:
                raise Fault(f"{row['name']}: the program does not say its {', '.join(sorted(lacking))}; build it again")
            result = self.results.setdefault(
                row["name"], {"ours_ms": [], "theirs_ms": [], "ours_mb": 0, "theirs_mb": 0,
                              "gflop": row["gflop"], "gbyte": row["gbyte"]})
            result["ours_ms"].append(row["ms"])
            result["ours_mb"] = max(result["ours_mb"], round(peak_mb))
            for key in ("peak_gflops", "memory_gbytes"):
                self.data[key] = max(self.data[key], row[key])

    def add_theirs(self, rows, peak_mb):
        for row in rows:
            result = self.results[row["name"]]
            result["theirs_ms"].append(row["ms"])
            result["theirs_mb"] = max(result["theirs_mb"], round(peak_mb))


def measure(a, names, theirs):
    run, common = Run(a), ["--threads", str(a.threads)]
    if a.ops:
        for i in range(a.rounds):
            print(f"round {i + 1} of {a.rounds}", file=sys.stderr, flush=True)
            run.add_ours(*rows_of([a.bench, "--json", *common, *a.names]))
        return run.data
    for name in names:
        for _ in range(a.rounds):
            run.add_ours(*rows_of([a.bench, "--json", *common, name]))
            if name in theirs:
                run.add_theirs(*rows_of([sys.executable, a.torch_bench, *common, name]))
        r = run.results[name]
        print(f"{name}: {spread(r['ours_ms'])} ms" + (f", PyTorch {spread(r['theirs_ms'])}" if r["theirs_ms"] else ""),
              file=sys.stderr, flush=True)
    return run.data


def spread(values):
    if not values:
        return "-"
    return f"{digits(statistics.median(values))} ({digits(min(values))} .. {digits(max(values))})"


def shown_rows(a, run, what):
    rows = [["ms, median of " + str(a.rounds), "nce"] + ([] if a.ours_only else ["PyTorch", "PyTorch / nce"])
            + ["of peak or bandwidth"] + ([] if a.ops else ["nce, MB"]) + ([] if a.ours_only else ["PyTorch, MB"])]
    for name, r in run["results"].items():
        row = [f"`{name}`: {what.get(name)}" if a.markdown and what.get(name) else name, spread(r["ours_ms"])]
        if not a.ours_only:
            ratio = statistics.median(r["theirs_ms"]) / statistics.median(r["ours_ms"]) if r["theirs_ms"] else None
            row += [spread(r["theirs_ms"]), f"{ratio:.1f}" if ratio else "-"]
        row.append(f"{100 * saved.fraction(r, run):.0f} % of {'bandwidth' if saved.binds_memory(r, run) else 'peak'}")
        if not a.ops:
            row.append(str(r["ours_mb"]))
        if not a.ours_only:
            row.append(str(r["theirs_mb"]) if r["theirs_ms"] else "-")
        rows.append(row)
    return rows


def main():
    a = arguments()
    before = saved.load(a.against) if a.against else None
    if a.save and not os.path.isdir(os.path.dirname(os.path.abspath(a.save))):
        raise Fault(f"{a.save} cannot be written: there is no such folder", 2)
    known = names_of([a.bench, "--list", *a.names] if a.ops else [a.bench, "--list"])
    if a.ops:
        names = list(known)
    else:
        names = list(dict.fromkeys(a.names)) or (list(before["results"]) if before else TABLE)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise Fault(f"{shown(a.bench)} has no {', '.join(unknown)}; it has {', '.join(known)}", 2)
    if before:
        saved.check_fits(a.against, before, a.program, a.threads, names)
    theirs = {} if a.ours_only else names_of([sys.executable, a.torch_bench, "--list"])

    run = measure(a, names, theirs)
    print(f"{run['machine']}, {a.threads} thread{'s' if a.threads > 1 else ''}; peak {run['peak_gflops']:.0f} GFLOP/s, "
          f"memory {run['memory_gbytes']:.0f} GB/s; {run['date']}, commit {run['commit'] or 'unknown'}\n")
    print("\n".join((markdown if a.markdown else table)(shown_rows(a, run, known))))
    if a.save:
        saved.save(a.save, run)
    if before:
        lines, slower = saved.compare(run, before, a.tolerance / 100)
        print("\n" + "\n".join(lines))
        return 1 if slower else 0
    return 0


if __name__ == "__main__":
    run_script(main)
