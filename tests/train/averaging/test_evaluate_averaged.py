import keras
import numpy as np
import pytest
from golden import raises

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.dataset import Target
from kpipe.data.prepare import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.data.prepared_target import PreparedTarget
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.views import Draws, Flip, ResNetScales, TenCrop
from kpipe.errors import ArgumentError
from kpipe.train.averaging.averaging import Averaging
from kpipe.train.averaging.evaluate_averaged import check_views, evaluate_averaged
from kpipe.train.averaging.random_layers import random_layers
from kpipe.train.evaluate import evaluate
from kpipe.train.objective.objective import decide

from ..stand_in import train_section

SHAPE = (6, 5, 3)
SAMPLES = 23


def pictures(seed=0, samples=SAMPLES):
    return np.random.default_rng(seed).integers(0, 256, (samples, *SHAPE), dtype=np.uint8)


def data_of(targets, labels, *, inputs=None, workers=0, batch_size=7, preparations=None, augmentations=None):
    inputs = inputs or {"image": pictures()}
    dataset = ArrayDataset({name: {"train": values} for name, values in inputs.items()}, targets, labels)
    parts = {"train": np.arange(3), "test": np.arange(SAMPLES)}
    return PreparedData(
        dataset, parts, batch_size=batch_size, workers=workers, targets=preparations, augmentations=augmentations
    )


def network(units, activation=None, seed=1, name="image"):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(SHAPE, name=name)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(units, activation=activation, kernel_regularizer="l2")(x))


def answers(model, images):
    return np.asarray(model(images.astype(np.float32), training=False), np.float64)


def softmax(values):
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def test_flip():
    target = Target("y", "classification", ("a", "b", "c"), ())
    labels = np.arange(SAMPLES) % 3
    data = data_of({"y": target}, {"y": labels})
    model = network(3)
    objective = decide(train_section(), model, {"y": target})
    before = [np.array(weight) for weight in model.weights]
    found = evaluate_averaged(model, data, "test", objective, Averaging(Flip(), "Flip"))
    images = pictures()
    p = (softmax(answers(model, images)) + softmax(answers(model, images[:, :, ::-1]))) / 2
    penalty = 0.01 * np.sum(np.square(np.asarray(model.layers[-1].kernel, np.float64)))
    assert found.metrics["loss"] == pytest.approx(-np.log(p[np.arange(SAMPLES), labels]).mean() + penalty, abs=1e-6)
    assert found.metrics["accuracy"] == pytest.approx((p.argmax(-1) == labels).mean(), abs=1e-6)
    assert found.predictions["y"].tolist() == p.argmax(-1).tolist()
    assert found.classes["y"].confusion.samples.sum() == SAMPLES
    assert all((np.asarray(weight) == value).all() for weight, value in zip(model.weights, before, strict=True))
    plain = evaluate(model, data, "test", objective)
    assert plain.metrics["loss"] != found.metrics["loss"]


def replay(model, images):
    """The outputs for the images and for their mirror images."""
    return answers(model, images), answers(model, images[:, :, ::-1])


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def flipped(model, data, section=None):
    objective = decide(section or train_section(), model, data.dataset.targets, preparations=data.targets)
    return evaluate_averaged(model, data, "test", objective, Averaging(Flip(), "Flip"))


def test_binary_logits_are_averaged_as_probabilities():
    target = Target("y", "classification", ("no", "yes"), ())
    labels = np.arange(SAMPLES) % 2
    model = network(1)
    found = flipped(model, data_of({"y": target}, {"y": labels}), train_section(metrics=["accuracy"]))
    p = np.mean([sigmoid(outputs)[:, 0] for outputs in replay(model, pictures())], axis=0)
    penalty = 0.01 * np.sum(np.square(np.asarray(model.layers[-1].kernel, np.float64)))
    expected = -np.mean(np.where(labels == 1, np.log(p), np.log(1 - p)))
    assert found.metrics["loss"] == pytest.approx(expected + penalty, abs=1e-6)
    assert found.metrics["accuracy"] == pytest.approx(np.mean((p > 0.5) == labels), abs=1e-6)
    assert found.predictions["y"].tolist() == (p > 0.5).astype(int).tolist()


