"""The components of a module: of a package of kpipe, a plug-in, or a file that a spec imports."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.targets import load_target
from kpipe.components.quiet_import import import_keras
from kpipe.messages.redirected_output import redirected_output

_CAMEL = re.compile(r"[A-Z]\w*$")

#: The components passed to `kpipe.register`, by the module that called it and by the module that was being loaded.
_REGISTERED: dict[str, dict[tuple[str, str], Any]] = {}
_LOADING: ContextVar[str | None] = ContextVar("loading", default=None)


@contextmanager
def loading(module: str) -> Iterator[None]:
    """Attribute components that are registered inside the block to a module, and redirect its output to stderr."""
    # If custom code imported Keras first, the messages of TensorFlow would be printed.
    import_keras()
    if module not in sys.modules:
        _REGISTERED[module] = {}
    token = _LOADING.set(module)
    try:
        with redirected_output(sys.stderr):
            yield
    finally:
        _LOADING.reset(token)


def loading_module() -> str | None:
    """Return the module that is being loaded for its components, or None."""
    return _LOADING.get()


def record_registration(kind: str, name: str, component: Any, module: str) -> None:
    """Record that a module registers a component; the module that is being loaded receives it, too."""
    for owner in {module, _LOADING.get() or module}:
        _REGISTERED.setdefault(owner, {})[kind, name] = component


def components_of(module: ModuleType) -> list[tuple[str, str, Any]]:
    """Return the kind, the name and the class of each component of a module.

    Components are the public subclasses of base classes of Keras and kpipe that the module defines or lists in
    `__all__`, unless they set `in_specs = False`, and the classes and functions that the module registers.

    Args:
        module: an imported module; a module that is imported for its components is imported inside `loading`.
    """
    listed = getattr(module, "__all__", None)
    names = [name for name in (listed if listed is not None else vars(module)) if _CAMEL.match(name)]
    found = {}
    for name in names:
        value = getattr(module, name, None)
        own = listed is not None or getattr(value, "__module__", None) == module.__name__
        kind = kind_of_class(value) if own else None
        if kind is not None and not inspect.isabstract(value) and vars(value).get("in_specs", True):
            found[kind, name] = value
    registered = _REGISTERED.get(module.__name__, {})
    return [(kind, name, value) for (kind, name), value in {**found, **registered}.items()]


def check_exports(module: ModuleType) -> None:
    """Check that a module defines the classes that its `__all__` lists, which would otherwise be skipped.

    Args:
        module: an imported module.

    Raises:
        ImportError: a class is missing.
    """
    missing = [name for name in getattr(module, "__all__", ()) if _CAMEL.match(name) and not hasattr(module, name)]
    if missing:
        raise ImportError(f"__all__ lists {', '.join(map(repr, missing))}, which the module does not define")


def kind_of_class(value: Any) -> str | None:
    """Return the kind of a class by its base class, or None."""
    if not inspect.isclass(value):
        return None
    # Subclasses of classes of a library exist only if the library has been imported.
    return next(
        (
            kind.name
            for kind in KINDS.values()
            for base in kind.bases
            if base.partition(":")[0].partition(".")[0] in sys.modules and issubclass(value, load_target(base))
        ),
        None,
    )
