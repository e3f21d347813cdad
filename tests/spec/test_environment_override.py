import json
import os
from pathlib import Path

import pytest
from golden import expect_message, raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.spec.environment_override import EnvironmentOverride
from kpipe.spec.reader import read

SPEC = {
    "name": "a",
    "data": {"source": {"Arrays": {"path": "=root + '/x.npz'"}}},
    "vars": {"root": "data"},
    "model": ["ReLU"],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [("/data/a: b # c", "/data/a: b # c"), ("0.5", 0.5), ("3", 3), ("true", True), ("", None), ("017", "017"), ("=1 + 1", "==1 + 1"), ("[1, 2]", "[1, 2]")],
)  # fmt: skip
def test_values_are_scalars(monkeypatch, text, value):
    monkeypatch.setenv("KPIPE_TEST", text)
    path, node, mark = EnvironmentOverride("vars.root=KPIPE_TEST").read()
    assert (path, node.plain(), mark.file) == ("vars.root", value, "--set-env vars.root=KPIPE_TEST")


@pytest.mark.parametrize("text", ["vars.root=KPIPE_TESTS", "vars.root", "vars.root=", "=KPIPE_TEST", "seed=KPIPE_TEST"])
def test_what_cannot_be_set(monkeypatch, text):
    monkeypatch.setattr(os, "environ", {"KPIPE_TEST": "a\x00b" if text == "seed=KPIPE_TEST" else "1"})
    with raises(SpecError):
        read(SPEC, [EnvironmentOverride(text)])


def test_a_number_that_cannot_be_exact(monkeypatch):
    monkeypatch.setenv("KPIPE_TEST", "1e999")
    with pytest.raises(SpecError) as caught:
        EnvironmentOverride("vars.x=KPIPE_TEST").read()
    expect_message(str(caught.value))


def test_the_value_is_recorded_and_later_overrides_win(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPIPE_TEST", "there")
    spec = checked(SPEC, [EnvironmentOverride("vars.root=KPIPE_TEST"), "train.epochs=2"])
    assert spec.origin.overrides == ('vars.root="there"', "train.epochs=2")
    assert spec.data.source.plain() == {"Arrays": {"path": str(tmp_path / "there" / "x.npz")}}
    again = checked(SPEC, [EnvironmentOverride("vars.root=KPIPE_TEST"), "vars.root=/else"])
    assert Path(again.data.source.plain()["Arrays"]["path"]) == Path("/else/x.npz")
    assert json.dumps(spec.origin.overrides)
