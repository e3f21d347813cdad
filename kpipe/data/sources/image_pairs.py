"""A source for images whose targets are images too, in parallel folders."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.dataset import BadSample, Dataset, Target
from kpipe.data.images.image_file import ImageInfo, printable
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.file_pairs import file_pairs
from kpipe.data.sources.image_check import check_images
from kpipe.data.sources.image_labels import ImageLabels
from kpipe.data.sources.image_set import Color, ImageSet
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.errors import ArgumentError, DataError


class ImagePairs(Source):
    """Images and the masks or images to predict from them, in one folder for each input and target.

    The files of a sample have the same path below their folders, without the ending: `photos/a/1.jpg` and
    `masks/a/1.png`. A file without a partner is an error. Several inputs have one folder each. The values of the pixels
    of a mask are its classes: those of a grey image, or the indices of a palette; in ascending order they become the
    classes 0, 1, 2 ... The pixels of `targets` are numbers from 0 to 1; the folder of an input can be used here too, so
    that an autoencoder predicts its input.

    Targets are decoded once, into the cache. Inputs are decoded while they are read and can be resized by `Resize`
    under `data.prepare`; targets are resized to `size`, masks by the nearest pixel.

    Args:
        inputs: the folder of each input.
        masks: the folder of the masks of each target with classes.
        targets: the folder of the images of each target with numbers.
        size: height and width of all targets; by default their own, which must be the same.
        test: the folder of each input and target of the test part; if it is omitted, `data.test` is a fraction of all
            samples.
        validation: the folder of each input and target of the validation part; if it is omitted, `data.validation` is
            a fraction of the training samples.
        classes: the names of the classes of a single mask, in the order of their values; by default the values.
        color: `rgb` or `grey` for all inputs; `auto` (default) is grey if every image is grey, else RGB.

    Example:
        source:
          ImagePairs: {inputs: {image: photos}, masks: {mask: trimaps}, size: [160, 160]}
    """

    @check_arguments
    def __init__(
        self,
        inputs: dict[str, Path],
        masks: dict[str, Path] | None = None,
        targets: dict[str, Path] | None = None,
        size: list[Annotated[int, Ge(1)]] | None = None,
        test: dict[str, Path] | None = None,
        validation: dict[str, Path] | None = None,
        classes: list[str] | None = None,
        color: Color = "auto",
    ) -> None:
        self.inputs, self.masks, self.targets = dict(inputs), dict(masks or {}), dict(targets or {})
        self.size, self.classes, self.color = size, classes, color
        self.parts = {"train": {**self.inputs, **self.masks, **self.targets}}
        self.parts |= {part: dict(given) for part, given in (("validation", validation), ("test", test)) if given}
        self._check()

    def input_names(self) -> Sequence[str]:
        """Return the names of the inputs."""
        return tuple(self.inputs)

    def open(self, context: OpenContext) -> Dataset:
        """Find the files of each sample, check those that are new or modified, and decode the targets.

        Raises:
            ArgumentError: a folder is missing, a file has no partner, or the targets differ in size.
            DataError: there are more bad images than allowed, or masks do not contain classes.
        """
        samples, bad, lengths = _Samples(list(self.parts["train"])), list[BadSample](), {}
        for part, folders in self.parts.items():
            before = len(samples.names)
            bad += samples.add(
                part, {name: (self._argument(part, name), folders[name]) for name in samples.paths}, self.masks, context
            )
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
        files = [
            (f"{name}: {sample}", path)
            for name in images
            for sample, path in zip(samples.names, samples.paths[name], strict=True)
        ]
        return TableDataset(
            (), *empty, images, targets, labels, consecutive(lengths), bad, _Names(samples.names), files
        )

    def _labels(self, samples: _Samples, context: OpenContext) -> tuple[dict[str, Any], dict[str, Target]]:
        labels: dict[str, Any] = {}
        targets: dict[str, Target] = {}
        size = None if self.size is None else (self.size[0], self.size[1])
        for name in (*self.masks, *self.targets):
            files = ImageLabels(name, self._argument("train", name), samples.paths[name], samples.infos[name], size)
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

    def _argument(self, part: str, name: str) -> str:
        """The argument of the source with the folder of an input or target."""
        if part != "train":
            return part
        return "inputs" if name in self.inputs else "masks" if name in self.masks else "targets"

    def _check(self) -> None:
        if not self.inputs:
            raise ArgumentError("inputs", "no input; write the folder of each input, such as {image: photos}")
        if not self.masks and not self.targets:
            raise ArgumentError("masks", "no target; write the folder of masks, such as {mask: masks}, or of targets")
        names = [*self.inputs, *self.masks, *self.targets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ArgumentError("targets", f"duplicate name {twice[0]!r}; expected other names for inputs and targets")
        if self.size is not None and len(self.size) != 2:
            raise ArgumentError("size", f"expected height and width, such as [160, 160], got {self.size}")
        if self.classes is not None and (len(self.masks) != 1 or len(set(self.classes)) < len(self.classes)):
            raise ArgumentError("classes", "only valid for a single entry of masks, with different names; remove it")
        for part, folders in self.parts.items():
            if set(folders) != set(names):
                expected = f"expected a folder for each of {', '.join(names)}, got {', '.join(folders)}"
                raise ArgumentError(part, f"other names than those of the training part; {expected}")


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
        self, part: str, folders: Mapping[str, tuple[str, Path]], masks: Mapping[str, Path], context: OpenContext
    ) -> list[BadSample]:
        """Add the samples of a part, and return those that cannot be used."""
        pairs = file_pairs(folders)
        results = {name: check_images(folders[name][1], files, context) for name, files in pairs.items()}
        first = next(iter(pairs))
        bad = []
        for index, file in enumerate(pairs[first]):
            paths = {name: folders[name][1] / files[index] for name, files in pairs.items()}
            found = {name: results[name][index] for name in pairs}
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
            for name in pairs:
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
