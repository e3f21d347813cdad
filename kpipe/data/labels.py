"""Labels in any form, as class indices or numbers, with class names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.cell_value import cell_value, distinct
from kpipe.data.dataset import Target, Task
from kpipe.data.label_array import Values, chunks, label_array
from kpipe.data.value_index import ValueIndex
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

#: Sequences of token numbers name a class for each number up to the largest; beyond this it is surely a
#: error.
MOST_CLASSES = 1_000_000


def encode(
    values: npt.ArrayLike,
    task: Task | Literal["auto"] = "auto",
    classes: Sequence[str] | None = None,
    *,
    name: str = "y",
    say: Callable[[str], None] | None = None,
) -> tuple[Values, Target]:
    """Class indices or numbers from labels of any form.

    What `auto` makes of them, the first that fits:

    | form | task | classes |
    |---|---|---|
    | strings, bytes (UTF-8), booleans, integers, (n,) or (n, 1) | classification | distinct values, see below |
    | 0/1 rows (n, k >= 2), each with a single 1 | classification (one-hot) | `0` to `k-1` |
    | other 0/1 rows (n, k >= 2) | multilabel | `0` to `k-1` |
    | other integers, booleans, in more axes | sequence | `0` to the largest |
    | the same, (n, t, k >= 2), each row with a single 1 | sequence (one-hot) | `0` to `k-1` |
    | strings (n, t) | sequence | distinct values, see below |
    | floats of any other shape | regression | none |

    Texts are compared as values and named by their shortest form (`cell_value`): `1.0` and `1` are one class. Classes
    that are all numbers are in the order of their size, others in that of their strings.

    Args:
        values: the labels, first axis over samples.
        task: what they mean; `auto` decides by the table above. Floats that are integers become classes
            only with `classification` or `sequence`; integers become numbers only with `regression`.
        classes: names by class index, for integers, booleans, one-hot and multilabel labels; for strings the
            names themselves in the wanted order.
        name: the target's name, for messages too.
        say: receives a line where `auto` had a choice that people get wrong.

    Returns:
        The encoded labels (int64 class indices, or float32; sequences of integers that are a memory map stay
        that map) and the target.

    Raises:
        DataError: missing values, forms that cannot be labels, a class that `classes` lacks, a single class.
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
    """As `encode`, for the labels of several parts: `train` decides the task, the form and the classes.

    Args:
        parts: the labels by part; `train` must be there.
        task: as for `encode`.
        classes: as for `encode`.
        name: as for `encode`.
        say: as for `encode`.

    Raises:
        DataError: also where another part contains a class that the training part lacks, or has another form.

    Example:
        >>> encoded, target = encode_parts({"train": ["a", "b"], "test": ["b"]})
        >>> encoded["test"].tolist()
        [1]
    """
    arrays = {part: label_array(values, _place(name, part)) for part, values in parts.items()}
    coding = _choose(arrays["train"], task, classes, name)
    if say is not None and task == "auto":
        _announce(coding, arrays["train"], say)
    return {part: coding.encode(values, part) for part, values in arrays.items()}, coding.target


