"""The lists of `kpipe list`: kinds of components, components of a kind, and arguments of a component."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.inspection.kinds import KINDS, plural
from kpipe.components.registry.registry import Vocabulary
from kpipe.components.value_text import allowed, shown
from kpipe.errors import Problem, SpecError
from kpipe.messages.table import aligned
from kpipe.model.common_arguments import COMMON
from kpipe.model.keywords import KEYWORDS
from kpipe.nearest import nearest
from kpipe.spec.reader import SHIPPED, shipped_specs

WORD = "word"
SPEC = "spec"


def vocabulary_list(vocabulary: Vocabulary, kind: str | None, name: str | None, width: int = 120) -> str:
    """Return the available kinds, components or arguments as text.

    Args:
        vocabulary: the available classes.
        kind: a kind of component, in the singular or plural, `words` or `specs`; None lists the kinds.
        name: a component of that kind; None lists all.
        width: characters per line of documentation.

    Raises:
        SpecError: the kind or component is unknown.

    Example:
        >>> from kpipe.components.registry.registry import vocabulary
        >>> print(vocabulary_list(vocabulary(), "regularizers", None).splitlines()[0])
        L1                     keras  A regularizer that applies a L1 regularization penalty.
    """
    if kind is None:
        return _kinds(vocabulary)
    singular = _kind(kind, vocabulary)
    if singular == SPEC:
        keys = _chosen(SPEC, (name or "").removeprefix(SHIPPED) or None, shipped_specs())
        return _lines([(f"{SHIPPED}{key}", _header(key)) for key in keys])
    if singular == WORD:
        words = _chosen(WORD, name, KEYWORDS)
        return _lines([(word, KEYWORDS[word].summary, ", ".join(KEYWORDS[word].arguments)) for word in words])
    if name is not None:
        return _component(_found(vocabulary, singular, name), width)
    return _lines([(entry.name, entry.origin, entry.summary) for entry in vocabulary.components(singular)])


def _kinds(vocabulary: Vocabulary) -> str:
    rows = [(plural(kind), f"{len(vocabulary.names(kind)):,}", _owners(vocabulary, kind)) for kind in KINDS]
    rows.append(("words", f"{len(KEYWORDS)}", ", ".join(KEYWORDS)))
    rows.append(("specs", f"{len(shipped_specs())}", ", ".join(shipped_specs())))
    return _lines(rows)


def _owners(vocabulary: Vocabulary, kind: str) -> str:
    return ", ".join(dict.fromkeys(entry.origin for entry in vocabulary.components(kind)))


def _kind(text: str, vocabulary: Vocabulary) -> str:
    known = {plural(kind): kind for kind in (*KINDS, WORD, SPEC)}
    singular = known.get(text, text)
    if singular not in known.values():
        message = f"unknown kind {text!r}; available: {', '.join(known)}"
        holders = [plural(kind) for kind in KINDS if vocabulary.find(kind, text)] + ["words"] * (text in KEYWORDS)
        if holders:
            calls = " or ".join(f"`kpipe list {holder} {text}`" for holder in holders)
            raise SpecError([Problem(None, "", f"{text!r} is not a kind of component, but a component; write {calls}")])
        raise SpecError([Problem(None, "", message, nearest(text, known))])
    return singular


def _chosen(kind: str, name: str | None, known: Iterable[str]) -> list[str]:
    if name is None or name in known:
        return list(known) if name is None else [name]
    raise SpecError([Problem(None, "", f"unknown {kind} {name!r}", nearest(name, known))])


def _found(vocabulary: Vocabulary, kind: str, name: str) -> ClassInfo:
    known = vocabulary.find(kind, name)
    if known is None:
        several = vocabulary.ambiguous(kind, name)
        reason = vocabulary.excluded(kind, name)
        message = f"unknown {kind} {name!r}"
        if several:
            message = f"{name} is ambiguous; write {' or '.join(several)}"
        elif reason:
            message = f"{name} cannot be used in a spec: {reason}"
        raise SpecError([Problem(None, "", message, None if several or reason else vocabulary.suggest(kind, name))])
    return known


def _component(known: ClassInfo, width: int) -> str:
    lines = [f"{known.name} ({known.origin}, {known.target.replace(':', '.')})"]
    lines += textwrap.indent(known.description or known.summary, "    ").splitlines()
    for argument in known.arguments.values():
        lines += ["", f"{argument.name}: {_fits(argument)}{_default(argument)}"]
        lines += textwrap.wrap(argument.documentation, width, initial_indent="    ", subsequent_indent="    ")
    if known.others is not None:
        lines += ["", f"any other name: {_fits(known.others)}"]
    if known.kind in ("layer", "application"):
        lines += ["", f"{', '.join(word for word in COMMON if word != 'name')}: accepted by every item under `model`"]
    return "\n".join(lines)


def _fits(argument: ArgumentInfo) -> str:
    bounds = str(argument.limits)
    return f"{allowed(argument) or 'anything'}{f', {bounds}' if bounds else ''}"


def _default(argument: ArgumentInfo) -> str:
    return "; required" if argument.required else f"; default {shown(argument.default)}"


def _header(name: str) -> str:
    lines = shipped_specs()[name].read_text(encoding="utf-8").splitlines()
    return next((line.partition(" - ")[2] for line in lines if line.startswith("#") and " - " in line), "")


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(aligned(rows))
