"""Benchmark runs in files, and two runs beside each other. For compare.py."""
import json
import os
import statistics

from children import Fault, digits, table

FORMAT = "nce benchmark run, 1"
NEAR = 0.05  # two machines whose rates differ by less than this are the same


def save(path, run):
    """Writes a run, with all readings and the machine. A write that breaks off leaves the old file."""
    try:
        with open(path + ".part", "w") as file:
            json.dump({"format": FORMAT, **run}, file, indent=1)
            file.write("\n")
        os.replace(path + ".part", path)
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}", 2)


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _sound(run):
    def sound_result(result):
        return (isinstance(result, dict) and isinstance(result.get("ours_ms"), list) and result["ours_ms"]
                and all(_number(ms) and ms > 0 for ms in result["ours_ms"])
                and _number(result.get("gflop")) and _number(result.get("gbyte")))

    return (isinstance(run, dict) and run.get("format") == FORMAT and isinstance(run.get("results"), dict)
            and all(_number(run.get(key)) and run[key] > 0 for key in ("threads", "peak_gflops", "memory_gbytes"))
            and all(isinstance(run.get(key), str) for key in ("program", "date", "machine"))
            and all(sound_result(result) for result in run["results"].values()))


def load(path):
    try:
        with open(path) as file:
            run = json.load(file)
    except OSError as error:
        raise Fault(f"{path} cannot be read: {error.strerror}", 2)
    except ValueError as error:
        raise Fault(f"{path} is damaged: not JSON ({error})", 2)
    if not _sound(run):
        raise Fault(f"{path} is damaged: not a run that compare.py saved", 2)
    return run


def check_fits(path, saved, program, threads, names):
    """Raises a Fault if a run cannot be compared with a saved one. Called before anything is measured."""
    if saved["program"] != program:
        raise Fault(f"{path} is a run of {saved['program']}, not of {program}", 2)
    if saved["threads"] != threads:
        raise Fault(f"{path} was saved with --threads {saved['threads']}, this run has {threads}", 2)
    missing = [name for name in names if name not in saved["results"]]
    if missing:
        raise Fault(f"{path} has no {', '.join(missing)}; it has {', '.join(saved['results'])}", 2)


def binds_memory(result, run):
    return result["gbyte"] / run["memory_gbytes"] > result["gflop"] / run["peak_gflops"]


def fraction(result, run):
    """How much of the machine's peak or bandwidth, whichever binds, the median reaches."""
    least = max(result["gflop"] / run["peak_gflops"], result["gbyte"] / run["memory_gbytes"])
    return 1000 * least / statistics.median(result["ours_ms"])


def compare(run, saved, tolerance):
    """Lines that set a run beside a saved one, and what got slower by more than `tolerance` (0.1: 10 %).

    On another machine the saved time is scaled by then / now of the rate that binds, arithmetic or memory. If the same
    machine shows another rate, it was busy in one of the runs, and scaling could hide a slower program. Then the smaller
    of the saved and the scaled time counts: a busy moment can raise a false alarm but cannot hide a true one."""
    def ratio(key):
        return saved[key] / run[key]

    forced = [r.get("forced_kernels") or "none" for r in (saved, run)]
    apart = any(abs(ratio(key) - 1) > NEAR for key in ("peak_gflops", "memory_gbytes"))
    same = saved["machine"] == run["machine"]
    lines = [f"against {saved['date']}, commit {saved.get('commit') or 'unknown'}, {saved['machine']}: peak "
             f"{saved['peak_gflops']:.0f} GFLOP/s then, {run['peak_gflops']:.0f} now; memory "
             f"{saved['memory_gbytes']:.0f} GB/s then, {run['memory_gbytes']:.0f} now"]
    if forced[0] != forced[1]:
        lines.append(f"kernels forced by OPENBLAS_CORETYPE: {forced[0]} then, {forced[1]} now")
    if apart:
        lines.append("the machine was busy in one of the runs (same processor, other rates). Expected is the smaller of "
                     "the time then and that time scaled by the rates. Run again when it is idle." if same else
                     "the machine differs. Expected is the time then, scaled by then/now of the rate that binds it.")
    rows = [["ms, medians", "then"] + (["expected"] if apart else []) + ["now", "change"]]
    slower = []
    for name, result in run["results"].items():
        old = statistics.median(saved["results"][name]["ours_ms"])
        scaled = old * ratio("memory_gbytes" if binds_memory(result, run) else "peak_gflops")
        expected = old if not apart else min(old, scaled) if same else scaled
        now = statistics.median(result["ours_ms"])
        change = f"{100 * (now / expected - 1):+.1f} %"
        rows.append([name, digits(old)] + ([digits(expected)] if apart else []) + [digits(now), change])
        if now > expected * (1 + tolerance):
            slower.append(f"{name} ({change})")
    lines += table(rows)
    lines.append(f"slower by more than {100 * tolerance:g} %: {', '.join(slower)}" if slower
                 else f"nothing is slower by more than {100 * tolerance:g} %")
    return lines, slower
