"""Proposals of an oracle of KerasTuner, in the order of questions and answers."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import threadpoolctl

from kpipe.components.quiet_import import import_keras
from kpipe.space.choice import Choice
from kpipe.space.parameter import Condition, Parameter
from kpipe.space.range import Range
from kpipe.space.search_space import SearchSpace, Value
from kpipe.tune.oracles.oracle import Oracle
from kpipe.tune.proposal import Proposal

#: The name of the only metric that KerasTuner sees.
_SCORE = "score"
#: Random points that KerasTuner draws to find one that was not run; it gives up after 20 by default.
_MOST_DRAWS = 10_000


class Proposer:
    """Asks an oracle for trials and reports their scores; the same questions and answers have the same proposals.

    Of KerasTuner only the algorithms are used, not its files: the caller keeps the questions and answers, and repeats
    them to continue a sweep. Points that were proposed before are not proposed again, and the proposals end when the
    space has no other points.

    Args:
        oracle: the oracle of the spec.
        space: the search space.
        seed: the seed of the proposals, at least 0, or several numbers that are the seed together.
        mode: whether a small or a large score is better.
        trials: largest number of trials; None if the oracle determines it.
        epochs: largest number of epochs of a trial.
    """

    def __init__(
        self,
        oracle: Oracle,
        space: SearchSpace,
        *,
        seed: int | tuple[int, ...],
        mode: Literal["min", "max"],
        trials: int | None,
        epochs: int,
    ) -> None:
        import_keras()
        import keras_tuner

        self._space, self._mode, self._waits = space, mode, oracle.waits_for_scores
        common = {
            "objective": keras_tuner.Objective(_SCORE, mode),
            "hyperparameters": hyperparameters(space, grid=oracle.grid_points),
            # The seed 0 stands for a random one, and consecutive seeds share most of their draws.
            "seed": int(np.random.SeedSequence(seed).generate_state(1)[0]) or 1,
            "max_consecutive_failed_trials": 2**62,
        }
        self._oracle = oracle.create(trials, epochs, common)
        self._oracle.verbose = 0
        self._oracle._max_collisions = _MOST_DRAWS
        # The state of a sweep is its journal, so that KerasTuner writes no files.
        self._oracle.save = self._oracle._save_trial = lambda *_: None
        self._threads = threadpoolctl.ThreadpoolController()
        self._trials: list[Any] = []
        self._points: set[Any] = set()
        self._scores: list[float] = []
        self._waiting: list[int] = []

    def ask(self) -> Proposal | Literal["wait"] | None:
        """Return the next proposal; `wait` if it depends on trials that have not ended, None if there are no more."""
        if self._is_exhausted():
            return None
        number = len(self._trials)
        with self._computing():
            trial = self._oracle.create_trial(str(number))
        if trial.status == "STOPPED":
            return None
        if trial.status == "IDLE":
            return self._ask_without_scores()
        # For the upper end of a range, KerasTuner returns the integer above its upper bound.
        values = trial.hyperparameters.values = self._inside(trial.hyperparameters.values)
        parent = values.get("tuner/trial_id")
        if parent is None and self._space.point(values) in self._points and not self._replace(trial):
            self._oracle.ongoing_trials.pop(str(number))
            return None
        return self._proposed(trial, parent)

    def force(self, proposal: Proposal, values: Mapping[str, Value]) -> None:
        """Replace the values of a proposal, such as by those of a journal that another version has written."""
        trial = self._trials[proposal.id]
        self._points.discard(self._space.point(proposal.values))
        trial.hyperparameters.values = {**_of_tuner(trial.hyperparameters.values), **values}
        self._points.add(self._space.point(values))

    def tell(self, number: int, score: float | None) -> None:
        """Report the score of a proposal; None for a trial that failed.

        A failed trial counts as the worst score so far: as a missing one it would not keep the oracle away from its
        values, and an infinite one would count as good. Until there is a score, it is reported as failed.

        Args:
            number: the id of the proposal.
            score: a finite number.
        """
        if score is None and self.worst is None and self._waits:
            self._waiting.append(number)
            return
        if score is not None:
            self._scores.append(score)
            waiting, self._waiting = self._waiting, []
            self._end(number, score)
            for other in waiting:
                self._end(other, self.worst)
        else:
            self._end(number, self.worst)

    @property
    def worst(self) -> float | None:
        """The worst score so far; None if there is none."""
        return None if not self._scores else (max if self._mode == "min" else min)(self._scores)

    def _ask_without_scores(self) -> Proposal | Literal["wait"] | None:
        """Report that trials failed if all trials that have not ended wait for a score; return `wait` otherwise."""
        if not self._waiting or len(self._waiting) < len(self._oracle.ongoing_trials):
            return "wait"
        waiting, self._waiting = self._waiting, []
        for number in waiting:
            self._end(number, None)
        return self.ask()

    def _is_exhausted(self) -> bool:
        """Return whether all points of the space were proposed, and no trial is to continue."""
        size = self._space.size
        return size is not None and len(self._points) >= size and not self._waits

    def _replace(self, trial: Any) -> bool:
        """Replace a point that was proposed before by a random one; return False if there is none."""
        values = self._oracle._random_values()
        values = values and self._inside(values)
        if values is None or self._space.point(values) in self._points:
            return False
        trial.hyperparameters.values = {**_of_tuner(trial.hyperparameters.values), **values}
        self._oracle._record_values(trial)
        return True

    def _proposed(self, trial: Any, parent: str | None) -> Proposal:
        values = {name: _plain(value) for name, value in trial.hyperparameters.values.items()}
        number = len(self._trials)
        self._trials.append(trial)
        found = {parameter.name: values[parameter.name] for parameter in self._space.active(values)}
        self._points.add(self._space.point(found))
        epochs = trial.hyperparameters.values.get("tuner/epochs")
        return Proposal(number, found, epochs, None if parent is None else self._number(parent))

    def _inside(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values that are inside their ranges."""
        spaces = {parameter.name: parameter.space for parameter in self._space.parameters}
        found = dict(values)
        for name, value in values.items():
            space = spaces.get(name)
            if isinstance(space, Range):
                found[name] = min(max(value, space.low), space.high)
        return found

    def _number(self, trial_id: str) -> int:
        return next(number for number, trial in enumerate(self._trials) if trial.trial_id == trial_id)

    def _end(self, number: int, score: float | None) -> None:
        trial = self._trials[number]
        with self._computing():
            if score is not None:
                self._oracle.update_trial(trial.trial_id, {_SCORE: score})
            trial.status = "COMPLETED" if score is not None else "FAILED"
            self._oracle.end_trial(trial)

    @contextlib.contextmanager
    def _computing(self) -> Iterator[None]:
        """Compute with one thread, since the trials use the cores, and without warnings that no user can act on."""
        with warnings.catch_warnings(), self._threads.limit(limits=1):
            # KerasTuner calls deprecated functions, and its Gaussian process warns where few scores fit anything.
            warnings.filterwarnings("ignore", module=r"keras_tuner\.|sklearn\.gaussian_process\.")
            yield


