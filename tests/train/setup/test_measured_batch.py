"""The batch on which layers are measured: the first one of the training, as an evaluation sees it."""

from types import SimpleNamespace

import numpy as np

from kpipe.data.feeds.order import order
from kpipe.data.mix import MixUp
from kpipe.data.mix.mixed_labels import MixedLabels
from kpipe.train.setup.measured_batch import measured_batch

from ..replica_cases import Case, images
from ..stand_in import blobs


def test_the_samples_are_those_of_the_first_step():
    data = blobs(batch_size=16)
    x, y = measured_batch(data, SimpleNamespace(labels=None), None, None)
    first_x, first_y = next(iter(data.batches("train", epoch=0)))
    np.testing.assert_array_equal(x, first_x)
    np.testing.assert_array_equal(y, first_y)
    assert sorted(data.parts) == ["train", "validation"]


def test_images_are_not_augmented():
    data = images(Case(augmented=True))
    objective = SimpleNamespace(labels=None)
    x, y = measured_batch(data, objective, None, None)
    again, _ = measured_batch(data, objective, None, None)
    np.testing.assert_array_equal(x, again)
    part = data.parts["train"]
    place = order(len(part), data.seed, 0)[: data.batch_size]
    every = [np.concatenate(values) for values in zip(*data.batches("train"), strict=True)]
    np.testing.assert_array_equal(x, every[0][place])
    np.testing.assert_array_equal(y, every[1][place])
    augmented, _ = next(iter(data.batches("train", epoch=0)))
    assert not np.array_equal(augmented, x)
    data.close()


def test_labels_are_mixed_if_the_losses_expect_it():
    data = images(Case(augmented=True))
    mixing = data.mixing([MixUp(1.0)])
    x, labels = measured_batch(data, SimpleNamespace(labels=None), None, mixing)
    assert x.shape[0] == data.batch_size
    assert MixedLabels.of(labels).first.shape[0] == data.batch_size
    data.close()
