"""nce_bench and nce_bench_ops, as compare.py uses them: python3 test_programs.py NCE_BENCH NCE_BENCH_OPS"""
import json
import subprocess
import sys
import unittest

NCE_BENCH, NCE_BENCH_OPS = sys.argv[1:3]


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Programs(unittest.TestCase):
    def test_a_workload_is_a_line_of_json(self):
        for command in ((NCE_BENCH, "--json", "ntxent_512"), (NCE_BENCH_OPS, "--json", "nt_xent of 512")):
            done = run(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.splitlines()
            self.assertEqual(len(lines), 1)
            row = json.loads(lines[0])
            self.assertIn("512", row["name"])
            self.assertLessEqual(row["min_ms"], row["ms"])
            self.assertLessEqual(row["ms"], row["max_ms"])
            self.assertAlmostEqual(row["gflop"], 3 * 512**2 * 128 / 1e9, places=4)
            self.assertAlmostEqual(row["gflops"] * row["ms"], 1000 * row["gflop"], delta=0.01 * 1000 * row["gflop"])
            self.assertAlmostEqual(row["fraction"], row["gflops"] / row["peak_gflops"], delta=0.01 * row["fraction"])
            for key in ("cpu_ms", "threads", "memory_gbytes"):
                self.assertGreater(row[key], 0)

    def test_a_transform_alone_can_be_timed(self):
        done = run(NCE_BENCH, "--json", "augment_flip")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(json.loads(done.stdout)["ms"], 0)

    def test_help_and_list(self):
        for program in (NCE_BENCH, NCE_BENCH_OPS):
            self.assertEqual(run(program, "--help").returncode, 0)
            self.assertIn("--json", run(program, "--help").stdout)
            self.assertGreater(len(run(program, "--list").stdout.splitlines()), 9)
        self.assertIn("conv4_step", run(NCE_BENCH, "--help").stdout)

    def test_what_makes_no_sense_ends_with_2(self):
        for command in ((NCE_BENCH, "nope"), (NCE_BENCH, "--nope"), (NCE_BENCH, "--threads"),
                        (NCE_BENCH, "--threads", "two"), (NCE_BENCH, "--threads", "0"), (NCE_BENCH, "--views", "7"),
                        (NCE_BENCH_OPS, "nope"), (NCE_BENCH_OPS, "--nope"), (NCE_BENCH_OPS, "--step", "nope"),
                        (NCE_BENCH_OPS, "--views", "8"), (NCE_BENCH_OPS, "--step", "conv4", "gemm")):
            done = run(*command)
            self.assertEqual(done.returncode, 2, command)
            self.assertIn("usage: nce_bench", done.stderr)

    def test_a_steps_operations_make_up_the_step(self):
        done = run(NCE_BENCH_OPS, "--json", "--step", "conv4", "--views", "8")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertAlmostEqual(sum(row["share"] for row in rows[:-1]), 1, places=6)
        self.assertTrue(any("conv3" in row["name"] and "by weight" in row["name"] for row in rows))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
