"""What static checks know about a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kpipe.checks.static.duration import Duration
from kpipe.checks.static.monitor import Monitor
from kpipe.checks.static.network import Network
from kpipe.checks.static.scale import Scale
from kpipe.checks.static.target_facts import TargetFacts
from kpipe.errors import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a training before its first step.

    Args:
        network: the training model.
        targets: the targets by name.
        samples: number of samples of the training part.
        batch_size: number of samples of a batch.
        normalized_samples: number of samples over which BatchNormalization computes its statistics.
        steps: number of steps of the training.
        preparations: the classes of the preparations, keyed by input name.
        scales: the scales of the inputs after their preparations, keyed by input name.
        monitors: the components that compare values of a metric.
        durations: the durations that schedules state.
        averages: the numbers of updates over which the momentum of the optimizer averages gradients.
        place: returns the mark of a path in the spec.
    """

    network: Network
    targets: Mapping[str, TargetFacts] = field(default_factory=dict)
    samples: int = 1_000_000
    batch_size: int = 32
    normalized_samples: int = 32
    steps: int = 1_000_000
    preparations: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    monitors: Sequence[Monitor] = ()
    durations: Sequence[Duration] = ()
    averages: Sequence[Duration] = ()
    place: Callable[[str], Mark | None] = lambda path: None