def test_labels_of_a_multilabel_target_and_probabilities_are_averaged_one_by_one():
    target = Target("y", "multilabel", ("a", "b"), (2,))
    labels = np.random.default_rng(2).integers(0, 2, (SAMPLES, 2)).astype(np.float32)
    for activation in (None, "sigmoid"):
        model = network(2, activation)
        found = flipped(model, data_of({"y": target}, {"y": labels}))
        outputs = replay(model, pictures())
        p = np.mean(outputs if activation else [sigmoid(values) for values in outputs], axis=0)
        penalty = 0.01 * np.sum(np.square(np.asarray(model.layers[-1].kernel, np.float64)))
        expected = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
        assert found.metrics["loss"] == pytest.approx(expected + penalty, abs=1e-6)
        assert found.predictions["y"].tolist() == (p > 0.5).astype(int).tolist()


def test_the_mean_of_prepared_numbers_is_in_the_units_of_the_target():
    target = Target("price", "regression", None, ())
    labels = (1000 + 50 * np.random.default_rng(3).standard_normal(SAMPLES)).astype(np.float32)
    preparations = {"price": PreparedTarget(target, [Standardize()])}
    data = data_of({"price": target}, {"price": labels}, preparations=preparations)
    data.fit_targets()
    model = network(1)
    found = flipped(model, data)
    mean = np.mean(replay(model, pictures()), axis=0)[:, 0]
    scale, center = labels[:3].astype(np.float64).std(), labels[:3].astype(np.float64).mean()
    own = mean * scale + center
    assert found.metrics["mean_absolute_error"] == pytest.approx(np.abs(own - labels).mean(), rel=1e-6)
    assert found.predictions["price"].ravel() == pytest.approx(own, rel=1e-6)


def test_each_of_several_targets_has_its_form_and_inputs_without_images_are_repeated():
    targets = {
        "kind": Target("kind", "classification", ("a", "b", "c"), ()),
        "size": Target("size", "regression", None, ()),
    }
    labels = {"kind": np.arange(SAMPLES) % 3, "size": np.arange(SAMPLES, dtype=np.float32)}
    more = np.random.default_rng(4).standard_normal((SAMPLES, 2)).astype(np.float32)
    inputs = {"image": pictures(), "left": pictures(9), "more": more}
    inner = network(4)
    tensors = {
        "image": keras.Input(SHAPE, name="image"),
        "left": keras.Input(SHAPE, name="left"),
        "more": keras.Input((2,), name="more"),
    }
    x = keras.layers.Concatenate()([inner(tensors["image"]), inner(tensors["left"]), tensors["more"]])
    model = keras.Model(
        tensors, {"kind": keras.layers.Dense(3, name="kind")(x), "size": keras.layers.Dense(1, name="size")(x)}
    )
    found = flipped(model, data_of(targets, labels, inputs=inputs))
    made = []
    for turn in (1, -1):
        given = {"image": inputs["image"][:, :, ::turn], "left": inputs["left"][:, :, ::turn], "more": more}
        outputs = model({name: values.astype(np.float32) for name, values in given.items()}, training=False)
        made.append({name: np.asarray(values, np.float64) for name, values in outputs.items()})
    p = np.mean([softmax(entry["kind"]) for entry in made], axis=0)
    sizes = np.mean([entry["size"] for entry in made], axis=0)[:, 0]
    assert found.predictions["kind"].tolist() == p.argmax(-1).tolist()
    assert found.predictions["size"].ravel() == pytest.approx(sizes, abs=1e-6)
    assert found.metrics["kind_loss"] == pytest.approx(-np.log(p[np.arange(SAMPLES), labels["kind"]]).mean(), abs=1e-6)


