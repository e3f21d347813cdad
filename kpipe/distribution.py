"""The installed distribution, its version, and conflicts with another distribution in the same package folder."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution

#: On PyPI, `kpipe` is another project, which installs a package of the same name.
NAME = "kpipe-keras"
OTHER = "kpipe"

_has_warned = False


def own_version() -> str:
    """Return the version of the installed distribution, or `unknown` for a source tree that is not installed.

    Example:
        >>> own_version().split(".")[0].isdecimal()
        True
    """
    own = _installed(NAME)
    return own.version if own else "unknown"


def other_distribution() -> str | None:
    """Return a warning if the distribution `kpipe` is also installed; only the first call in a process returns it.

    Both write into the package folder `kpipe`, so the one installed last has replaced files of the other.
    """
    global _has_warned
    other = None if _has_warned else _installed(OTHER)
    if other is None:
        return None
    _has_warned = True
    return (
        f"the distribution {OTHER!r} {other.version} is installed in addition to {NAME!r}; both write into the package "
        f"folder 'kpipe', so files of one may have replaced files of the other; run: pip uninstall {OTHER} {NAME}, "
        f"then: pip install {NAME}"
    )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None
