"""The differences between a spec and that of a run folder, as text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from kpipe.components.value_text import shown
from kpipe.spec.expressions.budget import Budget, BudgetError, size_of
from kpipe.spec.expressions.evaluation_order import evaluation_order
from kpipe.spec.expressions.expression import ExpressionError, evaluate, names_in_values, parse
from kpipe.spec.sections.changeable import changeable_keys
from kpipe.spec.sections.data import Data
from kpipe.spec.sections.registered import optional_sections, sections
from kpipe.spec.sections.slot import slots
from kpipe.train.resume.change import Change

_ABSENT = object()

_AUTO_SCALES = ("auto", 1 / 255, 1 / 65_535)


def spec_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return the changes between two resolved specs that may change a resumed run.

    Omitted are a larger number of epochs of the training or of its last stage, the fields of sections that are
    `Changeable`, and variables that are unused in `model` and `blocks`. In the other sections expressions are compared
    by value, so that a variable is compared where it is used.

    Args:
        before: the plain values of the earlier spec.
        now: the plain values of the current spec.

    Example:
        >>> one, two = ({"train": {"epochs": n}, "seed": n} for n in (1, 2))
        >>> [str(change) for change in spec_changes(one, two)]
        ['seed: 1 -> 2']
    """
    old, new = (dict(_leaves(_comparable(_Evaluation(values).values()), ())) for values in (before, now))
    used = names_in_values([tree.get(key) for tree in (before, now) for key in ("model", "blocks")])
    found = []
    changeable = {(key, name) for key, section in sections().items() for name in changeable_keys(section)}
    count = len({path[2] for path in new if path[:2] == ("train", "stages") and len(path) > 2})
    # The epochs of the training are also those of earlier stages that state none.
    growing = ("train", "stages", count - 1, "epochs") if count else ("train", "epochs")
    for path in dict.fromkeys((*old, *new)):
        first, second = old.get(path, _ABSENT), new.get(path, _ABSENT)
        is_grown = path == growing and _is_more(first, second)
        is_unused = path[0] == "vars" and path[1:] and str(path[1]) not in used
        is_changeable = path[:2] in changeable
        if not (_same(first, second) or is_grown or is_unused or is_changeable):
            found.append(Change(".".join(map(str, path)), _text(first), _text(second)))
    return found


def _comparable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with defaults for missing keys of `data`, and `auto` for each scale that data may decide.

    The actual scales are compared with the descriptions of the data. Sections that are null are absent.
    """
    optional = optional_sections()
    values = {key: value for key, value in values.items() if value is not None or key not in optional}
    data = values.get("data")
    if not isinstance(data, Mapping) or "source" not in data:
        return values
    defaults = {
        name: field.default
        for name, field in Data.model_fields.items()
        if name not in slots(Data) and not field.is_required()
    }
    return {**values, "data": {**defaults, **data, "prepare": _without_auto(data.get("prepare"))}}


def _without_auto(prepare: Any) -> Any:
    if isinstance(prepare, Mapping):
        return {name: _without_auto(entries) for name, entries in prepare.items()}
    return [_plain_rescale(entry) for entry in prepare] if isinstance(prepare, list) else prepare


def _plain_rescale(entry: Any) -> Any:
    if entry == "Rescale":
        entry = {"Rescale": {}}
    arguments = entry.get("Rescale", 0) if isinstance(entry, Mapping) else 0
    if not isinstance(arguments, Mapping | None):
        return entry
    scale = (arguments or {}).get("scale", "auto")
    return {"Rescale": {**(arguments or {}), "scale": "auto" if scale in _AUTO_SCALES else scale}}


def _leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key))
    elif isinstance(value, list) and value:
        for index, entry in enumerate(value):
            yield from _leaves(entry, (*path, index))
    else:
        yield path, value


class _Evaluation:
    """The values of a spec with its expressions evaluated, on one budget as in the reader.

    Expressions in `model` and `blocks` are not evaluated, since they depend on the data.
    """

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree, self.scope, self.budget = tree, dict[str, Any](), Budget()

    def values(self) -> dict[str, Any]:
        variables = self.tree.get("vars") or {}
        order, _ = evaluation_order({name: names_in_values(value) for name, value in variables.items()})
        for name in order:
            self.scope[name] = self._value(variables[name])
        self.scope = {name: self.scope[name] for name in variables}
        kept = {"vars": self.scope} if "vars" in self.tree else {}
        for key, value in self.tree.items():
            kept.setdefault(key, value if key in ("model", "blocks") else self._value(value))
        return {key: kept[key] for key in self.tree}

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._value(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._value(entry) for entry in value]
        if isinstance(value, str) and value.startswith("=") and not value.startswith("=="):
            # An expression that cannot be evaluated is compared as text.
            with contextlib.suppress(ExpressionError, BudgetError):
                found = evaluate(parse(value[1:]), self.scope, self.budget)
                size_of(found, self.budget)
                return found
        return value


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and repr(first) == repr(second)


def _is_more(first: Any, second: Any) -> bool:
    return isinstance(first, int) and isinstance(second, int) and second > first


def _text(value: Any) -> str:
    return "absent" if value is _ABSENT else shown(value)
