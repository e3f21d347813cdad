"""Objects by their module and name, such as `keras.layers:Conv2D`."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import Any

from kpipe.components.quiet_import import import_keras

#: Objects that cannot be imported by their target, such as a class inside a function.
_HELD: dict[str, Any] = {}


def hold(value: Any, name: str, module: str | None = None) -> str:
    """Keep an object and return the target by which `load_target` finds it."""
    target = f"{module or value.__module__}:{name}"
    _HELD[target] = value
    return target


def held(target: str) -> Any:
    """The object that `hold` keeps for a target, or None."""
    return _HELD.get(target)


def load_target(target: str) -> Any:
    """The object of a target such as `keras.layers:Conv2D`.

    Raises:
        ImportError: there is no such module.
        AttributeError: the module has no such name.
    """
    if target in _HELD:
        return _HELD[target]
    module, _, name = target.partition(":")
    if module.split(".")[0] == "keras":
        import_keras()
    return reduce(getattr, name.split("."), import_module(module))
