"""Every trap of section 5 of the language, with the message for it."""

import pytest
from golden import expect_message, expect_messages, raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError

HEAD = "name: a\ndata: {source: Digits}\n"
REST = "model: [Flatten, Dense: {units: =classes}]\n"


def said(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        checked("a.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1e-3", 0.001),
        (".5", 0.5),
        ("0x10", 16),
        ("0o17", 15),
        ("~", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("017", "017"),
        ("1_000", "1_000"),
        ("3:32", "3:32"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_values_are_those_of_yaml_1_2(tmp_path, value, read):
    layer = "{If: {when: =x == 5, then: [ReLU]}}"
    (tmp_path / "a.yaml").write_text(
        f"{HEAD}vars: {{x: {value}}}\nmodel: [Flatten, {layer}, Dense: {{units: =classes}}]\n"
    )
    found = checked(tmp_path / "a.yaml").scope["x"]
    assert found == read
    assert isinstance(found, str) is isinstance(read, str)


def test_all_keys_are_strings(tmp_path, monkeypatch):
    expect_messages(said(tmp_path, monkeypatch, f"{HEAD}{REST}train: {{class_weight: {{0: -1, no: 2}}}}"), 1)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{REST}train:\n  epochs: 3\n  epochs: 4\n",
        f"{HEAD}{REST}train: {{epochs: !!int 3}}\n",
        f"{HEAD}{REST}train: {{<<: {{epochs: 3}}}}\n",
        f"{HEAD}{REST}---\nname: b\n",
        f"{HEAD}model:\n  - Flatten\n  - Dense:\n    units: 10\n",
        f"{HEAD}model:\n  - Flatten:\n    ReLU:\n  - Dense: {{units: =classes}}\n",
        f"{HEAD}model:\n  - Conv2D:{{filters: 3}}\n",
        f"{HEAD}model:\n  - Conv2D {{filters: 3}}\n",
        f"{HEAD}model:\n  - Flatten\n  - Dense: {{units: =max(1, 3)}}\n",
        f"{HEAD}model:\n  - Flatten\n  - Dense:\n      units: =max(3 #4, 5)\n",
        f"{HEAD}{REST}train:\n\tepochs: 3\n",
        f"{HEAD}{REST}train:\n  epochs:3\n  seed: 1\n",
        f"{HEAD}model: [Flatten\ntrain: {{epochs: 3}}\n",
        f"{HEAD}{REST}train: {{epochs: 017}}\n",
        f"{HEAD}{REST}train: {{epochs: '3'}}\n",
        f"{HEAD}model: [Flatten, Dense: {{units: =classes, use_bias: no}}]\n",
    ],
)
def test_a_trap_is_reported_at_its_place(tmp_path, monkeypatch, text):
    expect_messages(said(tmp_path, monkeypatch, text), 1)


def test_an_alias_bomb_is_refused_and_not_built(tmp_path, monkeypatch):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (line,) = said(tmp_path, monkeypatch, "\n".join(rows) + f"\n{HEAD}{REST}")
    expect_message(line)


def test_extends_in_a_circle(tmp_path, monkeypatch):
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    (line,) = said(tmp_path, monkeypatch, f"extends: b.yaml\n{HEAD}{REST}")
    expect_message(line)


def test_one_error_does_not_hide_another(tmp_path, monkeypatch):
    text = """\
naem: a
seed: -1
vars: {rate: =1 / 0, depht: 3}
data: {source: Digits, validation: 1.2, validation: 0.2}
set: {train.epoch: 3}
model:
  - Dens: {units: 3}
  - Dense: {units: =depth}
  - Dropout: {rate: 2}
train:
  epochs: 0
  optimizer: {Adam: {lr: 1, beta_1: .nan}}
"""
    found = said(tmp_path, monkeypatch, text)
    starts = [
        "a.yaml:1:1: naem: unknown key 'naem'",
        "a.yaml:2:7: seed: expected an integer of at least 0, got -1",
        "a.yaml:3:14: vars.rate: cannot evaluate `=1 / 0`: division by zero",
        "a.yaml:4:36: data.validation: expected below 1, got 1.2",
        "a.yaml:4:41: data.validation: duplicate key 'validation'",
        "a.yaml:5:7: train.epoch: unknown key 'epoch' in train",
        "a.yaml:7:5: model.0: unknown layer 'Dens'; did you mean Dense?",
        "a.yaml:8:20: model.1.Dense.units: cannot evaluate `=depth`: unknown name 'depth'",
        "a.yaml:9:21: model.2.Dropout.rate: out of range; expected a number",
        "a.yaml:11:11: train.epochs: expected at least 1, got 0",
        "a.yaml:12:22: train.optimizer.Adam.lr: Adam has no argument 'lr'",
        "a.yaml:12:37: train.optimizer.Adam.beta_1: not finite; expected a finite number, got nan",
    ]
    assert [any(line.startswith(start) for line in found) for start in starts] == [True] * len(starts), found


@pytest.mark.parametrize(
    "text",
    [
        "vars: {n: 3}\nmodel:\n  - Dense:\n      units: =n + # 3\n",
        "model: [Flatten, Dense: {units: =3 # x}]\n",
        'model:\n  - "Flatten\n',
        "model:\n  -Flatten\n  - Dense: {units: 3}\n",
    ],
)
def test_comments_quotes_and_dashes(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(f"name: a\ndata: {{source: Digits}}\n{text}")
    with raises(SpecError):
        checked(path)
