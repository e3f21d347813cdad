import pytest

from kpipe.train.resume.change import Change
from kpipe.train.resume.spec_changes import spec_changes

SPEC = {
    "name": "small",
    "vars": {"width": 8, "unused": 1},
    "data": {"source": {"Arrays": {"x": "x.npy"}}, "prepare": [{"Rescale": {"scale": 0.5}}, "Center"]},
    "blocks": {"dense": {"params": ["units"], "layers": [{"Dense": {"units": "=units"}}]}},
    "model": [{"dense": {"units": "=width * 2"}}, {"Dense": {"units": "=classes", "name": "==width"}}],
    "train": {"epochs": 3, "optimizer": {"SGD": {"learning_rate": 0.1}}, "callbacks": None},
}


def changed(path: str, value) -> dict:
    import copy

    tree = copy.deepcopy(SPEC)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    inside = tree
    for part in parents:
        inside = inside[part]
    inside[last] = value
    return tree


def texts(before, now) -> list[str]:
    return [str(change) for change in spec_changes(before, now)]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("name", "other", "name: 'small' -> 'other'"),
        ("train.epochs", 2, "train.epochs: 3 -> 2"),
        ("train.epochs", "4", "train.epochs: 3 -> '4'"),
        ("train.optimizer.SGD.learning_rate", 0.2, "train.optimizer.SGD.learning_rate: 0.1 -> 0.2"),
        ("train.optimizer.SGD.momentum", 0.9, "train.optimizer.SGD.momentum: absent -> 0.9"),
        ("data.prepare.0.Rescale.scale", 1, "data.prepare.0.Rescale.scale: 0.5 -> 1"),
        ("data.source.Arrays.x", "y.npy", "data.source.Arrays.x: 'x.npy' -> 'y.npy'"),
        ("vars.width", 9, "vars.width: 8 -> 9"),
        ("blocks.dense.layers.0.Dense.units", 3, "blocks.dense.layers.0.Dense.units: '=units' -> 3"),
        ("model.1.Dense.units", "=classes + 1", "model.1.Dense.units: '=classes' -> '=classes + 1'"),
        ("seed", 1, "seed: absent -> 1"),
    ],
)
def test_each_change_is_reported_with_its_place(path, value, said):
    assert texts(SPEC, changed(path, value)) == [said]


def test_variables_are_evaluated_in_any_order():
    before, now = (
        {"vars": {"half": "=width // 2", "width": width}, "train": {"loss": "x", "epochs": "=half"}} for width in (9, 2)
    )
    assert texts(before, now) == ["train.epochs: 4 -> 1"]


def test_equal_specs_differ_in_nothing():
    assert spec_changes(SPEC, changed("name", "small")) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("train.epochs", 4),
        ("train.epochs", 300),
        ("train.strategy", "auto"),
        ("train.checkpoint", {"every_steps": 3}),
        ("data.memory", 2.0),
        ("vars.unused", 2),
        ("vars.new", [1, 2]),
    ],
)
def test_changes_without_effect_on_a_resumed_run(path, value):
    assert spec_changes(SPEC, changed(path, value)) == []


def test_epochs_elsewhere_may_not_grow():
    assert texts({"data": {"epochs": 1}, "epochs": 1}, {"data": {"epochs": 2}, "epochs": 2}) == [
        "data.epochs: 1 -> 2",
        "epochs: 1 -> 2",
    ]
    assert texts({"train": {"epochs": 1}}, {"train": {"epochs": True}}) != []


def test_all_changes_are_listed_and_a_longer_epochs_is_not_among_them():
    now = changed("train.optimizer", "Adam")
    now["train"]["epochs"] = 9
    now["name"] = "other"
    del now["blocks"]
    assert {change.path for change in spec_changes(SPEC, now)} == {
        "name",
        "blocks.dense.params.0",
        "blocks.dense.layers.0.Dense.units",
        "train.optimizer.SGD.learning_rate",
        "train.optimizer",
    }


