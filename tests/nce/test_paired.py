"""examples/paired.py on folders as `nce eval` leaves them."""
import json
import pathlib
import subprocess
import sys
import tempfile

if sys.version_info < (3, 11):
    sys.exit(77)  # paired.py needs tomllib
PAIRED = pathlib.Path(__file__).parents[2] / "examples" / "paired.py"


def run(folder, loss, seed, score):
    folder.mkdir()
    (folder / "config.toml").write_text(f'[data]\nname = "a"\n[encoder]\nname = "mean"\n[loss]\n{loss}\n[run]\nepochs = 1\nseed = {seed}\n')
    (folder / "eval.json").write_text(json.dumps({"columns": [{"key": "s", "title": "S"}], "s": score}))
    return str(folder)


def paired(*folders):
    return subprocess.run([sys.executable, "-B", PAIRED, *folders], capture_output=True, text=True)


with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    folders = []
    for seed, (base, half, one) in enumerate([(0.50, 0.52, 0.53), (0.51, 0.52, 0.55), (0.52, 0.53, 0.57)]):
        folders.append(run(root / f"i{seed}", 'name = "info_nce"\ntemperature = 0.1\nsymmetric = true', seed, base))
        for beta, score in ((0.5, half), (1.0, one)):  # an option that no list has to know
            folders.append(run(root / f"h{seed}{beta}", f'name = "hard"\ntemperature = 0.1\nbeta = {beta}', seed, score))
    lines = paired(*folders).stdout.splitlines()
    assert "| info_nce | 3 | 51.00 ± 1.00 |  |  |" in lines, lines
    assert "| hard beta 0.5 | 3 | 52.33 ± 0.58 | +1.33 ± 0.33 | 0.057 |" in lines, lines  # t = 4 with 2 degrees
    assert "| hard beta 1.0 | 3 | 55.00 ± 2.00 | +4.00 ± 0.58 | 0.020 |" in lines, lines
    again = run(root / "again", 'name = "hard"\ntemperature = 0.1\nbeta = 1.0', 0, 0.9)
    twice = paired(*folders, again)
    assert twice.returncode == 1 and f"{root / 'h01.0'} and {again} differ in nothing" in twice.stderr, twice
    # Another data set with one loss has nothing to compare, and tiny p are said to be so.
    alone = run(root / "alone", 'name = "info_nce"', 0, 0.5)
    config = root / "alone" / "config.toml"
    config.write_text(config.read_text().replace('"a"', '"b"'))
    sure = [run(root / f"s{seed}", 'name = "sure"\ntemperature = 0.1', seed, score)
            for seed, score in enumerate((0.9001, 0.9102, 0.9201))]
    printed = paired(*folders, *sure, alone).stdout
    assert "b, mean" not in printed and "| < 0.001 |" in printed, printed
    assert "b, mean" in paired(alone).stdout