@dataclass(frozen=True)
class _Coding:
    """How labels of one form become numbers; decided on the training part."""

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
            return self._by_text(values, place)
        return self._by_value(values, place) if self.form == "values" else self._by_index(values, place)

    def _check_form(self, values: Values, place: str) -> None:
        wanted = self.target.shape
        if self.form == "one-hot":
            wanted = (*wanted, len(self.target.classes or ()))
        if values.shape[1:] != wanted:
            raise DataError(f"{place} has shape {values.shape}; the training part's labels have {_shape_text(wanted)}")
        textual = self.form == "strings"
        if (values.dtype.kind == "U") != textual:
            kinds = ("strings", "numbers") if textual else ("numbers", "strings")
            raise DataError(f"{place} contains {kinds[1]}; the training part's labels are {kinds[0]}")

    def _by_text(self, values: Values, place: str) -> Values:
        find = ValueIndex(self.target.classes or ()).find
        return self._by_found(values, lambda text: find(str(text)), place)

    def _by_value(self, values: Values, place: str) -> Values:
        # Python's integers: NumPy would compare uint64 with int64 as floats.
        places = {int(key): index for index, key in enumerate(self.keys)}
        return self._by_found(_whole(values, place), lambda value: places.get(int(value)), place)

    def _by_found(self, values: Values, find: Callable[[Any], int | None], place: str) -> Values:
        different, positions = np.unique(values, return_inverse=True)
        indices = [find(value) for value in different]
        if None in indices:
            self._refuse_unknown(different[indices.index(None)], place)
        return np.array(indices, np.int64)[positions].reshape(values.shape)

    def _by_index(self, values: Values, place: str) -> Values:
        count = len(self.target.classes or ())
        whole = _whole(values, place)
        low, high = int(whole.min()), int(whole.max())
        if low < 0 or high >= count:
            self._refuse_unknown(low if low < 0 else high, place)
        return whole if isinstance(whole, np.memmap) and whole.ndim > 1 else whole.astype(np.int64)

    def _numbers(self, values: Values, place: str) -> Values:
        if self.target.task == "multilabel" and not _is_binary(values):
            raise DataError(f"{place} contains values other than 0 and 1; multilabel rows are 0 or 1 for each class")
        with np.errstate(over="ignore"):
            numbers = np.asanyarray(values).astype(np.float32, copy=False)
        for start, chunk in chunks(numbers):
            if not np.isfinite(chunk).all():
                row = start + int(np.argwhere(~np.isfinite(chunk))[0][0])
                raise DataError(f"{place}[{row}] is {values[row]}, which float32 cannot hold; scale the target")
        return numbers

    def _refuse_unknown(self, value: Any, place: str) -> None:
        known = self.target.classes or ()
        shown = ", ".join(map(escaped, known[:20])) + (f", ... ({len(known)} in all)" if len(known) > 20 else "")
        raise DataError(
            f"{place} contains the class {str(value)!r}, which the training part (or `classes`) does not have: {shown}"
        )


def _choose(values: Values, task: str, classes: Sequence[str] | None, name: str) -> _Coding:
    """The coding of a training part's labels."""
    if classes is not None:
        _check_names(classes)
    if task == "auto":
        task = _guess(values)
    if task == "regression":
        return _choose_numbers(values, classes, name)
    if task == "multilabel":
        if values.ndim != 2 or values.dtype.kind == "U":
            raise ArgumentError("task", f"multilabel needs 0/1 rows (n, k); {name!r} has {_describe(values)}")
        target = Target(name, "multilabel", _names(classes, values.shape[1], name), values.shape[1:])
        return _Coding(target, "numbers")
    return _choose_classes(values, "sequence" if task == "sequence" else "classification", classes, name)


def _choose_numbers(values: Values, classes: Sequence[str] | None, name: str) -> _Coding:
    if values.dtype.kind == "U":
        raise ArgumentError("task", f"regression needs numbers; {name!r} contains strings such as {values.flat[0]!r}")
    if classes is not None:
        raise ArgumentError(
            "classes",
            f"the target {name!r} is a number to predict, so it has no classes; "
            "write `task: classification` if its numbers are classes",
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
        wanted = "one label a sample, or one-hot rows" if axes == 0 else "one label for each step, (n, t)"
        raise ArgumentError("task", f"{task} needs {wanted}; {name!r} has {_describe(values)}")
    shape = values.shape[1:]
    if values.dtype.kind == "U":
        found = distinct(map(str, np.unique(values))) if classes is None else _shortest_names(classes)
        return _Coding(replace(_target(name, task, found), shape=shape), "strings")
    whole = _whole(values, _place(name, "train"))
    if classes is None and task == "classification":
        keys = np.unique(whole)
        shown = [str(bool(key)) if values.dtype.kind == "b" else str(key) for key in keys]
        return _Coding(_target(name, task, shown), "values", keys)
    indices = list(classes) if classes is not None else [str(index) for index in range(_count(whole, name))]
    return _Coding(replace(_target(name, task, indices), shape=shape), "index")


def _guess(values: Values) -> Task:
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
            f"{escaped(target.name)} contains floats, all of them integers: taken as numbers to predict "
            "(regression); "
            "write `task: classification` if they are classes"
        )
    if target.task == "multilabel":
        say(
            f"{escaped(target.name)} contains rows of 0 and 1 that are not one-hot: taken as {target.shape[0]} labels "
            "that may "
            "hold together (multilabel); write `task: sequence` if each column is a step"
        )


