"""The list of all sections of a spec; each section is one line here and one file next to this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, Self, TypeVar, overload

from kpipe.spec.sections.checks import Checks
from kpipe.spec.sections.data import Data
from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.train import Train
from kpipe.spec.sections.tune import Tune

SectionType = TypeVar("SectionType", bound=Section)
OptionalSectionType = TypeVar("OptionalSectionType", bound=OptionalSection)


class Registered(Generic[SectionType]):
    """A property of `Spec` that returns the evaluated section of the same name, or None for an absent optional one.

    Args:
        section: the class of the section. An `OptionalSection` can be absent; another section is required if a field
            has no default, and otherwise has its defaults where the spec omits it.
    """

    def __init__(self, section: type[SectionType]) -> None:
        self.section = section

    def __set_name__(self, owner: type[RegisteredSections], name: str) -> None:
        self.key = name

    @overload
    def __get__(self, spec: None, owner: type[RegisteredSections]) -> Self: ...
    @overload
    def __get__(
        self: Registered[OptionalSectionType], spec: RegisteredSections, owner: type[RegisteredSections]
    ) -> OptionalSectionType | None: ...
    @overload
    def __get__(self, spec: RegisteredSections, owner: type[RegisteredSections]) -> SectionType: ...
    def __get__(self, spec: RegisteredSections | None, owner: type[RegisteredSections]) -> Any:
        if spec is None:
            return self
        # The attribute of the instance shadows this property in later calls.
        section = spec.__dict__[self.key] = spec.evaluated_section(self.key, self.section)
        return section


class RegisteredSections(ABC):
    """Base class of `Spec` with one property per section, in the order of a resolved spec.

    One line adds a section to defaults, checks, the JSON Schema, `--set` and the properties of `Spec`.
    """

    data = Registered(Data)
    train = Registered(Train)
    checks = Registered(Checks)
    tune = Registered(Tune)

    @abstractmethod
    def evaluated_section(self, key: str, section: type[SectionType]) -> SectionType | None:
        """Return one section of this spec, with its expressions evaluated; None for an absent optional section."""


def sections() -> dict[str, type[Section]]:
    """Return the classes of the registered sections by their keys.

    Example:
        >>> [*sections()][:2]
        ['data', 'train']
    """
    return {key: entry.section for key, entry in vars(RegisteredSections).items() if isinstance(entry, Registered)}


def optional_sections() -> list[str]:
    """Return the keys of the sections that a spec can omit."""
    return [key for key, section in sections().items() if issubclass(section, OptionalSection)]
