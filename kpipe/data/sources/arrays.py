"""Arrays: NumPy arrays in `.npy` or `.npz` files, mapped rather than read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset
from kpipe.data.labels import encode_parts
from kpipe.data.npz import map_npy, members
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.unpacked import open_member
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

Parts = dict[str, npt.NDArray[Any]]

_SUFFIXES = {"train": ("", "_train"), "validation": ("_validation", "_val"), "test": ("_test",)}


class Arrays(Source):
    """Samples along the first axis of NumPy arrays on disk, larger than memory if need be.

    Write `path` with an `.npz` file that contains `x` and `y` (or `x_train` and `y_train`), and perhaps
    `x_test`, `y_test`, `x_validation` (or `x_val`), `y_validation`; or `x`, `y`, ... with `.npy` files. An
    uncompressed `.npz` is mapped in place; a compressed one is unpacked once into the cache, which is reported.
    Python objects (pickles) are refused. uint8 arrays (n, h, w, c) are images; uint8 arrays (n, h, w) are
    grey images if w > 4; an array (n,) becomes (n, 1). A single input is called `image` if it contains images,
    else `x`; a single target `y`. Labels are read into memory: integers, names, one-hot, 0/1 rows, sequences
    (n, t), or floats for regression.

    Args:
        path: an `.npz` file.
        x: an `.npy` file with the training inputs; instead of `path`.
        y: an `.npy` file with the training labels.
        x_test: an `.npy` file with the inputs of the test part; without it `data.test` is a share of all.
        y_test: an `.npy` file with the labels of the test part.
        x_validation: an `.npy` file with the inputs of the validation part; without it `data.validation` is a
            share.
        y_validation: an `.npy` file with the labels of the validation part.
        inputs: with `path`: names of the members that are inputs, by default `[x]`; parts as `NAME_test`.
        targets: with `path`: names of the members that are targets, by default `[y]`.
        task: of the targets; `auto` sees it from the labels' form: floats are regression, integers classes.
        classes: names by class index, for a single target.

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
            raise ArgumentError("inputs" if inputs is not None else "targets", "names members of the .npz file `path`")

    def input_names(self) -> Sequence[str]:
        """The members named by `inputs`; without it, one input that is called by what it contains."""
        return ("image", "x") if self.renames else tuple(self.inputs)

    def open(self, context: OpenContext) -> Dataset:
        """Maps the inputs and reads the labels.

        Raises:
            ArgumentError: a missing file or member; labels that do not fit `task` or `classes`.
            DataError: a damaged file, differing lengths, empty arrays, types that are not numeric, missing labels.
        """
        names = [*self.inputs, *self.targets]
        arrays = {name: self._from_files(name) for name in names} if self.path is None else self._members(context)
        _check_lengths(arrays)
        inputs = {name: arrays[name] for name in self.inputs}
        for name, parts in inputs.items():
            _check_input(name, parts, context)
        labels, targets = {}, {}
        for name in self.targets:
            encoded, targets[name] = encode_parts(arrays[name], self.task, self.classes, name=name, say=context.say)
            labels[name] = encoded["train"] if len(encoded) == 1 else np.concatenate(list(encoded.values()))
        files = {"path": self.path} if self.path is not None else self.files
        named = [(f"{argument}: {path.name}", path) for argument, path in files.items() if argument[0] != "y"]
        return ArrayDataset(inputs, targets, labels, self.renames, named)

    def _check(self) -> None:
        if self.path is not None and self.files:
            raise ArgumentError("path", f"an .npz file contains everything; {', '.join(self.files)} go without it")
        if self.path is None and not {"x", "y"} <= set(self.files):
            missing = [name for name in ("x", "y") if name not in self.files]
            raise ArgumentError(
                "path" if len(missing) == 2 else missing[0],
                "write `path` with an .npz file, or `x` and `y` with .npy files",
            )
        for part in ("validation", "test"):
            if (f"x_{part}" in self.files) != (f"y_{part}" in self.files):
                raise ArgumentError(f"x_{part}", f"x_{part} and y_{part} go together; one of them is missing")
        for argument, names in (("inputs", self.inputs), ("targets", self.targets)):
            if not names or len(set(names)) < len(names):
                raise ArgumentError(argument, f"{names} is empty or names a member more than once")
        if self.classes is not None and len(self.targets) > 1:
            raise ArgumentError("classes", f"names the classes of a single target; there are {len(self.targets)}")

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
        for argument, names in (("inputs", self.inputs), ("targets", self.targets)):
            for name in names:
                arrays[name] = {
                    part: open_member(path, member, context)
                    for part, member in _parts_of(name, argument, found, path).items()
                }
        for name, parts in arrays.items():
            lacking = {part for other in arrays.values() for part in other} - set(parts)
            if lacking:
                raise ArgumentError(
                    "path",
                    f"{path} has a {sorted(lacking)[0]} part, but not of {name!r}; "
                    f"it contains {', '.join(map(escaped, found))}",
                )
        return arrays


