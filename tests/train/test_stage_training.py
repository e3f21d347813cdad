"""Trainings in stages: what each of them changes, and how they follow one another."""

import csv
import json
import shutil

import keras
import numpy as np
import pytest

import kpipe
from kpipe.errors import DataError, SpecError, TrainingError
from kpipe.train.run_control import RunControl
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

SPEC = {
    "name": "staged",
    "seed": 3,
    "data": {"source": "Digits", "test": 0.2, "batch_size": 64, "prepare": [{"Rescale": {"scale": 0.0625}}]},
    "model": [
        "Flatten",
        {"Dense": {"name": "body", "units": 12}},
        "BatchNormalization",
        "ReLU",
        {"Dropout": {"rate": 0.2}},
        {"Dense": {"name": "head", "units": "=classes"}},
    ],
}
TWO = [
    {"epochs": 2, "only": ["head"], "optimizer": {"Adam": {"learning_rate": 0.01}}},
    {
        "epochs": 3,
        "optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.9}},
        "callbacks": ["CosineSchedule"],
        "data": {"batch_size": 32},
    },
]


def run(folder, stages, resume=False, control=None, **train):
    spec = {**SPEC, "train": {**train, **({} if stages is None else {"stages": stages})}}
    pipeline = kpipe.load(spec)
    return pipeline.run(folder, resume=resume, **({} if control is None else {"control": control}))


def rows(folder):
    with (folder / "history.csv").open() as file:
        return list(csv.DictReader(file))


def column(folder, name, kind=float):
    return [kind(row[name]) for row in rows(folder)]


def weights(folder):
    return keras.saving.load_model(folder / "model.keras", compile=False).get_weights()


