"""The sections of a spec: each is one line here, and one file beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Self, TypeVar, overload

from kpipe.spec.sections.data import Data
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.train import Train

SectionType = TypeVar("SectionType", bound=Section)


class Registered(Generic[SectionType]):
    """A section under the name that it is assigned to, and the property of a spec that returns it, evaluated.

    Args:
        section: the class with its fields; a spec needs the section where a field has no default.
    """

    def __init__(self, section: type[SectionType]) -> None:
        self.section = section

    def __set_name__(self, owner: type[RegisteredSections], name: str) -> None:
        self.key = name

    @overload
    def __get__(self, spec: None, owner: type[RegisteredSections]) -> Self: ...
    @overload
    def __get__(self, spec: RegisteredSections, owner: type[RegisteredSections]) -> SectionType: ...
    def __get__(self, spec: RegisteredSections | None, owner: type[RegisteredSections]) -> Self | SectionType:
        if spec is None:
            return self
        # What the instance has comes first: the section is evaluated once.
        section = spec.__dict__[self.key] = spec.evaluated_section(self.key, self.section)
        return section


class RegisteredSections(ABC):
    """The sections by their keys, in the order of a resolved spec.

    One line makes a section known everywhere: its defaults, its checks, its JSON Schema, `--set` and the property of
    `Spec`.
    """

    data = Registered(Data)
    train = Registered(Train)

    @abstractmethod
    def evaluated_section(self, key: str, section: type[SectionType]) -> SectionType:
        """The values of one section of this spec, every expression in it evaluated."""


def sections() -> dict[str, type[Section]]:
    """The registered sections by their keys.

    Example:
        >>> [*sections()][:2]
        ['data', 'train']
    """
    return {key: entry.section for key, entry in vars(RegisteredSections).items() if isinstance(entry, Registered)}
