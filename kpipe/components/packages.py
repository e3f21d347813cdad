"""The packages of kpipe itself whose public classes specs can name."""

from __future__ import annotations

_PACKAGES: dict[str, str | None] = {}


def add_packages(*modules: str, **kinds: str) -> None:
    """Make the public classes of packages known to specs, as an entry point does for a plug-in.

    Args:
        modules: packages whose `__all__` has components of known kinds.
        kinds: packages that also declare a kind, as `KIND`, by the kind's name.
    """
    _PACKAGES.update({module: kind for kind, module in kinds.items()})
    _PACKAGES.update(dict.fromkeys(modules))


def packages() -> tuple[str, ...]:
    """The modules of all packages.

    Example:
        >>> "kpipe.layers" in packages()
        True
    """
    return tuple(_PACKAGES)


def declared_kinds() -> dict[str, str]:
    """For each kind that a package declares, the package."""
    return {kind: module for module, kind in _PACKAGES.items() if kind is not None}
