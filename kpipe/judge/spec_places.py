"""The places of a spec that verdicts are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.verdict_code import VerdictCode
from kpipe.errors import Mark
from kpipe.judge.verdict import Verdict
from kpipe.spec.node import Node, split_component

_OPTIMIZER = "train.optimizer"


class SpecPlaces:
    """The places of a spec that verdicts are about.

    Args:
        spec: a checked spec.
        rate: the highest learning rate of its training; None if the optimizer does not have a single one.
    """

    def __init__(self, spec: CheckedSpec, rate: float | None) -> None:
        self._spec, self._rate = spec, rate

    def verdict(
        self,
        code: VerdictCode,
        path: str,
        message: str,
        remedy: str,
        measured: Mapping[str, Any],
        threshold: Mapping[str, Any],
        mark: Mark | None = None,
    ) -> Verdict:
        """Return a verdict at a path of the spec.

        Args:
            code: its code.
            path: dotted path; `model.last` for the last item of the model.
            message: one sentence with the measured value and the threshold.
            remedy: what to change.
            measured: the measured values by name.
            threshold: the limits by name.
            mark: its place; by default that of the path.
        """
        place = self._spec.place(path) if mark is None else mark
        return Verdict(
            code=code,
            path="model" if path == "model.last" else path,
            message=message,
            remedy=remedy,
            mark=place,
            measured=measured,
            threshold=threshold,
        )

    @property
    def learning_rate(self) -> str:
        """The path of the learning rate: that of the schedule or the optimizer which states it."""
        for node in self._components():
            name, arguments = split_component(node) or ("", None)
            if arguments is not None and arguments.is_mapping:
                for key in ("learning_rate", "max_learning_rate", "initial_learning_rate"):
                    if key in arguments.entries and not arguments.entries[key].is_mapping:
                        return f"{node.path}.{name}.{key}"
        return _OPTIMIZER

    def set_learning_rate(self, rate: float) -> str:
        """Return the remedy that sets the learning rate."""
        if (path := self.learning_rate) != _OPTIMIZER:
            return f"--set {path}={rate:.2g}"
        node = self._spec.train.optimizer
        name = "Adam" if node is None or node.value is None else (split_component(node) or ("Adam",))[0]
        return f"--set '{_OPTIMIZER}={{{name}: {{learning_rate: {rate:.2g}}}}}'"

    def scale_learning_rate(self, factor: float) -> str:
        """Return the remedy that multiplies the learning rate."""
        if self._rate is None:
            return f"multiply the learning rates by {factor:.2g}"
        return self.set_learning_rate(self._rate * factor)

    def _components(self) -> list[Node]:
        """Return the nodes of components that can state the learning rate, those that win first."""
        train = self._spec.train
        callbacks = train.callbacks
        found = [*callbacks.items] if callbacks is not None and callbacks.is_list else []
        optimizer = train.optimizer
        parts = [part for part in optimizer.walk() if part.is_mapping] if optimizer is not None else []
        return [node for node in [*found, *parts] if node.is_mapping]
