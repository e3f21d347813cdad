"""Loading saved weights into a model before its first step."""

import hashlib
import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest
from golden import expect_messages, raises

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError, SpecError
from kpipe.messages.reporter import Reporter
from kpipe.train.run_control import RunControl

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]

TABLE = "a,b,label\n" + "\n".join(f"{row % 7},{row * row % 11},{'xyz'[row % 3]}" for row in range(60))
SPEC = {
    "name": "source",
    "data": {"batch_size": 16, "prepare": ["Standardize"], "validation": 0.2},
    "model": [
        {"Dense": {"units": 6, "activation": "relu", "name": "body"}},
        {"BatchNormalization": {"name": "norm"}},
        {"Dense": {"units": "=classes", "name": "head"}},
    ],
    "train": {"epochs": 2},
}


def spec_of(tmp_path, table="table.csv", text=TABLE, **train):
    path = tmp_path / table
    path.write_text(text)
    source = {"Table": {"path": str(path), "targets": ["label"]}}
    return {**SPEC, "data": {**SPEC["data"], "source": source}, "train": {**SPEC["train"], **train}}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A finished run on other values than those of the tests, so that other statistics are fitted to it."""
    folder = tmp_path_factory.mktemp("source")
    other = "\n".join(line.replace(",", "5,", 1) if number else line for number, line in enumerate(TABLE.splitlines()))
    kpipe.load(spec_of(folder, text=other)).run(folder / "run")
    return folder / "run"


def weights_of(model):
    layers = model.get_layer("source").layers if "source" in [layer.name for layer in model.layers] else model.layers
    return {layer.name: layer.get_weights() for layer in layers if layer.weights}


def equal(one, other):
    return all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


def start(source, kind="Run", **more):
    path = {"folder": str(source)} if kind == "Run" else {"path": str(source)}
    return {kind: {**path, **more}}


@pytest.mark.parametrize("kind", ["Run", "keras", "weights.h5"])
def test_the_weights_and_statistics_are_those_of_the_source(source, tmp_path, kind):
    given = start(source)
    if kind != "Run":
        file = tmp_path / f"former.{kind}"
        former = keras.saving.load_model(source / "model.keras", compile=False)
        (former.save if kind == "keras" else former.save_weights)(file)
        given = start(file, "File")
    before = weights_of(keras.saving.load_model(source / "model.keras", compile=False))
    initial = weights_of(kpipe.load(spec_of(tmp_path)).build())
    loaded = weights_of(kpipe.load(spec_of(tmp_path, start_from=given)).build())
    for name in ("body", "norm", "head"):
        assert equal(loaded[name], before[name])
        assert not equal(initial[name], before[name])
    # The preparation is fitted to the data of this spec.
    (prepared,) = loaded.keys() - {"body", "norm", "head"}
    assert equal(loaded[prepared], initial[prepared])
    assert not equal(loaded[prepared], before[prepared])


def test_excluded_items_have_the_weights_of_a_run_without_it(source, tmp_path):
    initial = weights_of(kpipe.load(spec_of(tmp_path)).build())
    given = start(source, **{"except": ["head", "norm"]})
    loaded = weights_of(kpipe.load(spec_of(tmp_path, start_from=given)).build())
    assert equal(loaded["head"], initial["head"])
    assert equal(loaded["norm"], initial["norm"])
    assert not equal(loaded["body"], initial["body"])
    selected = kpipe.load(spec_of(tmp_path, start_from=start(source, only=["body"]))).build()
    assert all(equal(loaded[name], weights_of(selected)[name]) for name in ("body", "norm", "head"))


def test_the_run_reports_and_records_what_was_loaded(source, tmp_path):
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO(), terminal=False)
    spec = spec_of(tmp_path, start_from=start(source, **{"except": ["head"]}), epochs=1)
    run = kpipe.load(spec).run(tmp_path / "run", reporter=reporter)
    found = run.result["start_from"]
    assert found["loaded"] == {"body": "body", "norm": "norm"}
    assert found["not_loaded"] == {"head": "excluded by `except`"}
    assert found["sha256"] == hashlib.sha256((source / "model.keras").read_bytes()).hexdigest()
    assert json.loads((tmp_path / "run" / "started.json").read_text())["started"][0]["start_from"] == found
    expect_messages(line for line in reporter.messages.getvalue().splitlines() if line.startswith("start_from"))
    # The spec of the run describes the same experiment in any folder.
    assert checked(tmp_path / "run" / "spec.yaml").train.start_from.plain()["Run"]["folder"] == str(source)


def test_a_resumed_run_needs_the_source_no_longer(source, tmp_path):
    file = tmp_path / "former.keras"
    file.write_bytes((source / "model.keras").read_bytes())
    pipeline = kpipe.load(spec_of(tmp_path, start_from=start(file, "File"), epochs=3))
    whole = pipeline.run(tmp_path / "whole")
    pipeline.run(tmp_path / "paused", control=RunControl(pause_after=1))
    file.unlink()
    resumed = pipeline.run(tmp_path / "paused", resume=True)
    assert all(equal(*pair) for pair in zip(*(weights_of(run.model).values() for run in (whole, resumed)), strict=True))
    assert resumed.result["start_from"] == whole.result["start_from"]
    with raises(SpecError):
        pipeline.run(tmp_path / "again")


def test_another_source_is_another_run(source, tmp_path):
    kpipe.load(spec_of(tmp_path, start_from=start(source), epochs=2)).run(
        tmp_path / "run", control=RunControl(pause_after=1)
    )
    changed = kpipe.load(spec_of(tmp_path, epochs=2))
    with raises(DataError):
        changed.run(tmp_path / "run", resume=True)


@pytest.mark.parametrize(
    "more",
    [
        {"except": ["haed"]},
        {"only": ["body/dense"]},
        {"rename": {"bodi": "body"}},
        {"rename": {"body": "head"}},
        {"rename": {"body": "trunk"}},
        {"except": ["body", "norm", "head"]},
    ],
    ids=["except", "only", "rename", "taken", "target", "nothing"],
)
def test_arguments_that_do_not_match_are_reported_at_their_place(source, tmp_path, more):
    pipeline = kpipe.load(spec_of(tmp_path, start_from=start(source, **more)))
    with raises(SpecError):
        pipeline.build()


def test_a_network_is_loaded_into_an_item(tmp_path):
    """Automatic names inside it have other numbers, since other models were built before."""
    made = []
    for _ in range(2):
        inputs = keras.Input((8, 8, 1))
        outputs = keras.layers.Conv2D(2, 3)(inputs)
        outputs = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(3, 3)(outputs))
        made.append(keras.Model(inputs, outputs, name="network"))
    assert made[0].layers[1].name != made[1].layers[1].name
    made[1].save(tmp_path / "network.keras")
    code = tmp_path / "network.py"
    code.write_text(
        "import keras\n\n\nclass Network(keras.Sequential):\n    def __init__(self, **kwargs):\n"
        "        kwargs.pop('layers', None)\n"
        "        layers = [keras.layers.Conv2D(2, 3), keras.layers.Conv2D(3, 3)]\n"
        "        super().__init__([*layers, keras.layers.BatchNormalization(name='norm')], **kwargs)\n"
    )
    spec = {
        "name": "target",
        "imports": [str(code)],
        "data": {"source": "Digits"},
        "model": [{"Network": {"name": "body"}}, "Flatten", {"Dense": {"units": "=classes", "name": "head"}}],
        "train": {"start_from": {"File": {"path": str(tmp_path / "network.keras"), "rename": {"": "body"}}}},
    }
    model = kpipe.load(spec).build()
    assert equal(model.get_layer("body").get_weights(), made[1].get_weights())


@pytest.mark.parametrize("rename", [{"": "body"}, {"trunk": "body"}])
def test_a_network_is_loaded_into_a_block(tmp_path, rename):
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(2, 3),
        ],
        name="trunk",
    )
    inputs = keras.Input((8, 8, 1))
    (network if "" in rename else keras.Model(inputs, network(inputs))).save(tmp_path / "network.keras")
    unit = {"Conv2D": {"filters": 2, "kernel_size": 3}}
    spec = {
        "name": "target",
        "data": {"source": "Digits"},
        "blocks": {"net": {"layers": [unit, "BatchNormalization", unit]}},
        "model": [{"net": {"name": "body"}}, "Flatten", {"Dense": {"units": "=classes"}}],
        "train": {"start_from": {"File": {"path": str(tmp_path / "network.keras"), "rename": rename}}},
    }
    model = kpipe.load(spec).build()
    found = [value for layer in model.layers if layer.name.startswith("body_") for value in layer.get_weights()]
    assert equal(found, network.get_weights())


def test_data_that_differ_from_those_of_the_run_are_reported(source, tmp_path):
    other = TABLE.replace("a,b,label", "b,a,label").replace(",z", ",w")
    lines = []
    kpipe.load(spec_of(tmp_path, text=other, start_from=start(source))).validate(say=lines.append)
    expect_messages(line for line in lines if "other data" in line)


BLOCKS = {
    "name": "blocks",
    "data": {"source": "Digits"},
    "blocks": {
        "unit": {
            "params": ["filters"],
            "layers": [{"Conv2D": {"filters": "=filters", "kernel_size": 1, "name": "conv"}}, "BatchNormalization"],
        }
    },
    "model": [
        {"Conv2D": {"filters": 2, "kernel_size": 1}},
        {"unit": {"filters": 2, "name": "body"}},
        {"Repeat": {"times": 2, "of": [{"unit": {"filters": 2}}]}},
        "Flatten",
        {"Dense": {"units": "=classes", "name": "head"}},
    ],
    "train": {"epochs": 1},
}


def test_blocks_without_a_name_are_loaded_only_if_all_are_the_same(tmp_path):
    file = tmp_path / "former.keras"
    former = kpipe.load({**BLOCKS, "seed": 1}).build()
    former.save(file)
    start_from = {"train": {"epochs": 1, "start_from": start(file, "File")}}
    loaded = kpipe.load({**BLOCKS, **start_from}).build()
    assert equal(loaded.get_weights(), former.get_weights())
    longer = [{"unit": {"filters": 2}}, *BLOCKS["model"]]
    lines = []
    kpipe.load({**BLOCKS, "model": longer, **start_from}).validate(say=lines.append)
    expect_messages(line for line in lines if line.startswith("start_from"))


def test_code_of_the_source_is_not_run(source, tmp_path):
    """The file is read as data, although a class in it is unknown here."""
    file = tmp_path / "other.keras"
    with zipfile.ZipFile(source / "model.keras") as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"Dense"', b'"Unknown"'))
    loaded = kpipe.load(spec_of(tmp_path, start_from=start(file, "File"))).build()
    before = weights_of(keras.saving.load_model(source / "model.keras", compile=False))
    assert equal(weights_of(loaded)["body"], before["body"])


def test_a_damaged_file_is_refused(source, tmp_path):
    file = tmp_path / "model.weights.h5"
    with h5py.File(file, "w") as written:
        written["dense"] = [0]
    with raises(DataError):
        kpipe.load(spec_of(tmp_path, start_from=start(file, "File"))).build()
