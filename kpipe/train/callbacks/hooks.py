"""Calling the hooks of callbacks."""

from __future__ import annotations

from typing import Any

import keras
from kpipe_callbacks import StepCallback

from kpipe.train.callbacks.monitored_metrics import monitored_metrics

_BEGIN = ("on_train_batch_begin", "on_batch_begin")
_END = ("on_train_batch_end", "on_batch_end")
_TEST = ("on_test_batch_begin", "on_test_batch_end")


class Hooks:
    """Calls batch hooks only if a callback overrides them, and `on_epoch_end` only if the monitored metrics exist.

    Keras reads every metric from the device after every step, even if no callback uses it.

    Args:
        callbacks: the callbacks of one training.
    """

    def __init__(self, callbacks: keras.callbacks.CallbackList) -> None:
        self.list = callbacks
        # These callbacks do not read logs, so that they do not have to wait for the device.
        step_callbacks = [entry for entry in callbacks.callbacks if isinstance(entry, StepCallback)]
        self._without_logs = [
            entry for entry in step_callbacks if not entry.needs_batch_logs and _any_overrides([entry], _END)
        ]
        self._others = [entry for entry in callbacks.callbacks if entry not in self._without_logs]
        self._begin = _any_overrides(callbacks.callbacks, _BEGIN)
        self._end = _any_overrides(self._others, _END)
        self._test = _any_overrides(callbacks.callbacks, _TEST)

    def on_train_batch_begin(self, step: int) -> None:
        """Call the callbacks before a training step."""
        if self._begin:
            self.list.on_train_batch_begin(step)

    def on_train_batch_end(self, step: int, logs: Any) -> None:
        """Call the callbacks after a training step."""
        for callback in self._without_logs:
            callback.on_train_batch_end(step)
        if self._end:
            self._call(self._others, "on_train_batch_end", step, logs)

    def on_epoch_end(self, epoch: int, metrics: dict[str, float]) -> dict[str, Any]:
        """Call the callbacks whose monitored metrics exist after an epoch, which may not have been validated.

        Returns:
            The metrics as the callbacks left them.
        """
        callbacks = [entry for entry in self.list.callbacks if monitored_metrics(entry) <= metrics.keys()]
        last = _LastCallback()
        self._call([*callbacks, last], "on_epoch_end", epoch, metrics)
        return last.logs

    def on_test_batch_begin(self, step: int) -> None:
        """Call the callbacks before a validation step."""
        if self._test:
            self.list.on_test_batch_begin(step)

    def on_test_batch_end(self, step: int, logs: Any) -> None:
        """Call the callbacks after a validation step."""
        if self._test:
            self.list.on_test_batch_end(step, logs)

    def _call(self, callbacks: list[Any], hook: str, number: int, logs: Any) -> None:
        """Call a hook of some of the callbacks."""
        all_callbacks = self.list.callbacks
        self.list.callbacks = callbacks
        try:
            getattr(self.list, hook)(number, logs)
        finally:
            self.list.callbacks = all_callbacks


class _LastCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Receives the logs that the callbacks before it may have changed; Keras copies the dict that it is called with."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.logs = dict(logs or {})


def _any_overrides(callbacks: list[Any], names: tuple[str, ...]) -> bool:
    return any(_overrides(callback, name) for callback in callbacks for name in names)


def _overrides(callback: Any, name: str) -> bool:
    # A LambdaCallback sets its functions on the object, not on the class.
    method = getattr(callback, name)
    return getattr(method, "__func__", method) is not getattr(keras.callbacks.Callback, name)
