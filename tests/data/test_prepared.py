from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden import expect_messages, raises

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.dataset import Column, Dataset, Input, Target
from kpipe.data.evaluation import Evaluation
from kpipe.data.feeds.order import order
from kpipe.data.prepare.center import Center
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepare.pca import PCA
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepare.resize import Resize
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import DataError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

COUNT = 23


class MemoryDataset(Dataset):
    """Raw values in memory; `seen` holds every index that was read, `whole` whether `arrays` gives them."""

    def __init__(self, inputs: Mapping[str, Input], raw: Mapping[str, Any], whole: bool = False, **more: Any) -> None:
        count = more.pop("count", COUNT)
        targets = {"y": Target("y", "classification", ("a", "b", "c"), ())}
        labels = {"y": np.arange(count) % 3}
        parts = {"train": np.arange(0, count - 5), "test": np.arange(count - 5, count)}
        super().__init__(inputs, more.get("targets", targets), more.get("labels", labels), parts)
        self.raw = dict(raw)
        self.whole = whole
        self.seen: list[int] = []
        self.broken: int | None = None

    def read(self, indices: Any) -> dict[str, Any]:
        self.seen.extend(int(index) for index in indices)
        if self.broken in indices:
            raise DataError(f"images/{self.broken}.png: the file is truncated")
        return {name: _rows(raw, indices) for name, raw in self.raw.items()}

    def arrays(self) -> dict[str, Any] | None:
        return self.raw if self.whole else None

    def sample_name(self, index: int) -> str:
        return f"images/{index}.png"


def _rows(raw: Any, indices: Any) -> Any:
    if isinstance(raw, dict):
        return {name: entry[indices] for name, entry in raw.items()}
    return raw[indices] if isinstance(raw, np.ndarray) else [raw[index] for index in indices]


def numbers(values: Any, **more: Any) -> MemoryDataset:
    return MemoryDataset({"x": Input("x", "array", values.shape[1:], values.dtype.name)}, {"x": values}, **more)


def images(shape: tuple[int, ...] = (4, 5, 3), **more: Any) -> MemoryDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, *shape), dtype=np.uint8)
    return MemoryDataset({"image": Input("image", "image", shape, "uint8")}, {"image": pixels}, **more)


def table() -> MemoryDataset:
    rng = np.random.default_rng(0)
    columns = (Column("area", "numeric"), Column("main colour", "categorical"), Column("price", "numeric"))
    colours = np.array([["red", "blue", "green"][i % 3] for i in range(COUNT)], object)
    colours[-1] = "violet"
    raw = {"numeric": rng.normal(100, 20, (COUNT, 2)), "categorical": colours[:, np.newaxis]}
    return MemoryDataset({"table": Input("table", "table", (3,), "float64", columns)}, {"table": raw})


def prepared(dataset: Dataset, stages: Any = None, **more: Any) -> PreparedData:
    return PreparedData(dataset, dataset.parts, stages, **{"batch_size": 4, "seed": 5, **more})


def listed(batches: Any) -> list[Any]:
    """Batches as nested NumPy arrays."""
    import keras

    return [keras.tree.map_structure(np.asarray, batch) for batch in batches.as_numpy_iterator()]


@pytest.fixture(params=["held", "read", "whole"])
def feeding(request: Any) -> dict[str, Any]:
    """Samples held after reading, read batch by batch, and held since they were arrays already."""
    return {"memory": 0.0 if request.param == "read" else 1.0, "whole": request.param == "whole"}


# --- Batches


def test_batches_follow_the_order_of_seed_and_epoch(feeding: dict[str, Any]) -> None:
    values = np.random.default_rng(1).normal(size=(COUNT, 3))
    data = prepared(numbers(values, whole=feeding["whole"]), memory=feeding["memory"])
    for epoch in (0, 1):
        wanted = data.parts["train"][order(18, 5, epoch)]
        batches = listed(data.batches("train", epoch=epoch))
        assert [len(x) for x, _ in batches] == [4, 4, 4, 4, 2]
        assert data.steps("train") == 5
        np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), values[wanted].astype("float32"))
        np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), wanted % 3)
    later = listed(data.batches("train", epoch=1, first_step=3))
    np.testing.assert_array_equal(later[0][0], batches[3][0])
    assert len(later) == 2
    assert int(data.batches("train", epoch=1, first_step=3).cardinality()) == 2


