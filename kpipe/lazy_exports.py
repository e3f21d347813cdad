"""Names of a package that are imported from its modules when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_exports(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package (PEP 562), so that importing the package imports no module of it.

    Args:
        package: its `__name__`.
        modules: for each public name the module of the package that defines it.

    Example:
        >>> __getattr__, __dir__ = lazy_exports("kpipe.data.sources", {"Iris": "iris"})
        >>> __getattr__("Iris").__name__
        'Iris'
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names
