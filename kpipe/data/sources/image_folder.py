"""A source for images in one folder per class."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import BadSample, Dataset, Indices, Target
from kpipe.data.images.image_file import printable
from kpipe.data.images.image_format import ENDINGS, begins_like_image
from kpipe.data.images.system_folder import is_system_folder
from kpipe.data.images.wrong_endings import ending, wrong_endings
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.class_walk import ClassWalk, is_folder
from kpipe.data.sources.file_paths import FilePaths
from kpipe.data.sources.image_check import check_images
from kpipe.data.sources.image_checks import ImageChecks
from kpipe.data.sources.image_set import Color, ImageSet
from kpipe.data.sources.source import OpenContext, Source
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

_PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})


class ImageFolder(Source):
    """JPEG, PNG, BMP, WEBP, TIFF and GIF images in one folder per class.

    The classes are the sorted names of the folders; subfolders belong to the class. Files and folders whose name
    begins with a dot are ignored. The contents of a file decide about its format; wrong endings are counted and
    reported, and so are other files, and folders of operating systems such as `@eaDir` and `__MACOSX`. Links are
    followed; a link to a folder that contains the link, or to a folder of another class or part, is an error. Each file
    is decoded once to check it, and the result is cached by path, size and modification time. Input `image` (height,
    width, channels), uint16 if all files are PNG or TIFF files with 16 bits per channel, else uint8; files of both
    depths are an error. If the sizes differ, height and width are None (use `Resize`). Target `y`.

    Args:
        train: the folder with the class folders of the training part.
        test: the folder with the class folders of the test part; if it is omitted, `data.test` is a fraction of all
            images.
        validation: the folder with the class folders of the validation part; if it is omitted, `data.validation` is a
            fraction of the training images.
        color: `rgb` or `grey` for all images; `auto` (default) is grey if every image is grey, else RGB.

    Example:
        source:
          ImageFolder: {train: cifar10/train, test: cifar10/test}
    """

    def __init__(
        self, train: Path, test: Path | None = None, validation: Path | None = None, color: Color = "auto"
    ) -> None:
        folders = {"train": train, "validation": validation, "test": test}
        self.folders = {part: Path(folder) for part, folder in folders.items() if folder is not None}
        self.color = color

    def target_names(self) -> Sequence[str]:
        """Return the name of the only target."""
        return ("y",)

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("image",)

    def open(self, context: OpenContext) -> Dataset:
        """List the folders and check images that are new or modified.

        Raises:
            ArgumentError: a folder is missing, has no class folders, or has a class that `train` does not have.
            DataError: a class has no usable images, or there are more bad images than allowed.
        """
        classes = _classes(self.folders["train"])
        walk = ClassWalk()
        listings = {part: _list(part, folder, classes, walk) for part, folder in self.folders.items()}
        for line in [*walk.skipped, *walk.system_folder_notice()]:
            context.say(line)
        _report_ignored(listings, context)
        bad: list[BadSample] = []
        parts = {part: _checked(listing, bad, context) for part, listing in listings.items()}
        checks = ImageChecks(np.concatenate([found.numbers for _, found in parts.values()]), {})
        lengths = {part: len(found) for part, (_, found) in parts.items()}
        context.report_bad(bad, len(bad) + len(checks), "images")
        _require_samples(classes, parts["train"][0].labels, lengths, self.folders)
        endings = chain.from_iterable(listing.endings for listing, _ in parts.values())
        if notice := wrong_endings(zip(endings, checks.formats(), strict=True)):
            context.say(notice)
        usable = {part: listing for part, (listing, _) in parts.items()}
        paths = FilePaths([(listing.folder, listing.names) for listing in usable.values()])
        images = ImageSet(paths, checks, self.color, max_pixels=context.max_pixels)
        return _ImageFolderDataset(usable, [_name(Path(name)) for name in classes], bad, images)


class _ImageFolderDataset(Dataset):
    def __init__(
        self,
        listings: Mapping[str, _Listing],
        classes: Sequence[str],
        bad: list[BadSample],
        images: ImageSet,
    ) -> None:
        self._images = images
        self._names = {part: listing.names for part, listing in listings.items()}
        target = Target("y", "classification", tuple(classes), ())
        labels = {"y": np.concatenate([np.array(listing.labels, np.int64) for listing in listings.values()])}
        lengths = {part: len(listing.names) for part, listing in listings.items()}
        super().__init__({"image": self._images.as_input("image")}, {"y": target}, labels, consecutive(lengths), bad)

    def read(self, indices: Indices) -> dict[str, Any]:
        """Decode the selected images."""
        return {"image": self._images.read(indices)}

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Return the number of bytes of each selected image after decoding."""
        return self._images.raw_bytes(indices)

    def image_stamps(self, name: str) -> Iterator[str]:
        """Return the path, size and modification time of each image."""
        return self._images.image_stamps()

    def image_sizes(self, name: str) -> npt.NDArray[np.int64]:
        """Return the height and width of all images."""
        return self._images.image_sizes()

    def files(self) -> list[tuple[str, Path]]:
        """Return the images with names that consist of the part and the path relative to its folder."""
        return list(zip(self._relative(), self._images.paths, strict=True))

    def file_stamps(self) -> list[tuple[str, int, int]]:
        """Return the name of each image, and its size and modification time when it was listed."""
        stamps = self._images.stamps
        return list(zip(self._relative(), stamps[:, 0].tolist(), stamps[:, 1].tolist(), strict=True))

    def _relative(self) -> Iterator[str]:
        return (f"{part}/{name}" for part, names in self._names.items() for name in names)

    def sample_name(self, index: int) -> str:
        """Return the path of the image."""
        return _name(self._images.paths[index])