def same(first, second):
    return all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A finished run of two stages."""
    folder = tmp_path_factory.mktemp("stages") / "run"
    run(folder, TWO)
    return folder


def test_the_history_has_the_stage_of_each_epoch(two):
    assert column(two, "epoch", int) == [1, 2, 3, 4, 5]
    assert column(two, "stage", int) == [1, 1, 2, 2, 2]


def test_a_training_without_stages_has_no_such_column(tmp_path):
    run(tmp_path / "run", None, epochs=1)
    assert "stage" not in rows(tmp_path / "run")[0]


def test_schedules_begin_with_their_stage(two):
    rates = column(two, "learning_rate")
    assert rates[:2] == pytest.approx([0.01, 0.01])
    # A cosine over 3 epochs of 41 steps in float32, at the last step of each epoch.
    ends = [0.1 * (1 + np.cos(np.pi * (41 * epoch - 1) / 123)) / 2 for epoch in (1, 2, 3)]
    assert rates[2:] == pytest.approx(ends, abs=1e-8)


def test_the_result_describes_the_stages(two):
    result = json.loads((two / "result.json").read_text())
    assert result["stages"] == [
        {"stage": 1, "epochs": 2, "steps": 42, "status": "completed"},
        {"stage": 2, "epochs": 3, "steps": 123, "status": "completed"},
    ]
    assert (result["epochs"], result["status"]) == (5, "completed")


def test_the_steps_are_counted_through_all_stages(two):
    with (two / "steps.csv").open() as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert steps == list(range(1, 42 + 123 + 1))


def test_one_stage_is_a_training_without_stages(tmp_path):
    stage = {"epochs": 2, "optimizer": "SGD", "callbacks": ["PolyakAveraging"], "data": {"batch_size": 48}}
    run(tmp_path / "one", [stage])
    spec = {**SPEC, "train": {"epochs": 2, "optimizer": "SGD", "callbacks": ["PolyakAveraging"]}}
    kpipe.load(spec, {"data.batch_size": 48}).run(tmp_path / "plain")
    assert same(weights(tmp_path / "one"), weights(tmp_path / "plain"))


def test_the_first_stage_does_not_depend_on_the_later_ones(two, tmp_path):
    run(tmp_path / "first", TWO[:1])
    assert column(two, "loss")[:2] == column(tmp_path / "first", "loss")
    assert column(two, "val_loss")[:2] == column(tmp_path / "first", "val_loss")


def test_the_frozen_layers_of_one_stage_are_trained_in_the_next(tmp_path):
    initial = kpipe.load({**SPEC, "train": {}}).build().get_weights()
    run(tmp_path / "frozen", TWO[:1])
    run(tmp_path / "thawed", TWO)
    frozen, thawed = (weights(tmp_path / name) for name in ("frozen", "thawed"))
    # The kernel of the body and the moving mean of its normalization come first.
    moved = [[not np.array_equal(*pair) for pair in zip(initial, found, strict=True)] for found in (frozen, thawed)]
    assert moved == [[False] * 6 + [True] * 2, [True] * 8]


def test_a_stage_starts_from_the_freeze_of_the_training(tmp_path):
    stages = [{"epochs": 1, "only": ["head"]}, {"epochs": 1}]
    run(tmp_path / "run", stages, freeze=["body"], choose={"monitor": "last"})
    initial = kpipe.load({**SPEC, "train": {}}).build().get_weights()
    found = weights(tmp_path / "run")
    moved = [not np.array_equal(*pair) for pair in zip(initial, found, strict=True)]
    assert moved == [False, False, True, True, True, True, True, True]


def test_stages_equal_two_trainings_of_keras(tmp_path):
    stages = [
        {"epochs": 2, "only": ["head"], "optimizer": {"Adam": {"learning_rate": 0.01}}},
        {"epochs": 2, "optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.9}}},
    ]
    spec = {**SPEC, "model": [entry for entry in SPEC["model"] if "Dropout" not in entry]}
    trained = kpipe.load({**spec, "train": {"stages": stages, "choose": {"monitor": "last"}}}).run(tmp_path / "run")
    checked = kpipe.load({**spec, "train": {"stages": stages}}).spec
    with spec_session(checked):
        setup = set_up(checked, lambda line: None)
        model = setup.built.model
        for layer in model.layers:
            # A frozen normalization is in inference, as Keras does.
            layer.trainable = layer.name == "head"
        for epoch in range(4):
            if epoch % 2 == 0:
                if epoch == 2:
                    for layer in model.layers:
                        layer.trainable = True
                        vars(layer).pop("call", None)
                optimizer = keras.optimizers.Adam(0.01) if epoch == 0 else keras.optimizers.SGD(0.1, momentum=0.9)
                model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(setup.prepared.batches("train", epoch=epoch), verbose=0, shuffle=False)
        expected = model.get_weights()
    for found, value in zip(trained.model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, value, atol=2e-6)


def test_a_stage_that_stops_early_is_followed_by_the_next(tmp_path):
    stop = {"EarlyStopping": {"monitor": "loss", "patience": 1, "min_delta": 100.0}}
    stages = [{"epochs": 9, "callbacks": [stop]}, {"epochs": 2}]
    run(tmp_path / "run", stages)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert [(entry["epochs"], entry["status"]) for entry in result["stages"]] == [
        (2, "stopped_early"),
        (2, "completed"),
    ]
    assert (result["status"], result["epochs"]) == ("completed", 4)
    assert column(tmp_path / "run", "stage", int) == [1, 1, 2, 2]
    again = run(tmp_path / "run", stages, resume=True)
    assert again.result["epochs"] == 4


def test_the_best_model_can_be_that_of_an_earlier_stage(tmp_path):
    worse = {"epochs": 2, "optimizer": {"SGD": {"learning_rate": 30.0}}}
    kept = run(tmp_path / "run", [TWO[1], worse])
    first = run(tmp_path / "first", TWO[1:])
    assert kept.result["best_epoch"] == first.result["best_epoch"] <= 3
    assert same(kept.model.get_weights(), first.model.get_weights())
    assert kept.result["test"] == first.result["test"]


@pytest.mark.parametrize("pause", [1, 2, 3, 4])
def test_a_paused_run_continues_in_any_stage(two, tmp_path, pause):
    folder = tmp_path / "run"
    spec = {**SPEC, "train": {"stages": TWO}}
    first = kpipe.load(spec).run(folder, control=RunControl(pause_after=pause))
    assert first.result["status"] == "paused"
    kpipe.load(spec).run(folder, resume=True)
    assert same(weights(folder), weights(two))
    times = {"seconds"}
    plain = [[{key: row[key] for key in row if key not in times} for row in rows(entry)] for entry in (folder, two)]
    assert plain[0] == plain[1]
    results = [json.loads((entry / "result.json").read_text()) for entry in (folder, two)]
    assert results[0]["stages"] == results[1]["stages"]
    for name in ("steps.csv", "measurements.csv"):
        assert (folder / name).read_text() == (two / name).read_text()


@pytest.mark.parametrize(
    "first",
    [
        {"callbacks": [{"PolyakAveraging": {"decay": 0.9, "batch_norm": "average"}}]},
        {"optimizer": {"SGD": {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.9}}},
        {
            "callbacks": [
                {
                    "EarlyStopping": {
                        "monitor": "val_loss",
                        "patience": 1,
                        "min_delta": 99.0,
                        "restore_best_weights": True,
                    }
                }
            ]
        },
    ],
    ids=["averages", "averages of the optimizer", "restored weights"],
)
def test_what_the_next_stage_begins_with_is_the_same_after_a_pause(tmp_path, first):
    spec = {**SPEC, "train": {"stages": [{"epochs": 2, **first}, {"epochs": 1, "optimizer": "SGD"}]}}
    whole = kpipe.load(spec).run(tmp_path / "whole")
    kpipe.load(spec).run(tmp_path / "paused", control=RunControl(pause_after=2))
    resumed = kpipe.load(spec).run(tmp_path / "paused", resume=True)
    assert column(tmp_path / "paused", "loss") == column(tmp_path / "whole", "loss")
    assert same(resumed.model.get_weights(), whole.model.get_weights())


def test_the_last_stage_can_grow(two, tmp_path):
    folder = tmp_path / "run"
    longer = [TWO[0], {**TWO[1], "epochs": 5, "callbacks": []}]
    shorter = [TWO[0], {**TWO[1], "callbacks": []}]
    run(folder, shorter)
    grown = run(folder, longer, resume=True)
    whole = run(tmp_path / "whole", longer)
    assert grown.result["epochs"] == 7
    assert same(grown.model.get_weights(), whole.model.get_weights())
    assert grown.result["stages"] == whole.result["stages"]


@pytest.mark.parametrize(("epochs", "is_reported"), [(2, False), (3, True)])
def test_the_last_epoch_of_a_stage_is_reported_if_only_the_end_has_validated_it(tmp_path, epochs, is_reported):
    folder, rule = tmp_path / "run", {"validate": {"every_epochs": 2}}
    run(folder, [{"epochs": 3}, {"epochs": epochs}], **rule)
    run(folder, [{"epochs": 3}, {"epochs": 4}], resume=True, **rule)
    message = f"epoch {3 + epochs} was validated because it was the last"
    assert (message in (folder / "log.txt").read_text()) == is_reported


def test_values_of_the_training_may_be_written_out_when_it_is_resumed(two, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(two, folder)
    written = [{**TWO[0], "data": {"batch_size": 64}, "callbacks": []}, TWO[1]]
    assert run(folder, written, resume=True).result["epochs"] == 5


@pytest.mark.parametrize(
    "changed",
    [
        [{**TWO[0], "epochs": 4}, TWO[1]],
        [TWO[0], {**TWO[1], "epochs": 2}],
        [TWO[0], {**TWO[1], "data": {"batch_size": 16}}],
        TWO[:1],
    ],
)
def test_other_stages_are_another_run(two, tmp_path, changed):
    folder = tmp_path / "run"
    shutil.copytree(two, folder)
    with pytest.raises(DataError, match="only the epochs of the last stage may grow"):
        run(folder, changed, resume=True)


def test_a_mistake_in_the_last_stage_is_found_before_the_first_step(tmp_path):
    stages = [{"epochs": 1}, {"epochs": 1, "only": ["haed"]}]
    with pytest.raises(SpecError, match=r"train\.stages\.1\.only\.0.*no item or layer 'haed'"):
        run(tmp_path / "run", stages)
    assert not (tmp_path / "run").exists()


def test_each_stage_has_files_of_its_own(tmp_path):
    run(tmp_path / "run", [{"epochs": 1}, {"epochs": 2}], callbacks=[{"CSVLogger": {"filename": "log.csv"}}])
    lengths = [len((tmp_path / "run" / "stages" / name / "log.csv").read_text().splitlines()) for name in ("1", "2")]
    assert lengths == [2, 3]


def test_two_stages_cannot_write_the_same_file(tmp_path):
    file = str(tmp_path / "log.csv")
    log = [{"CSVLogger": {"filename": file}}]
    spec = {**SPEC, "train": {"stages": [{"epochs": 1}, {"epochs": 1}]}}
    overrides = {"train.stages.0.callbacks": log, "train.stages.1.callbacks": log}
    with pytest.raises(SpecError, match=rf"train\.stages\.1\.callbacks.*two stages write '{file}'"):
        kpipe.load(spec, overrides).run(tmp_path / "run")


def test_an_explosion_ends_the_run(tmp_path):
    stages = [{"epochs": 1}, {"epochs": 2, "optimizer": {"SGD": {"learning_rate": 1e30}}}, {"epochs": 1}]
    with pytest.raises(TrainingError, match="epoch 2"):
        run(tmp_path / "run", stages)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert [entry["status"] for entry in result["stages"]] == ["completed", "exploded"]


@pytest.mark.parametrize("callback", [{"PolyakAveraging": {"batch_norm": "reestimate"}}, "BatchStatistics"])
def test_the_next_stage_begins_with_reestimated_statistics(tmp_path, callback):
    first = {"epochs": 2, "optimizer": {"SGD": {"learning_rate": 0.1}}, "callbacks": [callback]}
    last = {"epochs": 1, "only": ["head"], "optimizer": {"SGD": {"learning_rate": 1e-12}}}
    alone = run(tmp_path / "alone", [first], choose={"monitor": "last"})
    both = run(tmp_path / "both", [first, last], choose={"monitor": "last"})
    for one, two in zip(alone.model.get_weights(), both.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-7)
    assert both.result["test"]["accuracy"] == alone.result["test"]["accuracy"]


def test_the_mistakes_of_all_stages_are_reported_at_once(tmp_path):
    stages = [{"only": ["nope"]}, {"only": ["neither"]}, {"learning_rate_multipliers": {"Groups": {"none": 0.1}}}]
    with pytest.raises(SpecError) as caught:
        run(tmp_path / "run", stages)
    found = [problem.path for problem in caught.value.problems]
    assert found[:2] == ["train.stages.0.only.0", "train.stages.1.only.0"]
    assert found[2].startswith("train.stages.2.learning_rate_multipliers")


def test_messages_about_a_stage_have_its_paths(tmp_path):
    stages = [{"epochs": 1}, {"epochs": 1, "data": {"batch_size": 4096}, "optimizer": "LBFGS"}]
    with pytest.raises(SpecError) as caught:
        run(tmp_path / "run", stages, callbacks=["CosineSchedule"])
    assert all(problem.message.startswith("in stage 2 of 2: ") for problem in caught.value.problems)
    lines: list[str] = []
    stages[1] = {"epochs": 1, "data": {"batch_size": 4096}, "only": ["head"]}
    kpipe.load({**SPEC, "train": {"stages": stages}}).validate(say=lines.append)
    second = lines.index("stage 2 of 2: 1 epoch")
    assert lines[second + 1].startswith("freeze: ")
    assert any(line.startswith("W005 train.stages.1.data.batch_size") for line in lines[second:])


@pytest.mark.parametrize("key", ["only", "freeze"])
def test_a_selection_that_no_stage_uses_is_refused(tmp_path, key):
    with pytest.raises(SpecError, match=f"train.{key}: unused, since all stages decide"):
        run(tmp_path / "run", [{"only": ["head"]}, {"freeze": []}], **{key: ["body"]})
