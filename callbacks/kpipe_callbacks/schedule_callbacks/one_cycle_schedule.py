"""The one-cycle policy for learning rate and momentum."""

from __future__ import annotations

from typing import Annotated, Any

import keras
from keras import ops

from kpipe_callbacks import schedules
from kpipe_callbacks._range import AT_LEAST_1, BELOW_1, POSITIVE, SHARE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule, duration
from kpipe_callbacks.training_session import TrainingSession

#: The momentum attribute of each tested optimizer class. Subclasses are excluded, because they may use it differently.
_MOMENTUM = {"SGD": "momentum", "Adam": "beta_1", "AdamW": "beta_1"}


class OneCycleSchedule(Schedule):
    """a(t) rises from a0/d to a0 and falls to a0/(d f) along half cosines; the momentum falls and rises inversely.

    With r = rise T, a(t) = a0/d + (a0 - a0/d)/2 (1 - cos(pi t/r)) before r, and falls along a half cosine in
    (t - r)/(T - r) after r, with t and T counted from the end of the warm-up. The momentum is `momentum[1]` at both
    ends and `momentum[0]` at the peak.

    Smith, "A disciplined approach to neural network hyper-parameters: part 1", 2018, sections 4.1 and 4.3; half cosines
    and defaults as in PyTorch's `OneCycleLR`. In Keras, a change of `optimizer.momentum` has no effect once the step is
    compiled. This callback computes the momentum inside the step, for SGD (built with momentum), Adam and AdamW
    (beta 1).

    Args:
        rise: the share of T before the peak, above 0 and below 1, default 0.3.
        start_divisor: d, at least 1, default 25.
        end_divisor: f, above 0, default 10,000.
        momentum: the lowest and the highest momentum, each from 0 to below 1, default 0.85 and 0.95; None does not
            change the momentum and works with any optimizer.
        total_epochs: T in epochs, including the warm-up, above 0; default None: the epochs of `fit`.
        total_steps: T in steps; at most one of the two is allowed.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range; at the beginning of a training, T is unknown, or the momentum of the
            optimizer cannot be set.

    Example:
        >>> schedule = OneCycleSchedule(learning_rate=1.0, rise=0.5, start_divisor=10)
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=4).tolist()]
        [0.1, 0.55, 1.0, 0.5]
    """

    def __init__(
        self,
        *,
        rise: Annotated[float, SHARE] = 0.3,
        start_divisor: Annotated[float, AT_LEAST_1] = 25.0,
        end_divisor: Annotated[float, POSITIVE] = 10_000.0,
        momentum: tuple[Annotated[float, BELOW_1], Annotated[float, BELOW_1]] | None = (0.85, 0.95),
        total_epochs: Annotated[float | None, POSITIVE] = None,
        total_steps: Annotated[int | None, POSITIVE] = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.rise = SHARE.number("rise", rise)
        self.start_divisor = AT_LEAST_1.number("start_divisor", start_divisor)
        self.end_divisor = POSITIVE.number("end_divisor", end_divisor)
        self.momentum = None if momentum is None else _limits(momentum)
        self.total_epochs, self.total_steps = duration("total", total_epochs, total_steps)
        self._momentum: schedules.Schedule = schedules.constant(0.0)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        total = clock.total(self.total_epochs, self.total_steps)
        if self.momentum is not None:
            low, high = self.momentum
            cycle = schedules.one_cycle(high, low, high, total, self.rise)
            constant = schedules.constant(high)
            self._momentum = schedules.join(constant, clock.warmup, cycle) if clock.warmup else cycle
        start = rate / self.start_divisor
        return schedules.one_cycle(start, rate, start / self.end_divisor, total, self.rise)

    def begin(self, session: TrainingSession) -> None:
        """Declare the learning rate and the momentum of each step."""
        super().begin(session)
        if self.momentum is None:
            return
        optimizer = session.optimizer
        name = _MOMENTUM.get(type(optimizer).__name__)
        if name is None or not type(optimizer).__module__.startswith("keras."):
            raise ValueError(
                "OneCycleSchedule cannot set the momentum of this optimizer; expected one of "
                f"{', '.join(_MOMENTUM)}, got {type(optimizer).__name__}; write momentum=None to keep its momentum"
            )
        if not getattr(optimizer, name):
            raise ValueError(
                f"OneCycleSchedule sets the momentum, but {type(optimizer).__name__} was created without momentum; "
                f"create it with {name}=0.9, or write momentum=None"
            )
        session.override(name, lambda: self._momentum_now(session))

    def _momentum_now(self, session: TrainingSession) -> Any:
        value = self._momentum(self._step())
        return _Positive(value) if isinstance(session.optimizer, keras.optimizers.SGD) else value


class _Positive:
    """A tensor that Keras' SGD can compare with 0 while the step is traced; it counts as not equal to 0."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __tf_tensor__(self, dtype: Any = None, name: Any = None) -> Any:
        del name
        return self._tensor if dtype is None else ops.cast(self._tensor, dtype.name)

    def __jax_array__(self) -> Any:
        return self._tensor


def _limits(momentum: Any) -> tuple[float, float]:
    found = tuple(momentum) if isinstance(momentum, list | tuple) else ()
    if len(found) != 2:
        raise ValueError(
            "momentum: not a pair; expected the lowest and the highest momentum, such as [0.85, 0.95], or None, got "
            f"{momentum!r}"
        )
    low, high = (BELOW_1.number("momentum", value) for value in found)
    if low > high:
        raise ValueError(f"momentum: the lowest value is above the highest; got {momentum!r}; swap them")
    return low, high
