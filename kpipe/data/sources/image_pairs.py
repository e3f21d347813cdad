"""A source for images whose targets are images too, in parallel folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.sources.file_pairs import file_pairs
from kpipe.data.sources.image_set import Color
from kpipe.data.sources.image_target_source import ImageTargetSource
from kpipe.errors import ArgumentError


class ImagePairs(ImageTargetSource):
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
        parts = {"validation": validation, "test": test}
        self.parts = {part: dict(given) for part, given in parts.items() if given}
        super().__init__(inputs, masks, targets, size, ["train", *self.parts], classes, color)
        names = [*self.inputs, *self.masks, *self.targets]
        for part, folders in self.parts.items():
            if set(folders) != set(names):
                expected = f"expected a folder for each of {', '.join(names)}, got {', '.join(folders)}"
                raise ArgumentError(part, f"other names than those of the training part; {expected}")

    def find(self, part: str) -> dict[str, tuple[Path, list[str]]]:
        """Return the folder and the files of each input and target.

        Raises:
            ArgumentError: a folder is missing or has no images, or a file has no partner.
        """
        every = {**self.inputs, **self.masks, **self.targets}
        folders = {name: self.parts.get(part, every)[name] for name in every}
        found = file_pairs({name: (self.argument(part, name), folder) for name, folder in folders.items()})
        return {name: (folders[name], files) for name, files in found.items()}
