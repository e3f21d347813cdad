"""A training that is set up for measurements before its first step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TypeVar

import keras
from kpipe_callbacks.learning_rate_curve import LearningRateCurve

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.budget import Budget
from kpipe.judge.protocol.learning_rates import LearningRates, learning_rates
from kpipe.judge.protocol.measured_layer import MeasuredLayer
from kpipe.judge.protocol.measured_layers import measured_layers
from kpipe.judge.protocol.opening_step import OpeningStep, opening_step
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.step_times import StepTimes
from kpipe.judge.protocol.stopwatch import Stopwatch
from kpipe.judge.protocol.train_step import StepLoss, TrainStep
from kpipe.judge.protocol.training_batches import TrainingBatch, TrainingBatches
from kpipe.judge.spec_places import SpecPlaces
from kpipe.model.learning_rate_multipliers import variable_factors
from kpipe.train.compile import build_optimizer, compile_for
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.objective.guess_loss import GuessLoss, guess_loss
from kpipe.train.objective.metric_values import build_metrics
from kpipe.train.plan import Plan
from kpipe.train.setup.layer_sample_count import layer_sample_count
from kpipe.train.setup.setup import Setup
from kpipe.train.stages.epoch_steps import epoch_steps
from kpipe.train.stages.stages_of import stages_of

Result = TypeVar("Result")
#: A usual size of an update, relative to the weights: 1e-3 to 1e-2.
_USUAL_RATIO = 3e-3
#: Verdicts after which the size of an update tells nothing about the learning rate.
_NO_SIGNAL = {VerdictCode.SIGNAL, VerdictCode.GRADIENTS, VerdictCode.DEAD_UNITS}


class Bench:
    """A training that is set up for measurements before its first step.

    Its step is traced once, at the first use, and shared by all probes. Its optimizer has a number as learning rate,
    which each step sets.

    Args:
        setup: the data and the model; of a training with stages, the first stage is measured.
        plan: the plan of the training.
        stopwatch: measures the time of the protocol.
        budget: the time that the protocol may use.

    Attributes:
        spec: the checked spec.
        model: the training model.
        prepared: the data of the training.
        rates: the learning rates of the training; None if its optimizer does not have a single one.
        is_full_batch: whether each update is computed from the whole training part. The steps are those of Adam then.
        batches: the full batches of the training, epoch after epoch.
        places: the places of the spec for verdicts.
        curve: the curve of the range test; None before it.
        found: the codes of the verdicts so far.
        times: the times of the steps so far.
    """

    def __init__(self, setup: Setup, plan: Plan, stopwatch: Stopwatch, budget: Budget) -> None:
        self.setup, self.plan, self.stopwatch, self.budget = setup, plan, stopwatch, budget
        self.spec: CheckedSpec = setup.spec
        self.model: keras.Model = setup.built.model
        self.prepared = setup.prepared
        steps, epochs = self.prepared.steps("train"), self.spec.train.epochs
        self.rates: LearningRates | None = learning_rates(self.model.optimizer, plan.callbacks, epochs, steps)
        self._steps = steps * epochs
        self._run_steps = self._steps_of_run()
        self.is_full_batch = is_full_batch(self.spec.train)
        self._compile()
        self.batches = TrainingBatches(self.prepared, plan)
        self.places = SpecPlaces(setup.whole, None if self.rates is None else self.rates.peak, setup.stage)
        self.curve: LearningRateCurve | None = None
        self.found: set[VerdictCode] = set()
        self.times = StepTimes()

    # What the training is

    @property
    def accumulation(self) -> int:
        """The number of steps of one update of the weights."""
        inner = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        return int(inner.gradient_accumulation_steps or 1)

    @property
    def updates(self) -> int:
        """The number of updates of the weights in the whole training, or in its first stage."""
        return max(1, self._steps // self.accumulation)

    @property
    def batch_size(self) -> int:
        """The number of samples of a full batch."""
        return min(self.prepared.batch_size, len(self.prepared.parts["train"]))

    @property
    def has_numbers(self) -> bool:
        """Whether a target consists of numbers to predict."""
        return any(item.target.task == "regression" for item in self.plan.objective.targets.values())

    @cached_property
    def guess(self) -> GuessLoss | None:
        """The loss of a guess on the training part; None if it is unknown."""
        train = self.prepared.parts["train"]
        labels = {name: values[train] for name, values in self.prepared.dataset.labels.items()}
        weights = self.plan.weights
        return guess_loss(
            self.plan.objective,
            labels,
            None if weights is None else {name: values[train] for name, values in weights.items()},
        )

    def new_optimizer(self) -> keras.optimizers.Optimizer:
        """Return a new optimizer as that of the spec, with the highest learning rate of the training as a number.

        If that of the spec computes each update from the whole training part, it is Adam.
        """
        if self.is_full_batch:
            return keras.optimizers.Adam()
        optimizer = build_optimizer(self.spec.train)
        if self.rates is None:
            return optimizer
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        return type(inner).from_config({**inner.get_config(), "learning_rate": self.rates.peak})

    # Steps

    @cached_property
    def opening(self) -> OpeningStep:
        """The first update at the highest learning rate."""
        with self.restored():
            peak = None if self.rates is None else self.rates.peak
            found = opening_step(self.model, self.step, iter(self.batches), peak, self.accumulation)
            if len(self.times) == 1:
                # The first step includes its trace.
                self.step(next(iter(self.batches)), peak)
            return found

    @cached_property
    def layers(self) -> list[MeasuredLayer]:
        """The measurement of all layers at the start."""
        return self.traced(lambda: measured_layers(self.setup, self.plan))

    @property
    def usual_rate(self) -> float | None:
        """The learning rate at which the first update would have a usual size; None if it does not tell.

        All verdicts about the learning rate suggest it, so that their remedies agree. If no signal reaches a layer, or
        no gradient, the size of an update tells nothing.
        """
        ratio = self.opening.ratio
        if self.rates is None or not ratio or not math.isfinite(ratio) or self.found & _NO_SIGNAL:
            return None
        return float(f"{self.rates.peak * _USUAL_RATIO / ratio:.2g}")

    def first_batches(self, count: int) -> Iterator[TrainingBatch]:
        """Yield the first batches of the training."""
        return itertools.islice(iter(self.batches), count)

    def step(self, batch: TrainingBatch, rate: float | None) -> StepLoss:
        """Update the weights on a batch, and return its loss.

        Args:
            batch: a batch of the training.
            rate: the learning rate; None if the optimizer does not have a single one.
        """
        began = self.stopwatch.now()
        if len(self.times):
            found = self._train_step(batch.values, rate)
        else:
            found = self.traced(lambda: self._train_step(batch.values, rate))
        self.times.add(self.stopwatch.now() - began)
        return found

    def train(self, batches: Iterator[TrainingBatch]) -> Iterator[tuple[TrainingBatch, StepLoss]]:
        """Train as the run does, with the learning rates of its first updates, and yield each batch with its loss."""
        for batch in batches:
            rate = None if self.rates is None else self.rates.at(batch.step // self.accumulation)
            yield batch, self.step(batch, rate)

    def restored(self) -> AbstractContextManager[None]:
        """Return a context after which the weights, the state of the optimizer and all seeds are restored."""
        return saved_variables(self.model)

    # Time

    def traced(self, call: Callable[[], Result]) -> Result:
        """Return the result of a call whose time counts as that of a trace."""
        with self.stopwatch.trace():
            return call()

    def affords(self, price: Price) -> bool:
        """Return whether the rest of the budget is sufficient."""
        return self.budget.affords(price)

    @property
    def run_seconds(self) -> float:
        """The expected time of all steps of the run; a step of a later stage takes as long as its batch is large."""
        return self.times.step * self._run_steps

    def price(self, steps: float, *, traces: int = 0, samples: int | None = None) -> Price:
        """Return the expected time of steps.

        Args:
            steps: the number of steps.
            traces: the number of functions that have to be traced, default 0.
            samples: the samples of a step; by default those of a batch.
        """
        share = 1.0 if samples is None else samples / self.batch_size
        return self.times.price(steps * share, traces)

    def layers_price(self) -> Price:
        """Return the expected time of `layers`, which is measured once."""
        if "layers" in vars(self):
            return Price(0)
        return self.price(1, traces=1, samples=layer_sample_count(self.prepared))

    @cached_property
    def _train_step(self) -> TrainStep:
        return TrainStep(self.model)

    def _steps_of_run(self) -> float:
        """Return the number of steps of this stage that take as long as all steps of the run."""
        samples = len(self.prepared.parts["train"])
        return sum(
            stage.spec.train.epochs
            * epoch_steps(stage, self.prepared)
            * min(stage.spec.data.batch_size, samples)
            / self.batch_size
            for stage in stages_of(self.setup.whole)
        )

    def _compile(self) -> None:
        """Compile the model with the same optimizer, but a number as its learning rate."""
        plan, train = self.plan, self.spec.train.model_copy(update={"steps_per_execution": 1})
        with self.setup.devices.scope():
            is_mixed = plan.mixing is not None
            factors, optimizer = variable_factors(self.setup.built), self.new_optimizer()
            compile_for(self.model, train, plan.objective, mixed=is_mixed, optimizer=optimizer, factors=factors)
            labels, weights, mixing = plan.objective.labels, plan.weights, plan.mixing
            batches = self.prepared.batches("train", epoch=0, labels=labels, sample_weight=weights, mixing=mixing)
            # The plan has called the model, which takes as long as its construction.
            build_metrics(self.model, batches, self.model.output)
