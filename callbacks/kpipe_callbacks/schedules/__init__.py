"""Schedules as pure functions from a step to a value.

Each function here returns a schedule: a function from a step, counted from 0, to a value. A schedule accepts a number,
a NumPy array or a tensor inside a compiled training step, and returns the same kind. `warmup` and `join` compose
schedules.

Example:
    >>> schedule = warmup(cosine(0.1, total=90), steps=10)
    >>> [round(schedule(step), 4) for step in (0, 5, 10, 55, 100)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
"""

from kpipe_callbacks.schedules._formula import Schedule
from kpipe_callbacks.schedules.constant import constant
from kpipe_callbacks.schedules.cosine import cosine
from kpipe_callbacks.schedules.cosine_restarts import cosine_restarts
from kpipe_callbacks.schedules.cyclic import cyclic
from kpipe_callbacks.schedules.exponential import exponential
from kpipe_callbacks.schedules.inverse_sqrt import inverse_sqrt
from kpipe_callbacks.schedules.inverse_time import inverse_time
from kpipe_callbacks.schedules.join import join
from kpipe_callbacks.schedules.linear import linear
from kpipe_callbacks.schedules.one_cycle import one_cycle
from kpipe_callbacks.schedules.polynomial import polynomial
from kpipe_callbacks.schedules.step import step
from kpipe_callbacks.schedules.warmup import warmup

__all__ = [
    "Schedule",
    "constant",
    "cosine",
    "cosine_restarts",
    "cyclic",
    "exponential",
    "inverse_sqrt",
    "inverse_time",
    "join",
    "linear",
    "one_cycle",
    "polynomial",
    "step",
    "warmup",
]