@dataclass
class _Listing:
    """The image files in the folder of one part, sorted by class and path.

    `stamps` are the size and the modification time of each file, -1 if it cannot be accessed.
    """

    folder: Path
    names: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)
    stamps: list[tuple[int, int]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def _checked(listing: _Listing, bad: list[BadSample], context: OpenContext) -> tuple[_Listing, ImageChecks]:
    """Return the images that can be used, and add the others to `bad`."""
    stamps = np.array(listing.stamps, np.int64).reshape(-1, 2)
    checks = check_images(listing.folder, listing.names, context, stamps)
    if not checks.problems:
        return listing, checks
    for position in np.flatnonzero(~checks.is_valid).tolist():
        bad.append(BadSample(_name(listing.folder / listing.names[position]), str(checks[position])))
    kept = checks.is_valid.tolist()
    usable = _Listing(
        listing.folder,
        list(compress(listing.names, kept)),
        list(compress(listing.endings, kept)),
        list(compress(listing.stamps, kept)),
        list(compress(listing.labels, kept)),
    )
    return usable, checks.valid()


def _classes(train: Path) -> list[str]:
    classes = _folders("train", train)
    if not classes:
        raise ArgumentError("train", f"{train} contains no folders; expected one folder per class")
    parts = [name for name in classes if name.lower() in _PARTS]
    if len(parts) == len(classes):
        raise ArgumentError(
            "train",
            f"{train} contains folders of parts; expected one folder per class, got {', '.join(parts)}; write "
            f"{train / parts[0]} or another one of them",
        )
    if len(classes) == 1:
        raise ArgumentError(
            "train", f"{train} contains only the class folder {classes[0]!r}; expected at least 2 classes, got 1"
        )
    return classes


def _list(part: str, folder: Path, classes: Sequence[str], walk: ClassWalk) -> _Listing:
    found = _folders(part, folder)
    unknown = sorted(set(found) - set(classes))
    if unknown:
        raise ArgumentError(
            part,
            f"{folder} contains unknown classes; expected classes of the training part "
            f"({', '.join(map(escaped, classes[:20]))}), got {', '.join(map(repr, unknown[:5]))}",
        )
    listing = _Listing(folder)
    with os.scandir(folder) as entries:
        listed = [(entry.name, is_folder(entry)) for entry in entries if not entry.name.startswith(".")]
    outside = [name for name, is_directory in listed if not is_directory]
    walk.system_folders.update(name for name, is_directory in listed if is_directory and is_system_folder(name))
    listing.ignored.update("outside class folders" for _ in outside)
    index = {name: position for position, name in enumerate(classes)}
    for name in found:
        before = len(listing.names)
        for path, entry in walk.files(part, folder, name):
            ended = ending(entry.name)
            if ended in ENDINGS or begins_like_image(os.path.join(folder, path)):  # noqa: PTH118
                listing.names.append(path)
                listing.endings.append(sys.intern(ended))
                listing.stamps.append(_stamp(entry))
            else:
                listing.ignored[ended or "without an ending"] += 1
        listing.labels += [index[name]] * (len(listing.names) - before)
    return listing


def _stamp(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        status = entry.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _folders(part: str, folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if is_folder(entry) and not entry.name.startswith("."))
            return [name for name in names if not is_system_folder(name)]
    except FileNotFoundError:
        raise ArgumentError(part, f"the folder {folder} does not exist") from None
    except NotADirectoryError:
        raise ArgumentError(part, f"{folder} is a file; expected a folder with one folder per class") from None
    except OSError as error:
        raise ArgumentError(part, f"the folder {folder} cannot be read: {error.strerror}") from None


def _report_ignored(listings: dict[str, _Listing], context: OpenContext) -> None:
    for listing in listings.values():
        if total := listing.ignored.total():
            kinds = ", ".join(f"{count} {escaped(kind)}" for kind, count in listing.ignored.most_common())
            files = "1 file that is not an image" if total == 1 else f"{total} files that are not images"
            context.say(f"{printable(listing.folder)}: skipped {files} of a class: {kinds}")


def _require_samples(
    classes: Sequence[str], train: Sequence[int], lengths: dict[str, int], folders: dict[str, Path]
) -> None:
    """Check that every class has a training image, and that no part is empty."""
    counts = np.bincount(np.array(train, np.int64), minlength=len(classes))
    empty = [name for name, count in zip(classes, counts, strict=True) if count == 0]
    if empty:
        shown = ", ".join(map(repr, empty[:5])) + (f" and {len(empty) - 5} more" if len(empty) > 5 else "")
        endings = " ".join(sorted(ENDINGS))
        raise DataError(
            f"{folders['train']}: no usable images for the class {shown}; add images ({endings}), or remove the folder"
        )
    for part, length in lengths.items():
        if length == 0:
            raise DataError(f"{folders[part]}: no usable images for the {part} part; add images, or remove `{part}`")


def _name(path: Path) -> str:
    r"""Return a path as a string for JSON and CSV, with bytes that are not UTF-8 escaped as `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
