"""All problems of a file are reported together, each of them once."""

import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError

DATA = "name: a\ndata: {source: Digits}\n"


def said(tmp_path, text, **options):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    try:
        checked(path, **options)
    except SpecError as error:
        return [f"{p.mark.line}:{p.mark.column}: {p.path}" for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "model: [Flatten]\ntrain: {precision: ='a', jit_compile: '=0x10', epochs: =1/0}\n",
            ["4:20: train.precision", "4:39: train.jit_compile", "4:56: train.epochs"],
        ),
        ("model: [{If: {when: yes, then: [Flatten]}}]\n", ["3:21: model.0.If.when"]),
        ("model: [Dense: {name: 3, units: 3}]\n", ["3:23: model.0.Dense.name"]),
        ("model: [Dense: {units: =1/0}]\n", ["3:24: model.0.Dense.units"]),
        ("vars: {Big: 1}\nmodel: [Flatten]\n", ["3:8: vars.Big"]),
        ("model: [Repeat: {time: 2, of: [ReLU]}]\n", ["3:18: model.0.Repeat.time"]),
        ("model: [Residual: {brnch: [ReLU]}]\n", ["3:20: model.0.Residual.brnch"]),
        (
            "blocks: {a: {params: [rate], layers: [Dropout: {rate: =rate}]}}\nmodel: [a: {rat: 0.5}]\n",
            ["4:13: model.0.a.rat"],
        ),
        ("imports: [./none.py]\nmodel: [Flatten, Swish, mine.Other]\n", ["3:11: imports.0"]),
        ("model: [Flatten]\ntrain: {metrics: [auto, accuracy]}\n", ["4:19: train.metrics.0"]),
        ("model: [Repeat: {times: 2, index: classes, of: [Dense: {units: 3}]}]\n", ["3:35: model.0.Repeat.index"]),
        ("vars: {n: &n 3}\nmodel: [Dense: {<<: *n, units: 3}]\n", ["4:17: model.0.Dense"]),
    ],
)
def test_each_error_is_reported_once_at_its_place(tmp_path, text, places):
    assert said(tmp_path, DATA + text) == places


def test_a_division_that_fails_once_has_no_more_uses(tmp_path):
    (tmp_path / "a.yaml").write_text(f"{DATA}model: [Dense: {{units: =1/0}}]\n")
    with pytest.raises(SpecError) as caught:
        checked(tmp_path / "a.yaml")
    assert caught.value.problems[0].more_uses == 0


@pytest.mark.parametrize("loss", ["mse", "mae", "bce"])
def test_short_names_of_keras_lead_to_the_class(tmp_path, loss):
    (tmp_path / "a.yaml").write_text(f"{DATA}model: [Flatten]\ntrain: {{loss: {loss}}}\n")
    with raises(SpecError):
        checked(tmp_path / "a.yaml")


def test_a_name_like_no_other_leads_to_the_list(tmp_path):
    (tmp_path / "a.yaml").write_text(f"{DATA}model: [Flatten]\ntrain: {{loss: xyzzy}}\n")
    with raises(SpecError):
        checked(tmp_path / "a.yaml")
