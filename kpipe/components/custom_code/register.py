"""`kpipe.register`: makes a custom class or function a component."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

from kpipe.components.inspection.inspect_class import inspect_class
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.module_components import kind_of_class, loading_module, remember
from kpipe.components.inspection.targets import hold, load_target
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
    """Make a class, or a function that returns an object, known to specs by its name.

    In a module that a spec imports, or in a plug-in, public subclasses of Keras' and kpipe's base classes need no
    registration; functions do, and classes with another name. It is also a decorator, with arguments or without.

    Args:
        component: a class, or a function whose arguments are those of the component.
        kind: its kind, such as `layer`; by default it follows from the base class.
        name: its name in specs, in CamelCase; default: its `__name__`.

    Returns:
        The component itself.

    Raises:
        ArgumentError: the kind is unknown or not given, or the name is missing or not CamelCase.

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
        return lambda given: _register(given, kind, name, module)
    return _register(component, kind, name, module)


def _named(component: Any) -> str:
    return str(getattr(component, "__name__", None) or repr(component))


def _register(component: Any, kind: str | None, name: str | None, module: str) -> Any:
    found = kind or kind_of_class(component)
    if found is None:
        message = f"the kind of {_named(component)} is unknown; expected one of {', '.join(KINDS)}"
        raise ArgumentError("kind", message)
    if found not in KINDS:
        raise ArgumentError("kind", f"unknown kind; expected one of {', '.join(KINDS)}, got {found!r}")
    base = KINDS[found].base
    if inspect.isclass(component) and base is not None and not issubclass(component, load_target(base)):
        raise ArgumentError(
            "kind", f"{_named(component)} is not {KINDS[found]}; expected a subclass of {base.replace(':', '.')}"
        )
    called = name or getattr(component, "__name__", "")
    if not called:
        raise ArgumentError("name", f"{component!r} has no name; pass name=")
    if not _CAMEL.match(called):
        raise ArgumentError("name", f"not a valid name of a component; expected CamelCase, got {called!r}")
    remember(found, called, component, module)
    if loading_module() is None:
        vocabulary().add(inspect_class(called, found, module, hold(component, called, module)))
    return component
