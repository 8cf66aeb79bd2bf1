"""From the start of `nce train` to its first finished step: python3 startup.py [--rounds 9] [--most SECONDS]

The data are the built-in images, the encoder is the MLP. With --log-every 1, nce writes and flushes a line to log.jsonl
after each step. This script looks for the first one every half millisecond, then ends the run. The time includes drawing
the images (10,000, and all test images) and the line's diagnostics. With --most, a median above it gives exit code 1."""
import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from children import BIN, Fault, run_script, shown

PATIENCE = 60  # seconds


def seconds_to_first_step(nce, options):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "run", "log.jsonl")
        start = time.perf_counter()
        run = subprocess.Popen([nce, "train", "--log-every", "1", "--out", os.path.dirname(log), *options],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            reached = {}
            while "step" not in reached:
                time.sleep(0.0005)
                try:
                    with open(log) as file:
                        text = file.read()
                except FileNotFoundError:
                    text = ""
                now = time.perf_counter() - start
                for event in ("start", "step"):  # "start": data and model are there
                    if f'"event":"{event}"' in text:
                        reached.setdefault(event, now)
                if "step" not in reached and (run.poll() is not None or now > PATIENCE):
                    said = run.stderr.read().strip() if run.poll() is not None else f"nothing in {PATIENCE} s"
                    raise Fault(f"nce train took no step: {said.splitlines()[0] if said else 'it says nothing'}")
            return reached["start"], reached["step"]
        finally:
            run.send_signal(signal.SIGKILL)
            run.communicate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--most", type=float, metavar="SECONDS")
    parser.add_argument("--encoder", default="mlp")
    parser.add_argument("--nce", metavar="FILE", default=os.path.join(BIN, "nce"), help="[that of build/bin]")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        raise Fault(f"--rounds needs a number of at least 1, got {arguments.rounds}", 2)
    if not os.access(arguments.nce, os.X_OK):
        raise Fault(f"{shown(arguments.nce)} is not there; build it first: cmake --build build --target nce")
    times = [seconds_to_first_step(os.path.abspath(arguments.nce), ["--encoder", arguments.encoder])
             for _ in range(arguments.rounds)]
    for what, values in zip(("data and model", "first step"), zip(*times)):
        print(f"{what:14}  {statistics.median(values):.3f} s ({min(values):.3f} .. {max(values):.3f}), median of "
              f"{arguments.rounds}")
    middle = statistics.median(step for _, step in times)
    if arguments.most and middle > arguments.most:
        print(f"startup.py: above {arguments.most} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    run_script(main)
