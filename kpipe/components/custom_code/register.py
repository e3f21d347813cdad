"""Registration of custom classes and functions as components."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

from kpipe.components.inspection.custom_classes import make_serializable
from kpipe.components.inspection.inspect_class import inspect_class
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.module_components import kind_of_class, loading_module, record_registration
from kpipe.components.inspection.targets import load_target, store_object
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import ArgumentError

Component = TypeVar("Component", bound=Callable[..., Any])

_CAMEL = re.compile(r"[A-Z][A-Za-z0-9_]*$")


@overload
def register(component: Component, *, kind: str | None = None, name: str | None = None) -> Component: ...


@overload
def register(
    component: None = None, *, kind: str | None = None, name: str | None = None
) -> Callable[[Component], Component]: ...


def register(component: Any = None, *, kind: str | None = None, name: str | None = None) -> Any:
    """Make a class, or a function that returns an object, available to specs as a component.

    In a module that a spec imports, and in a plug-in, public subclasses of base classes of Keras and kpipe are
    available without registration; functions, and classes under another name, must be registered. `register` can be
    used as a decorator, with or without arguments. After the import of a module, Keras loads saved models with the
    classes that the module registers.

    Args:
        component: a class, or a function whose arguments are those of the component.
        kind: its kind, such as `layer`; by default the kind of its base class.
        name: its name in specs, in CamelCase; by default its `__name__`.

    Returns:
        The component itself.

    Raises:
        ArgumentError: the kind is unknown or missing, or the name is missing or not in CamelCase.

    Example:
        >>> import keras
        >>> @register
        ... class Twice(keras.layers.Layer):
        ...     def call(self, inputs):
        ...         return 2 * inputs
        >>> vocabulary().find("layer", "Twice").load() is Twice
        True
        >>> vocabulary().remove(__name__)
    """
    module = sys._getframe(1).f_globals.get("__name__", "__main__")
    if component is None:
        return lambda decorated: _register(decorated, kind, name, module)
    return _register(component, kind, name, module)


def _shown(component: Any) -> str:
    return str(getattr(component, "__name__", None) or repr(component))


def _register(component: Any, kind: str | None, name: str | None, module: str) -> Any:
    found = kind or kind_of_class(component)
    if found is None:
        message = f"the kind of {_shown(component)} is unknown; expected one of {', '.join(KINDS)}"
        raise ArgumentError("kind", message)
    if found not in KINDS:
        raise ArgumentError("kind", f"unknown kind; expected one of {', '.join(KINDS)}, got {found!r}")
    bases = KINDS[found].bases
    if inspect.isclass(component) and bases and not issubclass(component, tuple(map(load_target, bases))):
        expected = " or ".join(base.replace(":", ".") for base in bases)
        raise ArgumentError("kind", f"{_shown(component)} is not {KINDS[found]}; expected a subclass of {expected}")
    component_name = name or getattr(component, "__name__", "")
    if not component_name:
        raise ArgumentError("name", f'{component!r} has no name; pass name="..."')
    if not _CAMEL.match(component_name):
        raise ArgumentError("name", f"invalid component name; expected CamelCase, got {component_name!r}")
    make_serializable(component, module)
    record_registration(found, component_name, component, module)
    if loading_module() is None:
        target = store_object(component, component_name, module)
        vocabulary().add(inspect_class(component_name, found, module, target))
    return component