def _whole(values: Values, place: str) -> Values:
    """Labels that are to be class numbers, as integers; strings are handed through."""
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


def _count(whole: Values, name: str) -> int:
    low, high = int(whole.min()), int(whole.max())
    if low < 0 or high >= MOST_CLASSES:
        raise DataError(
            f"{name!r} contains {low if low < 0 else high}; the steps of a sequence are class numbers from 0 to "
            "at most "
            f"{MOST_CLASSES - 1:,}. Write `task: regression` if they are numbers to predict"
        )
    return high + 1


def _target(name: str, task: Task, classes: Sequence[str]) -> Target:
    if len(classes) < 2:
        only = f" ({classes[0]!r})" if classes else ""
        raise DataError(f"the target {name!r} has a single class{only}; classification needs at least two")
    return Target(name, task, tuple(classes), ())


def _names(classes: Sequence[str] | None, count: int, name: str) -> tuple[str, ...]:
    if classes is None:
        return tuple(str(index) for index in range(count))
    if len(classes) != count:
        raise ArgumentError("classes", f"{len(classes)} names for the {count} columns of {name!r}")
    return tuple(classes)


def _shortest_names(classes: Sequence[str]) -> list[str]:
    """Names of classes that labels spell; two spellings of one value would be one class."""
    names = [cell_value(entry) for entry in classes]
    for place, entry in enumerate(names):
        if entry in names[:place]:
            first = classes[names.index(entry)]
            raise ArgumentError("classes", f"{first!r} and {classes[place]!r} are the same value; name it once")
    return names


def _check_names(classes: Sequence[str]) -> None:
    repeated = sorted({entry for entry in classes if list(classes).count(entry) > 1})
    if repeated:
        raise ArgumentError("classes", f"{', '.join(map(escaped, repeated))} is named more than once")
    if len(classes) < 2:
        raise ArgumentError("classes", f"{len(classes)} named; at least two are needed")


def _is_binary(values: Values) -> bool:
    return values.dtype.kind in "biuf" and all(((chunk == 0) | (chunk == 1)).all() for _, chunk in chunks(values))


def _is_one_hot(values: Values) -> bool:
    return _is_binary(values) and all((chunk.sum(axis=-1) == 1).all() for _, chunk in chunks(values))


def _require_one_hot(values: Values, place: str) -> None:
    for start, chunk in chunks(values):
        wrong = ((chunk != 0) & (chunk != 1)).any(axis=-1) | (chunk.sum(axis=-1) != 1)
        if wrong.any():
            row = start + int(np.argwhere(wrong)[0][0])
            raise DataError(f"{place}[{row}] is not one-hot, as the training part's labels are: {values[row]}")


def _place(name: str, part: str) -> str:
    return f"{name!r}" if part == "train" else f"{name!r} of the {part} part"


def _describe(values: Values) -> str:
    kind = {"U": "strings", "f": "floats", "b": "booleans"}.get(values.dtype.kind, "integers")
    return f"{kind} of shape {values.shape}"


def _shape_text(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(["n", *map(str, shape)]) + ")"
