"""Loading of objects by module and name, such as `keras.layers:Conv2D`."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import Any

from kpipe.components.import_albumentations import import_albumentations
from kpipe.components.quiet_import import import_keras

#: Stored objects by target, for objects that cannot be imported, such as a class inside a function.
_STORED: dict[str, Any] = {}


def store_object(value: Any, name: str, module: str | None = None) -> str:
    """Store an object and return its target for `load_target`."""
    target = f"{module or value.__module__}:{name}"
    _STORED[target] = value
    return target


def stored_object(target: str) -> Any:
    """Return the stored object of a target, or None."""
    return _STORED.get(target)


def load_target(target: str) -> Any:
    """Return the object of a target such as `keras.layers:Conv2D`.

    Raises:
        ImportError: the module does not exist.
        AttributeError: the module has no such name.
    """
    if target in _STORED:
        return _STORED[target]
    module, _, name = target.partition(":")
    library = module.split(".")[0]
    if library == "keras":
        import_keras()
    elif library == "albumentations":
        import_albumentations()
    return reduce(getattr, name.split("."), import_module(module))
