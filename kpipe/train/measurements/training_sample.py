"""A sample of the training part that is evaluated like the validation part."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np

from kpipe.data.prepared import PreparedData
from kpipe.train.evaluator import Evaluator
from kpipe.train.objective.evaluation_weights import evaluation_weights
from kpipe.train.objective.objective import Objective

#: The most samples, and the most steps of evaluation for each step of training: of all epochs, and of the end. An
#: evaluation takes about a third of the time of a step, so that these are 2 % and 1 % of the time.
SAMPLES, SHARE, SHARE_AT_END = 1024, 0.06, 0.03
#: The most bytes of the sample of an epoch that are kept in memory.
KEPT = 32 * 2**20
#: The name of the sample among the parts of the data.
_PART = "training sample"
_DRAW = 19


class TrainingSample:
    """Samples of the training part, not augmented, which are evaluated by the evaluator of the validation part.

    Their batches have the size of the first batch of the validation part, so that nothing is traced for them.

    Args:
        prepared: the data of the training, with a validation part.
        objective: the losses and the metrics.
        evaluator: the evaluator of the validation part.
        epochs: the number of epochs of the training.
    """

    def __init__(self, prepared: PreparedData, objective: Objective, evaluator: Evaluator, epochs: int) -> None:
        self._prepared, self._objective, self._evaluator = prepared, objective, evaluator
        train, steps = prepared.parts["train"], prepared.steps("train")
        self._size = min(prepared.batch_size, len(prepared.parts["validation"]), len(train))
        most = max(1, min(math.ceil(SAMPLES / self._size), len(train) // self._size))
        self._order = np.random.default_rng([prepared.seed, _DRAW]).permutation(len(train))
        self._in_epoch = min(most, max(1, round(SHARE * steps)))
        self._at_end = min(most, max(self._in_epoch, round(SHARE_AT_END * steps * epochs)))
        #: The number of epochs between two evaluations that keeps their share of the time.
        self.every = math.ceil(self._in_epoch / (SHARE * steps))

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of samples that are evaluated after an epoch, and at the end."""
        return {"epoch": self._in_epoch * self._size, "end": self._at_end * self._size}

    def use(self, prepared: PreparedData) -> None:
        """Use other data with the same samples from now on, such as their features."""
        self._prepared = prepared
        vars(self).pop("_few", None)

    def evaluate(self, check_data: Callable[[], None] | None = None) -> dict[str, float]:
        """Return the loss and the metrics with the current weights, in inference mode.

        Args:
            check_data: called before each step; by default nothing is.
        """
        return self._evaluated(self._few, self._in_epoch, check_data)

    def evaluate_at_end(self) -> dict[str, float]:
        """Return the same of more samples, as many as 1 % of the time of the whole training allow."""
        return self._evaluated(self._batches(self._at_end), self._at_end, None)

    @cached_property
    def _few(self) -> Any:
        batches = self._batches(self._in_epoch)
        if not _is_small(batches.element_spec, self._in_epoch * self._size):
            return batches
        # A new pass over the data takes longer than a step of a small model.
        kept = batches.cache()
        for _ in kept:  # An incomplete pass would not be kept.
            pass
        return kept

    def _batches(self, steps: int) -> Any:
        chosen = np.sort(self._order[: steps * self._size])
        sampled = self._prepared.with_part(_PART, self._prepared.parts["train"][chosen], self._size)
        weights = evaluation_weights(self._objective, self._prepared)
        return sampled.batches(_PART, labels=self._objective.labels, sample_weight=weights)

    def _evaluated(self, batches: Any, steps: int, check_data: Callable[[], None] | None) -> dict[str, float]:
        def before(first: int) -> None:
            if check_data is not None:
                check_data()

        for _ in self._evaluator.steps(batches, steps, _PART, before):
            pass
        return self._evaluator.metrics()


def _is_small(batch: Any, samples: int) -> bool:
    """Return whether so many samples of the form of a batch are small enough to be kept in memory."""
    specs = keras.tree.flatten(batch)
    if any(None in spec.shape[1:].as_list() or not spec.dtype.size for spec in specs):
        return False
    return bool(samples * sum(math.prod(spec.shape[1:]) * spec.dtype.size for spec in specs) <= KEPT)
