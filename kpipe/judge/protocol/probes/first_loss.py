"""The first loss against that of a guess."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.target_scale import is_unscaled
from kpipe.judge.verdict import Verdict
from kpipe.train.objective.guess_loss import GuessLoss

#: The multiples of the loss of a guess outside of which a first loss of classes is an error, and the excess above a
#: guess that is none: logits with a deviation s add about s^2 / 2, which is much of log 2, but not of log 1,000.
LOWEST, HIGHEST, EXCESS = 0.4, 4.0, 3 * math.log(10)
#: The same for numbers, whose first loss contains the square of their mean: 60 times their variance for the life
#: expectancies of countries, which are learned without preparation.
HIGHEST_OF_NUMBERS = 1000.0


class FirstLoss(Probe):
    """Compare the first loss, without penalties, with that of a guess.

    The loss of a guess is log C for the crossentropy of C classes, and that of the best constant answer for numbers:
    their variance for `MeanSquaredError`.

    CS231n, 2017, lecture 6, "Babysitting the learning process": double check that the loss is reasonable.
    """

    name = "first_loss"
    title = "first loss"

    def price(self, bench: Bench) -> Price:
        """Return the time of a step, which is not known yet."""
        return bench.price(1)

    def run(self, bench: Bench) -> Outcome:
        """Measure the first loss."""
        opening, guess = bench.opening, bench.guess
        loss = opening.loss.data
        measured = {"loss": loss, "penalty": opening.loss.penalty, "samples": opening.samples}
        if guess is None:
            return Outcome(
                summary=f"{loss:.6g}; the loss of a guess is unknown for this output", measured=measured, undecided=True
            )
        highest = HIGHEST_OF_NUMBERS if bench.has_numbers else max(HIGHEST, 1 + EXCESS / max(guess.uniform, 1e-7))
        lowest = self._lowest(bench, guess)
        ratio = loss / guess.uniform if guess.uniform else 1.0
        summary = f"{loss:.6g}, of a guess {guess.uniform:.6g}"
        measured = {**measured, "guess": guess.uniform, "ratio": ratio}
        threshold = {"lowest": lowest, "highest": highest}
        if lowest <= ratio <= highest:
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        return Outcome(
            summary=summary,
            measured=measured,
            threshold=threshold,
            verdicts=[self._verdict(bench, loss, guess.uniform, ratio, measured, threshold)],
        )

    @staticmethod
    def _lowest(bench: Bench, guess: GuessLoss) -> float:
        """Return the lowest multiple of the loss of a guess that is no error."""
        # Loaded weights may be better than a guess from the first step on.
        if bench.has_numbers or bench.setup.started_from is not None:
            return 0.0
        # Biases that were initialized by the labels predict their frequencies, which are better than a guess, too.
        is_initialized = len(bench.plan.initializations) and guess.uniform > 0
        return LOWEST * min(1.0, guess.trivial / guess.uniform) if is_initialized else LOWEST

    def _verdict(
        self,
        bench: Bench,
        loss: float,
        guess: float,
        ratio: float,
        measured: dict[str, float],
        threshold: dict[str, float],
    ) -> Verdict:
        limit = f"above {threshold['highest']:.3g} times"
        if not ratio > threshold["highest"]:
            limit = (
                f"below {threshold['lowest']:g} times" if ratio < threshold["lowest"] else "expected a finite number"
            )
        remedy = (
            "standardize the target with data.prepare_targets, and the inputs with data.prepare"
            if bench.has_numbers
            else "use smaller initial weights in the last layer, or scale the inputs"
        )
        return bench.places.verdict(
            VerdictCode.FIRST_LOSS,
            "data.prepare_targets" if is_unscaled(bench.prepared, bench.plan.objective) else "model.last",
            f"the first loss is {loss:.4g}, {ratio:.3g} times that of a guess ({guess:.4g}), {limit}",
            remedy,
            measured,
            threshold,
        )
