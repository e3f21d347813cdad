"""A run on a large CSV file of numbers: its largest memory and its duration; run manually.

    python tests/benchmarks/table.py [ROWS] [COLUMNS]

Writes numbers with 6 decimals into a temporary folder, 2,000,000 rows of 50 columns and a target by default (0.97 GB),
trains a small model on them for one epoch by `kpipe run`, and prints the largest resident memory of the process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SPEC = """
name: table
data: {source: {Table: {path: table.csv, target: y}}, batch_size: 8192, prepare: [Standardize]}
model: [{Dense: {units: 32, activation: relu}}, {Dense: {units: 1}}]
train: {epochs: 1}
"""
CHUNK = 20_000


def write_table(path: Path, rows: int, columns: int) -> None:
    rng = np.random.default_rng(0)
    line = ",".join(["%.6f"] * (columns + 1)) + "\n"
    with path.open("w") as file:
        file.write(",".join([*(f"c{column}" for column in range(columns)), "y"]) + "\n")
        for first in range(0, rows, CHUNK):
            values = rng.normal(scale=3, size=(min(CHUNK, rows - first), columns + 1))
            file.write("".join(line % tuple(row) for row in values.tolist()))


def main(rows: int, columns: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_table(folder / "table.csv", rows, columns)
        (folder / "table.yaml").write_text(SPEC)
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "kpipe", "run", "table.yaml", "--output", "run"], cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        if status:
            raise SystemExit(f"the run ended with status {status}")
        size = (folder / "table.csv").stat().st_size / 1e9
        print(f"{rows:,} x {columns}, {size:.2f} GB: at most {usage.ru_maxrss * 1024 / 1e9:.2f} GB, {seconds:.0f} s")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*given, *(2_000_000, 50)[len(given) :])