def hyperparameters(space: SearchSpace, grid: int | None = None) -> Any:
    """Return a space as `keras_tuner.HyperParameters`, in which spaces inside options are conditional.

    Args:
        space: the search space.
        grid: the number of values of a range without integers; None for all numbers of the range.
    """
    import keras_tuner

    result = keras_tuner.HyperParameters()
    for parameter in space.parameters:
        with contextlib.ExitStack() as scopes:
            for condition in _conditions(space, parameter):
                scopes.enter_context(result.conditional_scope(condition.parameter, [condition.label]))
            _add(result, parameter, grid)
    return result


def _conditions(space: SearchSpace, parameter: Parameter) -> list[Condition]:
    """Return the condition of a parameter after those of the choice that it is inside of."""
    condition = parameter.condition
    return [] if condition is None else [*_conditions(space, space[condition.parameter]), condition]


def _add(result: Any, parameter: Parameter, grid: int | None) -> None:
    space, name = parameter.space, parameter.name
    if isinstance(space, Choice):
        result.Choice(name, list(space.labels), ordered=_is_ordered(space))
    elif grid is not None:
        result.Choice(name, space.grid(grid))
    elif space.is_integer:
        result.Int(name, round(space.low), round(space.high), sampling="log" if space.is_log else "linear")
    else:
        result.Float(name, space.low, space.high, sampling="log" if space.is_log else "linear")


def _is_ordered(space: Choice) -> bool:
    return not isinstance(space.labels[0], str | bool)


def _plain(value: Any) -> Value:
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain


def _of_tuner(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name.startswith("tuner/")}
