"""How a training step's time goes with threads and with the size of its batch.

  python3 scaling.py [--rounds 3] [--markdown] [conv4_step] [resnet18_step]

Threads: 1, 2 and 4, in turn in each round, also on a machine with fewer CPUs. Batches: 8 views and doublings up to 1024
(ResNet-18: 512), on 1 and 2 threads. Each figure is the median over the rounds of nce_bench's medians. Efficiency is
t(1) / (2 t(2))."""
import argparse
import os
import statistics
import sys

from children import BIN, Fault, digits, markdown, rows_of, run_script, table

LARGEST = {"conv4_step": 1024, "resnet18_step": 512}
THREADS = (1, 2, 4)


def medians(settings, rounds, measure):
    """The median of measure(setting) for each setting. Each round measures all settings in turn."""
    readings = {setting: [] for setting in settings}
    for _ in range(rounds):
        for setting in settings:
            readings[setting].append(measure(setting))
    return {setting: statistics.median(values) for setting, values in readings.items()}


def count(n, what="thread"):
    return f"{n} {what}{'' if n == 1 else 's'}"


def efficiency(one, two):
    return f"{100 * one / (2 * two):.0f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--bench", metavar="FILE", default=os.path.join(BIN, "nce_bench"), help="[that of build/bin]")
    parser.add_argument("names", nargs="*", metavar="step", help=" or ".join(LARGEST))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in LARGEST]
    if unknown:
        raise Fault(f"there is no step '{unknown[0]}'; there are {', '.join(LARGEST)}", 2)
    if arguments.rounds < 1:
        raise Fault(f"--rounds needs a number of at least 1, got {arguments.rounds}", 2)

    def ms(name, threads, views=None):
        command = [os.path.abspath(arguments.bench), "--json", "--threads", str(threads), name]
        rows, _ = rows_of(command + (["--views", str(views)] if views else []))
        print(f"{name}, {count(threads)}, {views or 'usual'} views: {rows[0]['ms']} ms", file=sys.stderr, flush=True)
        return rows[0]["ms"]

    form = markdown if arguments.markdown else table
    cpus = len(os.sched_getaffinity(0))
    rows = [["step, ms"] + [count(t) + (f" ({count(cpus, 'CPU')})" if t > cpus else "") for t in THREADS]
            + ["efficiency at 2"]]
    for name in arguments.names or LARGEST:
        times = medians(THREADS, arguments.rounds, lambda threads: ms(name, threads))
        rows.append([name] + [digits(times[t]) for t in THREADS] + [efficiency(times[1], times[2])])
    print("\n".join(form(rows)), flush=True)
    for name in arguments.names or LARGEST:
        sizes = [2**i for i in range(3, 11) if 2**i <= LARGEST[name]]
        times = medians([(n, t) for n in sizes for t in (1, 2)], arguments.rounds, lambda s: ms(name, s[1], s[0]))
        rows = [[f"{name}, views", "1 thread, ms", "2 threads, ms", "ms a view", "efficiency at 2"]]
        for n in sizes:
            one, two = times[n, 1], times[n, 2]
            rows.append([str(n), digits(one), digits(two), f"{two / n:.3f}", efficiency(one, two)])
        print("\n" + "\n".join(form(rows)), flush=True)


if __name__ == "__main__":
    run_script(main)
