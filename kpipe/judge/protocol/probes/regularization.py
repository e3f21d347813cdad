"""The share of penalties in the first loss."""

from __future__ import annotations

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe

#: The shares of the penalties in the first loss above which they are reported.
WARNING, ERROR = 0.9, 0.95


class Regularization(Probe):
    """Measure by how much penalties, such as those of `train.regularize`, raise the first loss, and their share of it.

    CS231n, 2017, lecture 6: crank up regularization, loss goes up, good.
    """

    name = "regularization"
    title = "regularization"

    def price(self, bench: Bench) -> Price:
        """Return nothing: the first step has been measured."""
        return Price(0)

    def run(self, bench: Bench) -> Outcome:
        """Measure the penalties."""
        loss = bench.opening.loss
        if not loss.penalty:
            return Outcome(summary="none", is_applicable=False)
        share = loss.penalty / (loss.penalty + abs(loss.data))
        measured = {"loss": loss.data, "with_penalty": loss.total, "penalty": loss.penalty, "share": share}
        threshold = {"warning": WARNING, "error": ERROR}
        summary = f"{loss.data:.6g} becomes {loss.total:.6g}, a share of {share:.1%}"
        if share <= WARNING:
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        code = VerdictCode.REGULARIZATION if share > ERROR else VerdictCode.LARGE_REGULARIZATION
        limit = ERROR if share > ERROR else WARNING
        path, remedy = bench.places.less_regularization()
        message = f"penalties are {share:.1%} of the first loss, above {limit:.0%}, so that they decide the weights"
        return Outcome(
            summary=summary,
            measured=measured,
            threshold=threshold,
            verdicts=[bench.places.verdict(code, path, message, remedy, measured, threshold)],
        )
