#!/usr/bin/env python3
"""Which part of SC-InfoNCE's effect is the target's shape, and which is a drift that temperature gives as well?

    python3 sc_info_nce.py FOLDER [--score linear]

FOLDER holds runs of `nce compare examples/sc_info_nce.toml --full`. A table for each data set and encoder, x 100. drift is
delta - gamma - 1: what pulls all similarities up or down. cos+ is the mean cosine of two views, at which a run ends. InfoNCE at
another temperature has the same cos+: "there" is the score less that of InfoNCE at that temperature, seed by seed, read
between the temperatures that were run. What is left there, temperature does not give. Then the two parts alone: the mean over all
drifts of what delta does, and the mean over all delta of what drift does. With standard errors and p of the paired t-test.
Needs Python 3.11 with numpy and scipy."""
import argparse
import collections
import json
import math
import pathlib
import tomllib

import numpy as np
from scipy import stats


def read(folder):
    """By data set and encoder, by the loss's setting, by seed: the scores of a run."""
    tables = collections.defaultdict(lambda: collections.defaultdict(dict))
    for file in sorted(pathlib.Path(folder).glob("*/eval.json")):
        config, scores = tomllib.loads((file.parent / "config.toml").read_text()), json.loads(file.read_text())
        loss, encoder = config["loss"], config["encoder"]
        if scores.get("positive_cosine") is None:
            continue  # not measured with --full
        if loss["name"] == "info_nce":
            setting = "temperature", loss["temperature"]
        elif loss["name"] in ("dcl", "sc_info_nce") and loss["temperature"] == 0.2:
            delta = loss.get("delta", 1)
            gamma = loss.get("gamma", "")  # unset: on the line
            setting = "delta", delta, round(delta - 1 - (delta - 1 if gamma == "" else gamma), 6)
        else:
            continue
        epochs = config["run"]["epochs"]
        table = f"{config['data']['name']}, {encoder['name']} (width {encoder['width']}), {epochs} epoch{'s' * (epochs > 1)}"
        tables[table][setting][config["run"]["seed"]] = scores
    return tables


def test(differences):
    """Mean, standard error and p of differences by seed, as text."""
    away = np.array([d for d in differences if math.isfinite(d)])
    if len(away) < 2:
        return "- | -"
    p = stats.ttest_1samp(away, 0).pvalue
    return f"{away.mean():+.2f} ± {stats.sem(away):.2f} | " + ("-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}")


def show(title, runs, score):
    def values(setting, key=score, times=100):
        return {seed: times * run[key] for seed, run in runs[setting].items() if run.get(key) is not None}

    def less(one, other):
        return {seed: one[seed] - other[seed] for seed in one if seed in other}

    temperatures = sorted(s[1] for s in runs if s[0] == "temperature")
    squares = sorted(s for s in runs if s[0] == "delta")
    base = values(("temperature", 0.2))

    def there(setting):
        """By seed: the temperature with the same cos+, and the score less that of InfoNCE there. Outside those run: NaN."""
        found = {}
        for seed, cosine in values(setting, "positive_cosine", 1).items():
            points = sorted((values(("temperature", t), "positive_cosine", 1)[seed], math.log(t), values(("temperature", t))[seed])
                            for t in temperatures if seed in values(("temperature", t)))
            if points:
                x, log_t, y = zip(*points)
                found[seed] = (math.exp(np.interp(cosine, x, log_t)),
                               values(setting)[seed] - np.interp(cosine, x, y, left=math.nan, right=math.nan))
        return found

    print(f"\n{title}: {score}\n\n| loss | drift | slope | r | cos+ | {score} | less InfoNCE 0.2 | p | temperature | there | p |")
    print("| --- |" + " ---: |" * 10)
    for setting in [("temperature", t) for t in temperatures] + squares:
        own = values(setting)
        mean = lambda key: f"{np.mean(list(values(setting, key, 1).values()) or [math.nan]):.2f}"
        row = [f"InfoNCE {setting[1]:g}", ""] if setting[0] == "temperature" else [
            f"delta {setting[1]:g}, gamma {setting[1] - 1 - setting[2]:g}", f"{setting[2]:+g}"]
        row += [mean(key) for key in ("states_slope", "states_r", "positive_cosine")]
        row += [f"{np.mean(list(own.values())):.2f} ± {np.std(list(own.values()), ddof=1):.2f}" if len(own) > 1 else "-"]
        row += [test(less(own, base).values()) if own is not base and setting != ("temperature", 0.2) else " | "]
        if setting[0] == "delta":
            like = there(setting)
            row += [f"{np.mean([t for t, _ in like.values()]):.2f}" if like else "-", test(d for _, d in like.values())]
        else:
            row += ["", " | "]
        print("| " + " | ".join(row) + " |")

    deltas, drifts = ({s[i] for s in squares} for i in (1, 2))
    if len(squares) < len(deltas) * len(drifts) or len(deltas) < 2 or len(drifts) < 2:
        return
    print(f"\n| part | {score} | p |\n| --- | ---: | ---: |")
    for name, place, steps in ("delta", 1, deltas), ("drift", 2, drifts):
        for step in sorted(steps):
            plain = 2 - place  # delta 1, drift 0
            if step == plain:
                continue
            pairs = [less(values(s), values((*s[:place], plain, *s[place + 1:]))) for s in squares if s[place] == step]
            by_seed = collections.defaultdict(list)
            for pair in pairs:
                for seed, difference in pair.items():
                    by_seed[seed].append(difference)
            whole = [np.mean(d) for d in by_seed.values() if len(d) == len(pairs)]
            print(f"| {name} {step:g} beside {plain} | {test(whole)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--score", default="linear", help="a score of eval.json: linear, knn, kmeans_acc ...")
    options = parser.parse_args()
    tables = read(options.folder)
    if not tables:
        raise SystemExit(f"sc_info_nce.py: {options.folder} has no runs that nce eval --full has measured")
    for title, runs in tables.items():
        show(title, runs, options.score)


main()
