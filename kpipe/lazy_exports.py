"""Lazy imports of the public names of a package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from kpipe.listed_object import listed_object


def lazy_exports(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package (PEP 562) whose modules are imported on first use.

    `dir` lists the public names, and not what the package imports itself.

    Args:
        package: the `__name__` of the package.
        modules: module of the package that defines each public name; `_MODULES` of the package.

    The first function raises an `ImportError` if a name is not in its module.

    Example:
        >>> __getattr__, __dir__ = lazy_exports("kpipe.data.sources", {"Iris": "iris"})
        >>> __getattr__("Iris").__name__
        'Iris'
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return listed_object(f"{package}._MODULES", name, f"{package}.{modules[name]}", name)

    def names() -> list[str]:
        defined = vars(sys.modules[package])
        return sorted({*filter(_is_special, defined), *defined.get("__all__", ()), *modules})

    return get, names


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
