from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.data.feeds.order import order
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.mix import CutMix, MixUp
from kpipe.data.mix.draw_mix import draw_mix
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.data.mix.mixed_labels import MixedLabels
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import DataError

COUNT, BATCH, SEED = 23, 5, 4
RNG = np.random.default_rng(0)
IMAGES = {name: RNG.integers(0, 256, (COUNT, 6, 8, channels), np.uint8) for name, channels in (("a", 1), ("b", 3))}
LABELS = RNG.integers(0, 3, COUNT)


@cache
def data(memory=1.0, last_batch="keep"):
    """Prepared data, shared by the tests since TensorFlow traces its pipeline once."""
    targets = {"y": Target("y", "classification", ("p", "q", "r"), ())}
    dataset = ArrayDataset(
        {name: {"train": part} for name, part in IMAGES.items()}, targets, {"y": LABELS}, rename=False
    )
    prepared = PreparedData(
        dataset, {"train": np.arange(COUNT)}, seed=SEED, batch_size=BATCH, memory=memory, last_batch=last_batch
    )
    prepared.fit()
    return prepared


def batches(prepared, mixes, epoch, first_step=0, **more):
    mixing = more.pop("mixing", None) or prepared.mixing(mixes)
    found = prepared.batches("train", epoch=epoch, first_step=first_step, mixing=mixing, **more)
    return [({name: part.numpy() for name, part in x.items()}, y.numpy()) for x, y in found]


def assert_same(some, others):
    assert len(some) == len(others)
    for (x, y), (other_x, other_y) in zip(some, others, strict=True):
        np.testing.assert_array_equal(y, other_y)
        for name in x:
            np.testing.assert_array_equal(x[name], other_x[name])


def replayed(mixes, epoch, last_batch):
    """The batches of an epoch in NumPy."""
    shuffled = order(COUNT, SEED, epoch)
    starts = [*range(0, COUNT, BATCH), COUNT] if last_batch == "keep" else [0, 5, 10, 15, 19, 23]
    for step, (first, end) in enumerate(pairwise(starts)):
        chosen = shuffled[first:end]
        drawn = draw_mix(mixes, SEED, epoch, step, end - first, 6, 8)
        x = {}
        for name, images in IMAGES.items():
            own = images[chosen].astype(np.float64)
            other = own[drawn.permutation]
            if drawn.boxes is None:
                weights = drawn.weights[:, None, None, None]
                x[name] = weights * own + (1 - weights) * other
            else:
                for image, partner, (top, left, bottom, right) in zip(own, other.copy(), drawn.boxes, strict=True):
                    image[top:bottom, left:right] = partner[top:bottom, left:right]
                x[name] = own
        yield x, LABELS[chosen], LABELS[chosen][drawn.permutation], drawn.weights


@pytest.mark.parametrize("last_batch", ["keep", "spread"])
@pytest.mark.parametrize("mixes", [[MixUp(1.0)], [CutMix()], [MixUp(1.0), CutMix()]], ids=["sum", "cut", "either"])
def test_batches_are_those_of_a_replay_in_numpy(mixes, last_batch):
    found = batches(data(last_batch=last_batch), mixes, epoch=2)
    expected = list(replayed(mixes, 2, last_batch))
    assert len(found) == len(expected) == 5
    for (x, y), (own_x, own, other, weights) in zip(found, expected, strict=True):
        for name in x:
            np.testing.assert_allclose(x[name], own_x[name], atol=1e-4)
        labels = MixedLabels.of(y)
        np.testing.assert_array_equal(labels.first, np.where(weights >= 0.5, own, other))
        np.testing.assert_array_equal(labels.second, np.where(weights >= 0.5, other, own))
        np.testing.assert_allclose(labels.first_factor, np.maximum(weights, 1 - weights), atol=1e-6)


@pytest.mark.slow
def test_an_epoch_that_continues_at_a_step_has_the_same_batches_bit_for_bit():
    mixes = [MixUp(1.0), CutMix()]
    whole = batches(data(), mixes, epoch=1)
    mixing = data().mixing(mixes)
    for first in (1, 3, 4):
        assert_same(batches(data(), mixes, epoch=1, first_step=first, mixing=mixing), whole[first:])


@pytest.mark.slow
def test_samples_that_are_read_again_are_mixed_in_the_same_way():
    mixes = [MixUp(1.0), CutMix()]
    assert_same(batches(data(memory=0), mixes, epoch=1), batches(data(), mixes, epoch=1))


@pytest.mark.slow
def test_epochs_differ_and_repeat():
    prepared, mixes = data(), [MixUp(1.0), CutMix()]
    mixing = prepared.mixing(mixes)
    first, second, again = (batches(prepared, mixes, epoch, mixing=mixing) for epoch in (0, 1, 0))
    assert_same(first, again)
    assert not np.array_equal(first[0][0]["b"], second[0][0]["b"])


def test_evaluation_is_never_mixed():
    prepared = data()
    (x, y), *_ = prepared.batches("train", mixing=prepared.mixing([MixUp()]))
    np.testing.assert_array_equal(x["b"], IMAGES["b"][:BATCH])
    np.testing.assert_array_equal(y, LABELS[:BATCH])


class Wrong(Mix):
    """A mix with weights out of range."""

    def draw(self, rng, count, height, width):
        return MixDraw(np.full(count, 2.0), np.arange(count))


def test_an_error_of_a_custom_mix_is_raised_unchanged():
    prepared = data.__wrapped__()
    with pytest.raises(DataError, match="Wrong returned an invalid draw"), prepared.worker_errors():
        batches(prepared, [Wrong()], epoch=0)


def test_the_time_of_waiting_is_that_for_mixed_batches():
    class Counted(Waiting):
        count = 0

        def add(self, seconds):
            assert seconds >= 0
            self.count += 1

    prepared, waiting = data(memory=0.0), Counted()
    mixing = prepared.mixing([MixUp()])
    read = prepared.batches("train", epoch=1)
    mixed = mixing.batches(read, 1, 0, waiting)
    assert waiting.count == 0
    assert sum(1 for _ in mixed) == waiting.count == 5
    assert_same(
        [({name: part.numpy() for name, part in x.items()}, y.numpy()) for x, y in mixed],
        batches(prepared, [MixUp()], 1),
    )
