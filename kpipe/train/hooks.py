"""Calls callbacks when there is something to tell them."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.train.watching import watched_figures

_BEGIN = ("on_train_batch_begin", "on_batch_begin")
_END = ("on_train_batch_end", "on_batch_end")
_TEST = ("on_test_batch_begin", "on_test_batch_end")


class Hooks:
    """Calls the batch hooks of a callback list only if a callback has any, and at the end of an epoch those
    callbacks whose figures are there.

    Keras reads every figure back from the device after every step, whether a callback looks at it or not.

    Args:
        callbacks: the callbacks of one training.
    """

    def __init__(self, callbacks: keras.callbacks.CallbackList) -> None:
        self.list = callbacks
        self._begin = _any_has(callbacks.callbacks, _BEGIN)
        self._end = _any_has(callbacks.callbacks, _END)
        self._test = _any_has(callbacks.callbacks, _TEST)

    def on_train_batch_begin(self, step: int) -> None:
        """Before a step of training."""
        if self._begin:
            self.list.on_train_batch_begin(step)

    def on_train_batch_end(self, step: int, logs: Any) -> None:
        """After a step of training."""
        if self._end:
            self.list.on_train_batch_end(step, logs)

    def on_epoch_end(self, epoch: int, figures: dict[str, float]) -> None:
        """After an epoch: calls those that find the figures that they watch; an epoch need not be validated."""
        callbacks = self.list.callbacks
        self.list.callbacks = [entry for entry in callbacks if watched_figures(entry) <= figures.keys()]
        try:
            self.list.on_epoch_end(epoch, figures)
        finally:
            self.list.callbacks = callbacks

    def on_test_batch_begin(self, step: int) -> None:
        """Before a step of validation."""
        if self._test:
            self.list.on_test_batch_begin(step)

    def on_test_batch_end(self, step: int, logs: Any) -> None:
        """After a step of validation."""
        if self._test:
            self.list.on_test_batch_end(step, logs)


def _any_has(callbacks: list[Any], names: tuple[str, ...]) -> bool:
    return any(_has(callback, name) for callback in callbacks for name in names)


def _has(callback: Any, name: str) -> bool:
    # A LambdaCallback sets its functions on the object, so the class alone does not tell.
    method = getattr(callback, name)
    return getattr(method, "__func__", method) is not getattr(keras.callbacks.Callback, name)
