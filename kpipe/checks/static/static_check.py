"""The base class of static checks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from kpipe.checks.static.call import Call
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding


class StaticCheck(ABC):
    """A check of a training before its first step.

    Attributes:
        code: `E` for an error or `W` for a warning, and three digits; never used for another check.
        title: what is wrong, in a few words.

    Example:
        >>> class Toy(StaticCheck):
        ...     code, title = "W999", "toy"
        ...
        ...     def findings(self, facts):
        ...         if facts.batch_size > facts.samples:
        ...             yield self.at("data.batch_size", "too large", facts)
    """

    code: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield what is found."""

    def at(self, path: str, message: str, facts: Facts) -> Finding:
        """Return a finding at a path of the spec."""
        return Finding(self.code, facts.place(path), path, message)

    def of(self, calls: list[Call], message: str) -> Iterator[Finding]:
        """Yield one finding for some calls, at the first of them; none for no calls.

        Args:
            calls: the calls that the finding is about.
            message: the text after the names of the calls.
        """
        # Unnamed layers of a class share a name, but not their place.
        layers = {(call.name, call.path) for call in calls}
        if layers:
            others = f" and {len(layers) - 1:,} more" if len(layers) > 1 else ""
            yield Finding(self.code, calls[0].mark, calls[0].path, f"{calls[0].name}{others}: {message}")
