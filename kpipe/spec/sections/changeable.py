"""Fields that can differ when a run is resumed."""

from __future__ import annotations

from kpipe.spec.sections.section import Section, fields


class Changeable:
    """Marks a field that can differ when a run is resumed, since it does not change the results."""


def changeable_keys(section: type[Section]) -> set[str]:
    """Return the keys of a section that can differ when a run is resumed.

    Example:
        >>> from kpipe.spec.sections.train import Train
        >>> sorted(changeable_keys(Train))
        ['checkpoint', 'strategy']
    """
    return {
        key for key, field in fields(section).items() if any(isinstance(entry, Changeable) for entry in field.metadata)
    }
