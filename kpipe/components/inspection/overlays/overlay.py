"""Facts about a library's components of one kind that their signatures and docstrings do not state."""

from __future__ import annotations

from dataclasses import dataclass, field

from kpipe.components.inspection.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """Manually written facts about a library's components of one kind; tests compare them with the installed library.

    Keys are `argument` or `Class.argument`, both with wildcards.

    Args:
        rules: corrections of arguments; the last matching key applies, so that exceptions follow the general rule.
        excluded: the reasons why a spec cannot use classes that the library exports, with a remedy if there is one.
        needs_package: classes that require a package that kpipe does not install: the package and the name by which it
            is imported.
        withheld: the reasons why arguments cannot be set in a spec, such as Python objects, or arguments of the base
            class that the class does not accept.
        unneeded: arguments of the base class for which a spec has no use, with the reason and the remedy. Arguments of
            the same name in the signature of a class are accepted.
        extra: arguments that are not in a signature, since they are attributes of the models that functions return.
        inherited: arguments that classes with `**kwargs` inherit from a base class of this name, in addition to those
            of the base class of the kind.
        texts: arguments that accept any string. Their code in Keras has been reviewed: it does not open a file of that
            name, import a module or execute code.
        files: arguments whose strings are file names, with their use, one of `FILE_USES`.
        patterns: classes and arguments whose strings are regular expressions.
        former: classes of an earlier version of the library, each with the remedy.
        renamed: arguments of an earlier version, each with its present name, which a comma may explain, or the remedy.
    """

    rules: dict[str, Rule] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    needs_package: dict[str, tuple[str, str]] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    unneeded: dict[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    inherited: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    patterns: frozenset[tuple[str, str]] = frozenset()
    former: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
