"""Modules that were run from a file which no folder of `sys.path` leads to."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import decode_source, spec_from_loader
from types import CodeType, ModuleType
from typing import NamedTuple


class ModuleSource(NamedTuple):
    """The source of a module.

    Args:
        file: its path, for tracebacks.
        content: what was compiled.
    """

    file: str
    content: bytes


_KEPT: dict[str, ModuleSource] = {}


def keep_source(module: str, file: str, content: bytes) -> None:
    """Make a module importable in the child processes that are started from now on, as it was when it was read.

    Args:
        module: its name in `sys.modules`.
        file: its path, for tracebacks.
        content: what was compiled.
    """
    _KEPT[module] = ModuleSource(file, content)


def kept_sources() -> dict[str, ModuleSource]:
    """By name, the modules of `keep_source`."""
    return dict(_KEPT)


def import_from_sources(sources: Mapping[str, ModuleSource]) -> None:
    """Let `import` find these modules in this process, and in its own children.

    Example:
        >>> import_from_sources({"kpipe_example": ModuleSource("example.py", b"number = 1")})
        >>> import kpipe_example
        >>> kpipe_example.number
        1
        >>> _ = sys.meta_path.pop(), sys.modules.pop("kpipe_example"), _KEPT.pop("kpipe_example")
    """
    _KEPT.update(sources)
    sys.meta_path.append(_Finder())


class _Finder(MetaPathFinder, InspectLoader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=_KEPT[fullname].file) if fullname in _KEPT else None

    def get_source(self, fullname: str) -> str:
        return decode_source(_KEPT[fullname].content)

    def get_code(self, fullname: str) -> CodeType:
        source = _KEPT[fullname]
        return self.source_to_code(source.content, source.file)
