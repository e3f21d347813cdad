"""The check that the values which reach the first weights have a suitable scale."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import has_weights, selects
from kpipe.checks.static.static_check import StaticCheck
from kpipe.messages.escaped import escaped

#: The largest absolute mean and the largest deviation of a feature that are not reported.
LARGEST = 10.0


class InputScale(StaticCheck):
    """Initial weights and usual learning rates suit features with a mean near 0 and a deviation near 1.

    Measured on training samples after the preparations: the largest absolute mean, or the largest standard deviation,
    of a feature; of images the mean of a channel alone. Not reported if a normalization or a rescaling stands before
    the first layer with weights.

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3.

    Example:
        A table with incomes of 50,000, without `prepare: [Standardize]`.
    """

    code, title = "W008", "inputs on an unsuitable scale"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each input."""
        network = facts.network
        for position in network.where(lambda call: call.class_name == "Input"):
            name = network.calls[position].name
            scale = facts.scales.get(name)
            if scale is None:
                continue
            # Networks such as AlexNet and VGG train on centered bytes, whose deviation is about 60.
            measured = [("mean", scale.mean, scale.mean_of)]
            if not scale.are_images:
                measured.append(("standard deviation", scale.deviation, scale.deviation_of))
            what, value, column = max(measured, key=lambda entry: entry[1])
            if value <= LARGEST:
                continue
            if network.leads_to(
                position,
                lambda call: has_weights(call) and call.class_name != "Embedding",
                lambda call: selects(call) or call.is_preparation,
            ):
                feature = f"a feature, {escaped(column)}," if column else "a feature"
                yield self.at(
                    "data.prepare",
                    f"the values of {name} that reach the first layer with weights have {feature} whose {what} is "
                    f"{value:.3g} ({scale.samples:,} training samples); expected at most {LARGEST:g}; write prepare: "
                    f"[{'Rescale' if scale.are_bytes else 'Standardize'}]",
                    facts,
                )
