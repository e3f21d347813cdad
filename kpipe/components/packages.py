"""The packages of kpipe whose public classes are components."""

from __future__ import annotations

_PACKAGES: dict[str, str | None] = {}


def add_packages(*modules: str, **kinds: str) -> None:
    """Make the public classes of packages available to specs, as an entry point does for a plug-in.

    Args:
        modules: packages whose `__all__` contains components of existing kinds.
        kinds: packages that also declare a new kind as `KIND`, keyed by the name of the kind.
    """
    _PACKAGES.update({module: kind for kind, module in kinds.items()})
    _PACKAGES.update(dict.fromkeys(modules))


def packages() -> tuple[str, ...]:
    """Return the modules of all packages.

    Example:
        >>> "kpipe.layers" in packages()
        True
    """
    return tuple(_PACKAGES)


def declared_kinds() -> dict[str, str]:
    """Return the packages that declare a kind, keyed by the name of the kind."""
    return {kind: module for module, kind in _PACKAGES.items() if kind is not None}
