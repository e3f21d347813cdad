import json

import pytest
from golden import expect_message

from kpipe.report.verdict import verdict

RIGHT = "name: a\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\n"


@pytest.fixture
def specs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.yaml").write_text(RIGHT)
    (tmp_path / "wrong.yaml").write_text(RIGHT.replace("Dense", "Dens") + "train: {epochs: 0}\n")
    (tmp_path / "shape.yaml").write_text(RIGHT.replace("Dense", "Conv2D: {filters: 3, kernel_size: 3}, Dense"))
    data = "data: {source: {Arrays: {path: none.npz}}}\n"
    (tmp_path / "data.yaml").write_text(RIGHT.replace("data: {source: Digits}\n", data))
    return tmp_path


def said(specs, **options):
    lines = []
    text, right = verdict(specs, (), options.pop("form", "text"), lines.append, **options)
    return text, right, lines


def test_one_that_is_right(specs):
    assert said(["right.yaml"]) == ("right.yaml: OK", True, [])


def test_many_are_all_checked_and_summed_up(specs):
    text, right, _ = said(["wrong.yaml", "right.yaml", "none.yaml"])
    assert not right
    assert text.splitlines() == [
        "wrong.yaml:3:18: model.1: unknown layer 'Dens'; did you mean Dense?",
        "    model: [Flatten, Dens: {units: =classes}]",
        "                     ^^^^",
        "wrong.yaml:4:17: train.epochs: expected at least 1, got 0",
        "    train: {epochs: 0}",
        "                    ^",
        f"none.yaml:1:1: cannot read none.yaml: no such file; {specs} contains data.yaml, right.yaml, shape.yaml, "
        "wrong.yaml; shipped specs have names such as kpipe:digits",
        "3 files: 1 valid, 2 invalid with 3 problems",
    ]


def test_json_is_a_list_of_problems_with_their_places(specs):
    text, right, _ = said(["wrong.yaml", "right.yaml"], form="json")
    first, second = json.loads(text)
    assert not right
    assert first == {
        "file": "wrong.yaml",
        "line": 3,
        "column": 18,
        "end_line": 3,
        "end_column": 22,
        "path": "model.1",
        "message": "unknown layer 'Dens'",
        "suggestion": "Dense",
        "related": [],
        "more_uses": 0,
    }
    assert (second["line"], second["path"]) == (4, "train.epochs")
    assert said(["right.yaml"], form="json")[:2] == ("[]", True)


def test_overrides_are_checked_at_their_own_place():
    text, right = verdict(["kpipe:digits"], ["train.epochs=none", "train.optimizer.SGD.momentum=1"], "text", print)
    assert not right
    lines = text.splitlines()
    expect_message(lines[0])
    expect_message(lines[1])


def test_missing_data_is_an_error_unless_the_check_is_disabled(specs):
    text, right, _ = said(["data.yaml"])
    assert not right
    place = "data.yaml:2:32: data.source.Arrays.path: file or folder not found:"
    files = "data.yaml, right.yaml, shape.yaml, wrong.yaml"
    assert text.splitlines()[0] == f"{place} {specs / 'none.npz'}; {specs} contains {files}"
    assert said(["data.yaml"], data=False)[1]


def test_building_shows_what_does_not_fit(specs):
    text, right, _ = said(["shape.yaml", "right.yaml", "wrong.yaml"], build=True)
    assert not right
    assert text.splitlines()[0] == (
        "shape.yaml:3:18: model.1: conv2d does not accept an input of shape (64,): "
        "expected at least 3 dimensions besides the batch, got 1"
    )
    assert text.splitlines()[-1] == "3 files: 1 valid, 2 invalid with 3 problems"
    assert said(["shape.yaml"])[1]


def test_what_the_data_refuse_has_its_place(specs):
    (specs / "none.npz").write_bytes(b"nothing")
    text, right, _ = said(["data.yaml"], build=True, form="json")
    (problem,) = json.loads(text)
    assert not right
    assert (problem["file"], problem["line"], problem["path"]) == ("data.yaml", 2, "data.source")


@pytest.mark.parametrize(
    ("train", "said_"),
    [
        ("choose: {monitor: val_los}", "val_los is not a metric of this training"),
        ("callbacks: [EarlyStopping: {monitor: val_acc}]", "did you mean val_accuracy?"),
        ("class_weight: {a: 3}", "class_weight"),
    ],
)
def test_build_reports_what_run_would_refuse(specs, train, said_):
    (specs / "late.yaml").write_text(f"{RIGHT}train: {{{train}}}\n")
    assert said(["late.yaml"])[1]
    text, right, _ = said(["late.yaml"], build=True)
    assert not right
    assert said_ in text
