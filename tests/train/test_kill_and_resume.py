"""Runs that are killed at drawn moments become an uninterrupted run; `python tests/kill_and_resume.py 1000` does more."""

import re
import sys
from pathlib import Path

import warm_process

SCRIPT = Path(__file__).parent.parent / "kill_and_resume.py"
#: A draw with eleven kills of six runs, one of each kind of spec; those with LBFGS and with stages are killed at all kinds
#: of moment.
COUNT, SEED = 6, 22939


def test_killed_runs_are_bit_identical_to_an_uninterrupted_run(tmp_path):
    # A process of its own: a fork is safe only where TensorFlow has not run yet.
    command = [sys.executable, str(SCRIPT), str(COUNT), str(SEED), str(tmp_path)]
    result = warm_process.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert f"{COUNT} of {COUNT} equal to the bit (seed {SEED}, in {tmp_path})" in lines
    runs = [line for line in lines if re.match(rf"\d+/{COUNT} killed ", line)]
    assert len(runs) == COUNT
    assert all(line.endswith(": equal") for line in runs)
    kills = re.findall(r"after [0-9.]+ s|writing \d+|between \d+", " ".join(runs))
    assert len(kills) == 11
    for moment in ("after", "writing", "between"):
        assert sum(kill.startswith(moment) for kill in kills) >= 2
