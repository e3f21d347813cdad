"""A sample of the training part that is evaluated like the validation part."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kpipe.data.feeds.batch_starts import batch_starts
from kpipe.data.prepared import PreparedData
from kpipe.train.evaluator import Evaluator
from kpipe.train.objective.evaluation_weights import evaluation_weights
from kpipe.train.objective.objective import Objective

#: The most samples, and the most steps of evaluation for each step of training. An evaluation takes about a third of
#: the time of a step, so that this is 2 % of the time.
SAMPLES, SHARE = 1024, 0.06
#: The name of the sample among the parts of the data.
_PART = "training sample"
_DRAW = 19


class TrainingSample:
    """A sample of the training part, not augmented, which is evaluated by the evaluator of the validation part.

    Its batches have the size of the first batch of the validation part, so that nothing is traced for it.

    Args:
        prepared: the data of the training, with a validation part.
        objective: the losses and the metrics.
        evaluator: the evaluator of the validation part.
    """

    def __init__(self, prepared: PreparedData, objective: Objective, evaluator: Evaluator) -> None:
        train, steps = prepared.parts["train"], prepared.steps("train")
        size = min(prepared.batch_size, len(prepared.parts["validation"]), len(train))
        self.steps = max(1, min(round(SHARE * steps), math.ceil(SAMPLES / size), len(train) // size))
        #: The number of epochs between two evaluations that keeps their share of the time.
        self.every = math.ceil(self.steps / (SHARE * steps))
        chosen = np.random.default_rng([prepared.seed, _DRAW]).choice(len(train), self.steps * size, replace=False)
        sampled = prepared.with_part(_PART, train[np.sort(chosen)], size)
        weights = evaluation_weights(objective, prepared)
        self._batches = sampled.batches(_PART, labels=objective.labels, sample_weight=weights)
        self._evaluator = evaluator
        self._calls = len(batch_starts(len(chosen), size)) - 1

    def evaluate(self, check_data: Callable[[], None] | None = None) -> dict[str, float]:
        """Return the loss and the metrics with the current weights, in inference mode."""

        def before(first: int) -> None:
            if check_data is not None:
                check_data()

        for _ in self._evaluator.steps(self._batches, self._calls, _PART, before):
            pass
        return self._evaluator.metrics()