def test_without_an_epoch_samples_come_in_their_order(feeding: dict[str, Any]) -> None:
    values = np.random.default_rng(1).normal(size=(COUNT, 3)).astype("float32")
    data = prepared(numbers(values, whole=feeding["whole"]), memory=feeding["memory"])
    np.testing.assert_array_equal(np.concatenate([x for x, _ in listed(data.batches("test"))]), values[18:])


@pytest.mark.parametrize(("last_batch", "sizes"), [("spread", [6, 6, 6]), ("drop", [8, 8])])
def test_the_remainder_of_a_training_epoch(feeding: dict[str, Any], last_batch: Any, sizes: list[int]) -> None:
    values = np.random.default_rng(1).normal(size=(COUNT, 3))
    dataset = numbers(values, whole=feeding["whole"])
    data = prepared(dataset, memory=feeding["memory"], batch_size=8, last_batch=last_batch)
    assert (data.steps("train"), data.steps("test")) == (len(sizes), 1)
    for epoch in (0, 3):
        wanted = data.parts["train"][order(18, 5, epoch)][: sum(sizes)]
        batches = [x for x, _ in listed(data.batches("train", epoch=epoch))]
        assert [len(x) for x in batches] == sizes
        np.testing.assert_array_equal(np.concatenate(batches), values[wanted].astype("float32"))
        for first in range(1, len(sizes)):
            later = [x for x, _ in listed(data.batches("train", epoch=epoch, first_step=first))]
            np.testing.assert_array_equal(np.concatenate(later), np.concatenate(batches[first:]))
    assert [len(x) for x, _ in listed(data.batches("train"))] == [8, 8, 2]


def test_parts_that_are_measured_have_all_their_samples_in_batches_of_the_size() -> None:
    data = prepared(numbers(np.zeros((COUNT, 2))), batch_size=4, last_batch="drop")
    assert [len(x) for x, _ in listed(data.batches("test"))] == [4, 1]
    assert data.steps("test") == 2


def test_other_batches_of_the_same_samples(feeding: dict[str, Any]) -> None:
    dataset = images(whole=feeding["whole"]) if feeding["whole"] else images()
    one = prepared(dataset, memory=feeding["memory"])
    one.fit()
    other = one.with_training(batch_size=3, augmentations={}, workers=0)
    first = np.concatenate([x for x, *_ in listed(one.batches("train", epoch=2))])
    again = listed(other.batches("train", epoch=2))
    assert [len(x) for x, *_ in again][:2] == [3, 3]
    assert np.array_equal(np.concatenate([x for x, *_ in again]), first)
    flipped = one.with_training(
        batch_size=4, augmentations={"image": Augmentation([{"HorizontalFlip": {"p": 1.0}}])}, workers=0
    )
    found = np.concatenate([x for x, *_ in listed(flipped.batches("train", epoch=2))])
    assert np.array_equal(found, first[:, :, ::-1])
    assert np.array_equal(np.concatenate([x for x, *_ in listed(one.batches("train", epoch=2))]), first)


def test_skipped_steps_are_not_read() -> None:
    dataset = numbers(np.zeros((COUNT, 2)))
    listed(prepared(dataset, memory=0.0).batches("train", first_step=3))
    assert sorted(dataset.seen) == list(range(12, 18))


def test_labels_are_encoded_once_and_weights_follow_their_samples() -> None:
    calls = []

    def labels(name: str, values: Any) -> Any:
        calls.append(name)
        return np.eye(3, dtype="float32")[values]

    data = prepared(numbers(np.arange(COUNT, dtype="float32")[:, np.newaxis]))
    weights = {"y": np.arange(COUNT) / 10}
    for epoch in range(3):
        batches = listed(data.batches("train", epoch=epoch, labels=labels, sample_weight=weights))
    assert calls == ["y"]
    for x, y, weight in batches:
        np.testing.assert_array_equal(y, np.eye(3)[x[:, 0].astype(int) % 3])
        np.testing.assert_allclose(weight, x[:, 0] / 10, rtol=1e-6)
        assert weight.dtype == np.float32


