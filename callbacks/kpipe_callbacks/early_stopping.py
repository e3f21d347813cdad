"""Early stopping that keeps the best weights."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops

from kpipe_callbacks import _values
from kpipe_callbacks._choice import check_choice
from kpipe_callbacks._keras_internals import set_monitor_direction
from kpipe_callbacks._metadata import SpecFile
from kpipe_callbacks._print_or_log import print_or_log
from kpipe_callbacks._range import FINITE, NOT_NEGATIVE, VERBOSE
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession


class EarlyStopping(StepCallback, keras.callbacks.EarlyStopping):  # type: ignore[misc,unused-ignore]
    """Stop the training when a metric has not improved for `patience` epochs.

    It accepts the arguments of `keras.callbacks.EarlyStopping` and differs as follows:

    - A metric that is NaN or infinite is not an improvement, so it is never the best value.
    - The best weights can be kept in a file. They are also restored after a training that was not stopped, as in Keras,
      but never from an epoch whose metric was not finite.
    - The state can be saved and restored.
    - An invalid `mode`, a missing metric and a negative `patience` are errors.
    - A message reports why the training stopped.
    - With `PolyakAveraging`, in any order of the callbacks, the averages are evaluated, kept and restored.

    Prechelt, "Early stopping, but when?", in Neural networks: tricks of the trade, 1998, section 2.

    Args:
        monitor: name of the metric, default `val_loss`.
        min_delta: minimum change that counts as an improvement, default 0; the sign is ignored.
        patience: number of epochs without improvement after which the training stops, at least 0, default 0.
        verbose: 1 to print why the training stopped and what was restored, 0 to print nothing; default 1 (Keras: 0).
        mode: `min`, `max`, or `auto` (default) to infer the direction from the metric.
        baseline: value that the metric must also exceed within `patience` epochs; default None.
        restore_best_weights: whether to restore the weights of the best epoch at the end, default False.
        start_from_epoch: number of initial epochs to ignore, at least 0, default 0.
        best_weights_path: file with the suffix `.npz` in which the best weights are stored and kept; default None: in
            memory.

    Raises:
        ValueError: an argument is out of range; at the end of an epoch, the metric is missing; at the beginning of a
            training, two callbacks restore their best weights.

    Example:
        >>> stopping = EarlyStopping(monitor="val_accuracy", patience=15, restore_best_weights=True)
        >>> stopping.patience
        15
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: Annotated[int, NOT_NEGATIVE] = 0,
        verbose: Annotated[int, VERBOSE] = 1,
        mode: Literal["auto", "min", "max"] = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: Annotated[int, NOT_NEGATIVE] = 0,
        best_weights_path: Annotated[str | Path | None, SpecFile("output")] = None,
    ) -> None:
        check_choice("mode", mode, ("auto", "min", "max"))
        patience = NOT_NEGATIVE.integer("patience", patience)
        start_from_epoch = NOT_NEGATIVE.integer("start_from_epoch", start_from_epoch)
        min_delta = FINITE.number("min_delta", min_delta)
        baseline = FINITE.optional("baseline", baseline)
        if best_weights_path is not None and not restore_best_weights:
            raise ValueError(
                "best_weights_path: unused without restore_best_weights=True; set it, or remove best_weights_path"
            )
        if best_weights_path is not None and Path(best_weights_path).suffix != ".npz":
            raise ValueError(
                f"best_weights_path: unknown format; expected a path ending in .npz, got {str(best_weights_path)!r}"
            )
        StepCallback.__init__(self)
        keras.callbacks.EarlyStopping.__init__(
            self, monitor, min_delta, patience, verbose, mode, baseline, restore_best_weights, start_from_epoch
        )
        self.best_weights_path = None if best_weights_path is None else Path(best_weights_path)
        self._margin = abs(min_delta)
        self._has_warned = False
        self.best: float | None = None
        self.best_epoch = self.wait = self.stopped_epoch = 0
        self.has_best = self.has_judged = False
        self._best: _values.Values | None = None

    @property
    def is_better(self) -> Any:
        """A function that returns whether its first argument is better than its second by `mode`."""
        set_monitor_direction(self)
        # Keras negates it for metrics to minimize.
        self.min_delta = self._margin
        sign = 1 if self.monitor_op is ops.less else -1
        return lambda value, other: sign * value + self._margin < sign * other

    @property
    def best_weights(self) -> list[Any] | None:
        """The best weights as `model.set_weights` accepts them; None if they are in a file or there are none."""
        return None if self._best is None else [found[0] for found in _values.to_arrays(self._best)]

    @best_weights.setter
    def best_weights(self, value: None) -> None:
        # Called by the constructor of Keras' class.
        self._best = value

    def get_state(self) -> dict[str, Any]:
        """Return the best value, its epoch, and its weights unless they are in a file."""
        weights = None if self._best is None or self.best_weights_path else _values.to_arrays(self._best)
        plain = ("best", "wait", "best_epoch", "stopped_epoch", "has_best", "has_judged")
        return {**{name: getattr(self, name) for name in plain}, "best_weights": weights}

    def on_train_begin(self, logs: Any = None) -> None:
        """Reset the state, or continue from the state passed to `set_state`."""
        self._reset()
        StepCallback.on_train_begin(self, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the metric with its best value, and stop the training if its patience is exhausted."""
        current, is_better = self._monitored(logs or {}), self.is_better
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        self.has_judged = True
        if math.isfinite(current) and (self.best is None or is_better(current, self.best)):
            self.best, self.best_epoch, self.has_best = current, epoch, True
            self._keep()
            if self.baseline is None or is_better(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.verbose:
                print_or_log(self._stop_message(epoch, current))

    def _reset(self) -> None:
        self.best, self._best, self.has_best, self.has_judged = None, None, False, False
        self._has_warned = False
        self.best_epoch = self.wait = self.stopped_epoch = 0

    def begin(self, session: TrainingSession) -> None:
        """Declare that the best weights are restored at the end."""
        if not self.restore_best_weights:
            return
        others = [entry for entry in session.callbacks if isinstance(entry, EarlyStopping) and entry is not self]
        if any(entry.restore_best_weights for entry in others):
            raise ValueError(
                "two EarlyStopping callbacks restore their best weights; expected at most one; write "
                "restore_best_weights=False in the other"
            )
        session.during(Phase.TRAIN_END_BEST, self._restore_best)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the best value and its weights."""
        for name in ("best", "wait", "best_epoch", "stopped_epoch", "has_best", "has_judged"):
            setattr(self, name, state[name])
        self._best = state["best_weights"]

    def _monitored(self, logs: Mapping[str, Any]) -> float | None:
        if self.monitor in logs:
            return self._number(logs[self.monitor])
        available = ", ".join(sorted(logs))
        if self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            # With validation_freq, some epochs are not validated.
            if not self._has_warned and not self.has_best:
                self._has_warned = True
                warnings.warn(
                    f"EarlyStopping monitors {self.monitor}, but this epoch was not validated; available: {available}",
                    stacklevel=2,
                )
            return None
        raise ValueError(
            f"EarlyStopping monitors {self.monitor!r}, which is not a metric of this training; available: {available}"
        )

    def _number(self, value: Any) -> float:
        array = _values.array_of(value)
        if array.size != 1:
            raise ValueError(
                f"EarlyStopping monitors {self.monitor!r}, which is not a scalar; expected one number, got an array of "
                f"shape {array.shape}, such as one number per class or output; set an average on the metric, such as "
                "average='macro', or monitor another metric"
            )
        return float(array.item())

    def _keep(self) -> None:
        if not self.restore_best_weights:
            return
        values = _values.read(self.model.weights)
        if self.best_weights_path is None:
            self._best = values
        else:
            _save(self.best_weights_path, _values.to_arrays(values))

    def _restore_best(self) -> None:
        if not self.has_best:
            if self.verbose:
                reason = f"{self.monitor} was never finite" if self.has_judged else "no epoch was evaluated"
                print_or_log(f"EarlyStopping: {reason}, so there are no best weights; the last weights are kept")
            return
        values = self._best if self.best_weights_path is None else _load(self.best_weights_path)
        if values is None:
            return
        _values.write(self.model.weights, values)
        if self.verbose:
            print_or_log(
                f"EarlyStopping: restored the weights of epoch {self.best_epoch + 1}, {self.monitor} {self.best:.6g}"
            )

    def _stop_message(self, epoch: int, current: float) -> str:
        name = f"{self.monitor} has not improved"
        delta = f" by more than {self._margin:g}" if self._margin else ""
        if not self.has_best:
            never = f"{self.monitor} was never finite in {self.wait} epochs"
            return f"EarlyStopping: stopped after epoch {epoch + 1}: {never}"
        epochs = "epoch" if self.wait == 1 else "epochs"
        if self.baseline is not None and not self.is_better(self.best, self.baseline):
            name = f"{self.monitor} has not passed the baseline {self.baseline:g}"
        return (
            f"EarlyStopping: stopped after epoch {epoch + 1}: {name}{delta} for {self.wait} {epochs}; best "
            f"{self.best:.6g} in epoch {self.best_epoch + 1}, now {current:.6g}"
        )


def _save(path: Path, arrays: list[list[Any]]) -> None:
    """Write arrays to a file atomically: a kill at any moment leaves either the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {f"{index}_{copy}": value for index, found in enumerate(arrays) for copy, value in enumerate(found)}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **named)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _load(path: Path) -> list[list[Any]]:
    with np.load(path) as file:
        names = sorted(file.files, key=lambda name: [int(part) for part in name.split("_")])
        found: dict[str, list[Any]] = {}
        for name in names:
            found.setdefault(name.partition("_")[0], []).append(file[name])
    return list(found.values())
