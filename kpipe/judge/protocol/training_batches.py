"""The batches of a training with the samples that they contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from kpipe.data.dataset import Indices
from kpipe.data.feeds.order import order
from kpipe.data.prepared import PreparedData
from kpipe.train.plan import Plan


@dataclass(frozen=True, kw_only=True)
class TrainingBatch:
    """One batch of a training.

    Args:
        values: the batch as Keras receives it, (x, y) or (x, y, sample weights).
        samples: the indices of its samples in the dataset.
        step: the number of full batches before it.
    """

    values: Any
    samples: Indices
    step: int


class TrainingBatches:
    """The batches of a training in their order, epoch after epoch, without those that are smaller than the first.

    A function would be traced again for another number of samples.

    Args:
        prepared: the data of the training.
        plan: the plan of the training.
    """

    def __init__(self, prepared: PreparedData, plan: Plan) -> None:
        self._prepared, self._plan = prepared, plan

    def __iter__(self) -> Iterator[TrainingBatch]:
        size, step, epoch = 0, 0, 0
        while True:
            first = 0
            places = self._places(epoch)
            for values in self._epoch(epoch):
                count = int(keras.tree.flatten(values[0])[0].shape[0])
                samples, first = places[first : first + count], first + count
                size = size or count
                if count == size:
                    yield TrainingBatch(values=values, samples=samples, step=step)
                    step += 1
            epoch += 1

    def _places(self, epoch: int) -> Indices:
        train = self._prepared.parts["train"]
        return train[order(len(train), self._prepared.seed, epoch)]

    def _epoch(self, epoch: int) -> Any:
        plan = self._plan
        return self._prepared.batches(
            "train", epoch=epoch, labels=plan.objective.labels, sample_weight=plan.weights, mixing=plan.mixing
        )
