"""The overrides of a spec are recorded so that they can be given again."""

import numpy as np
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.origin import Origin

SPEC = "name: a\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\n"


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "a.yaml").write_text(SPEC)
    return tmp_path / "a.yaml"


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), ()),
        (["train.epochs=3", "name= b"], ("train.epochs=3", "name= b")),
        ("train.epochs=3", ("train.epochs=3",)),
        ({"train.epochs": np.int64(3), "name": "3"}, ("train.epochs=3", 'name="3"')),
        (
            {"train.optimizer": {"SGD": {"learning_rate": 1e-20}}},
            ('train.optimizer={"SGD": {"learning_rate": 1e-20}}',),
        ),
    ],
)
def test_the_overrides_can_be_given_again(spec, overrides, expected):
    found = checked(spec, overrides)
    assert found.origin == Origin("Python", None, expected)
    assert checked(spec, found.origin.overrides).dump() == found.dump()


def test_the_commit_is_that_of_the_folder_of_the_file_which_a_link_may_name(spec, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("0a" * 20)
    elsewhere = tmp_path.parent / f"{tmp_path.name}-link.yaml"
    elsewhere.symlink_to(spec)
    assert checked(spec).origin.commit == checked(elsewhere).origin.commit == "0a" * 20


def test_a_part_of_a_run_has_more_overrides_and_is_the_same_otherwise():
    assert Origin("kpipe run", "a", ("b=1",)).with_overrides(["c=2"]) == Origin("kpipe run", "a", ("b=1", "c=2"))


def test_a_variant_has_the_origin_of_its_spec(spec):
    found = checked(spec, ["train.epochs=3"])
    assert found.with_values([]).origin is found.origin
