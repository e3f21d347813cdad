"""Measurements of the cases of the corpus: what is found, and the loss at the end of a short training."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import corpus
import numpy as np

import kpipe
from kpipe.judge.protocol import PROBES
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.budget import Budget
from kpipe.judge.protocol.learning_rates import LearningRates, learning_rates
from kpipe.judge.protocol.run_probes import ProbeResult, run_probes
from kpipe.judge.protocol.stopwatch import Stopwatch
from kpipe.train.plan import check_plan
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

_CODE = r"\b[EW]\d{3}\b"
#: How often the validation loss is measured in a training; its lowest value counts, as a run keeps its best epoch.
_EVALUATIONS = 6
#: The largest loss, relative to the trivial one; it stands for one that is not finite.
_WORST = 10.0


@dataclass(frozen=True)
class Found:
    """What was found in a training.

    Args:
        codes: the codes in their order: those of static checks, then those of the probes.
        results: the results of the probes; empty if a static check has refused the training.
        loss: the lowest validation loss relative to that of the best constant answer; None without a training.
    """

    codes: list[str]
    results: list[ProbeResult]
    loss: float | None

    @property
    def errors(self) -> list[str]:
        """The codes at error level."""
        return [code for code in self.codes if code[0] == "E"]


@dataclass(frozen=True)
class Session:
    """A training that is set up.

    Args:
        bench: the training.
        rates: the learning rates of all updates.
        codes: the codes of static checks.
    """

    bench: Bench
    rates: LearningRates | None
    codes: list[str]


@contextmanager
def session(base: str, overrides, seed: int) -> Iterator[Session]:
    """Set up a training; static errors are raised."""
    spec = kpipe.load(corpus.BASES[base], {"seed": seed, **overrides}).spec
    with spec_session(spec, is_run=True):
        setup = set_up(spec, lambda line: None, one_device=True)
        try:
            plan = check_plan(setup)
            steps, epochs = setup.prepared.steps("train"), spec.train.epochs
            rates = learning_rates(setup.built.model.optimizer, plan.callbacks, epochs, steps, steps * epochs)
            stopwatch = Stopwatch()
            bench = Bench(setup, plan, stopwatch, Budget(stopwatch, 1e6))
            yield Session(bench, rates, [line[:4] for line in plan.notices if re.match(_CODE, line)])
        finally:
            setup.prepared.close()


def examined(base: str, overrides, seed: int, until: frozenset[str] = frozenset(), *, trains: bool = False) -> Found:
    """Return what is found in a training, and its result.

    Args:
        base: the name of its spec.
        overrides: its overrides.
        seed: its seed.
        until: codes of which the first ends the search; by default all probes run.
        trains: whether to train afterwards, from the start, also if a static check has refused the training.
    """
    try:
        with session(base, overrides, seed) as own:
            codes, results = [*own.codes], []
            for probe in PROBES:
                if until.intersection(codes):
                    break
                results += run_probes(own.bench, [probe])
                outcome = results[-1].outcome
                codes += [str(verdict.code) for verdict in (outcome.verdicts if outcome is not None else ())]
            return Found(codes, results, _trained(own, own.rates) if trains else None)
    except kpipe.SpecError as error:
        codes = _codes(str(error)) or ["refused"]
    loss = None
    if trains and codes != ["refused"]:
        with session(base, {**overrides, "checks.ignore": codes}, seed) as own:
            loss = _WORST if codes == ["E005"] else _trained(own, own.rates)
    return Found(codes, [], loss)


def trained_loss(base: str, overrides, seed: int) -> float:
    """Return the lowest validation loss of a training relative to that of the best constant answer."""
    with session(base, overrides, seed) as own:
        return _trained(own, own.rates)


def sweep(base: str, overrides, seed: int, rates) -> tuple[list[float], float | None, list[float]]:
    """Return the losses of constant learning rates, the suggestion of the range test, and its loss.

    Args:
        base: the name of the spec.
        overrides: its overrides.
        seed: its seed.
        rates: the learning rates.
    """
    with session(base, overrides, seed) as own:
        probe = next(probe for probe in PROBES if probe.name == "learning_rate")
        outcome = run_probes(own.bench, [probe])[0].outcome
        suggestion = outcome.measured.get("suggestion") if outcome is not None else None
        losses = []
        for rate in [*rates, *([suggestion] if suggestion else [])]:
            with own.bench.restored():
                losses.append(_trained(own, LearningRates(np.array([rate]), rate)))
        return losses[: len(rates)], suggestion, losses[len(rates) :]


def _trained(own: Session, rates: LearningRates | None) -> float:
    bench = own.bench
    steps = bench.updates * bench.accumulation
    marks, lowest = {round(steps * (part + 1) / _EVALUATIONS) for part in range(_EVALUATIONS)}, _WORST
    for number, batch in enumerate(bench.first_batches(steps), start=1):
        rate = None if rates is None else rates.at(batch.step // bench.accumulation)
        loss = bench.step(batch, rate)
        if not np.isfinite(loss.total):
            return lowest
        if number in marks:
            lowest = min(lowest, _validation_loss(bench))
    return lowest


def _validation_loss(bench: Bench) -> float:
    """Return the crossentropy or the squared error of the validation part, relative to that of the best constant."""
    (name, item), *_ = bench.plan.objective.targets.items()
    data = bench.prepared
    batches = data.batches("validation", labels=bench.plan.objective.labels)
    predictions = np.concatenate([np.asarray(bench.model(batch[0], training=False), np.float64) for batch in batches])
    labels = np.asarray(data.dataset.labels[name][data.parts["validation"]])
    if not np.isfinite(predictions).all():
        return _WORST
    if item.target.task == "regression":
        error = np.mean((item.decide(predictions).reshape(len(labels)) - labels) ** 2)
        return float(min(error / np.var(labels), _WORST))
    if predictions.shape[-1] == 1:
        ones = 1 / (1 + np.exp(-predictions)) if item.logits else predictions
        predictions = np.concatenate([1 - ones, ones], axis=1)
    elif item.logits:
        predictions = np.exp(predictions - predictions.max(axis=1, keepdims=True))
    positive = np.clip(predictions, 1e-7, None)
    shares = np.bincount(labels, minlength=positive.shape[1]) / len(labels)
    trivial = -np.sum(shares * np.log(np.maximum(shares, 1e-12)))
    own = np.log(positive.sum(axis=1)) - np.log(positive[np.arange(len(labels)), labels])
    return float(min(np.mean(own) / trivial, _WORST))


def _codes(text: str) -> list[str]:
    return re.findall(_CODE, text)
