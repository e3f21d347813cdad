"""Custom classes, which are defined by neither Keras nor kpipe, and their serialization."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

from kpipe.components.inspection.kinds import BUILT_IN, KINDS
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


def make_serializable(component: Any, origin: str, is_shared: bool = False) -> None:
    """Make Keras find a custom class when it loads a model, unless the class has registered itself.

    A model contains the class under its own name, as Keras saves a class that is not registered, so that other code
    loads the model with `custom_objects={"Name": Name}`. A class whose name others have is registered with its module,
    `module>Name`. If two files define classes of the same name, Keras uses the class that was passed to this function
    last.

    Args:
        component: a class; classes of Keras and kpipe and other objects are ignored.
        origin: the module that defines the class.
        is_shared: whether another module with custom code has a class of this name, default False.
    """
    if origin in BUILT_IN or not inspect.isclass(component) or not hasattr(component, "get_config"):
        return
    saving = import_keras().saving
    qualified = qualified_name(component, origin)
    if saving.get_registered_name(component) not in (component.__name__, qualified):
        return
    if is_shared or _is_known_to_keras(component.__name__):
        saving.register_keras_serializable(package=qualified.partition(">")[0])(component)
    else:
        saving.get_custom_objects()[component.__name__] = component
    # Models of earlier versions contain this name.
    saving.get_custom_objects()[qualified] = component


def _is_known_to_keras(name: str) -> bool:
    """Whether Keras could take the name for one of its classes."""
    import_keras()
    modules = (kind.module for kind in KINDS.values() if kind.module)
    return any(hasattr(import_module(module), name) for module in modules if module.startswith("keras."))


def qualified_name(component: Any, origin: str) -> str:
    """Return the name of a class with that of its module, as Keras writes it.

    Args:
        component: the class.
        origin: the module that defines the class.

    Example:
        >>> qualified_name(type("Swish", (), {}), "kpipe_import_my_layers_0123456789ab")
        'my_layers>Swish'
    """
    module = IMPORTED_FILE.sub(r"\1", origin)
    return f"{module}>{component.__name__}"