def test_answers_that_are_images_are_mirrored_back():
    target = Target("mask", "sequence", ("no", "yes", "edge"), SHAPE[:2])
    labels = np.random.default_rng(5).integers(0, 3, (SAMPLES, *SHAPE[:2]))
    keras.utils.set_random_seed(3)
    inputs = keras.Input(SHAPE, name="image")
    model = keras.Model(inputs, keras.layers.Conv2D(3, 3, padding="same")(keras.layers.Rescaling(1 / 255)(inputs)))
    data = data_of({"mask": target}, {"mask": labels})
    found = flipped(model, data)
    first, second = replay(model, pictures())
    p = (softmax(first) + softmax(second[:, :, ::-1])) / 2
    assert found.predictions["mask"].tolist() == p.argmax(-1).tolist()
    taken = np.take_along_axis(p, labels[..., np.newaxis], -1)
    assert found.metrics["loss"] == pytest.approx(-np.log(taken).mean(), abs=1e-6)


def test_any_number_of_workers_results_in_the_same_bits():
    target = Target("y", "classification", ("a", "b", "c"), ())
    labels = np.arange(SAMPLES) % 3
    model = network(3)
    found = []
    augmentation = Augmentation([{"HorizontalFlip": {"p": 0.5}}, {"RandomBrightnessContrast": {"p": 1}}])
    for workers in (0, 1, 2):
        data = data_of({"y": target}, {"y": labels}, workers=workers, augmentations={"image": augmentation})
        objective = decide(train_section(), model, {"y": target})
        found.append(evaluate_averaged(model, data, "test", objective, Averaging(Draws(count=3))).metrics)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "views", [TenCrop(padding=2), ResNetScales(scales=[6, 9]), Draws(count=3)], ids=lambda views: type(views).__name__
)
def test_other_views(views):
    target = Target("y", "classification", ("a", "b", "c"), ())
    labels = np.arange(SAMPLES) % 3
    augmentation = Augmentation([{"RandomBrightnessContrast": {"p": 1}}, {"HorizontalFlip": {"p": 0.5}}])
    data = data_of({"y": target}, {"y": labels}, augmentations={"image": augmentation})
    model = network(3)
    found = evaluate_averaged(model, data, "test", decide(train_section(), model, {"y": target}), Averaging(views))
    context = data.view_contexts()["image"]
    made = np.stack([np.rint(np.stack(views.views(image, context, index))) for index, image in enumerate(pictures())])
    p = softmax(answers(model, made.reshape(-1, *SHAPE))).reshape(SAMPLES, views.count, 3).mean(axis=1)
    assert found.predictions["y"].tolist() == p.argmax(-1).tolist()
    penalty = 0.01 * np.sum(np.square(np.asarray(model.layers[-1].kernel, np.float64)))
    assert found.metrics["loss"] == pytest.approx(-np.log(p[np.arange(SAMPLES), labels]).mean() + penalty, abs=1e-6)


def test_views_whose_answers_cannot_be_put_back():
    target = Target("mask", "sequence", ("no", "yes"), SHAPE[:2])
    data = data_of({"mask": target}, {"mask": np.zeros((SAMPLES, *SHAPE[:2]), np.int64)})
    with raises(ArgumentError):
        check_views(TenCrop(padding=1), data)


def test_data_without_images():
    target = Target("y", "classification", ("a", "b"), ())
    data = data_of({"y": target}, {"y": np.arange(SAMPLES) % 2}, inputs={"x": np.ones((SAMPLES, 4), np.float32)})
    inputs = keras.Input((4,), name="x")
    with raises(ArgumentError):
        flipped(keras.Model(inputs, keras.layers.Dense(1)(inputs)), data)


