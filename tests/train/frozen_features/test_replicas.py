"""Two replicas train with features what they train without them, and what one device trains."""

import json
import sys
from pathlib import Path

import warm_process


def test_features_on_two_replicas(tmp_path):
    command = [sys.executable, "-m", "tests.train.frozen_features.replicas", str(tmp_path)]
    done = warm_process.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["frozen"] == 0
    assert found["one"] < 1e-6
