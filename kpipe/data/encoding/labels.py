"""Encoding of labels as class indices or numbers, with class names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Target, Task
from kpipe.data.encoding.cell_value import cell_value, distinct
from kpipe.data.encoding.label_array import Values, chunks, label_array
from kpipe.data.encoding.value_index import ValueIndex
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

#: Most classes of a sequence, which has one class for each number up to the largest label.
MAX_CLASSES = 1_000_000


def encode(
    values: npt.ArrayLike,
    task: Task | Literal["auto"] = "auto",
    classes: Sequence[str] | None = None,
    *,
    name: str = "y",
    say: Callable[[str], None] | None = None,
) -> tuple[Values, Target]:
    """Encode labels as class indices or numbers.

    `auto` chooses the task by the first matching row:

    | form | task | classes |
    |---|---|---|
    | strings, bytes (UTF-8), booleans, integers, (n,) or (n, 1) | classification | distinct values, see below |
    | 0/1 rows (n, k >= 2), each with a single 1 | classification (one-hot) | `0` to `k-1` |
    | other 0/1 rows (n, k >= 2) | multilabel | `0` to `k-1` |
    | other integers or booleans with several axes | sequence | `0` to the largest |
    | the same, (n, t, k >= 2), each row with a single 1 | sequence (one-hot) | `0` to `k-1` |
    | strings (n, t) | sequence | distinct values, see below |
    | floats of any other shape | regression | none |

    Strings are compared as values and named by their shortest form (`cell_value`): `1.0` and `1` are the same class.
    If all classes are numbers, they are sorted by size, otherwise as strings.

    Args:
        values: the labels, with samples along the first axis.
        task: the meaning of the labels; `auto` (default) chooses it by the table above. Floats with integer values
            are classes only with `classification` or `sequence`; integers are numbers to predict only with
            `regression`.
        classes: the class names by class index, for integers, booleans, one-hot and multilabel labels; for strings,
            the labels themselves in the order of the class indices.
        name: the name of the target, also in messages; default `y`.
        say: receives a line if the choice of `auto` is likely to be unintended.

    Returns:
        The encoded labels (int64 class indices, or float32; memory-mapped integer sequences are returned unchanged)
        and the target.

    Raises:
        DataError: values are missing, their type is not supported, a class is not in `classes`, or there is only one
            class.
        ArgumentError: `task` or `classes` does not fit the labels.

    Example:
        >>> encoded, target = encode(["dog", "cat", "dog"])
        >>> encoded.tolist(), target.classes
        ([1, 0, 1], ('cat', 'dog'))
    """
    encoded, target = encode_parts({"train": values}, task, classes, name=name, say=say)
    return encoded["train"], target


def encode_parts(
    parts: Mapping[str, npt.ArrayLike],
    task: Task | Literal["auto"] = "auto",
    classes: Sequence[str] | None = None,
    *,
    name: str = "y",
    say: Callable[[str], None] | None = None,
) -> tuple[dict[str, Values], Target]:
    """Encode the labels of several parts as `encode` does; `train` determines the task, the form and the classes.

    Args:
        parts: the labels keyed by part name; `train` is required.
        task: as for `encode`.
        classes: as for `encode`.
        name: as for `encode`.
        say: as for `encode`.

    Raises:
        DataError: as for `encode`, or another part has labels of another form or with a class that the training part
            does not contain.
        ArgumentError: as for `encode`.

    Example:
        >>> encoded, target = encode_parts({"train": ["a", "b"], "test": ["b"]})
        >>> encoded["test"].tolist()
        [1]
    """
    arrays = {part: label_array(values, _place(name, part)) for part, values in parts.items()}
    coding = _choose(arrays["train"], task, classes, name)
    if task == "auto" and coding.target.task == "regression":
        reason = "since it contains floats; write `task: classification` in the source if they are classes"
        coding = replace(coding, target=replace(coding.target, reason=reason))
    if say is not None and task == "auto":
        _announce(coding, arrays["train"], say)
    return {part: coding.encode(values, part) for part, values in arrays.items()}, coding.target


@dataclass(frozen=True)
class _Coding:
    """An encoding of labels of one form, determined from the training part."""

    target: Target
    form: Literal["strings", "values", "index", "one-hot", "numbers"]
    keys: Values = field(default_factory=lambda: np.zeros(0, np.int64))

    def encode(self, values: Values, part: str) -> Values:
        place = _place(self.target.name, part)
        self._check_form(values, place)
        if self.form == "one-hot":
            _require_one_hot(values, place)
            return np.concatenate([chunk.argmax(axis=-1) for _, chunk in chunks(values)]).astype(np.int64)
        if self.form == "numbers":
            return self._numbers(values, place)
        if self.form == "strings":
            return self._encode_strings(values, place)
        return self._encode_values(values, place) if self.form == "values" else self._encode_indices(values, place)

    def _check_form(self, values: Values, place: str) -> None:
        expected = self.target.shape
        if self.form == "one-hot":
            expected = (*expected, len(self.target.classes or ()))
        if values.shape[1:] != expected:
            raise DataError(
                f"{place} differs in shape from the training part; expected {_shape_text(expected)}, got {values.shape}"
            )
        are_strings = self.form == "strings"
        if (values.dtype.kind == "U") != are_strings:
            kinds = ("strings", "numbers") if are_strings else ("numbers", "strings")
            raise DataError(f"{place} differs in type from the training part; expected {kinds[0]}, got {kinds[1]}")

    def _encode_strings(self, values: Values, place: str) -> Values:
        find = ValueIndex(self.target.classes or ()).find
        return self._encode_unique(values, lambda text: find(str(text)), place)

    def _encode_values(self, values: Values, place: str) -> Values:
        # Python integers, because NumPy would compare uint64 with int64 as floats.
        positions = {int(key): index for index, key in enumerate(self.keys)}
        return self._encode_unique(_as_integers(values, place), lambda value: positions.get(int(value)), place)

    def _encode_unique(self, values: Values, find: Callable[[Any], int | None], place: str) -> Values:
        unique, positions = np.unique(values, return_inverse=True)
        indices = [find(value) for value in unique]
        if None in indices:
            self._refuse_unknown(unique[indices.index(None)], place)
        return np.array(indices, np.int64)[positions].reshape(values.shape)

    def _encode_indices(self, values: Values, place: str) -> Values:
        count = len(self.target.classes or ())
        integers = _as_integers(values, place)
        low, high = int(integers.min()), int(integers.max())
        if low < 0 or high >= count:
            self._refuse_unknown(low if low < 0 else high, place)
        return integers if isinstance(integers, np.memmap) and integers.ndim > 1 else integers.astype(np.int64)

    def _numbers(self, values: Values, place: str) -> Values:
        if self.target.task == "multilabel" and not _is_binary(values):
            raise DataError(f"{place} contains values other than 0 and 1; expected 0 or 1 for each class of a row")
        with np.errstate(over="ignore"):
            numbers = np.asanyarray(values).astype(np.float32, copy=False)
        for start, chunk in chunks(numbers):
            if not np.isfinite(chunk).all():
                row = start + int(np.argwhere(~np.isfinite(chunk))[0][0])
                raise DataError(
                    f"{place}[{row}] is {values[row]}, which exceeds the range of float32; scale the target"
                )
        return numbers

    def _refuse_unknown(self, value: Any, place: str) -> None:
        known = self.target.classes or ()
        shown = ", ".join(map(escaped, known[:20])) + (f", ... ({len(known)} in all)" if len(known) > 20 else "")
        raise DataError(
            f"{place} contains an unknown class; expected a class of the training part or `classes` ({shown}), got "
            f"{str(value)!r}"
        )


def _choose(values: Values, task: str, classes: Sequence[str] | None, name: str) -> _Coding:
    """Return the coding for the labels of the training part."""
    if classes is not None:
        _check_names(classes)
    if task == "auto":
        task = _infer_task(values)
    if task == "regression":
        return _choose_numbers(values, classes, name)
    if task == "multilabel":
        if values.ndim != 2 or values.dtype.kind == "U":
            raise ArgumentError(
                "task", f"multilabel does not fit {name!r}; expected 0/1 rows (n, k), got {_describe(values)}"
            )
        target = Target(name, "multilabel", _names(classes, values.shape[1], name), values.shape[1:])
        return _Coding(target, "numbers")
    return _choose_classes(values, "sequence" if task == "sequence" else "classification", classes, name)


def _choose_numbers(values: Values, classes: Sequence[str] | None, name: str) -> _Coding:
    if values.dtype.kind == "U":
        raise ArgumentError(
            "task", f"regression does not fit {name!r}; expected numbers, got strings such as {values.flat[0]!r}"
        )
    if classes is not None:
        raise ArgumentError(
            "classes",
            f"classes are listed for {name!r}, which is a number to predict; remove them, or write "
            "`task: classification` in the source if its numbers are classes",
        )
    return _Coding(Target(name, "regression", None, values.shape[1:]), "numbers")


def _choose_classes(
    values: Values, task: Literal["classification", "sequence"], classes: Sequence[str] | None, name: str
) -> _Coding:
    axes = 0 if task == "classification" else 1
    if values.ndim == axes + 2 and values.shape[-1] >= 2 and _is_one_hot(values):
        names = _names(classes, values.shape[-1], name)
        return _Coding(Target(name, task, names, values.shape[1:-1]), "one-hot")
    if (values.ndim != 1) if task == "classification" else (values.ndim < 2):
        expected = "one label per sample, or one-hot rows" if axes == 0 else "one label per step, (n, t)"
        raise ArgumentError("task", f"{task} does not fit {name!r}; expected {expected}, got {_describe(values)}")
    shape = values.shape[1:]
    if values.dtype.kind == "U":
        found = distinct(map(str, np.unique(values))) if classes is None else _shortest_names(classes)
        return _Coding(replace(_target(name, task, found), shape=shape), "strings")
    integers = _as_integers(values, _place(name, "train"))
    if classes is None and task == "classification":
        keys = np.unique(integers)
        names_by_key = [str(bool(key)) if values.dtype.kind == "b" else str(key) for key in keys]
        return _Coding(_target(name, task, names_by_key), "values", keys)
    by_index = list(classes) if classes is not None else [str(index) for index in range(_count(integers, name))]
    return _Coding(replace(_target(name, task, by_index), shape=shape), "index")


def _infer_task(values: Values) -> Task:
    if values.dtype.kind == "U" or (values.ndim == 1 and values.dtype.kind in "biu"):
        return "classification" if values.ndim == 1 else "sequence"
    if values.ndim == 1:
        return "regression"
    if values.ndim == 2 and values.shape[1] >= 2 and _is_binary(values):
        return "classification" if _is_one_hot(values) else "multilabel"
    return "sequence" if values.dtype.kind in "biu" else "regression"


def _announce(coding: _Coding, values: Values, say: Callable[[str], None]) -> None:
    target = coding.target
    if target.task == "regression" and values.ndim == 1 and (values == np.rint(values)).all():
        say(
            f"{escaped(target.name)} contains floats with integer values, which are treated as numbers to predict "
            "(regression); write `task: classification` in the source if they are classes"
        )
    if target.task == "multilabel":
        say(
            f"{escaped(target.name)} contains rows of 0 and 1 that are not one-hot, which are treated as "
            f"{target.shape[0]} independent labels (multilabel); write `task: sequence` in the source if each "
            "column is a step"
        )


def _as_integers(values: Values, place: str) -> Values:
    """Convert booleans, and floats with integer values, to integers; integers and strings are returned unchanged."""
    if values.dtype.kind == "b":
        return values.astype(np.int64)
    if values.dtype.kind != "f":
        return values
    if not (values == np.rint(values)).all():
        value = values[values != np.rint(values)].flat[0]
        raise ArgumentError("task", f"{place} contains {value}, which is not a class index; write `task: regression`")
    if (np.abs(values) >= 2.0**63).any():
        value = values[np.abs(values) >= 2.0**63].flat[0]
        raise ArgumentError("task", f"{place} contains {value}, which is not a class index; write `task: regression`")
    return values.astype(np.int64)


def _count(integers: Values, name: str) -> int:
    low, high = int(integers.min()), int(integers.max())
    if low < 0 or high >= MAX_CLASSES:
        raise DataError(
            f"{name!r} contains an invalid class index of a sequence; expected 0 to {MAX_CLASSES - 1:,}, got "
            f"{low if low < 0 else high}; write `task: regression` if the labels are numbers to predict"
        )
    return high + 1


def _target(name: str, task: Task, classes: Sequence[str]) -> Target:
    if len(classes) < 2:
        only = f" ({classes[0]!r})" if classes else ""
        raise DataError(
            f"the target {name!r} has too few classes; expected at least 2, got {len(classes)}{only}; add samples of "
            "other classes"
        )
    return Target(name, task, tuple(classes), ())


def _names(classes: Sequence[str] | None, count: int, name: str) -> tuple[str, ...]:
    if classes is None:
        return tuple(str(index) for index in range(count))
    if len(classes) != count:
        raise ArgumentError(
            "classes",
            f"wrong number of classes; expected {count} names for the columns of {name!r}, got {len(classes)}",
        )
    return tuple(classes)


def _shortest_names(classes: Sequence[str]) -> list[str]:
    """Return class names in their shortest form, which must differ, since labels are compared as values."""
    names = [cell_value(entry) for entry in classes]
    for position, entry in enumerate(names):
        if entry in names[:position]:
            first = classes[names.index(entry)]
            raise ArgumentError("classes", f"{first!r} and {classes[position]!r} are the same value; remove one")
    return names


def _check_names(classes: Sequence[str]) -> None:
    repeated = sorted({entry for entry in classes if list(classes).count(entry) > 1})
    if repeated:
        raise ArgumentError("classes", f"duplicate names: {', '.join(map(escaped, repeated))}; list each class once")
    if len(classes) < 2:
        raise ArgumentError("classes", f"too few classes; expected at least 2, got {len(classes)}")


def _is_binary(values: Values) -> bool:
    return values.dtype.kind in "biuf" and all(((chunk == 0) | (chunk == 1)).all() for _, chunk in chunks(values))


def _is_one_hot(values: Values) -> bool:
    return _is_binary(values) and all((chunk.sum(axis=-1) == 1).all() for _, chunk in chunks(values))


def _require_one_hot(values: Values, place: str) -> None:
    for start, chunk in chunks(values):
        wrong = ((chunk != 0) & (chunk != 1)).any(axis=-1) | (chunk.sum(axis=-1) != 1)
        if wrong.any():
            row = start + int(np.argwhere(wrong)[0][0])
            raise DataError(
                f"{place}[{row}] differs in form from the training part; expected a one-hot row, got {values[row]}"
            )


def _place(name: str, part: str) -> str:
    return f"{name!r}" if part == "train" else f"{name!r} of the {part} part"


def _describe(values: Values) -> str:
    kind = {"U": "strings", "f": "floats", "b": "booleans"}.get(values.dtype.kind, "integers")
    return f"{kind} of shape {values.shape}"


def _shape_text(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(["n", *map(str, shape)]) + ")"
