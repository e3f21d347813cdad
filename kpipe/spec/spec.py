"""`Spec`: an experiment after reading, merging, overriding and validating its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.expressions.expression import names_in_values
from kpipe.spec.expressions.scope import Scope, evaluated
from kpipe.spec.node import Node
from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.or_component import entry_slot, is_component_entry
from kpipe.spec.sections.registered import RegisteredSections, SectionType, optional_sections, sections
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.typed import typed
from kpipe.spec.yaml_text.dump import dump, plain


@dataclass
class Spec(RegisteredSections):
    """An experiment with `extends` merged, `set` applied and all defaults written out.

    Args:
        tree: the complete spec as marked nodes, with loops, blocks and expressions.
        scope: the evaluated `vars`.
        file: the file that it was read from.
        paths: absolute paths by dotted path, which replace relative paths in the resolved spec.
        broken: top-level keys that are missing or have the wrong type; they are empty in `tree`.
        unreadable: marks of values that could not be read exactly; problems that follow from them are not reported.
        mentioned: the names that expressions use in any file or override of the spec, including values that have been
            replaced.
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
        """The name of the experiment and of the folder of its runs."""
        return str(self.evaluated(self.tree.entries["name"]).value)

    @property
    def seed(self) -> int:
        """The seed of everything random."""
        return int(self.evaluated(self.tree.entries["seed"]).plain())

    def evaluated_section(self, key: str, section: type[SectionType]) -> SectionType | None:
        """Return one section as an object of its class, or None for an absent one; its property caches this.

        Args:
            key: its key at the top level.
            section: its class.
        """
        node = self.tree.entries[key]
        if node.value is None and issubclass(section, OptionalSection):
            return None
        return typed(node, section, self._section_scope)

    @cached_property
    def _section_scope(self) -> Scope:
        """The scope of `vars` for the sections, which share the budget that `vars` have left."""
        return self.scope.paid_from(self.scope.budget.copy())

    def model_scope(self) -> Scope:
        """Return the scope of `vars` for one evaluation of the model, with the budget that the sections have left.

        Every call returns the same budget, so that all commands refuse the same models.
        """
        return self.scope.paid_from(self._section_scope.budget.copy())

    @property
    def model(self) -> Node:
        """The list `model`, not evaluated, since it depends on the shapes and classes of the data."""
        return self.tree.entries["model"]

    @property
    def blocks(self) -> Mapping[str, Node]:
        """The definitions under `blocks`, by name."""
        return self.tree.entries["blocks"].entries

    def components(self, problems: list[Problem]) -> list[tuple[Node, Slot]]:
        """Return the evaluated node of each field of components in the sections, with its `Slot`.

        The result is read from the nodes, so that it is available even if other values of the spec are invalid.

        Args:
            problems: receives the problems of expressions that cannot be evaluated; their fields are omitted.
        """
        found = []
        scope = self.scope.paid_from(self.scope.budget.copy())
        for key, section in sections().items():
            for node, slot, is_entry in _components(self.tree.entries[key], section) if key not in self.broken else ():
                try:
                    ready = evaluated(node, scope)
                except SpecError as error:
                    problems += error.problems
                    continue
                # The value of an expression can be a section.
                if not is_entry or is_component_entry(ready):
                    found.append((ready, slot))
        return found

    def place(self, path: str) -> Mark:
        """Return the mark of a dotted path, or of the longest part of it that exists; `model.last` is the last item."""
        node = self.tree
        for part in path.split("."):
            child = node.items[-1] if part == "last" and node.items else _child(node, part)
            if child is None:
                break
            node = child
        return node.mark

    def evaluated(self, node: Node) -> Node:
        """Return a node with its expressions evaluated over `vars`."""
        return evaluated(node, self.scope.paid_from(self.scope.budget.copy()))

    def dump(self, replaced: Mapping[str, Any] | None = None) -> str:
        """Return the resolved spec as YAML, which describes the same experiment in any folder.

        Absent sections are omitted, and so are variables that became unused because expressions have been replaced by
        values.

        Args:
            replaced: plain values by dotted path that replace those of the spec, such as paths of copied files.
        """
        values = plain(self.tree, {**self.paths, **(replaced or {})})
        absent = [key for key in optional_sections() if values[key] is None]
        values = {key: value for key, value in values.items() if key not in absent}
        return dump({**values, "vars": _used_variables(values)})


def _components(node: Node, section: type[Section]) -> Iterator[tuple[Node, Slot, bool]]:
    """Yield the nodes of components of a section and of its nested sections, and whether they can be sections."""
    yield from ((entry, slot, False) for key, slot in slots(section).items() if (entry := node.get(key)) is not None)
    for key, declared in fields(section).items():
        nested, of_names = nested_section(declared)
        entry = node.get(key)
        if nested is not None and entry is not None:
            for holder in entry.entries.values() if of_names else (entry,):
                yield from _components(holder, nested)
        listed = listed_section(declared)
        if listed is not None and entry is not None:
            slot = entry_slot(declared)
            for holder in entry.items:
                if slot is not None and is_component_entry(holder):
                    yield holder, slot, True
                else:
                    yield from _components(holder, listed)


def _used_variables(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that expressions use, directly or in other used variables."""
    variables: dict[str, Any] = values["vars"] or {}
    used = names_in_values({key: value for key, value in values.items() if key != "vars"})
    added = used
    while added := {name for key in added & variables.keys() for name in names_in_values(variables[key])} - used:
        used |= added
    return {name: value for name, value in variables.items() if name in used}


def _child(node: Node, part: str) -> Node | None:
    """Return an entry of a mapping, or an item of a list by its number; None without it."""
    if node.is_list and part.isdecimal():
        return node.items[int(part)] if int(part) < len(node.items) else None
    return node.get(part)
