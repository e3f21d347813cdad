"""Custom classes: those that are neither Keras' nor kpipe's."""

from __future__ import annotations

import inspect
import re
from typing import Any

from kpipe.components.quiet_import import import_keras

#: The module of a file that a spec imports; its digest must not be part of a saved model.
IMPORTED_FILE = re.compile(r"^kpipe_import_(\w+)_[0-9a-f]{12}$")


def is_custom(value: Any) -> bool:
    """Whether an object is of a class that is neither Keras' nor kpipe's.

    Example:
        >>> is_custom(import_keras().layers.ReLU()), is_custom(3)
        (False, True)
    """
    return type(value).__module__.partition(".")[0] not in ("keras", "kpipe", "kpipe_callbacks")


def make_serializable(component: Any, origin: str) -> None:
    """Register a custom class with Keras for loading models, unless the class has registered itself.

    Where two files define classes of one name, Keras finds the one for which this was called last.

    Args:
        component: a class; anything else, and classes of Keras and kpipe, are not changed.
        origin: the module that defines it.
    """
    if origin in ("keras", "kpipe") or not inspect.isclass(component) or not hasattr(component, "get_config"):
        return
    saving = import_keras().saving
    package = IMPORTED_FILE.sub(r"\1", origin)
    registered = saving.get_registered_name(component)
    if registered == component.__name__:
        saving.register_keras_serializable(package=package)(component)
    elif registered == f"{package}>{component.__name__}":
        saving.get_custom_objects()[registered] = component