def test_several_inputs_and_targets_are_dicts() -> None:
    inputs = {"x": Input("x", "array", (2,), "float32"), "image": Input("image", "image", (2, 2, 1), "uint8")}
    raw = {"x": np.ones((COUNT, 2), "float32"), "image": np.full((COUNT, 2, 2, 1), 7, np.uint8)}
    targets = {
        "kind": Target("kind", "classification", ("a", "b"), ()),
        "cost": Target("cost", "regression", None, (2,)),
    }
    labels = {"kind": np.arange(COUNT) % 2, "cost": np.ones((COUNT, 2), "float32")}
    data = prepared(MemoryDataset(inputs, raw, targets=targets, labels=labels))
    weights = {"kind": np.ones(COUNT), "cost": np.zeros(COUNT)}
    x, y, weight = listed(data.batches("train", epoch=0, sample_weight=weights))[0]
    assert {name: value.shape for name, value in x.items()} == {"x": (4, 2), "image": (4, 2, 2, 1)}
    assert {name: value.shape for name, value in y.items()} == {"kind": (4,), "cost": (4, 2)}
    assert weight["cost"].tolist() == [0.0] * 4


def test_labels_larger_than_memory_are_encoded_by_batch() -> None:
    data = prepared(numbers(np.arange(COUNT, dtype="float32")[:, np.newaxis]), memory=0.0)
    for x, y in listed(data.batches("train", epoch=0, labels=lambda name, values: values[:, np.newaxis] * 2)):
        np.testing.assert_array_equal(y, x.astype(int) % 3 * 2)


