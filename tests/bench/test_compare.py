"""What compare.py makes of readings: ratios, saved runs, what got slower, and every fault in one line. Nothing is
measured and PyTorch is not needed: both sides are scripts that print what a file says."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare.py")
FAKE = """#!{python}
import json, sys
rows = json.load(open({rows!r}))
if "--list" in sys.argv:
    print("\\n".join(name + "\\twhat it is" for name in rows))
else:
    for name, row in rows.items():
        if name in sys.argv:
            print(row if isinstance(row, str) else json.dumps(dict(name=name, **row)))
"""


def row(ms, gflop=0.0, gbyte=0.0, peak=100.0, memory=10.0):
    return {"ms": ms, "gflop": gflop, "gbyte": gbyte, "peak_gflops": peak, "memory_gbytes": memory}


# 1 GFLOP at 100 GFLOP/s takes 10 ms, 0.1 GB at 10 GB/s does too.
FIRST = {"product": row(20, gflop=1), "pass": row(40, gbyte=0.1)}


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for side in ("ours", "theirs"):
            with open(self.path(side), "w") as file:
                file.write(FAKE.format(python=sys.executable, rows=self.path(side + ".json")))
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

    def test_ratio_and_fraction(self):
        done = self.run_compare(FIRST, "product", "pass", theirs={"product": {"ms": 70}})
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
        self.assertIn(" 3.5 ", lines["product"])  # 70 / 20
        self.assertIn("50 % of peak", lines["product"])
        self.assertIn("25 % of bandwidth", lines["pass"])
        self.assertIn(" - ", lines["pass"])  # PyTorch's side does not have it

    def test_markdown(self):
        done = self.run_compare(FIRST, "--markdown", "product")
        self.assertIn("| `product`: what it is | 20.0 (20.0 .. 20.0) | 50 % of peak |", done.stdout)

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
        self.assertEqual(self.run_compare({"product": row(10, gflop=1, peak=200)}, "--against", saved, "product").returncode, 0)

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
