#!/usr/bin/env python3
"""Losses beside InfoNCE on the same seeds: paired.py RUN... (folders that `nce eval` has measured).

Runs that differ in their loss and seed alone make a table: mean and spread over the seeds, the mean difference to info_nce
with its standard error, and p of the paired t-test. Needs Python 3.11 and nothing else."""
import json
import math
import pathlib
import statistics
import sys
import tomllib


def p_of(t, df, steps=20000):
    """Two-sided: the share of Student's distribution beyond |t|. With t = sqrt(df) tan(a) its density is cos(a)^(df - 1)."""
    def area(low):
        width = (math.pi / 2 - low) / steps
        return width * sum(math.cos(low + (i + 0.5) * width) ** (df - 1) for i in range(steps))
    return area(math.atan(abs(t) / math.sqrt(df))) / area(0)


def main(folders):
    tables = {}  # by all but loss and seed: by loss: by seed
    for folder in map(pathlib.Path, folders):
        config = tomllib.loads((folder / "config.toml").read_text())
        scores = json.loads((folder / "eval.json").read_text())
        loss, seed = config.pop("loss"), config["run"].pop("seed")
        config["data"].pop("root", None)
        name = loss.pop("name")
        shown = {key: loss[key] for key in ("delta", "gamma", "positive_weight", "f") if key in loss}
        label = " ".join([name, *(f"{key} {value}" for key, value in shown.items())])
        for column in scores["columns"]:
            key = (json.dumps(config, sort_keys=True), str(loss.get("temperature")), column["title"])
            title = f"{config['data']['name']}, {config['encoder']['name']}, {config['run']['epochs']} epochs: {column['title']}"
            runs = tables.setdefault(key, (title, {}))[1].setdefault(label, {})
            runs[seed] = 100 * scores[column["key"]]
    for title, losses in tables.values():
        print(f"\n{title}, %\n\n| loss | seeds | mean ± spread | less info_nce | p |\n| --- | ---: | ---: | ---: | ---: |")
        base = losses.get("info_nce", {})
        for label, runs in losses.items():
            values = list(runs.values())
            spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
            away = [runs[seed] - base[seed] for seed in runs if seed in base]
            beside = p = ""
            if runs is not base and len(away) > 1:
                mean, error = statistics.mean(away), statistics.stdev(away) / math.sqrt(len(away))
                beside = f"{mean:+.2f} ± {error:.2f}"
                p = f"{p_of(mean / error, len(away) - 1):.3f}" if error > 0 else ""
            print(f"| {label} | {len(values)} | {statistics.mean(values):.2f}{spread} | {beside} | {p} |")


if len(sys.argv) < 2:
    sys.exit("usage: python3 examples/paired.py RUN...")
main(sys.argv[1:])
