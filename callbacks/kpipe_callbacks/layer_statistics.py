"""Statistics of the layers of a model while it is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import keras

from kpipe_callbacks import _values
from kpipe_callbacks._axes import axes_or_new
from kpipe_callbacks._choice import check_choice
from kpipe_callbacks._measured_batch import check_batch
from kpipe_callbacks._metadata import NotInSpec
from kpipe_callbacks._range import AT_LEAST_1
from kpipe_callbacks.layer_measurement import LayerMeasurement
from kpipe_callbacks.layer_values import LayerValues
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession

#: The statistics of a row, attributes of `LayerValues`.
_STATISTICS = ("mean", "deviation", "dead", "saturated", "gradient_norm", "update_ratio")
#: Statistics whose values differ by orders of magnitude.
_LOGARITHMIC = ("gradient_norm", "update_ratio")


class LayerStatistics(StepCallback):
    """Measure activations, gradients and updates of each layer while a model is trained.

    After the first step and after each `every_steps` steps, the model runs once more, forward and backward, on a fixed
    batch in inference mode. For each layer, a row contains statistics of its output and its gradients as defined in
    `LayerValues` (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, sections 3 and 4), and

        update_ratio = norm(w(t) - w(t - 1)) / norm(w(t - 1))

    of its kernels w for the last update, which is about 1e-3 in healthy trainings (CS231n, "Neural networks part 3",
    section "Ratio of weights:updates"). Which layers are measured is described at `LayerMeasurement`.

    The training is bit-identical to one without the callback. With `steps_per_execution`, the model is measured after
    the call that reaches a step, and the update is that of all steps of the call; with accumulated gradients, a step
    without an update has the ratio 0. On several replicas, the first one is measured.

    Args:
        batch: (x, y) or (x, y, sample_weight), each an array, a tensor, or a dict or list of them, such as 128 samples
            of the training data without augmentation; or a function that returns it, called after the first step.
        every_steps: number of steps between two measurements, at least 1, default 100.

    Attributes:
        rows: the rows of this training, one mapping for each measurement and layer: `step` and `epoch`, both from 1,
            `layer`, `mean`, `deviation`, `dead`, `saturated`, `gradient_norm` and `update_ratio`.
        latest: the `LayerValues` of the last measurement.

    Raises:
        ValueError: an argument is out of range; at the beginning of a training, there is no batch.

    Example:
        >>> import numpy as np
        >>> x, y = np.random.default_rng(0).normal(size=(64, 3)), np.zeros((64, 1))
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="out")])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse")
        >>> statistics = LayerStatistics((x[:32], y[:32]), every_steps=4)
        >>> _ = model.fit(x, y, batch_size=8, verbose=0, callbacks=[statistics])
        >>> [(row["step"], row["layer"], 0 < row["update_ratio"] < 1) for row in statistics.rows]
        [(1, 'out', True), (4, 'out', True), (8, 'out', True)]
    """

    needs_batch_logs = False

    def __init__(
        self,
        batch: Annotated[Any, NotInSpec("the run passes samples of the training part")] = None,
        every_steps: Annotated[int, AT_LEAST_1] = 100,
    ) -> None:
        super().__init__()
        if batch is not None and not callable(batch):
            check_batch(batch)
        self.batch: Any | Callable[[], Any] = batch
        self.every_steps = AT_LEAST_1.integer("every_steps", every_steps)
        self.rows: list[dict[str, Any]] = []
        self.latest: tuple[LayerValues, ...] = ()
        self._measurement: LayerMeasurement | None = None
        self._before: list[Any] | None = None
        self._steps = self._first_of_epoch = 0

    def get_state(self) -> dict[str, Any]:
        """Return the rows and the position in the training."""
        return {"rows": [dict(row) for row in self.rows], "steps": self._steps, "first": self._first_of_epoch}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the rows and the position in the training."""
        self.rows = [dict(row) for row in state["rows"]]
        self._steps, self._first_of_epoch = int(state["steps"]), int(state["first"])

    def take_rows(self) -> list[dict[str, Any]]:
        """Return the rows and remove them from `rows`, so that a checkpoint does not contain them."""
        found, self.rows = self.rows, []
        return found

    def begin(self, session: TrainingSession) -> None:
        """Begin with no rows, before the first step."""
        if self.batch is None:
            raise ValueError("LayerStatistics requires a batch; write batch=(x, y), such as 128 training samples")
        self.rows, self.latest = [], ()
        self._measurement, self._before = None, None
        self._steps = self._first_of_epoch = 0
        session.around_calls(partial(self._before_call, session.model), partial(self._after_call, session.model))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch."""
        super().on_epoch_begin(epoch, logs)
        if not self._steps and self._steps_of_epoch:
            # With `initial_epoch`, a training begins in the middle.
            self._steps = epoch * self._steps_of_epoch
        self._first_of_epoch = self._steps

    def plot(self, value: str = "deviation", ax: Any = None) -> Any:
        """Plot a statistic of each layer over the steps.

        Args:
            value: `mean`, `deviation` (default), `dead`, `saturated`, `gradient_norm` or `update_ratio`.
            ax: Matplotlib axes; default None: new ones.

        Returns:
            The Matplotlib axes.

        Raises:
            ImportError: Matplotlib is not installed.
            ValueError: the statistic is unknown.
        """
        check_choice("value", value, _STATISTICS)
        axes = axes_or_new(ax)
        for layer in dict.fromkeys(row["layer"] for row in self.rows):
            points = [(row["step"], row[value]) for row in self.rows if row["layer"] == layer]
            found = [point for point in points if point[1] is not None]
            if found:
                axes.plot(*zip(*found, strict=True), label=layer)
        axes.set(xlabel="step", ylabel=value.replace("_", " "), yscale="log" if value in _LOGARITHMIC else "linear")
        axes.legend()
        return axes

    @property
    def _steps_of_epoch(self) -> int | None:
        """The number of steps of an epoch; None if it is not known."""
        found: int | None = (self.params or {}).get("steps")
        return found

    def _after_next_call(self, width: int) -> int:
        """The number of steps after the next call; the last call of an epoch can have fewer steps."""
        after = self._steps + width
        steps = self._steps_of_epoch
        return after if steps is None else min(after, self._first_of_epoch + steps)

    def _before_call(self, model: keras.Model, state: Any) -> None:
        after = self._after_next_call(model.steps_per_execution)
        is_due = self._steps == 0 or after // self.every_steps > self._steps // self.every_steps
        self._before = _weights(model, state) if is_due else None

    def _after_call(self, model: keras.Model, state: Any) -> None:
        self._steps = self._after_next_call(model.steps_per_execution)
        before, self._before = self._before, None
        if before is None:
            return
        if self._measurement is None:
            batch = self.batch() if callable(self.batch) else self.batch
            self._measurement = LayerMeasurement(model, batch)
        self.latest = self._measurement(state=state, before=before).layers
        position = {"step": self._steps, "epoch": self._epoch + 1}
        for values in self.latest:
            statistics = {name: getattr(values, name) for name in _STATISTICS}
            self.rows.append({**position, "layer": values.layer, **statistics})


def _weights(model: keras.Model, state: Any) -> list[Any]:
    """Copies of the trainable variables; on several replicas, those of the first one."""
    found = [_values.copies(entry)[0] for entry in model.trainable_variables] if state is None else state[0]
    return [keras.ops.copy(value) for value in found]
