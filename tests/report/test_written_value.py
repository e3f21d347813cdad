import pytest

from kpipe.report.spec_item import SpecItem
from kpipe.report.written_value import written_value
from kpipe.train.resume.component_value import Component
from kpipe.train.resume.value_differences import ABSENT

DROPOUT = Component("Dropout", "keras", {"rate": 0.2, "seed": None}, {"rate": 0.2})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ABSENT, "absent"),
        (None, "null"),
        (True, "true"),
        (1e-5, "1e-05"),
        ("a/b.csv", "a/b.csv"),
        ("3", '"3"'),
        ("no: \n", '"no: \\n"'),
        ("=classes * width\n# width = 2", '"=classes * width (width = 2)"'),
        ([1, "a", None], "[1, a, null]"),
        ({"a": {"b": [DROPOUT]}}, "{a: {b: [{Dropout: {rate: 0.2}}]}}"),
        (SpecItem("model.0", DROPOUT), "{Dropout: {rate: 0.2}}"),
        (["x" * 30] * 9, f"[{'x' * 30}, {'x' * 30}, {'x' * 12}..."),
    ],
)
def test_text(value, expected):
    assert written_value(value) == expected
