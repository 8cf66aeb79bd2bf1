"""Times nce and PyTorch in turn, and a run beside a saved one.

  python3 compare.py [names]              the benchmark's table, or what is named of it
  python3 compare.py --markdown           as Markdown: README.md's table, then that of tests/bench/README.md
  python3 compare.py --save A.json        keeps all readings; --show A.json prints them again and measures nothing
  python3 compare.py --ours-only --against A.json
                                          without PyTorch; exit code 1 where something got slower than in the file by
                                          more than --tolerance
  python3 compare.py --ops [parts of names]
                                          the hot kernels (nce_bench_ops) with the same options, never PyTorch

Each round runs ours, then theirs, so that a busy moment hits both. Shown are medians of the rounds (smallest ..
largest). PyTorch runs in each of its image layouts, and with memory two ways: as it comes, and with glibc told to keep
it. As it comes, glibc gives each large block back to the system and pays for its pages again. The ratio is to its best.
After the first round, ways that took over 1.25 times as long as the best are left out. Runs of over 10 s are read once.

'Of peak or bandwidth' is what ours reaches of whichever binds. Operations are counted by the plain method. The machine
is measured in the same run (the best of all rounds). Memory is the peak of a process's resident memory. Of PyTorch's
loader workers only the largest process counts, so its figure is a lower bound there. Against a run of another machine,
times are scaled by what the machines can do (saved.py). Exit code 2: the request makes no sense."""
import argparse
import datetime
import os
import statistics
import subprocess
import sys

import saved
from children import BIN, HERE, Fault, digits, markdown, output_of, rows_of, run_script, shown, table

TABLE = ["matmul_1024", "mlp_step", "conv4_step", "resnet18_step", "ntxent_512", "ntxent_2048", "ntxent_8192",
         "ntxent_65536", "spmm_65536", "embedding_bag_512", "attention_512", "sentence_step", "ngrams_step",
         "transformer_step", "gin_nci1_step", "gin_proteins_step", "augment_1024", "epoch"]
FIRST_PAGE = ["mlp_step", "conv4_step", "resnet18_step", "ntxent_8192", "augment_1024"]  # of README.md
MEMORY = {"as it comes": {},  # and thresholds beyond any block
          "memory kept": {"MALLOC_MMAP_THRESHOLD_": str(4 << 30), "MALLOC_TRIM_THRESHOLD_": str(4 << 30)}}
SLOW = 1.25  # a way of PyTorch's that takes this many times the best's time is not read again
LONG = 10000  # ms: read once


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
    parser.add_argument("--markdown", action="store_true", help="in Markdown, the better of PyTorch's two bold")
    parser.add_argument("--save", metavar="FILE", help="keep the run")
    parser.add_argument("--show", metavar="FILE", help="print a saved run; nothing is measured")
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
                     "memory_gbytes": 0, "forced_kernels": os.environ.get("OPENBLAS_CORETYPE"), "results": {}}
        self.results = self.data["results"]

    def add_ours(self, rows, peak_mb):
        for row in rows:
            lacking = {"gflop", "gbyte", "peak_gflops", "memory_gbytes"} - row.keys()
            if lacking:
                raise Fault(f"{row['name']}: the program does not say its {', '.join(sorted(lacking))}; build it again")
            result = self.results.setdefault(row["name"], {"ours_ms": [], "ours_mb": 0, "theirs": {},
                                                           "gflop": row["gflop"], "gbyte": row["gbyte"]})
            result["ours_ms"].append(row["ms"])
            result["ours_mb"] = max(result["ours_mb"], round(peak_mb))
            for key in ("peak_gflops", "memory_gbytes"):
                self.data[key] = max(self.data[key], row[key])

    def add_theirs(self, layout, memory, rows, peak_mb):
        for row in rows:
            ways = self.results[row["name"]]["theirs"]
            way = ways.setdefault(f"{layout} {memory}".strip(), {"memory": memory, "ms": [], "mb": 0})
            way["ms"].append(row["ms"])
            way["mb"] = max(way["mb"], round(peak_mb))


def median(way):
    return statistics.median(way["ms"])


def best(result, memory=None):
    """PyTorch's fastest way, of those with `memory` if given; None where it has none."""
    ways = [way for way in result.get("theirs", {}).values() if memory in (None, way["memory"])]
    return min(ways, key=median, default=None)


