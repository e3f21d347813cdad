"""Tests of the keys of `data` that depend on each other."""

import pytest
from golden import raises

from kpipe.errors import SpecError
from kpipe.spec.reader import read

SPEC = """\
name: toy
data:
  source: Digits
  {0}
model: [Flatten, {{Dense: {{units: 10}}}}]
"""


def written(folder, *lines):
    file = folder / "a.yaml"
    file.write_text(SPEC.format("\n  ".join(lines)))
    return file


def test_folds_need_no_fraction(tmp_path):
    spec = read(written(tmp_path, "folds: 5"))
    assert (spec.data.validation, spec.data.folds, spec.data.fold) == (0.0, 5, None)
    assert read(written(tmp_path, "folds: null")).data.validation == 0.1
    assert read(written(tmp_path, "folds: 5", "validation: 0")).data.folds == 5


def test_the_resolved_spec_of_a_fold_is_read_again(tmp_path):
    spec = read(written(tmp_path, "group: who", "folds: 5"), {"data.fold": 3})
    (tmp_path / "resolved.yaml").write_text(spec.dump())
    again = read(tmp_path / "resolved.yaml")
    assert again.dump() == spec.dump()
    assert (again.data.group, again.data.folds, again.data.fold) == ("who", 5, 3)


@pytest.mark.parametrize(
    "lines",
    [
        ["folds: 1"],
        ["fold: 1"],
        ["folds: 3", "fold: 4"],
        ["folds: 3", "fold: 0"],
        ["folds: 5", "validation: 0.1"],
        ["group: 3"],
        ["workers: 10000"],
    ],
    ids=lambda lines: " ".join(lines),
)
def test_what_does_not_fit(tmp_path, lines):
    with raises(SpecError):
        read(written(tmp_path, *lines))
