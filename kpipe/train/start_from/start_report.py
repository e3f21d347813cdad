"""What a training has started from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.nearest import listed

#: The most reasons that are reported one by one.
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class StartReport:
    """The layers that have received saved weights, and those that have not.

    Args:
        file: the file of the weights.
        sha256: the SHA-256 of the file.
        loaded: the name of the saved layer of each layer that has received weights, by its name.
        not_loaded: why the other layers with weights have not received any, by their names.
        unused: the saved layers that are not used.
        differences: the columns, categories and classes that differ from those of the run, by default none.
    """

    file: str
    sha256: str
    loaded: Mapping[str, str]
    not_loaded: Mapping[str, str]
    unused: Sequence[str]
    differences: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as under `start_from` in `result.json`."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "loaded": dict(self.loaded),
            "not_loaded": dict(self.not_loaded),
            "unused": [*self.unused],
            "data_differences": [*self.differences],
        }

    def lines(self) -> Iterator[str]:
        """Yield messages: what was loaded, and what was not with the reasons."""
        count = len(self.loaded) + len(self.not_loaded)
        yield f"start_from: loaded {len(self.loaded)} of {counted(count, 'layer')} with weights from {self.file}"
        reasons = [*self.reasons()]
        yield from (f"start_from: not loaded: {line}" for line in reasons[:_MOST])
        if len(reasons) > _MOST:
            yield f"start_from: not loaded: {len(reasons) - _MOST:,} more reasons, in result.json"
        for difference in self.differences:
            yield (
                f"start_from: the loaded weights were trained on other data: {difference}; use the same names in the "
                "same order, or list the layer that depends on them under `except`"
            )
        if self.unused:
            names = listed(map(escaped, self.unused), "")
            yield f"start_from: unused in the saved model: {names}"

    def reasons(self) -> Iterator[str]:
        """Yield each reason with the layers that it applies to."""
        for reason in dict.fromkeys(self.not_loaded.values()):
            names = [escaped(name) for name, other in self.not_loaded.items() if other == reason]
            yield f"{listed(names, '')}: {reason}"
