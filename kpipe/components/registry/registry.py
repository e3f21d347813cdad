"""All components by kind and name: of the installed packages, and of what this process registers or imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.registry.catalogue import Catalogue, unavailable
from kpipe.components.registry.catalogue_cache import cached_catalogue
from kpipe.nearest import nearest
from kpipe.spec.node import Node, split_component

#: The owners that need no qualified name; classes of kpipe precede those of Keras.
BUILT_IN = ("kpipe", "keras")


@dataclass(frozen=True)
class CodeInUse:
    """The custom code of one spec, from its `imports`.

    Args:
        origins: the modules whose components it may use, by their names in the spec.
        unchecked: the names of classes in code that must not be run.
        run: whether custom code may be run; without it plug-ins are skipped.
        is_whole: whether all of the code could be imported; otherwise an unknown name may be defined by it.
    """

    origins: Mapping[str, str] = field(default_factory=dict)
    unchecked: frozenset[str] = frozenset()
    run: bool = True
    is_whole: bool = True


_IN_USE: ContextVar[CodeInUse] = ContextVar("code_in_use", default=CodeInUse())  # noqa: B039  (frozen)


@contextmanager
def using(code: CodeInUse) -> Iterator[None]:
    """Make the components of a spec's `imports` known inside the block, and to no other spec."""
    token = _IN_USE.set(code)
    try:
        yield
    finally:
        _IN_USE.reset(token)


class Vocabulary:
    """The names that a spec may use.

    Args:
        installed: returns the components of the installed packages when they are first used.
    """

    def __init__(self, installed: Callable[..., Catalogue] = cached_catalogue) -> None:
        self._installed = installed
        self._catalogue: Catalogue | None = None
        self._is_whole = False
        self._infos: dict[tuple[str, str, str], ClassInfo] = {}
        self._registered: dict[str, dict[str, dict[str, ClassInfo]]] = {}
        self._imported: set[str] = set()

    def find(self, kind: str, name: str) -> ClassInfo | None:
        """The component of this name, or None.

        kpipe's own classes come before those of Keras, and both before those of plug-ins. A name that the spec's
        imports, or what this process registered, share with another owner has no meaning by itself.

        Args:
            kind: a name of `KINDS`.
            name: a class, or a qualified one: `keras.EarlyStopping` is the library's even where kpipe has one.

        Example:
            >>> vocabulary().find("layer", "Dense").target
            'keras.layers:Dense'
        """
        called, _, bare = name.rpartition(".")
        owners = self._owners(kind, bare)
        if called:
            origin = _IN_USE.get().origins.get(called, called)
            return self._info(kind, bare, origin) if origin in owners else None
        if len(self._candidates(owners)) > 1:
            return None
        chosen = next(iter(self._candidates(owners)), None)
        return self._info(kind, bare, chosen) if chosen is not None else None

    def ambiguous(self, kind: str, name: str) -> list[str]:
        """The qualified names between which a bare one does not choose; empty where it has one meaning or none."""
        found = self._candidates(self._owners(kind, name))
        called = {origin: name for name, origin in _IN_USE.get().origins.items()}
        return [f"{called.get(origin, origin)}.{name}" for origin in found] if len(found) > 1 else []

    def names(self, kind: str) -> list[str]:
        """The names of a kind, sorted."""
        registered = {
            name
            for name, owners in self._registered.get(kind, {}).items()
            if any(self._is_in_use(origin) for origin in owners)
        }
        return sorted({*self.catalogue.classes.get(kind, {}), *registered})

    def components(self, kind: str) -> list[ClassInfo]:
        """Every component of a kind, by name, those of all owners."""
        return [self._info(kind, name, origin) for name in self.names(kind) for origin in self._owners(kind, name)]

    def suggest(self, kind: str, name: str, others: Iterable[str] = ()) -> str | None:
        """The most similar name of this kind or of some others, or None.

        Example:
            >>> vocabulary().suggest("layer", "batch_norm")
            'BatchNormalization'
        """
        return nearest(name.rpartition(".")[2], [*self.names(kind), *others])

    def other_kind(self, kind: str, name: str) -> str | None:
        """Another kind that has a component of exactly this name, or None."""
        return next((other for other in KINDS if other != kind and self.find(other, name) is not None), None)

    def excluded(self, kind: str, name: str) -> str | None:
        """Why a class that Keras exports cannot be used in a spec, or None."""
        return unavailable(kind, name.rpartition(".")[2])

    def is_unchecked(self, name: str) -> bool:
        """Whether this may be a class of code that must not be run, or could not be imported."""
        code = _IN_USE.get()
        lost = not code.is_whole and all(self.suggest(kind, name) is None for kind in KINDS)
        return lost or name.rpartition(".")[2] in code.unchecked

    def may_build(self, node: Node, kind: str) -> bool:
        """Whether a component and those in it can be built with the code that may be run."""
        parts = [split_component(part) for part in node.walk()]
        known = [self.find(kind, part[0]) for part in parts if part is not None]
        return _IN_USE.get().run or (known[:1] != [None] and all(k is None or k.origin in BUILT_IN for k in known))

    def texts(self, kind: str) -> list[str]:
        """The strings that Keras converts to an object of a kind: `glorot_uniform`, `l2`, `max_norm`."""
        return self.catalogue.texts.get(kind, [])

    def add(self, known: ClassInfo, *, imported: bool = False) -> None:
        """Adds a component to this process.

        Args:
            known: what it is; one of the same kind, name and origin is replaced.
            imported: whether only specs that import its module may use it.
        """
        self._registered.setdefault(known.kind, {}).setdefault(known.name, {})[known.origin] = known
        if imported:
            self._imported.add(known.origin)

    def remove(self, origin: str) -> None:
        """Remove the components that a module has added to this process."""
        for names in self._registered.values():
            for owners in names.values():
                owners.pop(origin, None)
        self._imported.discard(origin)

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
        """The owners of classes with this name: kpipe, Keras, plug-ins, then registered and imported ones."""
        installed = self.catalogue.classes.get(kind, {}).get(name, {})
        known = sorted(installed, key=lambda origin: (BUILT_IN.index(origin) if origin in BUILT_IN else 2, origin))
        own = [origin for origin in self._registered.get(kind, {}).get(name, {}) if self._is_in_use(origin)]
        return [*known, *(origin for origin in own if origin not in known)]

    def _candidates(self, owners: Iterable[str]) -> list[str]:
        """The owners between which a bare name does not choose."""
        listed = list(owners)
        built_in = [origin for origin in listed if origin in BUILT_IN][:1]
        registered = [origin for origin in listed if any(origin in of for of in self._of_process())]
        plugins = [origin for origin in listed if origin not in BUILT_IN and origin not in registered]
        return [*(built_in or plugins), *registered]

    def _of_process(self) -> Iterator[set[str]]:
        for names in self._registered.values():
            for owners in names.values():
                yield set(owners)

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
    """The vocabulary of this process."""
    return Vocabulary()
