"""Calls the hooks of callbacks that have any."""

from __future__ import annotations

from typing import Any

import keras
from kpipe_callbacks import StepCallback

from kpipe.train.callbacks.monitored_metrics import monitored_metrics

_BEGIN = ("on_train_batch_begin", "on_batch_begin")
_END = ("on_train_batch_end", "on_batch_end")
_TEST = ("on_test_batch_begin", "on_test_batch_end")


class Hooks:
    """Calls the batch hooks of a callback list only if a callback has any, and at the end of an epoch those
    callbacks whose metrics were measured.

    Keras reads every metric back from the device after every step, whether a callback uses it or not.

    Args:
        callbacks: the callbacks of one training.
    """

    def __init__(self, callbacks: keras.callbacks.CallbackList) -> None:
        self.list = callbacks
        # These read no logs, so the device need not be waited for.
        own = [entry for entry in callbacks.callbacks if isinstance(entry, StepCallback)]
        self._own = [entry for entry in own if not entry.needs_batch_logs and _any_has([entry], _END)]
        self._others = [entry for entry in callbacks.callbacks if entry not in self._own]
        self._begin = _any_has(callbacks.callbacks, _BEGIN)
        self._end = _any_has(self._others, _END)
        self._test = _any_has(callbacks.callbacks, _TEST)

    def on_train_batch_begin(self, step: int) -> None:
        """Before a step of training."""
        if self._begin:
            self.list.on_train_batch_begin(step)

    def on_train_batch_end(self, step: int, logs: Any) -> None:
        """After a step of training."""
        for callback in self._own:
            callback.on_train_batch_end(step)
        if self._end:
            self._call(self._others, "on_train_batch_end", step, logs)

    def on_epoch_end(self, epoch: int, metrics: dict[str, float]) -> None:
        """After an epoch: calls those whose monitored metrics were measured; an epoch need not be validated."""
        callbacks = [entry for entry in self.list.callbacks if monitored_metrics(entry) <= metrics.keys()]
        self._call(callbacks, "on_epoch_end", epoch, metrics)

    def on_test_batch_begin(self, step: int) -> None:
        """Before a step of validation."""
        if self._test:
            self.list.on_test_batch_begin(step)

    def on_test_batch_end(self, step: int, logs: Any) -> None:
        """After a step of validation."""
        if self._test:
            self.list.on_test_batch_end(step, logs)

    def _call(self, callbacks: list[Any], hook: str, number: int, logs: Any) -> None:
        """Calls a hook of some of the callbacks."""
        all_callbacks = self.list.callbacks
        self.list.callbacks = callbacks
        try:
            getattr(self.list, hook)(number, logs)
        finally:
            self.list.callbacks = all_callbacks


def _any_has(callbacks: list[Any], names: tuple[str, ...]) -> bool:
    return any(_has(callback, name) for callback in callbacks for name in names)


def _has(callback: Any, name: str) -> bool:
    # A LambdaCallback sets its functions on the object, so the class alone does not tell.
    method = getattr(callback, name)
    return getattr(method, "__func__", method) is not getattr(keras.callbacks.Callback, name)
