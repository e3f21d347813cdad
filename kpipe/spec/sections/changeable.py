"""Fields whose values change nothing of a run that is resumed."""

from __future__ import annotations

from kpipe.spec.sections.section import Section, fields


class Changeable:
    """Marks a field that may differ when a run is resumed: it decides how a run is computed, not what."""


def changeable_keys(section: type[Section]) -> set[str]:
    """The keys of a section that may differ when a run is resumed.

    Example:
        >>> from kpipe.spec.sections.train import Train
        >>> sorted(changeable_keys(Train))
        ['checkpoint', 'strategy']
    """
    return {
        key for key, field in fields(section).items() if any(isinstance(entry, Changeable) for entry in field.metadata)
    }
