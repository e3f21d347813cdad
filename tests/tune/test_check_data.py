"""Data that the trials of a sweep cannot use, before the first trial."""

import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.tune.check_data import check_data
from kpipe.tune.sweep_plan import SweepPlan

SPEC = """\
name: toy
vars: {part: 0.2}
data: {source: {Table: {path: a.csv, targets: [kind]}}, validation: =part}
model: [{Dense: {units: =classes}}]
tune:
  space:
    train.optimizer.learning_rate: {Log: [1e-4, 1]}
"""


def check(tmp_path, *lines, said=None):
    for name, count in (("a.csv", 40), ("b.csv", 20)):
        rows = "".join(f"{row},{'xy'[row % 2]}\n" for row in range(count))
        (tmp_path / name).write_text(f"size,kind\n{rows}")
    (tmp_path / "spec.yaml").write_text(SPEC + "".join(f"    {line}\n" for line in lines))
    spec = checked(tmp_path / "spec.yaml")
    check_data(SweepPlan.of(spec), (said if said is not None else []).append)
    return spec


@pytest.mark.parametrize(
    "lines",
    [
        ["data.validation: {Uniform: [0.1, 0.99]}"],
        ["vars.part: {Choice: [0.3, 0.98]}"],
        ["data.source.path: {Choice: [a.csv, c.csv]}"],
        ["data.source.path: {Choice: [a.csv, b.csv]}", "data.validation: {Choice: [0.1, 0.98]}"],
        ["data.source: {Choice: [Digits, {Table: {path: a.csv, targets: [name]}}]}"],
        ["data.test: {Choice: [0, 0.97]}", "data.validation: {Choice: [0.1, 0.2]}"],
    ],
    ids=range(6),
)
def test_a_value_that_does_not_fit_the_data_is_reported_at_its_place(tmp_path, lines):
    with raises(SpecError):
        check(tmp_path, *lines)


def test_each_dataset_is_opened_once_and_a_value_that_is_always_replaced_is_not_used(tmp_path):
    said = []
    lines = ["data.source.path: {Choice: [a.csv, b.csv]}", "vars.part: {Choice: [0.3, 0.4]}"]
    check(tmp_path, *lines, said=said)
    assert said
    assert len(said) == len(set(said))
    (tmp_path / "a.csv").rename(tmp_path / "kept.csv")
    spec = tmp_path / "spec.yaml"
    spec.write_text(spec.read_text().replace("[a.csv, b.csv]", "[kept.csv, b.csv]"))
    check_data(SweepPlan.of(checked(spec)), said.append)


def test_paths_of_files_in_a_space_are_relative_to_the_spec(tmp_path):
    spec = check(tmp_path, "data.source.path: {Choice: [a.csv, b.csv]}")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "spec.yaml").write_text(spec.dump())
    again = checked(tmp_path / "deep" / "spec.yaml")
    files = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert again.tune.space.plain()["data.source.path"] == {"Choice": files}
    plan = SweepPlan.of(spec)
    assert (
        plan.overrides(
            {"data.source.path": files[1], "train.optimizer.learning_rate": 0.1}, plan.space, plan.stages[0]
        )["data.source.path"]
        == files[1]
    )
