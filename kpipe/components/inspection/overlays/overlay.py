"""What is known about Keras' components of one kind beyond their signatures and docstrings."""

from __future__ import annotations

from dataclasses import dataclass, field

from kpipe.components.inspection.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """Everything about the components of one kind that is written by hand; tests hold it against the installed Keras.

    Keys are `argument` or `Class.argument`, either with wildcards.

    Args:
        rules: what holds for an argument; the last key that matches counts, so exceptions follow the rule.
        excluded: classes that Keras exports and a spec cannot use, each with the reason and, where there is one, the
            remedy.
        needs_package: classes that need a package which kpipe does not install, and the name it is imported by.
        withheld: arguments that a spec cannot give, each with the reason: those that stand for Python objects, and
            those of the base class that the class itself refuses.
        extra: arguments that no signature shows: of the models that the functions of a kind make.
        inherited: arguments that classes with `**kwargs` take from a base class of this name, besides those of the
            kind's own base.
        texts: arguments that take any string. Each was looked up in Keras: it opens no file of that name, imports no
            module and runs no code.
        files: arguments whose strings name files, and what each is, one of `FILE_USES`.
        patterns: classes and arguments whose strings are regular expressions.
    """

    rules: dict[str, Rule] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    needs_package: dict[str, tuple[str, str]] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    inherited: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    patterns: frozenset[tuple[str, str]] = frozenset()
