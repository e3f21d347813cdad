"""Runs that are killed at drawn moments become an uninterrupted run; `python tests/kill_and_resume.py 1000` does more."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "kill_and_resume.py"
#: Two kills at each kind of moment, and more of one kind after another.
COUNT, SEED = 6, 4


def test_killed_runs_are_bit_identical_to_an_uninterrupted_run(tmp_path):
    # A process of its own: a fork is safe only where TensorFlow has not run yet.
    command = [sys.executable, str(SCRIPT), str(COUNT), str(SEED), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert f"{COUNT} of {COUNT} equal to the bit (seed {SEED}, in {tmp_path})" in lines
    runs = [line for line in lines if re.match(rf"\d+/{COUNT} killed ", line)]
    assert len(runs) == COUNT >= 5
    assert all(line.endswith(": equal") for line in runs)
    for moment in (r"after [0-9.]+ s", r"writing \d+", r"between \d+"):
        assert sum(bool(re.search(moment, line)) for line in runs) >= 2