@pytest.mark.parametrize(
    ("before", "now", "number"),
    [
        ([], [1], 2),
        ({}, {"a": 1}, 2),
        ([1, 2], [1, 2, 3], 1),
        ([1, 2], [2, 1], 2),
        (1, 1.0, 1),
        (1, True, 1),
        (0, False, 1),
        (None, False, 1),
        (None, "null", 1),
        ([1], {"0": 1}, 2),
        ("1", 1, 1),
    ],
)
def test_values_that_are_alike_are_not_the_same(before, now, number):
    assert len(spec_changes({"data": before}, {"data": now})) == number
    assert len(spec_changes({"data": now}, {"data": before})) == number


def test_not_a_number_is_itself():
    assert spec_changes({"data": {"fill": float("nan")}}, {"data": {"fill": float("nan")}}) == []


def test_a_variable_that_an_expression_of_either_spec_reads_counts():
    before = {"vars": {"a": 1}, "model": [{"Dense": {"units": "=a"}}]}
    now = {"vars": {"a": 2}, "model": [{"Dense": {"units": 3}}]}
    assert set(texts(before, now)) == {"vars.a: 1 -> 2", "model.0.Dense.units: '=a' -> 3"}
    assert texts({"vars": {"a": 1}, "model": ["==a"]}, {"vars": {"a": 2}, "model": ["==a"]}) == []


def test_parts_of_a_variable_that_is_read_count():
    before = {"vars": {"sizes": [1, 2]}, "model": [{"Repeat": {"times": "=sizes[0]"}}]}
    now = {"vars": {"sizes": [1, 3]}, "model": [{"Repeat": {"times": "=sizes[0]"}}]}
    assert texts(before, now) == ["vars.sizes.1: 2 -> 3"]


def test_a_change_as_text():
    assert str(Change("train.epochs", "3", "2")) == "train.epochs: 3 -> 2"


def test_a_variable_that_expressions_of_data_or_train_read_shows_where_they_stand():
    def spec(**variables):
        given = {"rate": 0.1, "batch": 32, "epochs": 3, "half": "=rate / 2", **variables}
        train = {"epochs": "=epochs", "optimizer": {"SGD": {"learning_rate": "=half"}}}
        return {"vars": given, "data": {"batch_size": "=batch"}, "train": train, "model": ["Flatten"]}

    assert texts(spec(), spec()) == []
    assert texts(spec(), spec(rate=0.2)) == ["train.optimizer.SGD.learning_rate: 0.05 -> 0.1"]
    assert texts(spec(), spec(batch=64)) == ["data.batch_size: 32 -> 64"]
    # The number itself, or an expression that gives it, are the same; epochs may grow either way.
    assert texts(spec(), {**spec(), "data": {"batch_size": 32}}) == []
    assert texts(spec(), spec(epochs=5)) == []
    assert texts(spec(), {**spec(), "train": {**spec()["train"], "epochs": 5}}) == []
    assert texts(spec(), spec(epochs=2)) == ["train.epochs: 3 -> 2"]


@pytest.mark.parametrize("scale", [1 / 255, 1 / 65_535, "auto"])
@pytest.mark.parametrize("left", ["Rescale", {"Rescale": None}, {"Rescale": {}}, {"Rescale": {"scale": "auto"}}])
def test_a_scale_that_depends_on_the_data_is_written_out_or_omitted(left, scale):
    written = changed("data.prepare.0.Rescale.scale", scale)
    assert spec_changes(written, changed("data.prepare.0", left)) == []
    assert spec_changes(changed("data.prepare.0", left), written) == []
    assert texts(SPEC, changed("data.prepare.0", left)) == ["data.prepare.0.Rescale.scale: 0.5 -> 'auto'"]


def test_a_key_of_data_that_an_earlier_version_lacks_has_its_default():
    assert spec_changes(SPEC, changed("data.max_pixels", 100_000_000)) == []
    assert texts(SPEC, changed("data.max_pixels", 9)) == ["data.max_pixels: 100000000 -> 9"]


def test_both_specs_are_evaluated_on_a_budget():
    before = {"vars": {"v": "=[[[0] * 9000] * 9000] * 9000", "w": "=1 + 1"}, "train": {"epochs": "=w"}, "seed": "=v"}
    now = {**before, "vars": {**before["vars"], "v": "=[[[0] * 9000] * 9000] * 9001"}}
    assert spec_changes(before, before) == []
    assert spec_changes(before, now) == []
    now["seed"] = "=len(v)"
    assert [str(change) for change in spec_changes(before, now)] == ["seed: '=v' -> '=len(v)'"]
