"""What the pictures of a sweep show: its trials, their kinds, and the importance of each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kpipe.space.parameter import Parameter
from kpipe.space.search_space import SearchSpace
from kpipe.tune.results.importance import MANY_SCORED, importance
from kpipe.tune.results.parameter_titles import parameter_titles
from kpipe.tune.results.score_range import score_range
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_trial import SweepTrial


@dataclass(frozen=True, kw_only=True)
class SweepSummary:
    """The trials of a sweep that have ended.

    Args:
        space: the search space of the first stage.
        trials: all trials.
        ranked: those that have a score and were not pruned, the best one first.
        monitor: the metric that is the score.
        mode: whether a small or a large score is better.
        importance: the importance of each parameter; None if there are too few trials.
    """

    space: SearchSpace
    trials: Sequence[SweepTrial]
    ranked: Sequence[SweepTrial]
    monitor: str
    mode: Literal["min", "max"]
    importance: Mapping[str, float] | None

    @classmethod
    def of(cls, sweep: Sweep) -> SweepSummary:
        """Return the summary of a sweep, which can be unfinished."""
        plan = sweep.plan
        return cls(
            space=plan.space,
            trials=sweep.trials,
            ranked=sweep.ranked(),
            monitor=plan.monitor,
            mode=plan.mode,
            importance=importance(plan.space, sweep.trials, plan.mode),
        )

    @property
    def importance_note(self) -> str:
        """What to know about the importance: that few trials make it rough; empty for enough trials."""
        scored = len(self.ranked) + len(self.pruned)
        return f"; rough, from {scored} trials" if scored < MANY_SCORED else ""

    @property
    def best(self) -> SweepTrial:
        """The trial with the best score."""
        return self.ranked[0]

    @property
    def pruned(self) -> list[SweepTrial]:
        """The trials that were pruned after they had a score."""
        return [trial for trial in self.trials if trial.status == "pruned" and trial.scores]

    @property
    def failed(self) -> list[SweepTrial]:
        """The trials that have ended without a score."""
        return [trial for trial in self.trials if trial.is_failed]

    @property
    def score_range(self) -> tuple[float, float]:
        """The scores that the pictures show; see `score_range`."""
        return score_range([trial.score for trial in self.ranked if trial.score is not None], self.mode)

    @property
    def titles(self) -> dict[str, str]:
        """The short title of each parameter."""
        return parameter_titles([parameter.name for parameter in self.space.parameters])

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters, the most important one first."""
        known = self.importance or {}
        return sorted(self.space.parameters, key=lambda parameter: -known.get(parameter.name, 0.0))

    def with_values(self, *names: str) -> list[SweepTrial]:
        """Return the trials with a score that have all these parameters."""
        return [trial for trial in self.ranked if all(name in trial.values for name in names)]
