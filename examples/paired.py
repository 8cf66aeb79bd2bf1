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


def tables_of(folders):
    """By all but loss and seed: a title, and by the loss with its options: by seed: a folder and its score."""
    tables = {}
    for folder in map(pathlib.Path, folders):
        config = tomllib.loads((folder / "config.toml").read_text())
        scores = json.loads((folder / "eval.json").read_text())
        loss, seed = config.pop("loss"), config["run"].pop("seed")
        config["data"].pop("root", None)
        config["loss"] = loss.pop("temperature", None)
        for column in scores["columns"]:
            key = json.dumps([config, column["title"]], sort_keys=True)
            title = f"{config['data']['name']}, {config['encoder']['name']}, {config['run']['epochs']} epochs: {column['title']}"
            runs = tables.setdefault(key, (title, {}))[1].setdefault(tuple(loss.items()), {})
            if seed in runs:
                sys.exit(f"paired.py: {runs[seed][0]} and {folder} differ in nothing: name one of them")
            runs[seed] = folder, 100 * scores[column["key"]]
    return tables.values()


def labels_of(losses):
    """Names of losses, with the options that tell apart those of one name."""
    def differs(loss, key):
        return len({dict(other).get(key) for other in losses if dict(other)["name"] == dict(loss)["name"]}) > 1
    return [" ".join([dict(loss)["name"], *(f"{key} {value}" for key, value in loss if key != "name" and differs(loss, key))])
            for loss in losses]


def main(folders):
    for title, losses in tables_of(folders):
        if len(losses) == 1 and len(folders) > len(next(iter(losses.values()))):
            continue  # a loss that stands alone has nothing beside it
        print(f"\n{title}, x 100\n\n| loss | seeds | mean ± spread | less info_nce | p |\n| --- | ---: | ---: | ---: | ---: |")
        bases = [loss for loss in losses if dict(loss)["name"] == "info_nce"]
        if len(bases) > 1:
            sys.exit(f"paired.py: {title}: runs of several kinds of info_nce; name those of one")
        base = losses[bases[0]] if bases else {}
        for label, runs in zip(labels_of(losses), losses.values()):
            values = [score for _, score in runs.values()]
            spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
            away = [runs[seed][1] - base[seed][1] for seed in runs if seed in base]
            beside = p = ""
            if runs is not base and len(away) > 1:
                mean, error = statistics.mean(away), statistics.stdev(away) / math.sqrt(len(away))
                beside = f"{mean:+.2f} ± {error:.2f}"
                p = p_of(mean / error, len(away) - 1) if error > 0 else math.nan
                p = "" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
            print(f"| {label} | {len(values)} | {statistics.mean(values):.2f}{spread} | {beside} | {p} |")


if len(sys.argv) < 2:
    sys.exit("usage: python3 examples/paired.py RUN...")
main(sys.argv[1:])
