"""Custom classes, which are defined by neither Keras nor kpipe, and their serialization."""

from __future__ import annotations

import inspect
import re
from typing import Any

from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.quiet_import import import_keras

#: The module name of a file that a spec imports; saved models must not contain the hash in it.
IMPORTED_FILE = re.compile(r"^kpipe_import_(\w+)_[0-9a-f]{12}$")


def is_custom(value: Any) -> bool:
    """Return whether the class of an object is defined by neither Keras nor kpipe.

    Example:
        >>> is_custom(import_keras().layers.ReLU()), is_custom(3)
        (False, True)
    """
    return type(value).__module__.partition(".")[0] not in ("keras", "kpipe", "kpipe_callbacks")


def make_serializable(component: Any, origin: str) -> None:
    """Register a custom class with Keras for loading models, unless the class has registered itself.

    If two files define classes of the same name, Keras uses the class that was passed to this function last.

    Args:
        component: a class; classes of Keras and kpipe and other objects are ignored.
        origin: the module that defines the class.
    """
    if origin in BUILT_IN or not inspect.isclass(component) or not hasattr(component, "get_config"):
        return
    saving = import_keras().saving
    package = IMPORTED_FILE.sub(r"\1", origin)
    registered = saving.get_registered_name(component)
    if registered == component.__name__:
        saving.register_keras_serializable(package=package)(component)
    elif registered == f"{package}>{component.__name__}":
        saving.get_custom_objects()[registered] = component
