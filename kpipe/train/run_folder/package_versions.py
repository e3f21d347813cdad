"""The versions of the installed packages that a run depends on."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

from kpipe.distribution import NAME
from kpipe.train.run_folder.result import versions

_PACKAGE = re.compile(r"[\w.-]+")


def package_versions() -> dict[str, str]:
    """Return the versions of kpipe, of Python, and of the packages that kpipe requires, by the name of the package.

    Example:
        >>> {"kpipe", "python", "keras", "tensorflow", "numpy", "scikit-learn"} <= package_versions().keys()
        True
    """
    try:
        required = requires(NAME) or []
    except PackageNotFoundError:  # a source tree that is not installed
        required = []
    names = [found[0] for text in required if "extra ==" not in text and (found := _PACKAGE.match(text))]
    known = versions()
    for name in names:
        try:
            known.setdefault(name, version(name))
        except PackageNotFoundError:  # installed in another way, such as TensorFlow as tensorflow-cpu
            continue
    return known
