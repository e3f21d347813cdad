"""All components by kind and name: those of Keras, those of kpipe, and those that were registered."""

from __future__ import annotations

import inspect
import re
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from kpipe.components.class_info import ClassInfo, load_target
from kpipe.components.inspect_class import inspect_class
from kpipe.components.kinds import KINDS, Kind
from kpipe.components.overlay import EXCLUDED, NEEDS_PACKAGE
from kpipe.components.quiet import import_keras

_CAMEL = re.compile(r"[A-Z]\w*$")

#: kpipe's own classes come before those of a library.
_PRECEDENCE = ("kpipe", "keras")


class Vocabulary:
    """The names that a spec may use, filled when they are first asked for.

    Keras is imported when a kind is first needed that Keras has classes of; a class is inspected when it is first
    found.
    """

    def __init__(self) -> None:
        self._targets: dict[str, dict[str, dict[str, str]]] = {}
        self._registered: dict[str, dict[str, str]] = {}
        self._found: dict[tuple[str, str], ClassInfo] = {}

    def find(self, kind: str, name: str) -> ClassInfo | None:
        """The component of this name, or None.

        Args:
            kind: a name of `KINDS`.
            name: a class, or a qualified one: `keras.EarlyStopping` is the library's even where kpipe has one.

        Example:
            >>> Vocabulary().find("layer", "Dense").target
            'keras.layers:Dense'
        """
        if (kind, name) not in self._found:
            origin, _, bare = name.rpartition(".")
            targets = self._of(kind).get(bare, {})
            whose = origin or next((entry for entry in _PRECEDENCE if entry in targets), "")
            if whose not in targets:
                return None
            self._found[kind, name] = inspect_class(bare, kind, whose, targets[whose])
        return self._found[kind, name]

    def names(self, kind: str) -> list[str]:
        """The names of a kind, sorted."""
        return sorted(self._of(kind))

    def suggest(self, kind: str, name: str) -> str | None:
        """The name of this kind that was probably meant, or None.

        Example:
            >>> Vocabulary().suggest("layer", "batch_norm")
            'BatchNormalization'
        """
        known = {_folded(entry): entry for entry in reversed(self.names(kind))}
        meant = _folded(name.rpartition(".")[2])
        if meant in known:
            return known[meant]
        longer = sorted((entry for entry in known if len(meant) > 3 and entry.startswith(meant)), key=len)
        close = longer[:1] or get_close_matches(meant, list(known), n=1, cutoff=0.75)
        return known[close[0]] if close else None

    def other_kind(self, kind: str, name: str) -> str | None:
        """Another kind that has a component of exactly this name, or None."""
        return next((other for other in KINDS if other != kind and self._has(other, name)), None)

    def excluded(self, kind: str, name: str) -> str | None:
        """Why a class that Keras exports cannot be used in a spec, or None."""
        bare = name.rpartition(".")[2]
        package, module = NEEDS_PACKAGE.get(kind, {}).get(bare, ("", ""))
        if package and find_spec(module) is None:
            return f"it needs the package {package}, which is not installed"
        return EXCLUDED.get(kind, {}).get(bare)

    def register(self, kind: str, target: str) -> None:
        """Adds a class under its own name, as one of kpipe's.

        Args:
            kind: a name of `KINDS`.
            target: such as `my_module:MyClass`.
        """
        name = target.rpartition(":")[2]
        self._registered.setdefault(kind, {})[name] = target
        self._targets.pop(kind, None)
        self._found.pop((kind, name), None)
        self._found.pop((kind, f"kpipe.{name}"), None)

    def _has(self, kind: str, name: str) -> bool:
        origin, _, bare = name.rpartition(".")
        targets = self._of(kind).get(bare, {})
        return bool(targets) and (not origin or origin in targets)

    def _of(self, kind: str) -> dict[str, dict[str, str]]:
        """For each name of a kind the targets by origin."""
        if kind not in self._targets:
            found: dict[str, dict[str, str]] = {}
            for name in self._keras_names(KINDS[kind]):
                found[name] = {"keras": f"{KINDS[kind].keras_module}:{name}"}
            for name, target in {**_own(KINDS[kind]), **self._registered.get(kind, {})}.items():
                found.setdefault(name, {})["kpipe"] = target
            self._targets[kind] = found
        return self._targets[kind]

    def _keras_names(self, kind: Kind) -> list[str]:
        if kind.keras_module is None:
            return []
        import_keras()
        module = import_module(kind.keras_module)
        base = load_target(kind.keras_base) if kind.keras_base else None
        names = [name for name in dir(module) if _CAMEL.match(name) and not self.excluded(kind.name, name)]
        return [name for name in names if _is_component(getattr(module, name), base)]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this process."""
    return Vocabulary()


def register(kind: str, target: str) -> None:
    """Adds a class to the vocabulary of this process, as one of kpipe's.

    Args:
        kind: a name of `KINDS`.
        target: such as `my_module:MyClass`.
    """
    vocabulary().register(kind, target)


def _own(kind: Kind) -> dict[str, str]:
    """The table that the room of a kind keeps of its classes."""
    if kind.own_module is None:
        return {}
    table: dict[str, str] = import_module(kind.own_module).COMPONENTS
    return table


def _is_component(value: object, base: type | None) -> bool:
    if base is None:
        return inspect.isfunction(value)
    return inspect.isclass(value) and issubclass(value, base)


def _folded(name: str) -> str:
    return name.lower().replace("_", "")
