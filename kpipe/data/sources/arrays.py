"""A source for memory-mapped NumPy arrays in `.npy` or `.npz` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset
from kpipe.data.encoding.labels import encode_parts
from kpipe.data.npz import map_npy, members
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.sample_weights import sample_weights
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.unpacked import open_member
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

Parts = dict[str, npt.NDArray[Any]]

_SUFFIXES = {"train": ("", "_train"), "validation": ("_validation", "_val"), "test": ("_test",)}


class Arrays(Source):
    """NumPy arrays on disk with samples along the first axis, which can be larger than memory.

    Specify either `path`, an `.npz` file that contains `x` and `y` (or `x_train` and `y_train`) and optionally
    `x_test`, `y_test`, `x_validation` (or `x_val`) and `y_validation`, or `x`, `y`, ... as `.npy` files. An
    uncompressed `.npz` file is memory-mapped; a compressed one is unpacked once into the cache, which is reported.
    Python objects (pickles) are refused. uint8 arrays (n, h, w, c) are images; uint8 arrays (n, h, w) are grey images
    if w > 4; an array (n,) becomes (n, 1). A single input is called `image` if it contains images, else `x`; a single
    target is called `y`. Labels are read into memory. They can be integers, names, one-hot or 0/1 rows, sequences
    (n, t), or floats for regression.

    Args:
        path: an `.npz` file.
        x: an `.npy` file with the training inputs; instead of `path`.
        y: an `.npy` file with the training labels.
        x_test: an `.npy` file with the test inputs; if it is omitted, `data.test` is a fraction of all samples.
        y_test: an `.npy` file with the test labels.
        x_validation: an `.npy` file with the validation inputs; if it is omitted, `data.validation` is a fraction of
            the training samples.
        y_validation: an `.npy` file with the validation labels.
        inputs: names of the members of `path` that are inputs, default `[x]`; other parts are named like `NAME_test`.
        targets: names of the members of `path` that are targets, default `[y]`.
        task: the task of the targets; `auto` (default) infers it from the labels: floats are regression, integers
            classes.
        classes: class names by class index, for a single target.

    Example:
        source:
          Arrays: {path: data.npz, inputs: [image, extra], targets: [kind]}
    """

    def __init__(
        self,
        path: Path | None = None,
        x: Path | None = None,
        y: Path | None = None,
        x_test: Path | None = None,
        y_test: Path | None = None,
        x_validation: Path | None = None,
        y_validation: Path | None = None,
        inputs: list[str] | None = None,
        targets: list[str] | None = None,
        task: Literal["auto", "classification", "multilabel", "sequence", "regression"] = "auto",
        classes: list[str] | None = None,
    ) -> None:
        files = {
            "x": x,
            "y": y,
            "x_validation": x_validation,
            "y_validation": y_validation,
            "x_test": x_test,
            "y_test": y_test,
        }
        self.path = None if path is None else Path(path)
        self.files = {name: Path(file) for name, file in files.items() if file is not None}
        self.renames = inputs is None
        self.inputs = ["x"] if inputs is None else list(inputs)
        self.targets = ["y"] if targets is None else list(targets)
        self.task = task
        self.classes = classes
        self._check()
        if path is None and (inputs is not None or targets is not None):
            raise ArgumentError(
                "inputs" if inputs is not None else "targets", "only valid with `path`, an .npz file; remove it"
            )

    def target_names(self) -> Sequence[str]:
        """Return `targets`."""
        return tuple(self.targets)

    def input_names(self) -> Sequence[str]:
        """Return `inputs`, or the possible names of the single input."""
        return ("image", "x") if self.renames else tuple(self.inputs)

    def open(self, context: OpenContext) -> Dataset:
        """Map the inputs and read the labels.

        Raises:
            ArgumentError: a file or member is missing, or the labels do not fit `task` or `classes`.
            DataError: a file is damaged, lengths differ, arrays are empty or not numeric, or labels are missing.
        """
        self._check_member(context.group, "data.group", "groups")
        self._check_member(context.weights, "data.sample_weights", "weights")
        names = [*self.inputs, *self.targets]
        arrays = {name: self._from_files(name) for name in names} if self.path is None else self._members(context)
        _check_lengths(arrays)
        groups = None if context.group is None else self._groups(context.group, arrays)
        weights = None if context.weights is None else sample_weights(context.weights, arrays[context.weights].values())
        inputs = {name: arrays[name] for name in self.inputs}
        for name, parts in inputs.items():
            _check_input(name, parts, context)
        labels, targets = {}, {}
        for name in self.targets:
            encoded, targets[name] = encode_parts(arrays[name], self.task, self.classes, name=name, say=context.say)
            labels[name] = encoded["train"] if len(encoded) == 1 else np.concatenate(list(encoded.values()))
        files = {"path": self.path} if self.path is not None else self.files
        input_files = [(f"{argument}: {path.name}", path) for argument, path in files.items() if argument[0] != "y"]
        return ArrayDataset(inputs, targets, labels, self.renames, input_files, groups, weights)

    def _check(self) -> None:
        if self.path is not None and self.files:
            raise ArgumentError(
                "path", f"path and {', '.join(self.files)} cannot be combined; write either path or .npy files"
            )
        if self.path is None and not {"x", "y"} <= set(self.files):
            missing = [name for name in ("x", "y") if name not in self.files]
            raise ArgumentError(
                "path" if len(missing) == 2 else missing[0],
                "missing files; write `path` with an .npz file, or `x` and `y` with .npy files",
            )
        for part in ("validation", "test"):
            if (f"x_{part}" in self.files) != (f"y_{part}" in self.files):
                absent = f"{'y' if f'x_{part}' in self.files else 'x'}_{part}"
                raise ArgumentError(f"x_{part}", f"{absent} is missing; write both x_{part} and y_{part}, or neither")
        for argument, names in (("inputs", self.inputs), ("targets", self.targets)):
            if not names or len(set(names)) < len(names):
                raise ArgumentError(argument, f"empty or duplicate names; expected each member once, got {names}")
        if self.classes is not None and len(self.targets) > 1:
            raise ArgumentError("classes", f"only valid for a single target, got {len(self.targets)}; remove it")

    def _check_member(self, member: str | None, key: str, noun: str) -> None:
        """Check that a member with groups or weights can be read, and is neither an input nor a target."""
        if member is None:
            return
        if self.path is None:
            message = f"expected `path` with an .npz file that contains the {noun}, got .npy files; save one file"
            raise ArgumentError(key, message)
        for argument, names in (("inputs", self.inputs), ("targets", self.targets)):
            if member in names:
                raise ArgumentError(key, f"{member!r} is listed in {argument} too; remove one of them")

    def _groups(self, name: str, arrays: Mapping[str, Parts]) -> npt.NDArray[Any]:
        parts = [np.asarray(array) for array in arrays[name].values()]
        for array in parts:
            if array.ndim != 1 or array.dtype.kind not in "biuUS":
                raise ArgumentError(
                    "data.group",
                    f"{name!r} does not identify groups; expected integers or strings of shape (n,), got {array.dtype} "
                    f"of shape {array.shape}",
                )
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _from_files(self, name: str) -> Parts:
        parts = {}
        for part in _SUFFIXES:
            argument = name if part == "train" else f"{name}_{part}"
            if (file := self.files.get(argument)) is not None:
                _require_file(file, argument, ".npy")
                parts[part] = map_npy(file)
        return parts

    def _members(self, context: OpenContext) -> dict[str, Parts]:
        path = self.path or Path()
        _require_file(path, "path", ".npz")
        found = list(members(path))
        arrays: dict[str, Parts] = {}
        more = {"data.group": context.group, "data.sample_weights": context.weights}
        read = {"inputs": self.inputs, "targets": self.targets, **{key: [name] for key, name in more.items() if name}}
        for argument, names in read.items():
            for name in names:
                arrays[name] = {
                    part: open_member(path, member, context)
                    for part, member in _parts_of(name, argument, found, path).items()
                }
        for name, parts in arrays.items():
            missing = {part for other in arrays.values() for part in other} - set(parts)
            if missing:
                raise ArgumentError(
                    "path",
                    f"{path} has a {sorted(missing)[0]} part, but not for {name!r}; available: "
                    f"{', '.join(map(escaped, found))}",
                )
        return arrays


def _parts_of(name: str, argument: str, found: list[str], path: Path) -> dict[str, str]:
    """Return the names of the members that contain an input or target, keyed by part name."""
    parts = {}
    for part, suffixes in _SUFFIXES.items():
        matches = [name + suffix for suffix in suffixes if name + suffix in found]
        if len(matches) > 1:
            raise ArgumentError(
                argument, f"{path} contains both {matches[0]!r} and {matches[1]!r}; remove or rename one"
            )
        if matches:
            parts[part] = matches[0]
    if "train" not in parts:
        available = ", ".join(map(repr, found)) or "none"
        raise ArgumentError(
            argument,
            f"{path} contains neither {name!r} nor '{name}_train'; available: {available}; list members as inputs and "
            "targets",
        )
    return parts


def _require_file(path: Path, argument: str, ending: str) -> None:
    if not path.exists():
        raise ArgumentError(argument, f"the file {path} does not exist")
    if path.is_dir():
        raise ArgumentError(argument, f"{path} is a folder; expected an {ending} file")
    if path.suffix.lower() != ending:
        other = "write `path:` for an .npz file" if ending == ".npy" else "write `x:` and `y:` for .npy files"
        raise ArgumentError(argument, f"{path} does not end in {ending}; {other}")


def _check_lengths(arrays: Mapping[str, Parts]) -> None:
    for part in next(iter(arrays.values())):
        suffix = "" if part == "train" else f" of the {part} part"
        for name, parts in arrays.items():
            if parts[part].ndim == 0:
                raise DataError(
                    f"{name!r}{suffix} has no axis for samples; expected one entry per sample, got shape ()"
                )
            if parts[part].size == 0:
                raise DataError(f"{name!r}{suffix} is empty; expected at least 1 value, got shape {parts[part].shape}")
        lengths = {name: len(parts[part]) for name, parts in arrays.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{length} for {name!r}" for name, length in lengths.items())
            raise DataError(
                f"the arrays{suffix} differ in length; expected the same number of samples along the first axis, got "
                f"{shown}"
            )


def _check_input(name: str, parts: Parts, context: OpenContext) -> None:
    train = parts["train"]
    for part, array in parts.items():
        if array.dtype.kind not in "biuf":
            raise DataError(
                f"{name!r} has an unsupported type; expected numbers, got {array.dtype}; convert it, or use Table for "
                "strings"
            )
        if (array.shape[1:], array.dtype) != (train.shape[1:], train.dtype):
            raise DataError(
                f"{name!r} of the {part} part differs from the training part; expected samples of shape "
                f"{train.shape[1:]} and type {train.dtype}, got {array.shape[1:]} and {array.dtype}"
            )
        if array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
            context.say(
                f"{name!r} is stored in Fortran order, so each sample is scattered over the file and slow to read; "
                "save numpy.ascontiguousarray(x) instead"
            )
    if train.dtype == np.uint8 and train.ndim == 4 and train.shape[1] in (1, 3) and train.shape[3] not in (1, 3, 4):
        context.say(
            f"{name!r} has shape {train.shape}, which is read as images with {train.shape[3]} channels; if the first "
            "axis of an image is its channels, save numpy.moveaxis(x, 1, -1) instead"
        )