def _parts_of(name: str, argument: str, found: list[str], path: Path) -> dict[str, str]:
    """The member that contains each part of an input or target."""
    parts = {}
    for part, suffixes in _SUFFIXES.items():
        there = [name + suffix for suffix in suffixes if name + suffix in found]
        if len(there) > 1:
            raise ArgumentError(argument, f"{path} contains both {there[0]!r} and {there[1]!r}; remove or rename one")
        if there:
            parts[part] = there[0]
    if "train" not in parts:
        shown = ", ".join(map(repr, found)) or "no array"
        raise ArgumentError(
            argument,
            f"{path} contains no {name!r} or '{name}_train'; it contains {shown}: list members as inputs and targets",
        )
    return parts


def _require_file(path: Path, argument: str, ending: str) -> None:
    if not path.exists():
        raise ArgumentError(argument, f"the file {path} does not exist")
    if path.is_dir():
        raise ArgumentError(argument, f"{path} is a folder; an {ending} file is needed")
    if path.suffix.lower() != ending:
        other = "write `path:` for an .npz file" if ending == ".npy" else "write `x:` and `y:` for .npy files"
        raise ArgumentError(argument, f"{path} does not end in {ending}; {other}")


def _check_lengths(arrays: Mapping[str, Parts]) -> None:
    for part in next(iter(arrays.values())):
        suffix = "" if part == "train" else f" of the {part} part"
        for name, parts in arrays.items():
            if parts[part].ndim == 0:
                expected = "expected one entry a sample along the first axis"
                raise DataError(f"{name!r}{suffix} has no axis of samples: shape (); {expected}")
            if parts[part].size == 0:
                raise DataError(f"{name!r}{suffix} is empty: shape {parts[part].shape}")
        lengths = {name: len(parts[part]) for name, parts in arrays.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
            raise DataError(f"the arrays{suffix} differ in length along the first axis, the samples: {shown}")


def _check_input(name: str, parts: Parts, context: OpenContext) -> None:
    train = parts["train"]
    for part, array in parts.items():
        if array.dtype.kind not in "biuf":
            raise DataError(f"{name!r} contains {array.dtype}; inputs are numbers (strings belong into a Table)")
        if (array.shape[1:], array.dtype) != (train.shape[1:], train.dtype):
            raise DataError(
                f"{name!r} of the {part} part has samples of shape {array.shape[1:]} and type {array.dtype}; "
                "the "
                f"training part's have {train.shape[1:]} and {train.dtype}"
            )
        if array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
            context.say(
                f"{name!r} is stored column by column (Fortran order), so that each sample is scattered over "
                "the whole "
                "file and slow to read; save numpy.ascontiguousarray of it"
            )
    if train.dtype == np.uint8 and train.ndim == 4 and train.shape[1] in (1, 3) and train.shape[3] not in (1, 3, 4):
        context.say(
            f"{name!r} has shape {train.shape}, read as images of {train.shape[3]} channels; if the channels "
            "come "
            "first, save numpy.moveaxis(x, 1, -1) of it"
        )