def dropped(units, seed=2):
    """A network with dropout and BatchNormalization, whose statistics are those of inference."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(SHAPE, name="image")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(8, activation="relu", activity_regularizer="l2")(x))
    return keras.Model(inputs, keras.layers.Dense(units, kernel_regularizer="l2")(keras.layers.Dropout(0.5)(x)))


def calls(model, batches, samples, seed):
    """The outputs of single calls with dropout, by mask and sample, in the order of an evaluation."""
    with random_layers(model, seed):
        found = [[np.asarray(model(batch), np.float64) for _ in range(samples)] for batch in batches]
    return np.concatenate([np.stack(entry) for entry in found], axis=1)


def test_masks():
    target = Target("y", "classification", ("a", "b", "c"), ())
    labels = np.arange(SAMPLES) % 3
    data, model = data_of({"y": target}, {"y": labels}), dropped(3)
    objective = decide(train_section(), model, {"y": target})
    before = [np.array(variable) for variable in model.variables]
    found = evaluate_averaged(model, data, "test", objective, Averaging(samples=5, seed=11))
    assert all((np.array(one) == other).all() for one, other in zip(model.variables, before, strict=True))
    images = pictures().astype(np.float32)
    p = softmax(calls(model, [images[start : start + 7] for start in range(0, SAMPLES, 7)], 5, 11))
    mean = p.mean(axis=0)
    penalty = 0.01 * np.sum(np.square(np.asarray(model.layers[-1].kernel, np.float64)))
    hidden = np.asarray(keras.Model(model.input, model.layers[3].output)(images), np.float64)
    starts = range(0, SAMPLES, 7)
    activity = [
        0.01 * np.sum(np.square(hidden[start : start + 7])) / len(hidden[start : start + 7]) for start in starts
    ]
    weights = [len(hidden[start : start + 7]) for start in starts]
    expected = -np.log(mean[np.arange(SAMPLES), labels]).mean() + penalty + np.average(activity, weights=weights)
    assert found.metrics["loss"] == pytest.approx(expected, abs=1e-5)
    assert list(found.metrics) == ["loss", "accuracy"]
    assert found.predictions["y"].tolist() == mean.argmax(-1).tolist()
    assert found.spread == {"y": pytest.approx(p.std(axis=0).mean(), abs=1e-6)}
    again = evaluate_averaged(model, data, "test", objective, Averaging(samples=5, seed=11))
    other = evaluate_averaged(model, data, "test", objective, Averaging(samples=5, seed=12))
    assert again.metrics == found.metrics
    assert other.metrics != found.metrics


def test_masks_and_views():
    target = Target("y", "classification", ("a", "b", "c"), ())
    labels = np.arange(SAMPLES) % 3
    data, model = data_of({"y": target}, {"y": labels}), dropped(3)
    objective = decide(train_section(), model, {"y": target})
    found = evaluate_averaged(model, data, "test", objective, Averaging(Flip(), "Flip", samples=4, seed=1))
    images = pictures().astype(np.float32)
    batches = []
    for start in range(0, SAMPLES, 3):
        batch = images[start : start + 3]
        batches.append(np.stack([batch, batch[:, :, ::-1]], axis=1).reshape(-1, *SHAPE))
    p = softmax(calls(model, batches, 4, 1)).reshape(4, SAMPLES, 2, 3).mean(axis=2)
    assert found.predictions["y"].tolist() == p.mean(axis=0).argmax(-1).tolist()
    assert found.spread == {"y": pytest.approx(p.std(axis=0).mean(), abs=1e-6)}


def test_the_spread_of_prepared_numbers_is_in_the_units_of_the_target():
    target = Target("price", "regression", None, ())
    labels = (1000 + 50 * np.random.default_rng(3).standard_normal(SAMPLES)).astype(np.float32)
    data = data_of(
        {"price": target}, {"price": labels}, preparations={"price": PreparedTarget(target, [Standardize()])}
    )
    data.fit_targets()
    model = dropped(1)
    objective = decide(train_section(), model, {"price": target}, preparations=data.targets)
    found = evaluate_averaged(model, data, "test", objective, Averaging(samples=3, seed=1))
    images = pictures().astype(np.float32)
    made = calls(model, [images[start : start + 7] for start in range(0, SAMPLES, 7)], 3, 1)
    scale = labels[:3].astype(np.float64).std()
    assert found.spread == {"price": pytest.approx(scale * made.std(axis=0).mean(), rel=1e-5)}


def test_a_model_without_random_layers():
    target = Target("y", "classification", ("a", "b", "c"), ())
    data, model = data_of({"y": target}, {"y": np.arange(SAMPLES) % 3}), network(3)
    with raises(ArgumentError):
        evaluate_averaged(model, data, "test", decide(train_section(), model, {"y": target}), Averaging(samples=3))
