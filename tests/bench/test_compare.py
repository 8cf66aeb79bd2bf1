"""What compare.py makes of readings: ratios, saved runs, what got slower, and every fault in one line. Nothing is
measured and PyTorch is not needed: both sides are scripts that print what a file says. A row of theirs may have other
times with a layout or with memory kept."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare.py")
FAKE = """#!{python}
import json, os, sys
rows = json.load(open({rows!r}))
if "--list" in sys.argv:
    print("\\n".join(name + "\\t{says}" for name in rows))
else:
    for name, row in rows.items():
        if name in sys.argv:
            way = [sys.argv[i + 1] for i, word in enumerate(sys.argv) if word == "--layout"]
            way += ["kept"] if int(os.environ.get("MALLOC_TRIM_THRESHOLD_", 0)) >= 1 << 32 else []
            row = dict(row, ms=row[" ".join(way)]) if way and " ".join(way) in row else row
            with open({calls!r}, "a") as calls:
                calls.write(" ".join(way) + "\\n")
            print(row if isinstance(row, str) else json.dumps(dict(name=name, **row)))
"""


def row(ms, gflop=0.0, gbyte=0.0, peak=100.0, memory=10.0):
    return {"ms": ms, "gflop": gflop, "gbyte": gbyte, "peak_gflops": peak, "memory_gbytes": memory}


# 1 GFLOP at 100 GFLOP/s takes 10 ms, 0.1 GB at 10 GB/s does too.
FIRST = {"product": row(20, gflop=1), "pass": row(40, gbyte=0.1)}


class Compare(unittest.TestCase):
    def setUp(self):
        for name in ("OPENBLAS_CORETYPE", "MALLOC_TRIM_THRESHOLD_"):  # of whoever runs the tests
            os.environ.pop(name, None)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for side, says in (("ours", "what it is"), ("theirs", "wide tall")):
            with open(self.path(side), "w") as file:
                file.write(FAKE.format(python=sys.executable, rows=self.path(side + ".json"), says=says,
                                       calls=self.path(side + ".calls")))
            os.chmod(self.path(side), 0o755)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_compare(self, ours, *options, theirs=None):
        for side, rows in (("ours", ours), ("theirs", theirs or {})):
            with open(self.path(side + ".json"), "w") as file:
                json.dump(rows, file)
        command = [sys.executable, COMPARE, "--bench", self.path("ours"), "--threads", "2", "--rounds", "1", *options]
        command += ["--torch-bench", self.path("theirs")] if theirs else ["--ours-only"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def save(self, ours=FIRST):
        self.assertEqual(self.run_compare(ours, "--save", self.path("run.json"), *ours).returncode, 0)
        return self.path("run.json")

    def assert_fault(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def lines_of(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return {line.split()[0]: line for line in done.stdout.splitlines() if line}

    def test_ratio_and_fraction(self):
        lines = self.lines_of(self.run_compare(FIRST, "product", "pass", theirs={"product": {"ms": 70}}))
        self.assertIn(" 3.5 ", lines["product"])  # 70 / 20
        self.assertIn("50 % of peak", lines["product"])
        self.assertIn("25 % of bandwidth", lines["pass"])
        self.assertIn(" - ", lines["pass"])  # PyTorch's side does not have it

    RIVAL = {"product": {"ms": 70, "wide": 60, "tall": 80, "wide kept": 50, "tall kept": 55}}

    def test_the_rival_is_its_best(self):
        lines = self.lines_of(self.run_compare(FIRST, "product", theirs=self.RIVAL))
        self.assertRegex(lines["product"], r"20\.0 +60\.0 +50\.0 +2\.5 ")  # ours, as it comes, memory kept, 50 / 20
        first_page = {"mlp_step": dict(self.RIVAL["product"], wide=40)}
        done = self.run_compare({"mlp_step": row(20)}, "--markdown", "mlp_step", theirs=first_page)
        self.assertIn("| `mlp_step`: what it is | 20.0 | **40.0** | 50.0 | 2.0 |", done.stdout)
        self.assertIn("| `mlp_step`: what it is | 20.0 | 40.0 | 2.0 |", done.stdout)

    def test_slow_ways_of_the_rival_are_read_once(self):
        self.run_compare(FIRST, "--rounds", "3", "product", theirs=self.RIVAL)
        with open(self.path("theirs.calls")) as file:
            calls = file.read().splitlines()
        # 60 and 55 are within 1.25 times 50, 80 is not.
        self.assertEqual({way: calls.count(way) for way in calls},
                         {"wide": 3, "wide kept": 3, "tall": 1, "tall kept": 3})

    def test_what_is_long_is_read_once(self):
        ours, theirs = {"product": row(20000, gflop=1)}, {"product": {"ms": 30000}}
        self.run_compare(ours, "--rounds", "3", "product", theirs=theirs)
        for side, times in (("ours", 1), ("theirs", 4)):
            with open(self.path(side + ".calls")) as file:
                self.assertEqual(len(file.read().splitlines()), times)

    def test_a_forced_kernel_family_is_told(self):
        self.assertNotIn("OPENBLAS_CORETYPE", self.run_compare(FIRST, "product").stdout)
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"
        self.addCleanup(os.environ.pop, "OPENBLAS_CORETYPE", None)
        saved = self.save()
        self.assertIn("OPENBLAS_CORETYPE=Haswell is set", self.run_compare(FIRST, "product").stdout)
        del os.environ["OPENBLAS_CORETYPE"]
        self.assertIn("Haswell then, none now", self.run_compare(FIRST, "--against", saved).stdout)

    def test_a_saved_run_is_shown_again(self):
        saved = self.path("run.json")
        done = self.run_compare(FIRST, "--save", saved, "product", theirs=self.RIVAL)
        again = self.run_compare({}, "--show", saved, "--rounds", "7")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(again.stdout, done.stdout)
        with open(saved) as file:
            ways = json.load(file)["results"]["product"]["theirs"]
        self.assertEqual({name: way["ms"] for name, way in ways.items()},
                         {"wide as it comes": [60], "wide memory kept": [50], "tall as it comes": [80],
                          "tall memory kept": [55]})

    def test_markdown(self):
        done = self.run_compare(FIRST, "--markdown", "product")
        self.assertIn("| `product`: what it is | 20.0 | 50 % of peak |", done.stdout)

    def test_slower_by_more_than_the_tolerance(self):
        saved = self.save()
        now = {"product": row(21.9, gflop=1), "pass": row(45, gbyte=0.1)}  # + 9.5 % and + 12.5 %
        done = self.run_compare(now, "--against", saved)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("slower by more than 10 %: pass (+12.5 %)\n", done.stdout)
        self.assertEqual(self.run_compare(now, "--against", saved, "--tolerance", "15").returncode, 0)
        done = self.run_compare(now, "--against", saved, "--tolerance", "5")
        self.assertIn("slower by more than 5 %: product (+9.5 %), pass (+12.5 %)\n", done.stdout)

    def test_all_readings_and_the_machine_are_kept(self):
        with open(self.save()) as file:
            run = json.load(file)
        self.assertEqual(run["results"]["product"]["ours_ms"], [20])
        self.assertEqual((run["peak_gflops"], run["memory_gbytes"], run["threads"]), (100, 10, 2))
        for key in ("date", "commit", "machine"):
            self.assertIn(key, run)

    def test_another_machine_is_scaled_by_the_rate_that_binds(self):
        saved = self.save()
        with open(saved) as file:
            run = json.load(file)
        with open(saved, "w") as file:
            json.dump(dict(run, machine="another"), file)
        # Half the peak, the same bandwidth: 40 ms are the same, for what memory binds 48 are more.
        now = {"product": row(40, gflop=1, peak=50), "pass": row(48, gbyte=0.1, peak=50)}
        done = self.run_compare(now, "--against", saved)
        self.assertIn("the machine differs", done.stdout)
        self.assertIn("slower by more than 10 %: pass (+20.0 %)\n", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_a_busy_machine_does_not_hide_what_got_slower(self):
        saved = self.save()
        self.assertNotIn("busy", self.run_compare(FIRST, "--against", saved).stdout)
        # Busy now: twice the time at half the peak may be the program's fault.
        done = self.run_compare({"product": row(40, gflop=1, peak=50)}, "--against", saved, "product")
        self.assertIn("the machine was busy", done.stdout)
        self.assertIn("slower by more than 10 %: product (+100.0 %)\n", done.stdout)
        self.assertEqual(done.returncode, 1)
        # Busy then: at twice the peak the same time is slower.
        done = self.run_compare({"product": row(20, gflop=1, peak=200)}, "--against", saved, "product")
        self.assertIn("slower by more than 10 %: product (+100.0 %)\n", done.stdout)
        done = self.run_compare({"product": row(10, gflop=1, peak=200)}, "--against", saved, "product")
        self.assertEqual(done.returncode, 0)

    def test_faults_of_a_saved_file(self):
        saved = self.save()
        self.assert_fault(self.run_compare(FIRST, "--against", self.path("none.json")), 2, "none.json cannot be read")
        other = dict(FIRST, third=row(1))
        self.assert_fault(self.run_compare(other, "--against", saved, "third"), 2, "has no third", "product")
        self.assert_fault(self.run_compare(FIRST, "--against", saved, "--threads", "1"), 2, "--threads 2")
        with open(saved) as file:
            whole = file.read()
        for damaged in (whole[:len(whole) // 2], "", "[]", whole.replace('"ours_ms"', '"their_ms"'),
                        whole.replace('"peak_gflops": 100.0', '"peak_gflops": 0')):
            with open(saved, "w") as file:
                file.write(damaged)
            self.assert_fault(self.run_compare(FIRST, "--against", saved), 2, "is damaged")
        self.assert_fault(self.run_compare(FIRST, "product", "--save", self.path("no/run.json")), 2, "cannot be written")

    def test_faults_of_the_programs(self):
        self.assert_fault(self.run_compare(FIRST, "third"), 2, "has no third; it has product, pass")
        self.assert_fault(self.run_compare(FIRST, "product", "--bench", self.path("none")), 1, "cannot be run", "build")
        self.assert_fault(self.run_compare({"product": "no JSON"}, "product"), 1, "something else than a measurement")
        self.assert_fault(self.run_compare({"product": {"ms": 1}}, "product"), 1, "does not say its gbyte, gflop")
        self.assert_fault(self.run_compare(FIRST, "product", theirs={"product": "no JSON"}), 1, "something else")
        with open(self.path("theirs"), "w") as file:
            file.write("import sys; sys.exit('PyTorch is not there')")
        self.assert_fault(self.run_compare(FIRST, "product", theirs={"product": {}}), 1, "PyTorch is not there")
        self.assert_fault(self.run_compare(FIRST, "--rounds", "0"), 2, "--rounds")


if __name__ == "__main__":
    unittest.main()
