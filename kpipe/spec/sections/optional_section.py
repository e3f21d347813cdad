"""The base class of sections that a spec can omit."""

from __future__ import annotations

from kpipe.spec.sections.section import Section


class OptionalSection(Section):
    """Base class of the sections whose presence has a meaning: the property of `Spec` is None without it.

    A section that is omitted or null is absent, also in the resolved spec. An empty mapping, or one value set by its
    path, makes it present with all its defaults. A field without a default is required only if the section is present.

    Example:
        >>> class Toy(OptionalSection):
        ...     value: int = 1
        >>> Toy().value
        1
    """
