"""The gradient of the first layer against that of the last."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe

#: The ratios of the first to the last gradient outside of which gradients vanish or explode.
LOWEST, HIGHEST = 1e-3, 1e3


class Gradients(Probe):
    """Compare the gradient norms of the first and the last kernel.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    section 4.2.2.
    """

    name = "gradients"
    title = "gradients, first/last"

    def price(self, bench: Bench) -> Price:
        """Return the time of one pass, if it has not been made."""
        return bench.layers_price()

    def run(self, bench: Bench) -> Outcome:
        """Measure the gradients."""
        layers = [entry for entry in bench.layers if entry.has_kernel and entry.gradient_norm is not None]
        if len(layers) < 2:
            return Outcome(summary="fewer than two layers with kernels", is_applicable=False)
        norms = [entry.gradient_norm or 0.0 for entry in layers]
        first, last = layers[0], layers[-1]
        ratio = norms[0] / norms[-1] if norms[-1] else float("inf") if norms[0] else 0.0
        described = [
            {"layer": entry.name, "path": entry.path, "norm": norm} for entry, norm in zip(layers, norms, strict=True)
        ]
        measured = {"ratio": ratio, "layers": described}
        threshold = {"lowest": LOWEST, "highest": HIGHEST}
        summary = f"{ratio:.2g} ({first.name} {norms[0]:.2g}, {last.name} {norms[-1]:.2g})"
        # Weights of zero, as in a last layer that begins with equal probabilities, let no gradient through until the
        # first update.
        begins_with_zeros = any(entry.has_kernel and not entry.is_judged for entry in bench.layers)
        if LOWEST <= ratio <= HIGHEST or (ratio < LOWEST and begins_with_zeros):
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        verb, limit = ("vanish", f"below {LOWEST:g}") if ratio < LOWEST else ("explode", f"above {HIGHEST:g}")
        if not all(map(math.isfinite, norms)):
            verb, limit = "explode", "expected finite numbers"
        places = [f"{layer.name} ({layer.path})" for layer in (first, last)]
        message = f"gradients {verb}: the norm at {places[0]} is {ratio:.2g} times that at {places[1]}, {limit}"
        remedy = "use residual connections, a normalization, or an initializer for the activation"
        return Outcome(
            summary=summary,
            measured=measured,
            threshold=threshold,
            verdicts=[
                bench.places.verdict(
                    VerdictCode.GRADIENTS, first.path, message, remedy, measured, threshold, mark=first.mark
                )
            ],
        )
