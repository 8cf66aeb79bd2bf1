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


def shown(values):
    return f"{statistics.median(values):8.2f} ({min(values):.2f} .. {max(values):.2f})"


common = ["--threads", str(arguments.threads)]
print(f"{'ms, median of ' + str(arguments.rounds):16} {'nce':28} {'PyTorch':28} PyTorch / nce")
for name in arguments.names:
    ours, theirs = [], []
    for _ in range(arguments.rounds):  # in turn, so that a busy moment hits both
        ours.append(times([arguments.bench, "--json", *common, name])[name])
        theirs.append(times([sys.executable, os.path.join(here, "torch_bench.py"), *common, name])[name])
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"{name:16} {shown(ours):28} {shown(theirs):28} {ratio:.2f}", flush=True)
