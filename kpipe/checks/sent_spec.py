"""A checked spec on its way to a child process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import import_module

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.origin import Origin
from kpipe.components.custom_code.imports import ImportedCode, import_again
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec

_MAIN = "__main__"


@dataclass(frozen=True)
class SentSpec:
    """A checked spec on its way to a child process: picklable, with all values as this process has read them.

    The child reads no file, no standard input and no variable for it, so that both have the same spec even if a file
    has changed, and the places of its values are those of the original file.

    Args:
        spec: the spec without its custom code.
        code: the files and packages that it imports, with their contents.
        modules: other modules that register components of the spec.
        origin: the origin of the spec.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> SentSpec.of(checked("kpipe:digits")).received().name
        'digits'
    """

    spec: Spec
    code: tuple[ImportedCode, ...]
    modules: tuple[str, ...]
    origin: Origin

    @classmethod
    def of(cls, spec: CheckedSpec) -> SentSpec:
        """Return a spec in the form in which it is sent.

        Raises:
            SpecError: a component is registered in the main program, which a child process does not run again.
        """
        plain = Spec(**{entry.name: getattr(spec, entry.name) for entry in fields(Spec)})
        return cls(plain, (*spec.code.entries,), _registering_modules(spec.tree), spec.origin)

    def received(self) -> CheckedSpec:
        """Return the spec in the child process, after its custom code has been imported.

        Raises:
            SpecError: custom code cannot be imported in this process.
        """
        for module in self.modules:
            import_module(module)
        return CheckedSpec.of(self.spec, import_again(self.code, self.spec.tree.entries["imports"]), self.origin)


def _registering_modules(tree: Node) -> tuple[str, ...]:
    places = {name.rpartition(".")[2]: (mark, path) for name, mark, path in _names(tree)}
    used = [known for known in vocabulary().registered() if known.name in places]
    problems = [
        Problem(
            *places[known.name],
            f"{known.name} is registered in the main program, which a child process does not run again; move it to a "
            "file of its own, and list the file under `imports`",
        )
        for known in used
        if known.origin == _MAIN
    ]
    if problems:
        raise SpecError(problems)
    return tuple(dict.fromkeys(known.origin for known in used))


def _names(tree: Node) -> Iterator[tuple[str, Mark, str]]:
    """Yield everything that can be the name of a component, with its place and path."""
    for node in tree.walk():
        if isinstance(node.value, str):
            yield node.value, node.mark, node.path
        for key, entry in node.entries.items():
            yield key, node.key_mark(key), entry.path
