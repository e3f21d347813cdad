"""`Spec`: a file that has been read, merged, overridden and typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.dump import dump, plain
from kpipe.spec.expression import names_in_values
from kpipe.spec.node import Node
from kpipe.spec.scope import Scope, evaluated
from kpipe.spec.sections.registered import RegisteredSections, SectionType, sections
from kpipe.spec.sections.section import Section, fields, nested_section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.typed import typed


@dataclass
class Spec(RegisteredSections):
    """The experiment, resolved: `extends` merged, `set` applied, every default written out.

    Args:
        tree: the whole spec as marked nodes; loops, blocks and expressions are still in it.
        scope: `vars`, evaluated.
        file: the file it was read from.
        paths: absolute paths by dotted path, written into the resolved spec instead of relative ones.
        broken: top-level keys that are missing or of the wrong shape, and empty here.
        unreadable: marks of values that were not read as they were meant; what follows from them is no problem of
            its own.
        mentioned: the names that expressions read in any file or override that the spec is made of, also in values
            that others have replaced.
    """

    tree: Node
    scope: Scope
    file: Path
    paths: dict[str, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    unreadable: set[Mark | None] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The experiment's name; its run folders bear it."""
        return str(self.tree.entries["name"].value)

    @property
    def seed(self) -> int:
        """The seed of everything that is random."""
        return int(self.tree.entries["seed"].plain())

    def evaluated_section(self, key: str, section: type[SectionType]) -> SectionType:
        """One section, typed; its component fields are evaluated nodes. Its property returns the same, once.

        Args:
            key: its key at the top level.
            section: its class.
        """
        return typed(self.tree.entries[key], section, self._of_sections)

    @cached_property
    def _of_sections(self) -> Scope:
        """`vars` for the sections, which share what `vars` has left of the spec's budget."""
        return self.scope.paid_from(self.scope.budget.copy())

    def model_scope(self) -> Scope:
        """`vars` for one evaluation of the whole model, paid from what the sections have left of the spec's budget.

        Each time the same is left, so that all commands find the same model too large.
        """
        return self.scope.paid_from(self._of_sections.budget.copy())

    @property
    def model(self) -> Node:
        """The list `model`, not evaluated: it needs the data's shapes and classes."""
        return self.tree.entries["model"]

    @property
    def blocks(self) -> Mapping[str, Node]:
        """The definitions under `blocks`, by name."""
        return self.tree.entries["blocks"].entries

    def components(self, problems: list[Problem]) -> list[tuple[Node, Slot]]:
        """Every place of the sections that holds components: its evaluated node and what belongs there.

        Works on the nodes, so that it answers for a spec whose other values are wrong as well.

        Args:
            problems: where those of expressions that cannot be evaluated go; their places are left out.
        """
        found = []
        scope = self.scope.paid_from(self.scope.budget.copy())
        for key, section in sections().items():
            for node, slot in _components(self.tree.entries[key], section) if key not in self.broken else ():
                try:
                    found.append((evaluated(node, scope), slot))
                except SpecError as error:
                    problems += error.problems
        return found

    def place(self, path: str) -> Mark:
        """The mark of a dotted path of keys, or of the nearest part of it that is written; `model.last` is an item."""
        node = self.tree
        for part in path.split("."):
            child = node.items[-1] if part == "last" and node.items else node.get(part)
            if child is None:
                break
            node = child
        return node.mark

    def evaluated(self, node: Node) -> Node:
        """A node with its expressions evaluated over `vars`."""
        return evaluated(node, self.scope.paid_from(self.scope.budget.copy()))

    def dump(self, replaced: Mapping[str, Any] | None = None) -> str:
        """The resolved spec as YAML; reading it gives the same experiment from any folder.

        Variables that nothing in it reads any more, since what read them is final, are left out.

        Args:
            replaced: plain values by dotted path that replace the spec's own, such as those that the data decided.
        """
        values = plain(self.tree, {**self.paths, **(replaced or {})})
        return dump({**values, "vars": _read(values)})


def _components(node: Node, section: type[Section]) -> Iterator[tuple[Node, Slot]]:
    """The nodes of a section, and of those inside it, that hold components."""
    yield from ((entry, slot) for key, slot in slots(section).items() if (entry := node.get(key)) is not None)
    for key, declared in fields(section).items():
        nested, of_names = nested_section(declared)
        entry = node.get(key)
        if nested is not None and entry is not None:
            for holder in entry.entries.values() if of_names else (entry,):
                yield from _components(holder, nested)


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that an expression mentions, or another variable that one mentions."""
    variables: dict[str, Any] = values["vars"] or {}
    found = names_in_values({key: value for key, value in values.items() if key != "vars"})
    fresh = found
    while fresh := {name for key in fresh & variables.keys() for name in names_in_values(variables[key])} - found:
        found |= fresh
    return {name: value for name, value in variables.items() if name in found}
