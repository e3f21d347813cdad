"""The components of the installed packages as plain data."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import KINDS, Kind
from kpipe.components.inspection.module_components import components_of
from kpipe.components.inspection.overlay import overlay
from kpipe.components.inspection.targets import load_target, store_object
from kpipe.components.packages import packages
from kpipe.components.quiet_import import import_keras
from kpipe.components.registry.plugins import Plugin, load_plugin, plugins
from kpipe.errors import Problem, SpecError

_CAMEL = re.compile(r"[A-Z]\w*$")
_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: The kinds whose objects Keras makes from strings such as `glorot_uniform`, with aliases that no class has.
_FROM_TEXT = {
    "initializer": ("normal", "one", "uniform", "zero"),
    "regularizer": (),
    "constraint": (),
}


@dataclass
class Catalogue:
    """The components of the installed packages.

    Args:
        classes: the fields of each `ClassInfo` by kind, name and origin (`keras`, `albumentations`, `kpipe`, or the
            module of a plug-in).
        texts: the strings that Keras converts to an object, by kind.
    """

    classes: dict[str, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, known: ClassInfo) -> None:
        """Add a component."""
        self.classes.setdefault(known.kind, {}).setdefault(known.name, {})[known.origin] = known.to_dict()


def collect(run: bool = True) -> Catalogue:
    """Import Keras, Albumentations and all plug-ins and inspect their classes, which takes some seconds.

    Args:
        run: whether to run the code of plug-ins; otherwise plug-ins are skipped.

    Raises:
        SpecError: a plug-in cannot be imported; the message identifies the plug-in.
    """
    import_keras()
    found = Catalogue()
    for kind in KINDS.values():
        for name in _library_names(kind):
            found.add(_inspect_installed(name, kind.name, str(kind.library), f"{kind.module}:{name}"))
    for package in packages():
        for kind_name, name, _ in components_of(import_module(package)):
            found.add(_inspect_installed(name, kind_name, "kpipe", f"{package}:{name}"))
    for plugin in plugins() if run else ():
        module = load_plugin(plugin)
        for kind_name, name, component in components_of(module):
            found.add(_inspected(name, kind_name, component, plugin))
    for kind_name, more in _FROM_TEXT.items():
        found.texts[kind_name] = _texts(import_module(str(KINDS[kind_name].module)), more)
    return found


@cache
def _inspect_installed(name: str, kind: str, origin: str, target: str) -> ClassInfo:
    """Return the description of a class of a library or of kpipe, which is the same with and without plug-ins."""
    # Inspection is needed only where the catalogue is not cached.
    from kpipe.components.inspection.inspect_class import inspect_class

    return inspect_class(name, kind, origin, target)


def _inspected(name: str, kind: str, component: Any, plugin: Plugin) -> ClassInfo:
    from kpipe.components.inspection.inspect_class import inspect_class

    target = f"{component.__module__}:{getattr(component, '__qualname__', '<nothing>')}"
    if "<" in target:
        target = store_object(component, name, plugin.module)
    try:
        return inspect_class(name, kind, plugin.module, target)
    except Exception as error:
        # Code of a plug-in can raise any exception.
        message = f"{plugin.text} has a component {name} that cannot be inspected: {type(error).__name__}: {error}"
        raise SpecError([Problem(None, "", message)]) from error


def unavailable(kind: str, name: str) -> str | None:
    """Return why a class that a library exports cannot be used in a spec, or None."""
    package, module = overlay(kind).needs_package.get(name, ("", ""))
    if package and find_spec(module) is None:
        return f"it requires the package {package}, which is not installed"
    return overlay(kind).excluded.get(name)


def _library_names(kind: Kind) -> list[str]:
    if kind.module is None:
        return []
    bases = tuple(load_target(base) for base in kind.bases)
    module = import_module(kind.module)
    names = [name for name in dir(module) if _CAMEL.match(name) and not unavailable(kind.name, name)]
    return [name for name in names if _is_component(getattr(module, name), bases)]


def _is_component(value: object, bases: tuple[type, ...]) -> bool:
    if not bases:
        return inspect.isfunction(value)
    return inspect.isclass(value) and issubclass(value, bases)


def _texts(module: ModuleType, more: tuple[str, ...]) -> list[str]:
    exported = [name for name in dir(module) if not name.startswith("_")]
    candidates = {*exported, *more, *(_INNER_CAPITAL.sub("_", name).lower() for name in exported)}
    candidates |= {name.lower() for name in exported}
    return sorted(text for text in candidates if _is_known(module, text))


def _is_known(module: ModuleType, text: str) -> bool:
    try:
        return callable(module.get(text))
    except (ValueError, TypeError, KeyError):  # the string is unknown, or its class has required arguments
        return False
