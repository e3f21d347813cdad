"""Early stopping, with the best weights kept."""

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
    """Ends the training when a metric has not improved for `patience` epochs; Keras' callback with its arguments.

    What differs: a metric that is NaN or infinite is no improvement, and so never the best; the best weights can be
    kept in a file; they are restored also at the end of a training that was not stopped (as in Keras) and never from an
    epoch whose metric was not finite; its state can be saved and restored; a wrong `mode`, a monitored metric that is
    missing and a negative `patience` are errors; it prints in one sentence why it stopped. With `PolyakAveraging` the
    averages are what is judged, kept and restored, in any order in the list.

    Prechelt, "Early stopping, but when?", in Neural networks: tricks of the trade, 1998, section 2.

    Args:
        monitor: name of the metric, default `val_loss`.
        min_delta: the least change that counts as an improvement, default 0; its sign does not matter.
        patience: epochs without an improvement after which the training ends, at least 0, default 0.
        verbose: 1 to print why it stopped and what was restored, 0 for none; default 1 (Keras: 0).
        mode: `min`, `max`, or `auto` (default), by the metric.
        baseline: the metric must improve on it too within `patience` epochs; default None.
        restore_best_weights: whether the model gets the weights of its best epoch at the end, default False.
        start_from_epoch: epochs before the first one that is judged, at least 0, default 0.
        best_weights_path: a file with the suffix `.npz` in which the best weights are kept, also after the end; default
            None: in memory.

    Raises:
        ValueError: an argument out of its range; at the end of an epoch: the metric is missing; when a training
            begins: two callbacks that restore their best weights.

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
                "best_weights_path: only used with restore_best_weights=True; set that, or remove best_weights_path"
            )
        if best_weights_path is not None and Path(best_weights_path).suffix != ".npz":
            raise ValueError(f"best_weights_path: {str(best_weights_path)!r} does not end in .npz")
        StepCallback.__init__(self)
        keras.callbacks.EarlyStopping.__init__(
            self, monitor, min_delta, patience, verbose, mode, baseline, restore_best_weights, start_from_epoch
        )
        self.best_weights_path = None if best_weights_path is None else Path(best_weights_path)
        self._margin = abs(min_delta)
        self._is_missing_said = False
        self.best: float | None = None
        self.best_epoch = self.wait = self.stopped_epoch = 0
        self.has_best = self.has_judged = False
        self._best: _values.Values | None = None

    @property
    def is_better(self) -> Any:
        """Whether a value is better than another one, by `mode`."""
        set_monitor_direction(self)
        # Keras turns its sign with the direction.
        self.min_delta = self._margin
        sign = 1 if self.monitor_op is ops.less else -1
        return lambda value, other: sign * value + self._margin < sign * other

    @property
    def best_weights(self) -> list[Any] | None:
        """The best weights in the form of `model.set_weights`, where they are in memory."""
        return None if self._best is None else [found[0] for found in _values.to_arrays(self._best)]

    @best_weights.setter
    def best_weights(self, value: None) -> None:
        # Keras' own constructor sets it.
        self._best = value

    def get_state(self) -> dict[str, Any]:
        """What was best, when, and its weights where they are in memory."""
        weights = None if self._best is None or self.best_weights_path else _values.to_arrays(self._best)
        plain = ("best", "wait", "best_epoch", "stopped_epoch", "has_best", "has_judged")
        return {**{name: getattr(self, name) for name in plain}, "best_weights": weights}

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts from scratch, unless a state was given."""
        self._reset()
        StepCallback.on_train_begin(self, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judges the epoch."""
        current, is_better = self._figure(logs or {}), self.is_better
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
                print_or_log(self._why(epoch, current))

    def _reset(self) -> None:
        self.best, self._best, self.has_best, self.has_judged = None, None, False, False
        self._is_missing_said = False
        self.best_epoch = self.wait = self.stopped_epoch = 0

    def begin(self, session: TrainingSession) -> None:
        """Declares that the best weights are put back at the end."""
        if not self.restore_best_weights:
            return
        others = [entry for entry in session.callbacks if isinstance(entry, EarlyStopping) and entry is not self]
        if any(entry.restore_best_weights for entry in others):
            raise ValueError(
                "two EarlyStopping restore their best weights, and the model can hold one of them; write "
                "restore_best_weights=True in one of them alone"
            )
        session.during(Phase.TRAIN_END_BEST, self._give_best)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues with what was best."""
        for name in ("best", "wait", "best_epoch", "stopped_epoch", "has_best", "has_judged"):
            setattr(self, name, state[name])
        self._best = state["best_weights"]

    def _figure(self, logs: Mapping[str, Any]) -> float | None:
        if self.monitor in logs:
            return self._number(logs[self.monitor])
        there = ", ".join(sorted(logs))
        if self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            # An epoch need not be validated, as with validation_freq.
            if not self._is_missing_said and not self.has_best:
                self._is_missing_said = True
                warnings.warn(
                    f"EarlyStopping monitors {self.monitor}, but this epoch was not validated; available: {there}",
                    stacklevel=2,
                )
            return None
        raise ValueError(
            f"EarlyStopping monitors {self.monitor!r}, which is not a metric of this training; available: {there}"
        )

    def _number(self, value: Any) -> float:
        array = _values.array_of(value)
        if array.size != 1:
            raise ValueError(
                f"EarlyStopping monitors {self.monitor!r}, which is an array of shape {array.shape}; expected one "
                "number, got one for each class or output; give the metric an average such as average='macro', or "
                "monitor another metric"
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

    def _give_best(self) -> None:
        if not self.has_best:
            if self.verbose:
                reason = f"{self.monitor} was never finite" if self.has_judged else "no epoch was judged"
                print_or_log(f"EarlyStopping: {reason}, so there are no best weights; the last ones are kept")
            return
        values = self._best if self.best_weights_path is None else _load(self.best_weights_path)
        if values is None:
            return
        _values.write(self.model.weights, values)
        if self.verbose:
            print_or_log(
                f"EarlyStopping: restored the weights of epoch {self.best_epoch + 1}, {self.monitor} {self.best:.6g}"
            )

    def _why(self, epoch: int, current: float) -> str:
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
    """Writes a file that is either the old or the new one, whenever the process is killed."""
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
