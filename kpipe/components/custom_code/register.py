"""`kpipe.register`: a class or function of one's own becomes a component."""

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
    """Makes a class, or a function that makes an object, known to specs by its name.

    In a module that a spec imports, or in a plug-in, public subclasses of Keras' and kpipe's base classes need no
    registration; functions do, and classes that go by another name. It is also a decorator, with arguments or without.

    Args:
        component: a class, or a function whose arguments are those of the component.
        kind: its kind, such as `layer`; by default it follows from the base class.
        name: how specs call it, in CamelCase; by default its own name.

    Returns:
        The component itself.

    Raises:
        ArgumentError: the kind is unknown or cannot be told, or the name is missing or not CamelCase.

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
        message = f"it does not follow from {_named(component)}; write kind= one of {', '.join(KINDS)}"
        raise ArgumentError("kind", message)
    if found not in KINDS:
        raise ArgumentError("kind", f"{found!r} is no kind of component; allowed: {', '.join(KINDS)}")
    base = KINDS[found].base
    if inspect.isclass(component) and base is not None and not issubclass(component, load_target(base)):
        raise ArgumentError(
            "kind", f"{_named(component)} is no {found}: it has not the base class {base.replace(':', '.')}"
        )
    called = name or getattr(component, "__name__", "")
    if not called:
        raise ArgumentError("name", f"{component!r} has no name of its own; write name=")
    if not _CAMEL.match(called):
        raise ArgumentError("name", f"{called!r} is no name of a component; they are CamelCase")
    remember(found, called, component, module)
    if loading_module() is None:
        vocabulary().add(inspect_class(called, found, module, hold(component, called, module)))
    return component