def test_the_model_is_not_traced_again_for_a_new_epoch() -> None:
    import keras

    data = prepared(numbers(np.ones((COUNT, 2), "float32")), batch_size=6)
    traces = []

    class Counted(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            traces.append(x.shape)
            return x

    tensor = keras.Input((2,))
    model = keras.Model(tensor, keras.layers.Dense(3)(Counted()(tensor)))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(data.batches("train", epoch=0), shuffle=False, verbose=0)
    before = len(traces)
    for epoch in (1, 2):
        model.fit(data.batches("train", epoch=epoch), shuffle=False, verbose=0)
    assert len(traces) == before


# --- What reaches the model


@pytest.mark.parametrize(
    ("dtype", "shape", "received", "fed"),
    [
        ("float64", (3,), "float32", "float32"),
        ("float16", (3,), "float32", "float32"),
        ("int64", (3,), "int32", "int32"),
        ("uint32", (3,), "int32", "int32"),
        ("int16", (3, 2), "float32", "float32"),
        ("uint8", (3, 2, 1), "float32", "uint8"),
        ("bool", (3,), "float32", "float32"),
    ],
)
@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_types(dtype: str, shape: tuple[int, ...], received: str, fed: str, memory: float) -> None:
    values = np.random.default_rng(0).integers(0, 2, (COUNT, *shape)).astype(dtype)
    data = prepared(numbers(values), memory=memory)
    assert data.inputs["x"] == Input("x", "array", shape, received)
    x, _ = listed(data.batches("train"))[0]
    assert x.dtype == fed
    np.testing.assert_array_equal(x, values[:4])


def test_prepared_integers_are_floats() -> None:
    data = prepared(numbers(np.arange(COUNT * 2).reshape(COUNT, 2)), {"x": [Standardize()]})
    assert data.inputs["x"].dtype == "float32"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_nan_is_refused_with_the_name_of_the_sample(bad: float, memory: float) -> None:
    values = np.zeros((COUNT, 3))
    values[11, 2] = bad
    data = prepared(numbers(values), {"x": [Center()]}, memory=memory)
    with raises(DataError):
        data.fit()


def test_missing_numbers_are_refused_with_the_name_of_the_column() -> None:
    dataset = table()
    dataset.raw["table"]["numeric"][4, 1] = np.nan
    with raises(DataError):
        prepared(dataset, {"table": [OneHot()]}).fit()


def test_large_numbers_that_overflow_only_in_their_sum_are_fine() -> None:
    values = np.full((COUNT, 3), 3e38, "float32")
    assert listed(prepared(numbers(values)).batches("train"))[0][0][0, 0] == np.float32(3e38)


@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_refuses_ids_beyond_int32(memory: float) -> None:
    values = np.zeros((COUNT, 2), np.int64)
    values[3, 1] = 2**31
    data = prepared(numbers(values), memory=memory)
    with (
        raises(DataError),
        data.worker_errors(),
    ):
        listed(data.batches("train"))


@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_an_error_of_a_worker_arrives_as_itself(memory: float) -> None:
    dataset = images()
    dataset.broken = 9
    data = prepared(dataset, memory=memory)
    with pytest.raises(DataError, match=r"^images/9.png: the file is truncated$"), data.worker_errors():
        listed(data.batches("train", epoch=0))


def test_other_errors_pass_through() -> None:
    import tensorflow as tf

    data = prepared(images())
    with pytest.raises(tf.errors.NotFoundError), data.worker_errors():
        tf.io.read_file("/nowhere")
    with pytest.raises(KeyError), data.worker_errors():
        raise KeyError("x")


# --- Preparation


def test_fits_on_the_training_part_alone(feeding: dict[str, Any]) -> None:
    values = np.random.default_rng(2).normal(3, 2, (COUNT, 4))
    values[18:] += 1000
    stages = [Rescale(0.5), Standardize(), PCA(2)]
    data = prepared(numbers(values, whole=feeding["whole"]), {"x": stages}, memory=feeding["memory"])
    data.fit()
    train = values[:18].astype("float32") * 0.5
    np.testing.assert_allclose(stages[1].fitted()["mean"], train.mean(axis=0), rtol=1e-5)
    standard = (train - train.mean(axis=0)) / train.std(axis=0)
    found = np.linalg.eigvalsh(np.cov(standard.T, ddof=0))[::-1][:2]
    np.testing.assert_allclose(stages[2].fitted()["variances"], found, rtol=1e-5)


def test_a_held_data_set_is_read_once() -> None:
    dataset = images()
    said: list[str] = []
    data = prepared(dataset, {"image": [Rescale(), Center(), Standardize()]})
    data.fit(said.append)
    for epoch in range(3):
        listed(data.batches("train", epoch=epoch))
    assert sorted(dataset.seen) == list(range(COUNT))
    expect_messages(said, 1)
    data.fit()
    assert len(dataset.seen) == COUNT


def test_mixed_sizes_need_resize_and_get_it() -> None:
    rng = np.random.default_rng(0)
    mixed = [rng.integers(0, 256, (3 + i % 4, 5 + i % 3, 1), dtype=np.uint8) for i in range(COUNT)]
    dataset = MemoryDataset({"image": Input("image", "image", (None, None, 1), "uint8")}, {"image": mixed})
    with raises(DataError):
        prepared(dataset)
    data = prepared(dataset, {"image": [Resize(4, 6), Center(per="pixel")]})
    data.fit()
    assert data.inputs["image"] == Input("image", "image", (4, 6, 1), "float32")
    x, _ = listed(data.batches("train"))[0]
    np.testing.assert_array_equal(x, np.stack([Resize(4, 6).image(image) for image in mixed[:4]]))


@pytest.mark.slow
def test_saved_models_accept_raw_samples_with_keras_alone(tmp_path: Path) -> None:
    cases = [images_case(tmp_path), table_case(tmp_path)]
    script = "import json, numpy, keras, sys\nanswers = []\n"
    for model, inputs, _ in cases:
        script += f"model = keras.saving.load_model({model!r})\n"
        script += f"answers.append(keras.ops.convert_to_numpy(model({inputs})).tolist())\n"
    script += "json.dump(answers, open('answers.json', 'w'))\n"
    script += "assert not [name for name in sys.modules if name.startswith('kpipe')]\n"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads((tmp_path / "answers.json").read_text())
    for answer, (_, _, expected) in zip(answers, cases, strict=True):
        np.testing.assert_allclose(answer, expected, atol=1e-5)


def images_case(folder: Path) -> tuple[str, str, Any]:
    """A saved model's file, raw images as an expression, and what the training model makes of the same samples."""
    dataset = images((6, 7, 3))
    data = prepared(dataset, {"image": [Resize(5, 4), Rescale(), Center(per="pixel"), Standardize()]})
    data.fit()
    model = training_model(data)
    raw = raw_model(data, model)
    assert raw.input.shape == (None, None, None, 3)
    raw.save(folder / "images.keras")
    np.save(folder / "raw.npy", dataset.raw["image"][18:])
    expected = np.concatenate([model(x).numpy() for x, _ in listed(data.batches("test"))])
    return "images.keras", "numpy.load('raw.npy')", expected


def table_case(folder: Path) -> tuple[str, str, Any]:
    """Likewise for rows; the last one has a category that the training part does not have."""
    dataset = table()
    data = prepared(dataset, {"table": [Standardize(), OneHot()]})
    data.fit()
    assert data.categories == {"table": {"main colour": ("blue", "green", "red")}}
    model = training_model(data)
    raw_model(data, model).save(folder / "table.keras")
    expected = np.concatenate([model(x).numpy() for x, _ in listed(data.batches("test"))])
    assert expected[-1, 1:4].tolist() == [0.0, 0.0, 0.0]
    values = dataset.raw["table"]
    rows = {
        "area": values["numeric"][18:, :1].tolist(),
        "main colour": values["categorical"][18:].tolist(),
        "price": values["numeric"][18:, 1:].tolist(),
    }
    inputs = f"{{name: keras.ops.convert_to_tensor(column) for name, column in {rows!r}.items()}}"
    return "table.keras", inputs, expected


def training_model(data: PreparedData) -> Any:
    import keras

    tensors = {name: keras.Input(entry.shape, dtype=entry.dtype, name=name) for name, entry in data.inputs.items()}
    (name,) = tensors
    return keras.Model(tensors[name], data.prepare(tensors)[name])


def raw_model(data: PreparedData, model: Any) -> Any:
    import keras

    raw = data.raw_inputs()
    (name,) = raw
    return keras.Model(raw[name], model(data.from_raw(raw)[name]))


def test_a_table_of_numbers_has_one_raw_input() -> None:
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    raw = {"numeric": np.ones((COUNT, 2)), "categorical": np.empty((COUNT, 0), object)}
    data = prepared(MemoryDataset({"table": Input("table", "table", (2,), "float64", columns)}, {"table": raw}))
    tensors = data.raw_inputs()
    assert (tensors["table"].name, tensors["table"].shape, tensors["table"].dtype) == ("table", (None, 2), "float32")
    assert data.from_raw(tensors)["table"] is tensors["table"]
    assert listed(data.batches("train"))[0][0].tolist() == [[1.0, 1.0]] * 4


def test_categories_can_be_passed_in_and_are_then_not_fitted() -> None:
    first = prepared(table(), {"table": [Standardize(), OneHot()]})
    first.fit()
    again = prepared(table(), {"table": [Standardize(), OneHot()]}, categories=first.categories)
    np.testing.assert_array_equal(listed(again.batches("test"))[0][0], listed(first.batches("test"))[0][0])
    with raises(DataError):
        prepared(table(), {"table": [OneHot()]}, categories={"table": {"other": ("x",)}})
    with raises(RuntimeError):
        prepared(table(), {"table": [OneHot()]}).batches("train")


def test_a_column_whose_name_keras_refuses_is_named() -> None:
    columns = (Column("km/h", "numeric"), Column("colour", "categorical"))
    raw = {"numeric": np.ones((COUNT, 1)), "categorical": np.full((COUNT, 1), "red", object)}
    dataset = MemoryDataset({"table": Input("table", "table", (2,), "float64", columns)}, {"table": raw})
    data = prepared(dataset, {"table": [OneHot()]})
    with raises(DataError):
        data.raw_inputs()


def test_a_category_may_be_called_like_keras_word_for_unknown_ones() -> None:
    import keras

    columns = (Column("colour", "categorical"),)
    colours = np.array([["[UNK]"], ["red"]] * 12, object)[:COUNT]
    raw = {"numeric": np.ones((COUNT, 0)), "categorical": colours}
    dataset = MemoryDataset({"table": Input("table", "table", (1,), "float64", columns)}, {"table": raw})
    data = prepared(dataset, {"table": [OneHot()]})
    data.fit()
    tensors = data.raw_inputs()
    model = keras.Model(tensors["table"], data.from_raw(tensors)["table"])
    texts = keras.ops.convert_to_tensor([["[UNK]"], ["red"], ["green"]])
    assert model({"colour": texts}).numpy().tolist() == [[1.0], [2.0], [0.0]]


def test_describes_itself_as_json() -> None:
    data = prepared(table(), {"table": [Standardize(epsilon=0.1), OneHot()]})
    data.fit()
    described = json.loads(json.dumps(data.describe()))
    assert described["table"]["kind"] == "table"
    assert described["table"]["received"] == {"shape": [3], "dtype": "float32"}
    assert described["table"]["columns"][1] == {
        "name": "main colour",
        "kind": "categorical",
        "categories": ["blue", "green", "red"],
    }
    assert described["table"]["stages"] == [
        {
            "class": "Standardize",
            "arguments": {"per": "channel", "epsilon": 0.1},
            "fitted": {"mean": [3], "variance": [3]},
        },
        {"class": "OneHot", "arguments": {}, "fitted": {}},
    ]


def test_an_empty_training_part_is_refused() -> None:
    dataset = images()
    data = PreparedData(dataset, {"train": np.empty(0, np.int64), "test": np.arange(5)})
    with raises(DataError):
        data.fit()
    assert len(listed(data.batches("train"))) == 0


def test_every_listed_preparation_exists_and_is_documented() -> None:
    from kpipe.data import prepare
    from kpipe.data.prepare.preparation import Preparation

    for name in prepare.__all__:
        found = getattr(prepare, name)
        assert issubclass(found, Preparation)
        assert found.__name__ == name
        assert "Example:" in (found.__doc__ or "")


def test_a_sample_that_occurs_twice_is_augmented_twice_in_each_epoch():
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), np.uint8)
    augmentation = Augmentation([{"RandomCrop": {"height": 4, "width": 4}}])
    # A bootstrap: five draws from five samples.
    part = np.array([3, 3, 0, 3, 1])
    dataset = ArrayDataset({"image": {"train": images}}, {}, {})
    data = PreparedData(
        dataset,
        {"train": part},
        seed=7,
        batch_size=2,
        augmentations={"image": augmentation},
        evaluations={"image": Evaluation([{"CenterCrop": {"height": 4, "width": 4}}])},
    )
    data.fit()
    looks = []
    for epoch in (0, 1):
        found = np.concatenate([x.numpy() for (x,) in data.batches("train", epoch=epoch)])
        places = order(len(part), 7, epoch)
        expected = [augmentation(images[part[place]], 7, epoch, place) for place in places]
        np.testing.assert_array_equal(found, expected)
        looks += [image.tobytes() for image, place in zip(found, places, strict=True) if part[place] == 3]
    assert len(set(looks)) > 3


