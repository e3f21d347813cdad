"""Runs with recipes: they are those of the stages that are written out, and can be resumed."""

import json

import pytest
from golden import raises

import kpipe
from kpipe.errors import DataError
from kpipe.judge.diagnose_folder import diagnose_folder
from kpipe.report.overview import overview
from kpipe.train.run_control import RunControl
from tests.train.test_stage_training import SPEC, same, weights

TWO = [{"FeatureExtraction": {"epochs": 2}}, {"FineTune": {"epochs": 3}}]
PLAIN = [
    {"epochs": 2, "only": ["head"]},
    {"epochs": 3, "freeze": [], "optimizer": {"Adam": {"learning_rate": 0.001}}},
]
ADAM = {"Adam": {"learning_rate": 0.01}}


def pipeline(stages, **train):
    return kpipe.load({**SPEC, "train": {"optimizer": ADAM, "stages": stages, **train}})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run of two recipes."""
    folder = tmp_path_factory.mktemp("recipes") / "run"
    pipeline(TWO).run(folder)
    return folder


def test_it_is_the_run_of_its_stages(whole, tmp_path):
    pipeline(PLAIN).run(tmp_path / "plain")
    assert same(weights(whole), weights(tmp_path / "plain"))


def test_the_result_describes_them(whole):
    result = json.loads((whole / "result.json").read_text())
    assert [entry["epochs"] for entry in result["stages"]] == [2, 3]
    assert result["recipes"] == [
        {"recipe": name, "stages": [number], "head": ["head"], "reason": None, "written": [stage]}
        for number, (name, stage) in enumerate(zip(("FeatureExtraction", "FineTune"), PLAIN, strict=True), start=1)
    ]
    log = (whole / "log.txt").read_text()
    assert "stage 1: FeatureExtraction, head: head\n" in log
    assert "frozen with random initial weights" in log


def test_the_spec_of_the_run_keeps_them(whole):
    assert kpipe.load(whole / "spec.yaml").spec.tree.plain()["train"]["stages"] == TWO


def test_a_finished_run_is_returned_unchanged(whole):
    before = (whole / "result.json").read_bytes()
    pipeline(TWO).run(whole, resume=True)
    assert (whole / "result.json").read_bytes() == before


@pytest.mark.parametrize("pause", [1, 2, 4])
def test_it_resumes_in_any_stage(whole, tmp_path, pause):
    pipeline(TWO).run(tmp_path / "run", control=RunControl(pause_after=pause))
    run = pipeline(TWO).run(tmp_path / "run", resume=True)
    assert run.result["epochs"] == 5
    assert same(weights(whole), weights(tmp_path / "run"))


def test_the_epochs_of_the_last_stage_may_grow(tmp_path):
    stages = [{"Transfer": {"epochs": [1, 1], "data": "different"}}]
    pipeline(stages).run(tmp_path / "run")
    stages[0]["Transfer"]["epochs"] = [1, 2]
    run = pipeline(stages).run(tmp_path / "run", resume=True)
    assert run.result["epochs"] == 3
    pipeline(stages).run(tmp_path / "whole")
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "run"))


@pytest.mark.parametrize(
    "stages",
    [
        [{"FeatureExtraction": {"epochs": 3}}, {"FineTune": {"epochs": 3}}],
        [{"FeatureExtraction": {"epochs": 2}}, {"FineTune": {"epochs": 2}}],
        [{"FeatureExtraction": {"epochs": 2}}, {"FineTune": {"epochs": 3, "last": 0.5}}],
        [{"Transfer": {"epochs": [2, 3]}}],
        PLAIN,
    ],
)
def test_other_recipes_are_refused(whole, stages):
    with raises(DataError):
        pipeline(stages).run(whole, resume=True)


def test_a_default_may_be_written_out(whole):
    stages = [{"FeatureExtraction": {"epochs": 2, "head": None}}, {"FineTune": {"epochs": 3, "last": 1.0}}]
    pipeline(stages).run(whole, resume=True)


def test_the_epochs_of_a_recipe_of_two_stages_do_not_grow_together(tmp_path):
    pipeline("Transfer", epochs=1).run(tmp_path / "run")
    with raises(DataError):
        pipeline("Transfer", epochs=2).run(tmp_path / "run", resume=True)


def test_the_overview_writes_them_out():
    lines = []
    text = overview(pipeline([{"Transfer": {"epochs": [2, 3]}}]).spec, lines.append)
    assert "Transfer" not in text
    assert "    - epochs: 2\n      only: [head]\n" in text
    assert any(
        line.startswith("stages 1 and 2: Transfer, head: head; similar (`data`) and much data") for line in lines
    )


def test_the_model_of_the_first_stage_is_built():
    model = pipeline(TWO).build()
    assert len(model.trainable_variables) == 2


def test_it_is_diagnosed_from_its_folder(whole):
    before = json.loads((whole / "result.json").read_text())["verdicts"]
    found = [verdict.to_dict() for verdict in diagnose_folder(whole)]
    assert [{**verdict, "place": ""} for verdict in found] == [{**verdict, "place": ""} for verdict in before]
    # The place is that of the recipe in `spec.yaml`.
    lines = (whole / "spec.yaml").read_text().splitlines()
    of_stage = [verdict["place"] for verdict in found if verdict["path"].startswith("train.stages.1")]
    assert of_stage
    assert all("FineTune" in lines[int(place.split(":")[-2]) - 1] for place in of_stage)


def test_it_can_be_validated_and_shown():
    pipeline(TWO).validate()
    assert "5 epochs" in repr(pipeline(TWO))


def test_it_is_cross_validated(tmp_path):
    data = {**SPEC["data"], "folds": 2}
    spec = {**SPEC, "data": data, "train": {"stages": [{"Transfer": {"epochs": [1, 1]}}]}}
    result = kpipe.load(spec).run(tmp_path / "run").result
    assert [entry["epochs"] for entry in result["runs"]] == [2, 2]
    fold = json.loads((tmp_path / "run" / "folds" / "1" / "result.json").read_text())
    assert fold["recipes"][0]["stages"] == [1, 2]
