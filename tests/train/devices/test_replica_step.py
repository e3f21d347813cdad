"""Two replicas train what one device trains: one table, each line asserted."""

import json
import sys
from pathlib import Path

import pytest
import warm_process

from ..replica_cases import CASES

#: Half precision has three digits; everything else is exact but for the order of additions.
TOLERANCE = {name: 2e-3 for name in CASES if "mixed precision" in name}


@pytest.fixture(scope="module")
def found():
    """The differences of all cases, from one child with two devices."""
    command = [sys.executable, "-m", "tests.train.replica_cases"]
    done = warm_process.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_the_table(found):
    columns = sorted({name for line in found["cases"].values() for name in line} - {"size"})
    print(f"\n{'largest difference':40}" + "".join(f"{name:>16}" for name in columns))
    for name, line in found["cases"].items():
        print(f"{name:40}" + "".join(f"{line[column]:16.1e}" if column in line else " " * 16 for column in columns))
    assert found["cases"].keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_two_replicas_train_the_same_model_as_one(found, name):
    line = found["cases"][name]
    assert line.pop("size") > 0.1
    assert max(line.values()) <= TOLERANCE.get(name, 1e-5), line


def test_dropout_draws_another_mask_on_each_replica_and_the_same_ones_again(found):
    first, again = found["masks"]
    assert first == again
    assert len({tuple(mask) for mask in first}) == 4
    assert all(0 in mask and any(mask) for mask in first)


def test_two_replicas_train_the_same_stages_as_one(found):
    line = found["stages"]
    assert line.pop("epochs") == 4
    assert max(line.values()) <= 2e-6, line


def test_a_nan_on_one_replica_skips_the_step_on_all(found):
    assert found["nan"]["changed"] == 0
    assert found["nan"]["scale"] == found["nan"]["initial"] / 2
