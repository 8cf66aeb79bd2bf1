"""nce_bench and PyTorch in turn, and the ratio of their medians: python3 compare.py [--rounds 3] [--bench FILE] [names]"""
import argparse
import json
import os
import statistics
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
parser.add_argument("--bench", default=os.path.join(here, "../../build/bin/nce_bench"))
parser.add_argument("names", nargs="*", default=["matmul_1024", "mlp_step", "conv4_step", "ntxent_512", "ntxent_2048"])
arguments = parser.parse_args()


def times(command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {r["name"]: r["ms"] for r in map(json.loads, out.splitlines())}


ours, theirs = {n: [] for n in arguments.names}, {n: [] for n in arguments.names}
common = ["--threads", str(arguments.threads)]
for _ in range(arguments.rounds):
    for name in arguments.names:  # side by side, so that a busy moment hits both
        ours[name].append(times([arguments.bench, "--json", *common, name])[name])
        theirs[name].append(times([sys.executable, os.path.join(here, "torch_bench.py"), *common, name])[name])


def shown(values):
    return f"{statistics.median(values):8.2f} ({min(values):.2f} .. {max(values):.2f})"


print(f"{'ms, median of ' + str(arguments.rounds):16} {'nce':28} {'PyTorch':28} PyTorch / nce")
for name in arguments.names:
    ratio = statistics.median(theirs[name]) / statistics.median(ours[name])
    print(f"{name:16} {shown(ours[name]):28} {shown(theirs[name]):28} {ratio:.2f}")
