"""Overfitting of a tiny sample."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.target_scale import is_unscaled
from kpipe.judge.protocol.tiny_sample import SampleStep, TinySample, tiny_sample
from kpipe.train.averaging.is_random import is_random
from kpipe.train.averaging.training_argument import training_argument
from kpipe.train.objective.guess_loss import guess_loss

#: The number of samples, the steps, and the most steps while the loss falls.
SAMPLES, STEPS, MOST = 20, 200, 1000
#: The share of the loss below which it has to be after further steps for another attempt.
FALLING = 0.9
#: A sample is fitted with this accuracy, or with a loss below this share of the first one.
ACCURACY, LOSS = 0.95, 0.2
#: An attempt has failed with an accuracy and a loss that are both worse than these: between, the inputs may not
#: determine the labels, as of rows of a table that differ in their label alone.
FAILED_ACCURACY, FAILED_LOSS = 0.75, 0.5
#: The share of the loss of the best constant answer below which numbers are fitted: they can contain noise that the
#: inputs do not determine, and a linear model has fewer weights than there are samples.
LOSS_OF_NUMBERS = 0.9
#: The share of the first loss at which no further step is made.
_ENOUGH = 1e-3
#: The steps in which the learning rate rises if the schedule has a warm-up.
_WARMUP = 20
#: The factor between learning rates of which one is no remedy for the other.
_NEAR = 3.0
#: The learning rate of the second optimizer.
_ADAM = 1e-3


@dataclass(frozen=True)
class Fit:
    """The result of one attempt to fit a sample.

    Args:
        optimizer: the class of the optimizer.
        first: the first loss.
        last: the last loss.
        accuracy: the last accuracy; None for numbers.
        steps: the number of steps.
        limit: the loss below which the sample is fitted.
        highest: the loss above which it is not.
    """

    optimizer: str
    first: float
    last: float
    accuracy: float | None
    steps: int
    limit: float
    highest: float

    @property
    def is_failed(self) -> bool:
        """Whether the sample was not fitted, not even in part."""
        if not math.isfinite(self.last):
            return True
        return self.last > self.highest and (self.accuracy is None or self.accuracy < FAILED_ACCURACY)

    @property
    def is_fitted(self) -> bool:
        """Whether the sample was fitted."""
        if not math.isfinite(self.last):
            return False
        return self.last <= self.limit or (self.accuracy is not None and self.accuracy >= ACCURACY)

    def __str__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.2f}"
        return f"loss {self.first:.4g} to {self.last:.4g}{accuracy} in {self.steps} steps of {self.optimizer}"


class TinyOverfit(Probe):
    """Overfit 20 samples in 200 steps, without augmentation, dropout and regularization.

    As long as 200 steps lower the loss by 10 %, 200 more are made, up to 1,000 and the updates of the run: a low
    learning rate needs time.
    The samples are stratified; BatchNormalization computes with their statistics. If they are not fitted, a second draw
    is tried before the probe fails, and then Adam, which tells whether the optimizer or the model is the reason. A
    sample that is fitted in part is undecided.

    CS231n, 2017, lecture 6: "make sure that you can overfit very small portion of the training data".
    """

    name = "tiny_overfit"
    title = f"overfit {SAMPLES} samples"

    def price(self, bench: Bench) -> Price:
        """Return the time of one draw."""
        return bench.price(STEPS, traces=1, samples=self._count(bench))

    def run(self, bench: Bench) -> Outcome:
        """Fit one or two draws, and try another optimizer if they are not fitted."""
        fits: list[Fit] = []
        with training_argument(bench.model, lambda layer: not is_random(layer)):
            step = SampleStep(bench.model, bench.plan, _noise_free(bench.new_optimizer()))
            for draw in range(2):
                if draw and not bench.affords(self.price(bench)):
                    return self._undecided(fits, "a second draw does not fit into the budget")
                fits.append(self._fit(bench, step, draw))
                if fits[-1].first <= 0 and fits[-1].accuracy is None:
                    return self._undecided(fits, "a loss that is not above 0 does not show whether they are fitted")
                if fits[-1].is_fitted:
                    return Outcome(summary=str(fits[-1]), measured=_measured(fits), threshold=_threshold(fits[-1]))
            if not all(fit.is_failed for fit in fits):
                return self._undecided(fits, "the inputs may not determine the labels")
            if not bench.affords(self.price(bench)):
                return self._failed(bench, fits, None)
            adam = self._fit(bench, SampleStep(bench.model, bench.plan, keras.optimizers.Adam(_ADAM)), 1, _ADAM)
        if not adam.is_fitted and not adam.is_failed:
            return self._undecided([*fits, adam], "the inputs may not determine the labels")
        return self._failed(bench, [*fits, adam], adam.is_fitted)

    def _affords(self, bench: Bench) -> bool:
        return bench.affords(bench.price(STEPS, samples=self._count(bench)))

    def _count(self, bench: Bench) -> int:
        return min(SAMPLES, len(bench.prepared.parts["train"]))

    def _fit(self, bench: Bench, step: SampleStep, draw: int, own_rate: float | None = None) -> Fit:
        sample = tiny_sample(bench.prepared, bench.plan, SAMPLES, draw)
        losses: list[float] = []
        prediction: Any = None
        guess = guess_loss(bench.plan.objective, sample.labels)
        with saved_variables(bench.model, step.optimizer.variables):
            for number in range(max(STEPS, min(MOST, bench.updates)) + 1):
                rate = self._rate(bench, number) if own_rate is None else own_rate
                call = partial(step, sample, rate)
                loss, prediction = call() if number else bench.traced(call)
                losses.append(loss)
                if not math.isfinite(loss) or 0 <= loss < _ENOUGH * losses[0]:
                    break
                if number and number % STEPS == 0:
                    found = self._found(bench, step, sample, losses, prediction, guess)
                    if found.is_fitted or not loss < FALLING * losses[number - STEPS] or not self._affords(bench):
                        return found
        return self._found(bench, step, sample, losses, prediction, guess)

    def _found(
        self, bench: Bench, step: SampleStep, sample: TinySample, losses: list[float], prediction: Any, guess: Any
    ) -> Fit:
        first = min(losses[0], guess.uniform) if guess is not None and guess.uniform > 0 else losses[0]
        return Fit(
            step.name,
            losses[0],
            losses[-1],
            _accuracy(bench, sample, prediction),
            len(losses) - 1,
            (LOSS_OF_NUMBERS if bench.has_numbers else LOSS) * first,
            (LOSS_OF_NUMBERS if bench.has_numbers else FAILED_LOSS) * first,
        )

    def _rate(self, bench: Bench, number: int) -> float | None:
        if bench.rates is None:
            return None
        has_warmup = bench.rates.at(0) < bench.rates.peak
        return bench.rates.peak * (min(1.0, (number + 1) / _WARMUP) if has_warmup else 1.0)

    def _undecided(self, fits: list[Fit], reason: str) -> Outcome:
        return Outcome(
            summary=f"{fits[-1]}; {reason}", measured=_measured(fits), threshold=_threshold(fits[-1]), undecided=True
        )

    def _failed(self, bench: Bench, fits: list[Fit], is_fitted_by_adam: bool | None) -> Outcome:
        own = fits[:2]
        what = (
            f"{SAMPLES} samples are not fitted in two draws: {own[-1]}, expected a loss of at most {own[-1].limit:.3g}"
        )
        if own[-1].accuracy is not None:
            what += f" or an accuracy of {ACCURACY}"
        if is_fitted_by_adam:
            code, path = VerdictCode.OPTIMIZER, bench.places.learning_rate
            message = f"{what}; Adam with {_ADAM:g} fits them"
            remedy = "change the optimizer or its learning rate"
            usual, peak = bench.usual_rate, 0.0 if bench.rates is None else bench.rates.peak
            if usual is not None and not peak / _NEAR <= usual <= peak * _NEAR:
                remedy = f"{bench.places.set_learning_rate(usual)}, or change the optimizer"
        else:
            code, path = VerdictCode.NOT_FITTED, "model"
            message = what if is_fitted_by_adam is None else f"{what}; neither does Adam with {_ADAM:g}"
            remedy = "look for wrong labels, dead or saturated layers, wrong initial weights, or inputs without scale"
            if is_unscaled(bench.prepared, bench.plan.objective):
                path, remedy = "data.prepare_targets", "standardize the target with data.prepare_targets"
        verdict = bench.places.verdict(code, path, message, remedy, _measured(fits), _threshold(own[-1]))
        summary = str(own[-1]) + ("" if len(fits) < 3 else f"; {fits[-1]}")
        return Outcome(summary=summary, measured=_measured(fits), threshold=_threshold(own[-1]), verdicts=[verdict])


def _noise_free(optimizer: Any) -> Any:
    """Return an optimizer without weight decay, averages and accumulation."""
    config = {**optimizer.get_config(), "use_ema": False, "gradient_accumulation_steps": None}
    if config.get("weight_decay") is not None:
        config["weight_decay"] = 0.0
    return type(optimizer).from_config(config)


def _accuracy(bench: Bench, sample: TinySample, prediction: Any) -> float | None:
    """Return the lowest accuracy of all targets with classes; None if there is none."""
    found = []
    for name, item in bench.plan.objective.targets.items():
        if item.target.task == "regression":
            continue
        own = np.asarray(prediction[name] if isinstance(prediction, dict) else prediction)
        found.append(float(np.mean(item.decide(own) == sample.labels[name])))
    return min(found, default=None)


def _measured(fits: list[Fit]) -> dict[str, Any]:
    return {"fits": [{**asdict(fit), "is_fitted": fit.is_fitted} for fit in fits]}


def _threshold(fit: Fit) -> dict[str, Any]:
    return {"loss": fit.limit, "accuracy": None if fit.accuracy is None else ACCURACY}
