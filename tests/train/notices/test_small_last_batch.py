import keras
import numpy as np
import pytest
from golden import expect_message

from kpipe.layers import DecorrelatedBatchNorm, StochasticDepth
from kpipe.train.notices.small_last_batch import small_last_batch

from ..stand_in import blobs

LINE = (
    "the last batch of an epoch has 1 sample, the others have 32, but {} weights the statistics of all batches equally; "
    "write data.last_batch: spread"
)


def data(samples, last_batch="keep"):
    found = blobs(samples=samples, validation=0, batch_size=32)
    found.last_batch = last_batch
    return found


def model(*layers):
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])


def normalized(**more):
    return keras.layers.BatchNormalization(name="norm", **more)


@pytest.mark.parametrize(
    ("samples", "is_reported"), [(33, True), (36, True), (65, True), (37, False), (64, False), (4, False)]
)
def test_a_last_batch_of_at_most_an_eighth_is_reported(samples, is_reported):
    assert (small_last_batch(model(normalized()), data(samples)) is not None) == is_reported


@pytest.mark.parametrize(
    "layer",
    [
        lambda: normalized(),
        lambda: DecorrelatedBatchNorm(group_size=2, name="norm"),
        lambda: keras.Sequential([keras.Input((4,)), keras.Sequential([normalized()])]),
        lambda: StochasticDepth(keras.Sequential([normalized()])),
    ],
)
def test_layers_are_found_however_deep(layer):
    assert small_last_batch(model(layer()), data(33)) == LINE.format("norm")


def test_one_line_for_all():
    assert small_last_batch(model(normalized(), keras.layers.BatchNormalization()), data(33)) == LINE.format(
        "norm and 1 more"
    )
    expect_message(small_last_batch(model(normalized()), data(35)))


def test_what_takes_no_statistics_is_not_reported():
    assert small_last_batch(model(), data(33)) is None
    assert small_last_batch(model(keras.layers.LayerNormalization()), data(33)) is None
    assert small_last_batch(model(normalized(trainable=False)), data(33)) is None
    for rule in ("spread", "drop"):
        assert small_last_batch(model(normalized()), data(33, rule)) is None


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
@pytest.mark.parametrize(("last_batch", "share"), [("keep", (0.4, 0.6)), ("spread", (0.94, 1.0))])
def test_the_moving_variance_of_33_samples(tmp_path, last_batch, share):
    import kpipe

    x = np.random.default_rng(0).normal(3, 2, (33, 4)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=np.arange(33) % 2)
    (tmp_path / "spec.yaml").write_text(
        "name: bn\ndata: {source: {Arrays: {path: data.npz}}, validation: 0}\n"
        "model: [BatchNormalization: {momentum: 0.9}, Dense: {units: =classes}]\ntrain: {epochs: 60}\n"
    )
    run = kpipe.load(tmp_path / "spec.yaml", {"data.last_batch": last_batch}).run(tmp_path / "run")
    (moving,) = [v.numpy() for v in run.model.variables if "moving_variance" in v.path]
    assert share[0] < (moving / x.var(axis=0)).mean() < share[1]
    assert ("data.last_batch: spread" in (tmp_path / "run" / "log.txt").read_text()) == (last_batch == "keep")
