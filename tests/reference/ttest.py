"""Golden values of the paired t-test, by scipy.stats.ttest_rel: ttest.py > ttest.json"""
import json

import numpy
from scipy.stats import ttest_rel

random = numpy.random.default_rng(1)
cases = []
for n in (2, 3, 4, 5, 6, 10, 31):
    for shift in (0, 0.5, 2):
        a, b = random.normal(size=n), random.normal(size=n) + shift
        away = a - b
        cases.append({"differences": away.tolist(), "mean": away.mean(), "error": away.std(ddof=1) / n ** 0.5, "p": ttest_rel(a, b).pvalue})
print(json.dumps(cases))
