"""What an initialization has set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpipe.train.initialize.skip_reasons import skip_reasons


@dataclass(frozen=True)
class InitializationReport:
    """What an initialization has set, and what it has skipped.

    Args:
        initialized: plain values that describe what was set, keyed by the name of the layer.
        skipped: why other layers were not initialized, keyed by the name of the layer.
        summary: what was set, as a message.

    Example:
        >>> report = InitializationReport({"out": {"bias": [0.1]}}, {"aux": "it has no bias"}, "1 output")
        >>> [*report.lines("BiasFromLabels")]
        ['initialize: BiasFromLabels: 1 output', 'initialize: BiasFromLabels: skipped: aux: it has no bias']
    """

    initialized: Mapping[str, Mapping[str, Any]]
    skipped: Mapping[str, str]
    summary: str

    def to_dict(self, name: str) -> dict[str, Any]:
        """Return plain data, as an entry of `initialize` in `result.json`.

        Args:
            name: the class of the initialization.
        """
        initialized = {layer: dict(values) for layer, values in self.initialized.items()}
        return {"name": name, "initialized": initialized, "skipped": dict(self.skipped)}

    def lines(self, name: str) -> Iterator[str]:
        """Yield messages: what was set, and what was skipped with the reasons.

        Args:
            name: the class of the initialization.
        """
        yield f"initialize: {name}: {self.summary}"
        yield from (f"initialize: {name}: skipped: {line}" for line in skip_reasons(self.skipped))
