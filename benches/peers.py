#!/usr/bin/env python3
"""perfverdict beside other tools that read the same CSV, and beside `wc -l` as the floor.

    pip install polars pandas pyarrow duckdb
    cargo build --release
    python3 benches/peers.py [FOLDER]

Makes PerfLog-Long logs of a server with 230 processes in FOLDER (a temporary one otherwise), reads
each file once so that it lies in the page cache, and prints the median wall time and peak memory of
whole processes, started in turn. Peers only parse the CSV into columns; perfverdict also judges it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "target", "release", "perfverdict")
RUNS = 5


def run(command):
    """Wall seconds and peak memory in MB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)} failed: {error.decode(errors='replace')[-300:]}")
    return seconds, usage.ru_maxrss / 1024


def table(title, path, commands):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass
    results = {name: [] for name, _ in commands}
    for turn in range(RUNS):
        for name, command in commands:
            # The slow ones need not be shown to be slow five times.
            if turn < 2 or statistics.median(s for s, _ in results[name]) < 10:
                results[name].append(run(command))
    floor = statistics.median(s for s, _ in results["wc -l"])
    print(f"\n{title}, {size / 2**20:.0f} MB")
    print(f"{'':44}{'seconds':>8}{'MB/s':>8}{'x wc -l':>9}{'peak MB':>9}")
    for name, _ in commands:
        seconds = statistics.median(s for s, _ in results[name])
        peak = max(m for _, m in results[name])
        print(f"{name:44}{seconds:8.2f}{size / 2**20 / seconds:8.0f}{seconds / floor:9.1f}{peak:9.0f}")


def python(code, path):
    return [sys.executable, "-c", code, path]


PEERS = [
    ("polars read_csv", "import sys, polars; polars.read_csv(sys.argv[1])"),
    ("pyarrow read_csv", "import sys, pyarrow.csv; pyarrow.csv.read_csv(sys.argv[1])"),
    ("pandas read_csv", "import sys, pandas; pandas.read_csv(sys.argv[1])"),
    ("duckdb read_csv", "import sys, duckdb; duckdb.sql(\"create table t as select * from read_csv('\" + sys.argv[1] + \"')\")"),
]


def available(code):
    return subprocess.run([sys.executable, "-c", code.split(";")[0]], capture_output=True).returncode == 0


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = sys.argv[1] if len(sys.argv) > 1 else temporary
        peers = [(name, code) for name, code in PEERS if available(code) or print(f"{name}: not installed")]
        for megabytes in (60, 300, 600):
            subdir = os.path.join(folder, str(megabytes))
            if not os.path.exists(os.path.join(subdir, "perflog-long.csv")):
                run([TOOL, "demo", subdir, "--big", str(megabytes)])
            csv, blg = (os.path.join(subdir, f"perflog-long.{kind}") for kind in ("csv", "blg"))
            out = os.path.join(subdir, "converted.csv")
            # Peers only once, at the size where they are compared.
            others = [(name, python(code, csv)) for name, code in peers] if megabytes == 300 else []
            table("CSV", csv, [("wc -l", ["wc", "-l", csv]), ("perfverdict analyze", [TOOL, "analyze", csv, "--no-report"]), *others])
            table("blg", blg, [("wc -l", ["wc", "-l", blg]), ("perfverdict analyze", [TOOL, "analyze", blg, "--no-report"])])
            table(
                "CSV, written",
                csv,
                [("wc -l", ["wc", "-l", csv]), ("perfverdict convert .blg to .csv", [TOOL, "convert", blg, "-o", out, "--force"])],
            )
            os.remove(out)


if __name__ == "__main__":
    main()
