"""The versions of the installed packages that a run depends on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version

from kpipe.components.registry.plugins import plugins
from kpipe.distribution import NAME
from kpipe.train.run_folder.result import versions

_PACKAGE = re.compile(r"[\w.-]+")


def package_versions(modules: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of Python, kpipe, the packages that it requires, its plug-ins, and the packages of modules.

    Args:
        modules: the modules of installed packages that a spec imports.

    Returns:
        The versions by the name of the package.

    Example:
        >>> {"kpipe", "python", "keras", "tensorflow", "numpy", "scikit-learn"} <= package_versions().keys()
        True
    """
    try:
        required = requires(NAME) or []
    except PackageNotFoundError:  # a source tree that is not installed
        required = []
    names = [found[0] for text in required if "extra ==" not in text and (found := _PACKAGE.match(text))]
    known = versions() | {plugin.package: plugin.version for plugin in plugins()}
    tops = {module.partition(".")[0] for module in modules}
    if tops:
        owners = packages_distributions()
        names += [package for top in sorted(tops) for package in owners.get(top, ())]
    for name in names:
        try:
            known.setdefault(name, _version(name))
        except PackageNotFoundError:  # installed in another way, such as TensorFlow as tensorflow-cpu
            continue
    return known


@cache
def _version(name: str) -> str:
    """Return the version of a package; reading its metadata takes 5 ms, in each run of a process."""
    return version(name)
