"""The vocabulary: all components of installed packages, and those that this process registers or imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import BUILT_IN, KINDS
from kpipe.components.registry.catalogue import Catalogue, unavailable
from kpipe.components.registry.catalogue_cache import cached_catalogue
from kpipe.nearest import nearest
from kpipe.spec.node import Node, split_component


@dataclass(frozen=True)
class CodeInUse:
    """The custom code of one spec, from its `imports`.

    Args:
        origins: the modules whose components the spec can use, by their names in the spec.
        unchecked: the names of classes in code that is not run.
        run: whether to run custom code; otherwise plug-ins are skipped.
        is_whole: whether all code could be imported; otherwise it can define unknown names.
    """

    origins: Mapping[str, str] = field(default_factory=dict)
    unchecked: frozenset[str] = frozenset()
    run: bool = True
    is_whole: bool = True


_IN_USE: ContextVar[CodeInUse] = ContextVar("code_in_use", default=CodeInUse())  # noqa: B039  (frozen)


@contextmanager
def using(code: CodeInUse) -> Iterator[None]:
    """Make the components under `imports` of a spec available inside the block."""
    token = _IN_USE.set(code)
    try:
        yield
    finally:
        _IN_USE.reset(token)


class Vocabulary:
    """The components that a spec can use, by kind and name.

    Args:
        installed: returns the components of the installed packages; it is called when one is first used.
    """

    def __init__(self, installed: Callable[..., Catalogue] = cached_catalogue) -> None:
        self._installed = installed
        self._catalogue: Catalogue | None = None
        self._is_whole = False
        self._infos: dict[tuple[str, str, str], ClassInfo] = {}
        self._registered: dict[str, dict[str, dict[str, ClassInfo]]] = {}
        #: The modules in `_registered`, and those of them that only specs that import them can use.
        self._origins: set[str] = set()
        self._imported: set[str] = set()

    def find(self, kind: str, name: str) -> ClassInfo | None:
        """Return the component of a name, or None.

        Classes of kpipe take precedence over those of Keras, and both over those of plug-ins. A class that the spec
        imports or this process registers must be qualified if another module has a class of the same name.

        Args:
            kind: a name of `KINDS`.
            name: the name of a class, which can be qualified: `keras.EarlyStopping` is always the class of Keras.

        Example:
            >>> vocabulary().find("layer", "Dense").target
            'keras.layers:Dense'
        """
        module, _, bare = name.rpartition(".")
        owners = self._owners(kind, bare)
        if module:
            origin = _IN_USE.get().origins.get(module, module)
            return self._info(kind, bare, origin) if origin in owners else None
        candidates = self._candidates(owners)
        return self._info(kind, bare, candidates[0]) if len(candidates) == 1 else None

    def ambiguous(self, kind: str, name: str) -> list[str]:
        """Return the qualified names that an unqualified name can mean; empty if it is not ambiguous."""
        found = self._candidates(self._owners(kind, name))
        modules = {origin: name for name, origin in _IN_USE.get().origins.items()}
        return [f"{modules.get(origin, origin)}.{name}" for origin in found] if len(found) > 1 else []

    def is_shared(self, name: str) -> bool:
        """Return whether several modules with custom code that can be used at present have a class of a name."""
        owners = {origin for kind in KINDS for origin in self._owners(kind, name)}
        return len(owners.difference(BUILT_IN)) > 1

    def names(self, kind: str) -> list[str]:
        """Return the names of the components of a kind, sorted."""
        registered = {
            name
            for name, owners in self._registered.get(kind, {}).items()
            if any(self._is_in_use(origin) for origin in owners)
        }
        return sorted({*self.catalogue.classes.get(kind, {}), *registered})

    def components(self, kind: str) -> list[ClassInfo]:
        """Return the components of a kind from all origins, sorted by name."""
        return [self._info(kind, name, origin) for name in self.names(kind) for origin in self._owners(kind, name)]

    def suggest(self, kind: str, name: str, others: Iterable[str] = ()) -> str | None:
        """Return the most similar name among the components of a kind and other names, or None.

        Example:
            >>> vocabulary().suggest("layer", "batch_norm")
            'BatchNormalization'
        """
        return nearest(name.rpartition(".")[2], [*self.names(kind), *others])

    def other_kind(self, kind: str, name: str) -> str | None:
        """Return another kind that has a component of exactly this name, or None."""
        return next((other for other in KINDS if other != kind and self.find(other, name) is not None), None)

    def excluded(self, kind: str, name: str) -> str | None:
        """Return why a class that Keras exports cannot be used in a spec, or None."""
        return unavailable(kind, name.rpartition(".")[2])

    def is_unchecked(self, name: str) -> bool:
        """Return whether a name can be a class of code that is not run or could not be imported."""
        code = _IN_USE.get()
        is_missing = not code.is_whole and all(self.suggest(kind, name) is None for kind in KINDS)
        return is_missing or name.rpartition(".")[2] in code.unchecked

    def may_build(self, node: Node, kind: str) -> bool:
        """Return whether a component and those in its arguments can be built without code that must not be run."""
        parts = [split_component(part) for part in node.walk()]
        known = [self.find(kind, part[0]) for part in parts if part is not None]
        return _IN_USE.get().run or (known[:1] != [None] and all(k is None or k.origin in BUILT_IN for k in known))

    def texts(self, kind: str) -> list[str]:
        """Return the strings that Keras converts to an object of a kind, such as `glorot_uniform`, `l2`, `max_norm`."""
        return self.catalogue.texts.get(kind, [])

    def add(self, known: ClassInfo, *, imported: bool = False) -> None:
        """Add a component to the vocabulary of this process.

        Args:
            known: the component, which replaces one of the same kind, name and origin.
            imported: whether only specs that import its module can use it.
        """
        self._registered.setdefault(known.kind, {}).setdefault(known.name, {})[known.origin] = known
        self._origins.add(known.origin)
        if imported:
            self._imported.add(known.origin)

    def remove(self, origin: str) -> None:
        """Remove the components that a module has added to the vocabulary of this process."""
        for names in self._registered.values():
            for owners in names.values():
                owners.pop(origin, None)
        self._origins.discard(origin)
        self._imported.discard(origin)

    def registered(self) -> list[ClassInfo]:
        """Return the components that this process has registered itself, not by the imports of a spec."""
        found = [known for names in self._registered.values() for owners in names.values() for known in owners.values()]
        return [known for known in found if known.origin not in self._imported]

    @property
    def catalogue(self) -> Catalogue:
        """The components of the installed packages."""
        run = _IN_USE.get().run
        if self._catalogue is None or (run and not self._is_whole):
            self._catalogue, self._is_whole = self._installed(run=run), run
        return self._catalogue

    def _is_in_use(self, origin: str) -> bool:
        return origin not in self._imported or origin in _IN_USE.get().origins.values()

    def _owners(self, kind: str, name: str) -> list[str]:
        """Return the origins of a name: kpipe, Keras, plug-ins, then registered and imported modules."""
        installed = self.catalogue.classes.get(kind, {}).get(name, {})
        known = sorted(installed, key=lambda origin: (BUILT_IN.index(origin) if origin in BUILT_IN else 2, origin))
        own = [origin for origin in self._registered.get(kind, {}).get(name, {}) if self._is_in_use(origin)]
        return [*known, *(origin for origin in own if origin not in known)]

    def _candidates(self, owners: list[str]) -> list[str]:
        """Return the origins that an unqualified name can refer to."""
        built_in = [origin for origin in owners if origin in BUILT_IN][:1]
        registered = [origin for origin in owners if origin in self._origins]
        plugins = [origin for origin in owners if origin not in BUILT_IN and origin not in registered]
        return [*(built_in or plugins), *registered]

    def _info(self, kind: str, name: str, origin: str) -> ClassInfo:
        registered = self._registered.get(kind, {}).get(name, {}).get(origin)
        if registered is not None:
            return registered
        key = (kind, name, origin)
        if key not in self._infos:
            self._infos[key] = ClassInfo.from_dict(self.catalogue.classes[kind][name][origin])
        return self._infos[key]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of this process."""
    return Vocabulary()
