"""The signal in each layer at the start."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.dead_by_chance import dead_by_chance
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.measured_layer import MeasuredLayer
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.verdict import Verdict

#: The standard deviations over samples, relative to the first layer, outside of which a signal vanishes or explodes.
LOWEST, HIGHEST = 0.01, 10.0
#: The same for the first layer, whose signal also depends on the scale of the inputs.
LOWEST_OF_FIRST, HIGHEST_OF_FIRST = 5e-4, 100.0
#: The share of dead units of a layer that is an error. Half of the units are dead if all inputs are positive multiples
#: of one vector, such as a single column, and train well; small layers can have more by chance.
DEAD = 0.8
#: The share of saturated outputs of a layer that is reported.
SATURATED = 0.9


class Signal(Probe):
    """Measure the outputs of all hidden layers: deviation over samples, dead and saturated units.

    Deviations are compared with that of the first layer, which the scale of the inputs determines: small inputs are no
    fault of the layers. BatchNormalization computes with the statistics of the batch. Layers that begin with a weight
    of zero, as the last ones of residual branches, are not judged.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
    """

    name = "signal"
    title = "signal by layer"

    def price(self, bench: Bench) -> Price:
        """Return the time of one pass."""
        return bench.layers_price()

    def run(self, bench: Bench) -> Outcome:
        """Measure the layers."""
        layers = [entry for entry in bench.layers if not entry.is_output]
        judged = [entry for entry in layers if entry.is_judged]
        measured = {
            "layers": [
                {
                    "layer": e.name,
                    "path": e.path,
                    "mean": e.mean,
                    "deviation": e.deviation,
                    "dead": e.dead,
                    "saturated": e.saturated,
                }
                for e in layers
            ]
        }
        threshold = {
            "lowest": LOWEST,
            "highest": HIGHEST,
            "lowest_of_first": LOWEST_OF_FIRST,
            "highest_of_first": HIGHEST_OF_FIRST,
            "dead": DEAD,
            "saturated": SATURATED,
        }
        if not judged:
            return Outcome(summary="no hidden layers", measured=measured, is_applicable=False)
        first = judged[0]
        lost = [e for e in judged if not _limits(e, first)[0] <= e.deviation <= _limits(e, first)[1]]
        verdicts = [
            *self._found(bench, lost, VerdictCode.SIGNAL, first),
            *self._found(bench, [e for e in judged if (e.dead or 0) > _most_dead(e)], VerdictCode.DEAD_UNITS, first),
            *self._found(
                bench, [e for e in judged if (e.saturated or 0) > SATURATED], VerdictCode.SATURATED_UNITS, first
            ),
        ]
        deviations = [entry.deviation for entry in judged]
        dead = max((entry.dead for entry in judged if entry.dead is not None), default=0.0)
        saturated = max((entry.saturated for entry in judged if entry.saturated is not None), default=0.0)
        summary = (
            f"deviation {min(deviations):.2g} to {max(deviations):.2g}, dead {dead:.0%}, saturated {saturated:.0%}"
        )
        return Outcome(summary=summary, measured=measured, threshold=threshold, verdicts=verdicts)

    def _found(
        self,
        bench: Bench,
        layers: Sequence[MeasuredLayer],
        code: VerdictCode,
        first: MeasuredLayer,
    ) -> Sequence[Verdict]:
        if not layers:
            return []
        layer = layers[0]
        lowest, highest = _limits(layer, first)
        others = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        value, limit, what, remedy = {
            VerdictCode.SIGNAL: (
                layer.deviation,
                {"lowest": lowest, "highest": highest},
                f"the outputs differ between samples by {layer.deviation:.2g}, expected {lowest:.2g} to {highest:.2g}",
                "use an initializer for its activation, such as he_normal for relu, scale the inputs, or add a "
                "normalization",
            ),
            VerdictCode.DEAD_UNITS: (
                layer.dead,
                {"dead": _most_dead(layer)},
                f"{layer.dead or 0:.0%} of the units are never active, expected at most {_most_dead(layer):.0%}",
                "center the inputs, use smaller initial weights and biases of zero, or leaky_relu",
            ),
            VerdictCode.SATURATED_UNITS: (
                layer.saturated,
                {"saturated": SATURATED},
                f"{layer.saturated or 0:.0%} of the outputs are at a bound, expected at most {SATURATED:.0%}",
                "use smaller initial weights, or scale the inputs",
            ),
        }[code]
        measured = {"layer": layer.name, "value": value, "layers": [entry.name for entry in layers]}
        return [
            bench.places.verdict(
                code, layer.path, f"{layer.name}{others}: {what}", remedy, measured, limit, mark=layer.mark
            )
        ]


def _most_dead(layer: MeasuredLayer) -> float:
    return max(DEAD, dead_by_chance(layer.channels))


def _limits(layer: MeasuredLayer, first: MeasuredLayer) -> tuple[float, float]:
    """Return the lowest and the highest deviation of a layer."""
    if layer is first:
        return LOWEST_OF_FIRST, HIGHEST_OF_FIRST
    return LOWEST * min(1.0, first.deviation), HIGHEST * max(1.0, first.deviation)
