"""The specs in `examples/` run, smaller than they are."""

from pathlib import Path

import pytest

import kpipe

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_it_runs(path, tmp_path):
    run = kpipe.load(path, {"train.epochs": 2, "vars.filters": 4}).run(tmp_path / "run")
    assert run.result["status"] == "completed"


def test_a_child_changes_what_it_says_and_nothing_else():
    base, child = (kpipe.load(EXAMPLES / f"{name}.yaml").spec for name in ("residual", "residual-wide"))
    assert child.train.optimizer.plain() == {"SGD": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}}
    assert child.scope["filters"] == 64
    assert child.data.source.plain() == base.data.source.plain()
