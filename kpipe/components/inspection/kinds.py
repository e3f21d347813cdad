"""The kinds of components, with the library modules that export them and their base classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

from kpipe.components.packages import declared_kinds


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of component.

    Args:
        name: the name of the kind, such as `optimizer`.
        module: the public module of Keras or Albumentations that exports such components; None if there is none.
        base: the base class of such components; None if they are functions.
        more_bases: further base classes, for components without a common one.
    """

    name: str
    module: str | None = None
    base: str | None = None
    more_bases: tuple[str, ...] = ()

    @property
    def library(self) -> str | None:
        """The library that exports such classes, `keras` or `albumentations`; None where neither does."""
        return self.module.partition(".")[0] if self.module else None

    @property
    def bases(self) -> tuple[str, ...]:
        """All base classes; none where the components are functions."""
        return (self.base, *self.more_bases) if self.base else ()

    def __str__(self) -> str:
        article = "an" if self.name[0] in "aeiou" else "a"
        return f"{article} {self.name}"


def plural(name: str) -> str:
    """Return the plural of the name of a kind.

    Example:
        >>> plural("loss"), plural("layer"), plural("mix")
        ('losses', 'layers', 'mixes')
    """
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x")) else f"{name}s"


#: The origins whose names need no qualification, in order of precedence.
BUILT_IN = ("kpipe", "keras", "albumentations")

_OF_KERAS = {
    kind.name: kind
    for kind in (
        Kind("layer", "keras.layers", "keras.layers:Layer"),
        Kind("application", "keras.applications"),
        Kind("initializer", "keras.initializers", "keras.initializers:Initializer"),
        Kind("regularizer", "keras.regularizers", "keras.regularizers:Regularizer"),
        Kind("constraint", "keras.constraints", "keras.constraints:Constraint"),
        Kind("loss", "keras.losses", "keras.losses:Loss"),
        Kind("metric", "keras.metrics", "keras.metrics:Metric"),
        Kind("optimizer", "keras.optimizers", "keras.optimizers:Optimizer"),
        Kind("schedule", "keras.optimizers.schedules", "keras.optimizers.schedules:LearningRateSchedule"),
        Kind("callback", "keras.callbacks", "keras.callbacks:Callback"),
    )
}


class _Kinds(Mapping[str, Kind]):
    """The kinds of Keras and those that packages declare; such a package is imported when its kind is first used."""

    def __getitem__(self, name: str) -> Kind:
        if name in _OF_KERAS:
            return _OF_KERAS[name]
        kind: Kind = import_module(declared_kinds()[name]).KIND
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter({**_OF_KERAS, **declared_kinds()})

    def __len__(self) -> int:
        return len(_OF_KERAS) + len(declared_kinds())


#: All kinds by name.
KINDS: Mapping[str, Kind] = _Kinds()
