"""The keys at the top level of a spec."""

from __future__ import annotations

from functools import cache
from typing import Any

from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import required_keys

#: Keys of a file that a resolved spec does not have.
FILE_KEYS = ("extends", "set")

#: Keys of the language that this version reports as unsupported.
LATER: dict[str, str] = {
    "ensemble": "ensembles",
}


def top_level() -> dict[str, Any]:
    """Return the keys in the order of a resolved spec with their defaults.

    The default of a required key is `...`, and that of an optional section is None.

    Example:
        >>> [*top_level()][:4]
        ['name', 'seed', 'imports', 'vars']
    """
    of_sections = {key: _default(section) for key, section in sections().items()}
    data = of_sections.pop("data")
    return {"name": ..., "seed": 0, "imports": [], "vars": {}, "data": data, "blocks": {}, "model": ..., **of_sections}


def containers() -> dict[str, type]:
    """Return the keys whose values are mappings (`dict`) or lists (`list`)."""
    return {"vars": dict, "blocks": dict, "model": list, **dict.fromkeys(sections(), dict)}


def _default(section: type[Section]) -> Any:
    if issubclass(section, OptionalSection):
        return None
    return ... if _has_required_keys(section) else {}


@cache
def _has_required_keys(section: type[Section]) -> bool:
    """Return whether a section has required keys; several checks of a spec use the keys at the top level."""
    return bool(required_keys(section))