def measure(a, names, layouts):
    """`layouts`: the image layouts that PyTorch's side has of a workload, separated by blanks."""
    run, common = Run(a), ["--threads", str(a.threads)]
    if a.ops:
        for i in range(a.rounds):
            print(f"round {i + 1} of {a.rounds}", file=sys.stderr, flush=True)
            run.add_ours(*rows_of([a.bench, "--json", *common, *a.names]))
        return run.data
    for name in names:
        ways = []
        if name in layouts:
            ways = [(layout, memory) for layout in layouts[name].split() or [""] for memory in MEMORY]
        for i in range(a.rounds):
            if i == 0 or run.results[name]["ours_ms"][0] < LONG:
                run.add_ours(*rows_of([a.bench, "--json", *common, name]))
            result, times = run.results[name], {}
            for layout, memory in ways:
                command = [sys.executable, a.torch_bench, *common, name] + (["--layout", layout] if layout else [])
                rows, peak_mb = rows_of(command, MEMORY[memory])
                run.add_theirs(layout, memory, rows, peak_mb)
                times[layout, memory] = rows[0]["ms"]
            ways = [way for way in ways if times[way] < min(SLOW * min(times.values()), LONG)]
        print(f"{name}: {spread(result['ours_ms'])} ms" + "".join(f"; PyTorch {way}: {spread(r['ms'])}"
                                                                 for way, r in result["theirs"].items()),
              file=sys.stderr, flush=True)
        if a.save:
            saved.save(a.save, run.data)
    return run.data


def spread(values):
    middle = digits(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({digits(min(values))} .. {digits(max(values))})"


def ratio(result):
    return f"{median(best(result)) / statistics.median(result['ours_ms']):.1f}"


def full_rows(run, theirs, memory, what, bold=""):
    """The whole table. `what`: the names shown, with more than the name; `bold` marks the better of PyTorch's two."""
    rows = [[f"ms, median of {run['rounds']}", "nce"]
            + ([f"PyTorch {way}" for way in MEMORY] + ["its best / nce"] if theirs else [])
            + ["of peak or bandwidth"] + (["nce, MB"] if memory else []) + (["PyTorch, MB"] if theirs else [])]
    for name, r in run["results"].items():
        row, fastest = [what.get(name, name), spread(r["ours_ms"])], best(r)
        if theirs:
            for way in (best(r, kept) for kept in MEMORY):
                mark = bold if way is fastest else ""
                row.append(f"{mark}{spread(way['ms'])}{mark}" if way else "-")
            row.append(ratio(r) if fastest else "-")
        row.append(f"{100 * saved.fraction(r, run):.0f} % of {'bandwidth' if saved.binds_memory(r, run) else 'peak'}")
        if memory:
            row.append(str(r["ours_mb"]))
        if theirs:
            row.append(str(fastest["mb"]) if fastest else "-")
        rows.append(row)
    return rows


def short_rows(run, what):
    """The first page's table: medians alone."""
    rows = [["work", "nce, ms", "PyTorch, ms", "PyTorch / nce", "nce, MB", "PyTorch, MB"]]
    for name, r in run["results"].items():
        if name in FIRST_PAGE and (fastest := best(r)):
            rows.append([what[name], digits(statistics.median(r["ours_ms"])), digits(median(fastest)), ratio(r),
                         str(r["ours_mb"]), str(fastest["mb"])])
    return rows


def show(a, run, what):
    threads = f"{run['threads']} thread{'s' if run['threads'] > 1 else ''}"
    print(f"{run['machine']}, {threads}; peak {run['peak_gflops']:.0f} GFLOP/s, memory {run['memory_gbytes']:.0f} GB/s; "
          f"{run['date']}, commit {run['commit'] or 'unknown'}")
    if run.get("forced_kernels"):
        print(f"OPENBLAS_CORETYPE={run['forced_kernels']} is set: both sides' matrix products are kept to these kernels. "
              "Unset it to let each side choose its own.")
    theirs = any(best(r) for r in run["results"].values())
    first_page = theirs and not run["results"].keys().isdisjoint(FIRST_PAGE)
    memory = run["program"] == "nce_bench"
    if not a.markdown:
        return print("\n" + "\n".join(table(full_rows(run, theirs, memory, {}))))
    what = {name: f"`{name}`: {text}" if text else f"`{name}`" for name, text in what.items()}
    full = full_rows(run, theirs, memory, what, "**")
    for rows in ([short_rows(run, what)] if first_page else []) + [full]:
        print("\n" + "\n".join(markdown(rows)))


def main():
    a = arguments()
    before = saved.load(a.against or a.show) if a.against or a.show else None
    if a.show:
        return show(a, before, names_of([a.bench, "--list"]) if a.markdown else {})
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
    run = measure(a, names, {} if a.ours_only else names_of([sys.executable, a.torch_bench, "--list"]))
    show(a, run, known)
    if a.save:
        saved.save(a.save, run)
    if before:
        lines, slower = saved.compare(run, before, a.tolerance / 100)
        print("\n" + "\n".join(lines))
        return 1 if slower else 0
    return 0


if __name__ == "__main__":
    run_script(main)
