"""The features of the samples of a training."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.data.cache.sample_store import silent
from kpipe.data.prepared import PreparedData
from kpipe.train.frozen_features.computed_features import DependentSamplesError, computed_features
from kpipe.train.frozen_features.feature_calls import FeatureCalls
from kpipe.train.frozen_features.feature_decision import FeatureDecision, not_kept
from kpipe.train.frozen_features.frozen_part import FrozenPart
from kpipe.train.objective.evaluation_weights import evaluation_weights
from kpipe.train.objective.objective import Objective
from kpipe.train.setup.setup import Setup
from kpipe.train.validator import Validator

#: The name of the samples among the parts of the data.
_PART = "features"


class Sample(Protocol):
    """Samples of the training part that are evaluated during a training."""

    def use(self, prepared: PreparedData) -> None:
        """Use other data with the same samples from now on."""


class KeptFeatures:
    """The outputs of the frozen layers below all trained ones, computed once for each sample and kept in memory.

    Steps, validations and evaluations of the training sample receive them in place of the samples, as far as
    `FeatureDecision` allows. The results are those of the frozen network, since the same operations compute them, apart
    from rounding that depends on the batch, and the model, with its frozen layers, is the same object as without
    features. If a custom callback has changed the weights of frozen layers in an epoch, they are computed again.

    Args:
        setup: the data and the model, whose layers are frozen.
        objective: the forms of the labels.
        validator: evaluates the validation part; None if there is none.
        callbacks: the callbacks of the training.

    Attributes:
        line: a message for the user; None if there is nothing to report.
    """

    def __init__(
        self, setup: Setup, objective: Objective, validator: Validator | None, callbacks: Sequence[Any] = ()
    ) -> None:
        self._setup, self._objective, self._validator = setup, objective, validator
        self._is_watched = any(map(is_custom, callbacks))
        self._decision = FeatureDecision.of(setup.spec.data, setup.built, setup.prepared)
        self.line = self._decision.line
        self._calls: FeatureCalls | None = None
        self._weights: list[Any] = []
        self._data: PreparedData | None = None
        self._sample: Sample | None = None
        self._say: Callable[[str], None] = silent

    @contextlib.contextmanager
    def in_use(self, sample: Sample | None, say: Callable[[str], None]) -> Iterator[None]:
        """Within the block, `data` computes the features, and they are used from then on.

        Args:
            sample: the sample of the training part that is evaluated; None for none.
            say: receives a message if no features are used, since those of a sample depend on other samples.
        """
        part, validator = self._decision.part, self._validator
        if part is None:
            yield
            return
        self._calls, self._sample, self._say = FeatureCalls(self._setup.built.model, part), sample, say
        batches = None if validator is None else validator.batches
        try:
            with contextlib.ExitStack() as stack:
                stack.enter_context(self._calls.accepted())
                if validator is not None:
                    stack.enter_context(FeatureCalls(validator.evaluator.model, part).accepted())
                yield
        finally:
            self._calls = self._data = None
            if validator is not None:
                validator.batches = batches
            if sample is not None:
                sample.use(self._setup.prepared)

    def data(self, check: Callable[[], None] = lambda: None) -> PreparedData:
        """Return the data of the steps, with features if they receive them; they are computed at the first call.

        Args:
            check: called often while they are computed; raises an error if the training has to end. By default nothing
                is checked.
        """
        prepared, part, calls = self._setup.prepared, self._decision.part, self._calls
        if part is None or calls is None:
            return prepared
        if self._data is None or self._is_outdated(part):
            features = self._computed(part, calls, check)
            if features is None:
                return prepared
            self._data = prepared.with_features(features, self._decision.indices)
            self._evaluate_on(self._data)
        return self._data if self._decision.in_steps else prepared

    def _is_outdated(self, part: FrozenPart) -> bool:
        """Return whether a custom callback has changed the weights from which the features were computed."""
        if not self._is_watched:
            return False
        pairs = zip(_weights(part), self._weights, strict=True)
        return not all(np.array_equal(variable, value) for variable, value in pairs)

    def _evaluate_on(self, data: PreparedData) -> None:
        """Let evaluations use the features."""
        if self._validator is not None:
            weights = evaluation_weights(self._objective, data)
            batches = data.batches("validation", labels=self._objective.labels, sample_weight=weights)
            self._validator.batches = batches
        if self._sample is not None and self._decision.in_steps:
            self._sample.use(data)

    def _computed(self, part: FrozenPart, calls: FeatureCalls, check: Callable[[], None]) -> dict[str, Any] | None:
        """Compute the features in batches of the size of training; None if they are not usable."""
        setup, indices = self._setup, self._decision.indices
        self._weights = [np.array(variable) for variable in _weights(part)] if self._is_watched else []
        batches = setup.prepared.with_part(_PART, indices).batches(_PART, labels=self._objective.labels)
        jit_compile = bool(setup.built.model.jit_compile)
        try:
            with setup.devices.evaluation_scope():
                return computed_features(calls, batches, len(indices), check, jit_compile=jit_compile)
        except DependentSamplesError:
            self._calls = None
            self._say(not_kept("those of a sample depend on the other samples of its batch"))
            return None


def _weights(part: FrozenPart) -> list[Any]:
    return [variable for entry in part.operations for variable in getattr(entry, "weights", ())]
