"""examples/sc_info_nce.py on runs that were made up: a drift that does what a temperature does, and one that does more."""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import scipy.stats  # noqa: F401
    import tomllib  # noqa: F401
except ImportError:
    sys.exit(77)
SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "sc_info_nce.py"


def run(root, loss, seed, score, cosine):
    folder = root / f"{len(list(root.iterdir()))}"
    folder.mkdir()
    settings = "\n".join(f"{key} = {json.dumps(value)}" for key, value in loss.items())
    (folder / "config.toml").write_text(
        f'[data]\nname = "a"\n[encoder]\nname = "conv4"\nwidth = 16\n[loss]\n{settings}\n[run]\nepochs = 1\nseed = {seed}\n')
    (folder / "eval.json").write_text(
        json.dumps({"linear": score, "positive_cosine": cosine, "states_r": 0.9, "states_slope": None}))


with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    for seed, noise in enumerate((0, 0.002, -0.001)):
        for t in (0.1, 0.2, 0.4):  # cos+ and the score rise by the same for each doubling
            steps = math.log2(t / 0.2)
            run(root, {"name": "info_nce", "temperature": t}, seed, 0.5 + 0.04 * steps + noise, 0.6 + 0.1 * steps)
        for delta in (0.5, 1, 1.5):
            for drift in (0, 0.2):
                # drift 0.2: as half a doubling of the temperature. delta 1.5: 3 % more at the same cos+.
                more = 0.03 * (delta == 1.5) + seed * 0.001
                loss = {"name": "sc_info_nce", "temperature": 0.2, "delta": delta, "gamma": delta - 1 - drift}
                if delta == 1 and drift == 0:
                    loss = {"name": "dcl", "temperature": 0.2}
                if delta == 0.5 and drift == 0:
                    loss["gamma"] = ""  # unset: on the line
                run(root, loss, seed, 0.5 + 0.1 * drift + noise + more, 0.6 + drift / 4)
    printed = subprocess.run([sys.executable, "-B", SCRIPT, str(root)], capture_output=True, text=True)
    lines = printed.stdout.splitlines()
    assert printed.returncode == 0, printed
    assert "a, conv4 (width 16), 1 epoch: linear" in lines, lines
    by_name = {line.split(" | ")[0] + line.split(" | ")[1]: line for line in lines if line.count(" | ") > 8}
    # Drift 0.2 is +2 % beside InfoNCE at 0.2; at the temperature of the same cos+ nothing is left but the seeds' 0.1 %.
    drift = by_name["| delta 1, gamma -0.2" + "+0.2"]
    assert "| nan | 0.90 | 0.65 | 52.13 ± 0.15 | +2.10 ± 0.06 | < 0.001 | 0.28 | +0.10 ± 0.06 | 0.225 |" in drift, drift
    shape = by_name["| delta 1.5, gamma 0.5" + "+0"]
    assert "+3.10 ± 0.06 | < 0.001 | 0.20 | +3.10 ± 0.06 | < 0.001 |" in shape, shape
    assert "InfoNCE 0.2" in "".join(by_name) and "delta 0.5, gamma -0.5+0" in "".join(by_name), by_name
    assert "| delta 1.5 beside 1 | +3.00 ± 0.00 | < 0.001 |" in lines, lines
    assert "| drift 0.2 beside 0 | +2.00 ± 0.00 | < 0.001 |" in lines, lines
    none = subprocess.run([sys.executable, "-B", SCRIPT, str(root / "none")], capture_output=True, text=True)
    assert none.returncode == 1 and "has no runs that nce eval --full has measured" in none.stderr, none