# --- Features


@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_features_come_in_the_order_of_the_samples(memory: float) -> None:
    import tensorflow as tf

    data = prepared(images(), memory=memory, augmentations={"image": Augmentation([])}, last_batch="drop")
    rows = tf.constant(np.arange(COUNT * 2).reshape(COUNT, 2))
    indices = np.random.default_rng(1).permutation(COUNT)
    other = data.with_features(
        {name: tf.gather(values, indices) for name, values in (("a", rows), ("b", rows[:, 0]))}, indices
    )
    assert data.is_augmented
    assert not other.is_augmented
    weights = {"y": np.arange(COUNT, dtype=np.float32)}
    for part, epoch in (("train", 3), ("test", None)):
        wanted = data.parts[part] if epoch is None else data.parts[part][order(18, 5, epoch)][:16]
        found = listed(other.batches(part, epoch=epoch, sample_weight=weights))
        np.testing.assert_array_equal(np.concatenate([x["a"] for x, _, _ in found]), rows.numpy()[wanted])
        np.testing.assert_array_equal(np.concatenate([x["b"] for x, _, _ in found]), rows.numpy()[wanted, 0])
        np.testing.assert_array_equal(np.concatenate([y for _, y, _ in found]), wanted % 3)
        np.testing.assert_array_equal(np.concatenate([w for _, _, w in found]), wanted)
    alone = next(iter(data.with_features({"a": rows[18:]}, data.parts["test"]).batches("test")))[0]
    assert list(alone) == ["a"]
    np.testing.assert_array_equal(alone["a"], rows[18:22])


def test_samples_in_memory_leave_the_rest_of_it() -> None:
    size = COUNT * 4 * 5 * 3
    assert prepared(images(), memory=1.0).free_bytes == 2**30 - size
    assert prepared(images(), memory=size / 2 / 2**30).free_bytes == size // 2
