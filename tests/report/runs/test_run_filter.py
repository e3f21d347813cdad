from pathlib import Path

import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.report.runs.run_filter import RunFilter
from kpipe.report.runs.run_summary import RunSummary

RUN = RunSummary(
    Path("runs/a"),
    "run",
    "completed",
    name="resnet-18",
    epochs=9,
    validation={"accuracy": 0.9},
    started="2026-01-02T00:00:00Z",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("val_accuracy>0.9", False),
        ("val_accuracy >= 0.9", True),
        ("val_accuracy<1", True),
        ("val_accuracy<=0.5", False),
        ("epochs=9", True),
        ("epochs==9.0", True),
        ("epochs!=9", False),
        ("status=completed", True),
        ("status!=completed", False),
        ("name=resnet*", True),
        ("name=resnet", False),
        ("folder=runs/?", True),
        ("started>=2026-01-02", True),
        ("started<2026-01-02", False),
        ("verdict=", True),
        ("verdict!=", False),
        ("name=", False),
        ("name!=", True),
        ("test_accuracy<1", False),
        ("test_accuracy!=1", False),
        ("val_accuracy!=x", True),
    ],
)
def test_conditions(text, expected):
    assert RunFilter.parse(text).accepts(RUN) == expected


@pytest.mark.parametrize(
    "text", ["", "status", "=3", "status>completed", "epochs=many", "val_loss<small", "epochs<", "a b=3"]
)
def test_what_is_no_condition(text):
    with raises(DataError):
        RunFilter.parse(text)
