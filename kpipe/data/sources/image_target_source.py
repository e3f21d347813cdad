"""What sources of images whose targets are images have in common."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kpipe.data.dataset import BadSample, Dataset, Target
from kpipe.data.images.image_file import ImageInfo, printable
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.image_check import check_images
from kpipe.data.sources.image_labels import ImageLabels
from kpipe.data.sources.image_set import Color, ImageSet
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.errors import ArgumentError, DataError


class ImageTargetSource(Source):
    """Base class of sources whose targets are masks or images; a subclass finds the files of each sample.

    Args:
        inputs, masks, targets: where the files of each input and target are, keyed by its name.
        size: height and width of all targets; None for their own.
        parts: the parts; always `train`.
        classes: the names of the classes of a single mask; None for its values.
        color: `rgb` or `grey` for all inputs, or `auto`.

    Raises:
        ArgumentError: the arguments do not fit each other.
    """

    def __init__(
        self,
        inputs: Mapping[str, Any],
        masks: Mapping[str, Any] | None,
        targets: Mapping[str, Any] | None,
        size: Sequence[int] | None,
        parts: Sequence[str],
        classes: Sequence[str] | None,
        color: Color,
    ) -> None:
        self.inputs, self.masks, self.targets = dict(inputs), dict(masks or {}), dict(targets or {})
        self.size, self.part_names, self.classes, self.color = size, parts, classes, color
        self._check()

    @abstractmethod
    def find(self, part: str) -> dict[str, tuple[Path, list[str]]]:
        """Return a folder and the files relative to it of each input and target; those at one index are a sample.

        Args:
            part: `train`, `validation` or `test`.

        Raises:
            ArgumentError: the files cannot be found.
        """

    def input_names(self) -> Sequence[str]:
        """Return the names of the inputs."""
        return tuple(self.inputs)

    def open(self, context: OpenContext) -> Dataset:
        """Find the files of each sample, check those that are new or modified, and decode the targets.

        Raises:
            ArgumentError: a folder is missing, a file has no partner, or the targets differ in size.
            DataError: there are more bad images than allowed, or masks do not contain classes.
        """
        samples, bad, lengths = _Samples([*self.inputs, *self.masks, *self.targets]), list[BadSample](), {}
        for part in self.part_names:
            before = len(samples.names)
            bad += samples.add(part, self.find(part), self.masks, context)
            lengths[part] = len(samples.names) - before
        context.report_bad(bad, len(bad) + len(samples.names), "samples")
        for part, length in lengths.items():
            if not length:
                raise DataError(f"no usable samples in the {part} part; correct the images")
        labels, targets = self._labels(samples, context)
        images = {
            name: ImageSet(samples.paths[name], samples.infos[name], self.color, max_pixels=context.max_pixels)
            for name in self.inputs
        }
        count = len(samples.names)
        empty = np.empty((count, 0), np.float64), np.empty((count, 0), object)
        # The name of the part in the source would mislead where the sample is split off into another part.
        shown = [_name(path) for path in samples.paths[next(iter(self.inputs))]]
        files = [
            (f"{name}: {sample}", path)
            for name in images
            for sample, path in zip(samples.names, samples.paths[name], strict=True)
        ]
        return TableDataset((), *empty, images, targets, labels, consecutive(lengths), bad, _Names(shown), files)

    def _labels(self, samples: _Samples, context: OpenContext) -> tuple[dict[str, Any], dict[str, Target]]:
        labels: dict[str, Any] = {}
        targets: dict[str, Target] = {}
        size = None if self.size is None else (self.size[0], self.size[1])
        for name in (*self.masks, *self.targets):
            files = ImageLabels(name, self.argument("train", name), samples.paths[name], samples.infos[name], size)
            if name in self.targets:
                labels[name] = files.pixels(context)
                targets[name] = Target(name, "regression", None, labels[name].shape[1:])
                context.say(f"target {name}: images of numbers from 0 to 1, {_shown(labels[name].shape[1:])}")
                continue
            labels[name], values = files.masks(context)
            classes = self._class_names(values)
            targets[name] = Target(name, "sequence", classes, labels[name].shape[1:])
            shown = f"{_shown(labels[name].shape[1:])}, with the classes {', '.join(classes[:20])}"
            context.say(f"target {name}: masks of {shown}{' ...' if len(classes) > 20 else ''}")
        return labels, targets

    def _class_names(self, values: Sequence[int]) -> tuple[str, ...]:
        if self.classes is None:
            return tuple(map(str, values))
        if len(self.classes) != len(values):
            got = f"got {len(self.classes)} names for the values {', '.join(map(str, values))}"
            raise ArgumentError("classes", f"wrong number of classes; expected {len(values)}, {got}")
        return tuple(self.classes)

    def argument(self, part: str, name: str) -> str:
        """Return the argument with the files of an input or target."""
        if part != "train":
            return part
        return "inputs" if name in self.inputs else "masks" if name in self.masks else "targets"

    def _check(self) -> None:
        if not self.inputs:
            raise ArgumentError("inputs", "no input; write where its images are, such as {image: photos}")
        if not self.masks and not self.targets:
            raise ArgumentError("masks", "no target; write where masks are, such as {mask: masks}, or targets")
        names = [*self.inputs, *self.masks, *self.targets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ArgumentError("targets", f"duplicate name {twice[0]!r}; expected other names for inputs and targets")
        if self.size is not None and len(self.size) != 2:
            raise ArgumentError("size", f"expected height and width, such as [160, 160], got {self.size}")
        if self.classes is not None and (len(self.masks) != 1 or len(set(self.classes)) < len(self.classes)):
            raise ArgumentError("classes", "only valid for a single entry of masks, with different names; remove it")


class _Samples:
    """The usable samples of all parts: their names, and the files of each input and target.

    Args:
        names: the names of the inputs and targets.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names: list[str] = []
        self.paths: dict[str, list[Path]] = {name: [] for name in names}
        self.infos: dict[str, list[ImageInfo]] = {name: [] for name in names}

    def add(
        self, part: str, files: Mapping[str, tuple[Path, list[str]]], masks: Mapping[str, Any], context: OpenContext
    ) -> list[BadSample]:
        """Add the samples of a part, and return those that cannot be used."""
        results = {name: check_images(folder, names, context) for name, (folder, names) in files.items()}
        first = next(iter(files))
        bad = []
        for index, file in enumerate(files[first][1]):
            paths = {name: folder / names[index] for name, (folder, names) in files.items()}
            found = {name: results[name][index] for name in files}
            infos = {name: info for name, info in found.items() if isinstance(info, ImageInfo)}
            reasons = [
                str(found[name]) if name == first else f"{printable(paths[name])}: {found[name]}"
                for name in found
                if name not in infos
            ]
            reasons += [
                reason
                for name in masks
                if not reasons and (reason := _misfit(infos[first], infos[name], paths[name])) is not None
            ]
            if reasons:
                bad.append(BadSample(_name(paths[first]), reasons[0]))
                continue
            self.names.append(f"{part}: {_name(file)}")
            for name in files:
                self.paths[name].append(paths[name])
                self.infos[name].append(infos[name])
        return bad


class _Names:
    """Returns the name of a sample; unlike a nested function, it can be pickled."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def __call__(self, index: int) -> str:
        return self._names[index]


def _name(path: Path | str) -> str:
    r"""Return a path as a string for JSON and CSV, with bytes that are not UTF-8 escaped as `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _shown(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _misfit(image: ImageInfo, mask: ImageInfo, path: Path) -> str | None:
    """Return why a mask does not fit its image; None if it fits."""
    if (image.height, image.width) == (mask.height, mask.width):
        return None
    return (
        f"the mask {printable(path)} has another size than its image; expected {image.height} x {image.width}, got "
        f"{mask.height} x {mask.width}"
    )
